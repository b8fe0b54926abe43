"""A portal at which somebody wants in with what is not his: answers for others, other browsers, other moments."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from pilot.places import BVD, DIGID, GATEWAY, MACHTIGEN, entity_of
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.saml import logout
from stelsel.saml.artifact import make_artifact
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import encode_post
from stelsel.saml.response import Status
from tests.attacks.doors import on_a_page
from tests.attacks.parties import Attacked, Party, sealed, service_of
from tests.attacks.portals import Arriving, arriving, logout_answer

Make = Callable[[Attacked], Mapping[str, Any]]
FAILED: Final = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication failed")


def _assertion(**values: Any) -> Make:
    return lambda _: {"assertion": values}


def _at(seconds: float, *names: str) -> Make:
    return lambda network: {"assertion": dict.fromkeys(names, network.pilot.clock() + timedelta(seconds=seconds))}


def _about(network: Attacked, *, service: str | None = None, reader: str = MACHTIGEN, **more: str) -> Mapping[str, Any]:
    uuid = service_of(network.pilot).value if service else "00000000-0000-4000-9000-000000012000"
    entity = entity_of(reader) if reader == MACHTIGEN else Party(network.pilot, reader).entity
    attributes = [
        Attribute(urns.SERVICE_UUID, (uuid,)),
        Attribute(urns.ACTING_SUBJECT_ID, (sealed(network.pilot, entity, **more),)),
    ]
    return {"assertion": {"attributes": tuple(attributes)}}


def _for_another(network: Attacked) -> Mapping[str, Any]:
    made = dict(_about(network)["assertion"])
    legal = Attribute(urns.LEGAL_SUBJECT_ID, (sealed(network.pilot, entity_of(MACHTIGEN), value="999990020"),))
    return {"assertion": {**made, "attributes": (*made["attributes"], legal)}}


# By name: the threat, and what is changed before the gateway signs it.
MISDIRECTED: Final[Mapping[str, tuple[str, Make]]] = {
    "audience-another": (
        "S16",
        lambda network: {"assertion": {"audiences": (Party(network.pilot, "gemeente").entity,)}},
    ),
    "recipient-another": ("S16", _assertion(recipient="https://evil.test/acs")),
    "for-another-request": ("S16", _assertion(in_response_to="_another")),
    "of-another-issuer": ("S21", _assertion(issuer=entity_of(BVD))),
    "over": ("S27", _at(0, "not_on_or_after")),
    "delivery-over": ("S27", _at(0, "confirm_until")),
    "of-the-future": ("S27", _at(61, "issue_instant")),
    "about-another-service": ("M3", lambda network: _about(network, service="S1")),
    "for-somebody-else-to-read": ("S17", lambda network: _about(network, reader="gemeente")),
    "a-bsn-that-cannot-be": ("S26", lambda network: _about(network, value="123456789")),
    "on-behalf-of-another": ("S16", _for_another),
    "not-sure-enough": ("S16", _assertion(context_class=LevelOfAssurance.BASIS.uri)),
    "without-evidence": ("S16", _assertion(advice=(), authorities=())),
    "evidence-of-nobody-named": ("S16", _assertion(authorities=(entity_of(GATEWAY),))),
    "response-to-another-request": ("S16", lambda _: {"response": {"in_response_to": "_another"}}),
    "response-for-another-address": ("S16", lambda _: {"response": {"destination": "https://evil.test/acs"}}),
    "failure-with-an-assertion": ("S16", lambda _: {"response": {"status": FAILED}}),
    "success-without-an-assertion": ("S16", lambda _: {"response": {"assertion": None}}),
    "answer-to-another-question": ("S16", lambda _: {"answer": {"in_response_to": "_another"}}),
    "answer-of-another": ("S21", lambda _: {"answer": {"issuer": entity_of(DIGID)}}),
    "signed-by-the-ad": ("S12", lambda network: {"signer": Party(network.pilot, DIGID).key}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.clause(threat)) for name, (threat, _) in MISDIRECTED.items()]
)
async def test_a_portal_lets_nobody_in_on_what_is_not_meant_for_this_login(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    async with arriving(attacked) as browser:
        with caplog.at_level(logging.WARNING):
            answer = await browser.enter(**MISDIRECTED[name][1](attacked))
        code = on_a_page(answer, ("E1",))
        assert any(getattr(each, "code", "") == code and getattr(each, "refusal_clause", "") for each in caplog.records)
        assert not await _is_inside(browser)
        assert (await browser.enter()).headers["location"] == "/"
        assert await _is_inside(browser)


@pytest.mark.clause("S18")
async def test_an_answer_lets_its_browser_in_once(attacked: Attacked) -> None:
    async with arriving(attacked) as browser:
        request, relay_state = await browser.begin()
        artifact = browser.router.declares(request)
        assert (await browser.come_back(artifact, relay_state)).headers["location"] == "/"
        on_a_page(await browser.come_back(artifact, relay_state), ("E2",))


@pytest.mark.clause("S18")
async def test_one_assertion_serves_no_second_login(attacked: Attacked) -> None:
    async with arriving(attacked) as browser:
        assert (await browser.enter(assertion={"id": "_used-at-a-portal"})).headers["location"] == "/"
        on_a_page(await browser.enter(assertion={"id": "_used-at-a-portal"}))


@pytest.mark.clause("S21", "S23")
async def test_an_answer_brought_by_another_browser_lets_nobody_in_and_is_kept_for_its_own(attacked: Attacked) -> None:
    async with arriving(attacked) as victim, arriving(attacked) as thief:
        request, relay_state = await victim.begin()
        artifact = victim.router.declares(request)
        on_a_page(await thief.come_back(artifact, relay_state), ("E4",))
        await thief.begin()
        on_a_page(await thief.come_back(artifact, relay_state), ("E3",))
        thief.router.reply = victim.router.reply  # the last to speak for the gateway answers for both
        assert (await victim.come_back(artifact, relay_state)).headers["location"] == "/"


@pytest.mark.clause("S19")
async def test_an_artifact_of_another_party_uses_up_no_login(attacked: Attacked) -> None:
    async with arriving(attacked) as browser:
        request, relay_state = await browser.begin()
        on_a_page(await browser.come_back(make_artifact(entity_of(DIGID), 0, b"n" * 20), relay_state))
        assert (await browser.come_back(browser.router.declares(request), relay_state)).headers["location"] == "/"


@pytest.mark.clause("S23")
async def test_a_session_cookie_is_new_at_each_login_and_the_old_one_leads_nowhere(attacked: Attacked) -> None:
    async with arriving(attacked) as browser:
        browser.http.cookies.set("machtigen-session", "p" * 27, domain="machtigen.localhost")
        await browser.enter()
        first = browser.http.cookies["machtigen-session"]
        await browser.enter()
        second = browser.http.cookies["machtigen-session"]
        assert len({"p" * 27, first, second}) == 3
        for cookie, inside in (("p" * 27, False), (first, False), (second, True)):
            browser.http.cookies.set("machtigen-session", cookie, domain="machtigen.localhost")
            assert await _is_inside(browser) is inside


@pytest.mark.clause("S23")
async def test_nobody_logs_a_user_out_from_another_site(attacked: Attacked) -> None:
    async with arriving(attacked) as browser:
        await browser.enter()
        for fields in ({"csrf": ""}, {"csrf": "A" * 27}):
            on_a_page(await browser.http.post(browser.front + "/logout", data=fields), ("E3",))
        message = logout.write_request(
            logout.LogoutRequest(
                id="_somebody",
                issue_instant=attacked.pilot.clock(),
                destination=browser.front + "/saml/slo",
                issuer=entity_of(GATEWAY),
                name_id="_x",
            ),
            browser.router.party.key,
        )
        on_a_page(await browser.http.post(browser.front + "/saml/slo", data={"SAMLRequest": encode_post(message)}))
        assert await _is_inside(browser)


@pytest.mark.clause("S16", "S21")
async def test_a_logout_ends_with_the_answer_to_it_and_no_other(attacked: Attacked) -> None:
    async with arriving(attacked) as browser:
        await browser.enter()
        request_id, relay_state = await browser.leave()
        assert not await _is_inside(browser)  # here it is over, whatever the gateway says
        key = browser.router.party.key
        wrong = (
            logout_answer(attacked.pilot, "_another"),
            logout_answer(attacked.pilot, request_id, issuer=entity_of(DIGID)),
            logout_answer(attacked.pilot, request_id, destination="https://evil.test/slo"),
        )
        for each in wrong:
            signer = Party(attacked.pilot, DIGID).key if each.issuer == entity_of(DIGID) else key
            fields = {"SAMLResponse": encode_post(logout.write_response(each, signer)), "RelayState": relay_state}
            on_a_page(await browser.http.post(browser.front + "/saml/slo", data=fields))
        message = logout.write_response(logout_answer(attacked.pilot, request_id), key)
        fields = {"SAMLResponse": encode_post(message), "RelayState": relay_state}
        answer = await browser.http.post(browser.front + "/saml/slo", data=fields)
        assert answer.headers["location"] == "/logged-out"


async def _is_inside(browser: Arriving) -> bool:
    return b'data-page="M1"' in (await browser.http.get(browser.front + "/")).content
