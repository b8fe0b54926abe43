"""The door for logout: each rule broken alone, what is answered and where, and whose answers count."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from exchange.ask import Posted
from exchange.logout import Incoming, LogoutDoor, from_form, from_query
from exchange.party import Self
from metadata.entities import Endpoint
from stelsel import urns
from stelsel.failures import (
    AnswerRefused,
    MessageExpired,
    MessageMalformed,
    MessageRefused,
    MessageReplayed,
    ReplyAddressUnknown,
    SignatureRefused,
    UnknownIssuer,
    WrongDestination,
)
from stelsel.identifiers import EntityId
from stelsel.saml import logout, redirect
from stelsel.saml.bindings import encode_post
from stelsel.saml.response import Status
from stelsel.saml.rules.logouts import REQUEST_RULES
from tests.conftest import SettableClock
from tests.exchange.factories import a_provider, an_authority, everybody
from tests.exchange.test_sso import STRANGER
from tests.stelsel.saml.factories import AD, BVD, DV, NOON, RD, key_of, keys_of_all
from tests.stelsel.saml.test_logout import SLO, a_logout, an_answer

DONE = Status(urns.STATUS_SUCCESS)
POST = Endpoint(urns.HTTP_POST, "https://dv.test/slo")
REDIRECT = Endpoint(urns.HTTP_REDIRECT, "https://dv.test/slo?by=redirect")
AD_SLO = "https://ad.test/slo"
BROKEN: dict[str, tuple[dict[str, Any], type[MessageRefused]]] = {
    "meant_for_us": ({"destination": "https://elsewhere.test/slo"}, WrongDestination),
    "fresh": ({"issue_instant": NOON - timedelta(minutes=5, seconds=1)}, MessageExpired),
    "not_over": ({"not_on_or_after": NOON}, MessageExpired),
}


@pytest.fixture
def party(router: Self) -> Self:
    """The RD, among a DV and an AD that listen for logout."""
    dv, ad = a_provider(single_logout=(POST, REDIRECT)), an_authority(single_logout=(Endpoint(urns.HTTP_POST, AD_SLO),))
    router.trust.replace(everybody(dv=dv, ad=ad).entities(NOON))
    return router


@pytest.fixture
def door(party: Self) -> LogoutDoor:
    """Its SingleLogoutService."""
    return LogoutDoor(party, SLO)


def posted(signer: EntityId = DV, relay_state: str = "", **changes: Any) -> Incoming:
    """A LogoutRequest by HTTP-POST."""
    message = logout.write_request(a_logout(**changes), key_of(signer))
    return from_form({"SAMLRequest": encode_post(message), "RelayState": relay_state})


def redirected(relay_state: str | None = None, **changes: Any) -> Incoming:
    """A LogoutRequest in a query."""
    message = logout.write_request(a_logout(**changes), None)
    url = redirect.write_url(SLO, "SAMLRequest", message, relay_state, key_of(DV))
    return from_query(urlsplit(url).query.encode())


def answered(signer: EntityId = AD, **changes: Any) -> Incoming:
    """A LogoutResponse of the AD by HTTP-POST."""
    answer = an_answer(**{"issuer": AD, "destination": SLO, **changes})
    return from_form({"SAMLResponse": encode_post(logout.write_response(answer, key_of(signer)))})


@pytest.mark.clause("LGO-01")
@pytest.mark.parametrize("incoming", [posted(relay_state="home"), redirected("home")], ids=["POST", "Redirect"])
async def test_a_logout_in_order_says_whose_login_ends(door: LogoutDoor, incoming: Incoming) -> None:
    asked = await door.receive(incoming)
    assert (asked.owed.issuer, asked.request.name_id, asked.owed.relay_state) == (DV, "_subject", "home")


def test_every_rule_is_broken_by_one_test() -> None:
    assert {rule.__name__ for rule in REQUEST_RULES} == BROKEN.keys()


@pytest.mark.clause("LGO-01", "GEN-22", "S16", "S23")
@pytest.mark.parametrize("rule", BROKEN)
async def test_a_logout_that_breaks_a_rule_is_refused_and_not_used_up(door: LogoutDoor, rule: str) -> None:
    changes, failure = BROKEN[rule]
    with pytest.raises(failure):
        await door.receive(posted(**changes))
    await door.receive(posted())


@pytest.mark.clause("LGO-01", "S16")
async def test_a_logout_without_destination_is_refused(door: LogoutDoor) -> None:
    with pytest.raises(WrongDestination):
        await door.receive(posted(destination=None))


@pytest.mark.clause("S18", "S23", "GEN-24")
async def test_a_logout_counts_once_by_whatever_binding(door: LogoutDoor) -> None:
    await door.receive(posted())
    for again in (posted(), redirected()):
        with pytest.raises(MessageReplayed):
            await door.receive(again)


@pytest.mark.clause("S12", "S23")
async def test_a_logout_of_a_stranger_or_by_anothers_key_is_refused(door: LogoutDoor) -> None:
    with pytest.raises(UnknownIssuer):
        await door.receive(posted(issuer=STRANGER))
    with pytest.raises(SignatureRefused):
        await door.receive(posted(signer=BVD))


@pytest.mark.parametrize("form", [{}, {"RelayState": "x"}, {"SAMLRequest": "eA==", "SAMLResponse": "eA=="}])
def test_a_form_holds_one_logout_message(form: dict[str, str]) -> None:
    with pytest.raises(MessageMalformed):
        from_form(form)


@pytest.mark.clause("DV-REQ-25")
def test_relay_state_has_bounds() -> None:
    assert posted(relay_state="x" * 80).relay_state == "x" * 80
    assert redirected("x" * 1024).relay_state == "x" * 1024
    with pytest.raises(MessageMalformed):
        posted(relay_state="x" * 81)
    with pytest.raises(MessageMalformed):
        redirected("x" * 1025)


@pytest.mark.clause("LGO-02", "GEN-15")
async def test_a_posted_logout_is_answered_by_post(door: LogoutDoor) -> None:
    asked = await door.receive(posted(relay_state="home"))
    form = await door.answer(asked.owed, DONE)
    assert isinstance(form, Posted)
    assert (form.action, form.party, form.fields["RelayState"]) == ("https://dv.test/slo", DV, "home")
    message = base64.b64decode(form.fields["SAMLResponse"])
    answer = logout.read_response(message, keys_of_all())
    assert (answer.issuer, answer.in_response_to, answer.destination) == (RD, "_logout", "https://dv.test/slo")
    assert answer.status == DONE
    assert f"<ds:KeyName>{key_of(RD).name}</ds:KeyName>".encode() in message


@pytest.mark.clause("LGO-02")
async def test_a_redirected_logout_is_answered_by_redirect(door: LogoutDoor) -> None:
    asked = await door.receive(redirected("home"))
    url = await door.answer(asked.owed, DONE)
    assert isinstance(url, str)
    assert url.startswith("https://dv.test/slo?by=redirect&SAMLResponse=")
    incoming = redirect.read_query(urlsplit(url).query.encode())
    assert incoming.relay_state == "home"
    assert logout.read_response(incoming, keys_of_all()).in_response_to == "_logout"


async def test_who_asks_by_redirect_and_listens_for_post_alone_is_answered_by_post(
    door: LogoutDoor, party: Self
) -> None:
    party.trust.replace(everybody(dv=a_provider(single_logout=(POST,))).entities(NOON))
    assert isinstance(await door.answer((await door.receive(redirected())).owed, DONE), Posted)


async def test_an_answer_goes_to_the_address_that_is_named_for_answers(door: LogoutDoor, party: Self) -> None:
    elsewhere = replace(POST, response_location="https://dv.test/left")
    party.trust.replace(everybody(dv=a_provider(single_logout=(elsewhere,))).entities(NOON))
    form = await door.answer((await door.receive(posted())).owed, DONE)
    assert isinstance(form, Posted)
    assert form.action == "https://dv.test/left"


@pytest.mark.clause("MD-DV-03")
async def test_there_is_no_answering_a_party_that_listens_nowhere(door: LogoutDoor, party: Self) -> None:
    party.trust.replace(everybody(dv=a_provider()).entities(NOON))
    with pytest.raises(ReplyAddressUnknown):
        await door.answer((await door.receive(posted())).owed, DONE)


@pytest.mark.clause("SSO-04", "LGO-01")
async def test_the_ad_is_asked_with_its_own_names_for_the_login(door: LogoutDoor) -> None:
    form = await door.ask(AD, "_theirs", "_index", "handle")
    request = logout.read_request(base64.b64decode(form.fields["SAMLRequest"]), keys_of_all())
    assert (form.action, form.fields["RelayState"], request.id) == (AD_SLO, "handle", form.request_id)
    assert (request.name_id, request.session_index, request.destination, request.issuer) == (
        "_theirs",
        "_index",
        AD_SLO,
        RD,
    )


@pytest.mark.clause("SSO-04", "LGO-02")
async def test_the_ads_answer_says_how_it_ended(door: LogoutDoor) -> None:
    assert await door.read_answer(answered(), AD, "_logout") == DONE


@pytest.mark.clause("S16", "S21", "S23")
@pytest.mark.parametrize(
    ("incoming", "failure"),
    [
        (answered(issuer=BVD, signer=BVD), AnswerRefused),
        (answered(signer=BVD), SignatureRefused),
        (answered(in_response_to="_other"), AnswerRefused),
        (answered(in_response_to=None), AnswerRefused),
        (answered(destination="https://elsewhere.test/slo"), WrongDestination),
        (answered(destination=None), WrongDestination),
        (answered(issue_instant=NOON - timedelta(minutes=6)), MessageExpired),
    ],
    ids=["another-ad", "anothers-key", "another-request", "no-request", "elsewhere", "nowhere", "old"],
)
async def test_an_answer_that_does_not_fit_is_refused(
    door: LogoutDoor, incoming: Incoming, failure: type[MessageRefused]
) -> None:
    with pytest.raises(failure):
        await door.read_answer(incoming, AD, "_logout")


@pytest.mark.clause("S18")
async def test_an_answer_counts_once(door: LogoutDoor) -> None:
    await door.read_answer(answered(), AD, "_logout")
    with pytest.raises(MessageReplayed):
        await door.read_answer(answered(), AD, "_logout")


async def test_a_logout_too_late_is_refused(door: LogoutDoor, clock: SettableClock) -> None:
    incoming = posted()
    clock.advance(minutes=6)
    with pytest.raises(MessageExpired):
        await door.receive(incoming)
