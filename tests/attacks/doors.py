"""Every door of the network that takes a signed message: what comes in order, how it is sent, whether it was taken."""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import urlencode

import httpx
import pytest

from exchange.answering import SSO_PATH
from exchange.logout import SLO_PATH
from pilot.browser import Page
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, DIGID, GATEWAY, MACHTIGEN, entity_of
from runtime.store_memory import MemoryStore
from stelsel import urns
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request, logout
from stelsel.saml.artifact import ArtifactResolve, make_artifact
from stelsel.saml.assertion import Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import encode_post, soap_wrap
from stelsel.saml.encryption import EncryptedId
from stelsel.saml.ids import new_id
from stelsel.saml.signatures import SigningKey
from tests.attacks.forgeries import Forgery
from tests.attacks.leaving import a_logout, an_answer, leaving
from tests.attacks.mutations import Mutation, embedded, same, unsigned
from tests.attacks.parties import DV, Answering, Attacked, Party, Visitor, form_of, service_of, speaking_for, succeeded
from tests.attacks.portals import arriving, logout_answer
from tests.flows.pilots import Pilot

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
Change = Callable[[SigningKey], Mutation]


def changed(mutation: Mutation) -> Change:
    """A mutation that needs no key."""
    return lambda _: mutation


def signed_by(forgery: Forgery) -> Change:
    """A signature made anew."""
    return lambda key: lambda message: forgery(unsigned(message), key)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a message: whether it was taken, and whether it was told as a refusal should be."""

    taken: bool
    told: str = ""


Knock = Callable[[Change], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Door:
    """A door of `party`. A knock sends a message, in order but for the change, and says what came of it.

    Where somebody must log in first, one login waits at the door for all knocks while it is `opened`.
    """

    party: str
    opened: Callable[[Attacked], AbstractAsyncContextManager[Knock]]

    async def knock(self, network: Attacked, change: Change) -> Verdict:
        """One knock, with a login of its own."""
        async with self.opened(network) as knock:
            return await knock(change)


def _always_open(party: str, knocks: Callable[[Attacked, Change], Awaitable[Verdict]]) -> Door:
    """A door where nothing comes before the message."""

    @asynccontextmanager
    async def opened(network: Attacked) -> AsyncIterator[Knock]:
        yield lambda change: knocks(network, change)

    return Door(party, opened)


def _sso(party: str, sender: str) -> Door:
    """The SingleSignOnService: the AuthnRequest is spoiled."""

    async def knock(network: Attacked, change: Change) -> Verdict:
        pilot = network.pilot
        key = Party(pilot, sender).key
        message = authn_request.write(request_to(pilot, party, sender), key)
        return await _posted(pilot, party, change(key)(message))

    return _always_open(party, knock)


async def _knock_with_evidence(network: Attacked, change: Change) -> Verdict:
    """The BVD's SingleSignOnService: the request is the router's own, the AD's assertion inside is spoiled."""
    pilot = network.pilot
    key, genuine, request = Party(pilot, GATEWAY).key, evidence(pilot), request_to(pilot, BVD, GATEWAY)
    message = embedded(
        lambda inside: authn_request.write(replace(request, idp_assertion=inside), key),
        genuine,
        change(Party(pilot, DIGID).key)(genuine),
    )
    return await _posted(pilot, BVD, message)


def request_to(pilot: Pilot, party: str, sender: str, declared: bytes | None = None) -> AuthnRequest:
    """An AuthnRequest in order; the BVD's has the AD's assertion inside."""
    return AuthnRequest(
        id=new_id(),
        issue_instant=pilot.clock(),
        destination=pilot.places.front(party) + "/saml/sso",
        issuer=Party(pilot, sender).entity,
        acs_index=1 if party == BVD else 0,
        intended_audience=Party(pilot, DV).entity,
        service=service_of(pilot),
        idp_assertion=(declared or evidence(pilot)) if party == BVD else None,
    )


def evidence(pilot: Pilot, acting: EncryptedId | None = None) -> bytes:
    """What DigiD declared for gateway and BVD, delivered at the gateway a moment ago."""
    authority = Answering(Party(pilot, DIGID))
    service = service_of(pilot)
    request = AuthnRequest(
        id=new_id(),
        issue_instant=pilot.clock(),
        destination=None,
        issuer=entity_of(GATEWAY),
        intended_audience=Party(pilot, DV).entity,
        service=service,
        requester_ids=(entity_of(BVD),),
    )
    changes: dict[str, Any] = {}
    if acting is not None:
        about = Attribute(urns.SERVICE_UUID, (service.value,))
        changes["attributes"] = (about, Attribute(urns.ACTING_SUBJECT_ID, (acting,)))
    return assertions.write(authority.assertion(request, **changes), authority.party.key)


def _slo(party: str, sender: str) -> Door:
    """The SingleLogoutService: the LogoutRequest is spoiled."""

    async def knock(network: Attacked, change: Change) -> Verdict:
        pilot, key = network.pilot, Party(network.pilot, sender).key
        message = logout.write_request(a_logout(pilot, party, sender), key)
        return await _posted(pilot, party, change(key)(message), SLO_PATH)

    return _always_open(party, knock)


