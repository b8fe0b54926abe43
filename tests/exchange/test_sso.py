"""The door for an AuthnRequest: each rule broken alone, and when an ID is used up."""

from datetime import timedelta
from typing import Any

import pytest

from exchange.party import Self
from exchange.sso import RULES, SsoDoor
from stelsel import urns
from stelsel.failures import (
    MessageExpired,
    MessageMalformed,
    MessageRefused,
    MessageReplayed,
    ReplyAddressUnknown,
    SignatureRefused,
    UnknownIssuer,
    WrongDestination,
)
from stelsel.identifiers import EntityId, Oin
from stelsel.saml import authn_request
from stelsel.saml.bindings import encode_post
from stelsel.saml.signatures import sign
from tests.exchange.factories import DV_CONSUMER, SSO, a_form
from tests.stelsel.saml.factories import DV, LC, NOON, a_request, key_of

STRANGER = EntityId.of("DV", Oin("00000009999999999099"), 9000)
# One request for each rule that breaks it and no other.
BROKEN: dict[str, tuple[dict[str, Any], type[MessageRefused]]] = {
    "meant_for_us": ({"destination": "https://elsewhere.test/sso"}, WrongDestination),
    "fresh": ({"issue_instant": NOON - timedelta(minutes=5, seconds=1)}, MessageExpired),
    "not_passive": ({"is_passive": True}, MessageRefused),
    "reply_by_index": ({"acs_url": DV_CONSUMER}, ReplyAddressUnknown),
    "reply_to_registered": ({"acs_index": 1}, ReplyAddressUnknown),
}


@pytest.fixture
def door(router: Self) -> SsoDoor:
    return SsoDoor(router, SSO)


def with_inside(element: str) -> dict[str, str]:
    """A request with one more element, signed over all of it."""
    unsigned = authn_request.write(a_request(), key_of(DV)).decode()
    start = unsigned.index("<ds:Signature")
    end = unsigned.index("</ds:Signature>") + len("</ds:Signature>")
    text = unsigned[:start] + unsigned[end:]
    return {
        "SAMLRequest": encode_post(
            sign(text.replace("</samlp:AuthnRequest>", f"{element}</samlp:AuthnRequest>").encode(), key_of(DV))
        )
    }


@pytest.mark.clause("DV-REQ-02", "DV-REQ-04", "DV-REQ-13", "DV-REQ-14")
async def test_a_request_in_order_may_be_answered_where_its_sender_is_registered(door: SsoDoor) -> None:
    asked = await door.receive(a_form(a_request(acs_index=7), relay_state="back to the form"))
    assert (asked.issuer.entity_id, asked.reply.location) == (DV, "https://dv.test/other")
    assert asked.relay_state == "back to the form"


def test_every_rule_of_the_door_has_a_request_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RULES} - {"within_the_profile"} == BROKEN.keys()


@pytest.mark.clause("DV-REQ-02", "DV-REQ-04", "DV-REQ-05", "GEN-22", "S22", "S25")
@pytest.mark.parametrize("rule", BROKEN)
async def test_a_request_that_breaks_one_rule_is_refused_and_keeps_its_id(door: SsoDoor, rule: str) -> None:
    changes, failure = BROKEN[rule]
    with pytest.raises(failure):
        await door.receive(a_form(a_request(id="_same", **changes)))
    assert (await door.receive(a_form(a_request(id="_same")))).request.id == "_same"


@pytest.mark.clause("S25")
@pytest.mark.parametrize(
    "element",
    [
        "<saml:Subject/>",
        "<saml:Conditions/>",
        '<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>'
        f"{urns.LOA_BASIC}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>",
    ],
)
async def test_what_would_narrow_a_login_beside_the_catalogue_is_refused(door: SsoDoor, element: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        await door.receive(with_inside(element))
    assert refused.value.broken_clause == "GEN-26"


@pytest.mark.clause("DV-REQ-05")
async def test_a_reply_address_by_binding_or_by_nothing_at_all_is_refused(door: SsoDoor) -> None:
    with pytest.raises(ReplyAddressUnknown):
        await door.receive(a_form(a_request(protocol_binding=urns.HTTP_ARTIFACT)))
    with pytest.raises(ReplyAddressUnknown):
        await door.receive(a_form(a_request(acs_index=None)))


@pytest.mark.clause("GEN-22", "S27")
async def test_a_request_of_five_minutes_ago_or_a_minute_ahead_is_taken_and_a_second_more_is_not(door: SsoDoor) -> None:
    for offset in (timedelta(minutes=-5), timedelta(seconds=60)):
        await door.receive(a_form(a_request(issue_instant=NOON + offset)))
    for offset in (timedelta(minutes=-5, seconds=-1), timedelta(seconds=61)):
        with pytest.raises(MessageExpired):
            await door.receive(a_form(a_request(issue_instant=NOON + offset)))


@pytest.mark.clause("GEN-24", "S18")
async def test_a_request_is_taken_once(door: SsoDoor) -> None:
    form = a_form(a_request())
    await door.receive(form)
    with pytest.raises(MessageReplayed):
        await door.receive(form)


@pytest.mark.clause("GEN-24")
async def test_an_id_is_used_up_for_its_sender_alone(door: SsoDoor) -> None:
    await door.receive(a_form(a_request(id="_same")))
    await door.receive(a_form(a_request(id="_same", issuer=LC)))


@pytest.mark.clause("DV-REQ-25", "C-12")
async def test_relay_state_has_at_most_80_bytes(door: SsoDoor) -> None:
    assert (await door.receive(a_form(a_request(), relay_state="é" * 40))).relay_state == "é" * 40
    with pytest.raises(MessageMalformed):
        await door.receive(a_form(a_request(), relay_state="é" * 40 + "x"))


async def test_an_empty_relay_state_is_none(door: SsoDoor) -> None:
    assert (await door.receive(a_form(a_request(), relay_state=""))).relay_state is None


async def test_a_form_without_a_request_is_refused(door: SsoDoor) -> None:
    with pytest.raises(MessageMalformed):
        await door.receive({"RelayState": "x"})


@pytest.mark.clause("DV-REQ-13", "DV-REQ-14", "GEN-16")
async def test_a_request_of_a_stranger_or_by_anothers_key_is_refused(door: SsoDoor) -> None:
    with pytest.raises(UnknownIssuer):
        await door.receive(a_form(a_request(issuer=STRANGER)))
    with pytest.raises(SignatureRefused):
        await door.receive(a_form(a_request(), key=key_of(LC)))


@pytest.mark.clause("P2")
async def test_a_request_from_before_the_store_was_born_is_refused(door: SsoDoor) -> None:
    with pytest.raises((MessageReplayed, MessageExpired)):
        await door.receive(a_form(a_request(issue_instant=NOON - timedelta(hours=1, seconds=1))))