@asynccontextmanager
async def _open_to_logout_responses(network: Attacked) -> AsyncIterator[Knock]:
    """The gateway's SingleLogoutService: the AD's LogoutResponse is spoiled. The logout waits on for one in order."""
    async with leaving(network) as user:
        request_id, relay_state = await user.begin()
        key = user.ad.party.key

        async def knock(change: Change) -> Verdict:
            message = change(key)(logout.write_response(an_answer(network.pilot, request_id), key))
            fields = {"SAMLResponse": encode_post(message), "RelayState": relay_state}
            return await _posted(network.pilot, GATEWAY, fields, SLO_PATH)

        yield knock


async def _posted(pilot: Pilot, party: str, message: bytes | Mapping[str, str], path: str = SSO_PATH) -> Verdict:
    store = _store_of(pilot, party)
    held = len(store)
    answer = await posted(pilot, party, message, path)
    if answer.is_redirect or _leads_on(answer):
        return Verdict(True)
    assert len(store) == held, "something was stored"
    return Verdict(False, on_a_page(answer))


async def posted(pilot: Pilot, party: str, message: bytes | Mapping[str, str], path: str = SSO_PATH) -> httpx.Response:
    """The answer of a door to a message, or to the fields of a whole form."""
    body = form_of(message, RelayState="here") if isinstance(message, bytes) else urlencode(message).encode()
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as browser:
        return await browser.post(pilot.places.front(party) + path, content=body, headers=FORM)


def _leads_on(answer: httpx.Response) -> bool:
    """Whether it is the page from which the browser posts an answer to the next party."""
    return answer.is_success and Page(str(answer.url), answer.status_code, answer.content).name == "G3"


def on_a_page(answer: httpx.Response, names: Collection[str] = ("E1",)) -> str:
    """The code on the page of a message that is not trusted."""
    page = Page(str(answer.url), answer.status_code, answer.content)
    assert page.name in names, (page.name, answer.status_code)
    assert answer.status_code in ((503,) if page.name == "E5" else (400, 413))
    assert "location" not in answer.headers
    assert page.name != "E1" or b'="http' not in answer.content
    code: str = re.findall(r"Code ([0-9A-Z]{8})\b", " ".join(page.texts("//body")))[0]
    return code


def _artifact(party: str, sender: str) -> Door:
    """The ArtifactResolutionService: the ArtifactResolve is spoiled. In order it hears that the artifact is unknown."""

    async def knock(network: Attacked, change: Change) -> Verdict:
        pilot, asking = network.pilot, Party(network.pilot, sender)
        location = pilot.places.back(party) + "/saml/artifact"
        question = ArtifactResolve(
            id=new_id(),
            issue_instant=pilot.clock(),
            destination=location,
            issuer=asking.entity,
            artifact=make_artifact(entity_of(party), 0, b"n" * 20),
        )
        message = change(asking.key)(artifacts.write_resolve(question, asking.key))
        answer = await network.soap(sender, location, soap_wrap(message))
        assert answer.status_code == 200, answer.status_code
        keys = pilot.network.services[party].assembly.party.keys
        told = artifacts.read_artifact_response(answer.content, lambda _: keys.published(pilot.clock()).signing)
        assert told.response is None
        if told.answer.status.code == urns.STATUS_SUCCESS:
            return Verdict(True)
        assert told.answer.status.code == urns.STATUS_REQUESTER
        return Verdict(False)

    return _always_open(party, knock)


def _consumer(part: Literal["of_answer", "of_assertion"]) -> Door:
    """The gateway's consumer of an AD's artifact; a part of what the artifact stands for is spoiled.

    Some of that is no answer at all, and the login goes on without this AD: so it is put back.
    """

    @asynccontextmanager
    async def opened(network: Attacked) -> AsyncIterator[Knock]:
        async with speaking_for(network.pilot, DIGID) as ad, Visitor(network) as browser:
            sent = await browser.to_ad()
            put_back = _as_it_stands(network.pilot, GATEWAY)

            async def knock(change: Change) -> Verdict:
                put_back()
                spoiled: dict[str, Any] = {part: change(ad.party.key)}
                artifact = ad.declares(sent.request, **spoiled)
                answer = await browser.come_back(ad.consumer, artifact, sent.relay_state)
                return await outcome(browser, answer)

            yield knock

    return Door(GATEWAY, opened)


def _late(part: Literal["of_answer", "of_assertion"]) -> Door:
    """The gateway as it resolves the BVD's artifact, when the DV asks. That ends the login, so it is put back."""

    @asynccontextmanager
    async def opened(network: Attacked) -> AsyncIterator[Knock]:
        pilot = network.pilot
        async with speaking_for(pilot, DIGID) as ad, speaking_for(pilot, BVD) as bvd, Visitor(network) as browser:
            to_ad = await browser.to_ad("other")
            identified = await browser.come_back(ad.consumer, ad.declares(to_ad.request), to_ad.relay_state)
            to_bvd = browser.sent_on(identified)
            put_back = _as_it_stands(pilot, GATEWAY)

            async def knock(change: Change) -> Verdict:
                put_back()
                spoiled: dict[str, Any] = {part: change(bvd.party.key)}
                artifact = bvd.declares(to_bvd.request, **spoiled)
                return await outcome(browser, await browser.come_back(bvd.consumer, artifact, to_bvd.relay_state))

            yield knock

    return Door(GATEWAY, opened)


def _as_it_stands(pilot: Pilot, party: str) -> Callable[[], None]:
    """What a party's store holds now; called, it holds that again."""
    store = _store_of(pilot, party)
    held = {name: copy(entry) for name, entry in store._entries.items()}

    def put_back() -> None:
        store._entries = {name: copy(entry) for name, entry in held.items()}

    return put_back


def _store_of(pilot: Pilot, party: str) -> MemoryStore:
    store = pilot.network.services[party].assembly.party.store
    assert isinstance(store, MemoryStore)
    return store


async def outcome(browser: Visitor, answer: httpx.Response) -> Verdict:
    """What came of an answer that the browser brought to the gateway: at the DV, or on a page."""
    if not answer.is_redirect:
        return Verdict(False, on_a_page(answer, ("E1", "E3")))
    return Verdict(succeeded(await browser.told(answer)))


def _portal(part: Literal["of_answer", "of_assertion"]) -> Door:
    """A portal's consumer of the gateway's artifact; a part of what the artifact stands for is spoiled.

    That ends the login, so it is put back.
    """

    @asynccontextmanager
    async def opened(network: Attacked) -> AsyncIterator[Knock]:
        async with arriving(network) as browser:
            request, relay_state = await browser.begin()
            put_back, cookies = _as_it_stands(network.pilot, MACHTIGEN), httpx.Cookies(browser.http.cookies)

            async def knock(change: Change) -> Verdict:
                put_back()
                browser.http.cookies = cookies
                spoiled: dict[str, Any] = {part: change(browser.router.party.key)}
                answer = await browser.come_back(browser.router.declares(request, **spoiled), relay_state)
                if answer.headers.get("location") == "/":
                    return Verdict(True)
                return Verdict(False, on_a_page(answer, ("E1", "E3", "E5")))  # E5: no SOAP at all

            yield knock

    return Door(MACHTIGEN, opened)


@asynccontextmanager
async def _open_to_logout_responses_at_a_portal(network: Attacked) -> AsyncIterator[Knock]:
    """A portal's SingleLogoutService: the gateway's LogoutResponse is spoiled. The logout waits on for one in order."""
    pilot, key = network.pilot, Party(network.pilot, GATEWAY).key
    async with arriving(network) as browser:
        await browser.enter()
        request_id, relay_state = await browser.leave()

    async def knock(change: Change) -> Verdict:
        message = change(key)(logout.write_response(logout_answer(pilot, request_id), key))
        fields = {"SAMLResponse": encode_post(message), "RelayState": relay_state}
        return await _posted(pilot, MACHTIGEN, fields, SLO_PATH)

    yield knock


DOORS: Final[Mapping[str, Door]] = {
    "gateway-sso": _sso(GATEWAY, DV),
    "bvd-sso": _sso(BVD, GATEWAY),
    "bvd-sso-IdpAssertion": _always_open(BVD, _knock_with_evidence),
    "digid-sso": _sso(DIGID, GATEWAY),
    "gateway-slo": _slo(GATEWAY, DV),
    "gateway-slo-LogoutResponse": Door(GATEWAY, _open_to_logout_responses),
    "digid-slo": _slo(DIGID, GATEWAY),
    "gateway-artifact": _artifact(GATEWAY, DV),
    "bvd-artifact": _artifact(BVD, GATEWAY),
    "digid-artifact": _artifact(DIGID, GATEWAY),
    "gateway-ad-ArtifactResponse": _consumer("of_answer"),
    "gateway-ad-Assertion": _consumer("of_assertion"),
    "gateway-bvd-ArtifactResponse": _late("of_answer"),
    "gateway-bvd-Assertion": _late("of_assertion"),
    "portal-ArtifactResponse": _portal("of_answer"),
    "portal-Assertion": _portal("of_assertion"),
    "portal-slo-LogoutResponse": Door(MACHTIGEN, _open_to_logout_responses_at_a_portal),
}


async def refused(caplog: pytest.LogCaptureFixture, knock: Knock, attacks: Mapping[str, Change]) -> list[str]:
    """Knocks with each; the names of those that were taken, or refused without a line that names a clause."""
    wrong = []
    for name, change in attacks.items():
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            verdict = await knock(change)
        lines = [record for record in caplog.records if getattr(record, "refusal_clause", "")]
        if verdict.taken:
            wrong.append(f"{name} was taken")
        elif not any(verdict.told in ("", getattr(record, "code", "")) for record in lines):
            wrong.append(f"{name} was refused without a clause in the log")
    return wrong


IN_ORDER: Final[Mapping[str, Change]] = {"nothing changed": changed(bytes), "written anew": changed(same)}
