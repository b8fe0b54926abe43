"""What DVs outside ST-SAML may ask, one thing at a time; of each the strict profile refuses what it always did."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.connections import ResponseBinding
from gateway.interfaces.profiles import requests
from gateway.interfaces.saml import NO_SERVICE
from metadata.entities import Endpoint, OfferedService
from stelsel import urns
from stelsel.failures import (
    MessageMalformed,
    MessageRefused,
    PassiveImpossible,
    ReplyAddressUnknown,
    SignatureRefused,
)
from stelsel.identifiers import ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml.response import Status
from tests.exchange.factories import DV_CONSUMER, SSO, a_form
from tests.gateway.factories import House
from tests.gateway.generic_sender import a_message, contexts, posted, redirected, with_extensions
from tests.stelsel.saml.factories import AD, DV, LC, NOON, SERVICE, a_request, an_assertion, key_of

OTHER_CONSUMER = "https://dv.test/other"
POSTED = "https://dv.test/post"
OTHER = ServiceUuid("0a1b2c3d-0000-4000-8000-000000000002")
SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard"
ASSERTION = assertions.write(an_assertion(), key_of(AD)).decode()
NO_PASSIVE = Status(urns.STATUS_RESPONDER, urns.STATUS_NO_PASSIVE, "Passive login not possible")
OUTSIDE = ("digid-legacy", "etoegang", "generic")

# One request for each rule that breaks it and no other.
BROKEN: dict[str, bytes] = {
    "meant_for_us": a_message(ID="_same", Destination="https://elsewhere.test/sso"),
    "fresh": a_message(ID="_same", at=NOON - timedelta(hours=1)),
    "narrows_only_the_level": a_message(ID="_same", inside="<saml:Conditions/>"),
    "compares_as_saml_does": a_message(ID="_same", inside=contexts("loosely", SMARTCARD)),
    "names_the_service_one_way": with_extensions(
        a_message(ID="_same", AttributeConsumingServiceIndex="3"), service=SERVICE.value
    ),
    "speaks_for_itself": with_extensions(a_message(ID="_same"), audience=LC.value),
    "brings_no_assertion": with_extensions(a_message(ID="_same"), assertion=ASSERTION),
    "scoping_names_somebody": a_message(ID="_same", inside="<samlp:Scoping/>"),
}
# What every profile but the strict one takes.
TOLERATED: dict[str, bytes] = {
    "a registered URL": a_message(),
    "a URL and its binding": a_message(ProtocolBinding=urns.HTTP_ARTIFACT),
    "neither index nor URL": a_message(AssertionConsumerServiceURL=None),
    "an index": a_message(AssertionConsumerServiceURL=None, AssertionConsumerServiceIndex="0"),
    "ForceAuthn is false": a_message(ForceAuthn="false"),
    "an index for the service": a_message(AttributeConsumingServiceIndex="3"),
    "a service without IntendedAudience": with_extensions(a_message(), service=SERVICE.value),
    "a level": a_message(inside=contexts("minimum", SMARTCARD)),
}


def test_every_relaxed_rule_has_a_request_that_breaks_it() -> None:
    assert [rule.__name__ for rule in requests.RULES] == list(BROKEN)


@pytest.mark.clause("GEN-26", "S25", "DV-REQ-02", "GEN-22", "DV-REQ-09", "DV-REQ-11")
@pytest.mark.parametrize("rule", BROKEN)
async def test_a_request_that_breaks_one_relaxed_rule_is_refused_and_keeps_its_id(house: House, rule: str) -> None:
    await house.connects("generic")
    with pytest.raises(MessageRefused):
        await house.saml.read(posted(BROKEN[rule]))
    assert (await house.saml.read(posted(a_message(ID="_same")))).request_id == "_same"


@pytest.mark.clause("GEN-26", "DV-REQ-05", "DV-REQ-06")
@pytest.mark.parametrize("profile", OUTSIDE)
@pytest.mark.parametrize("case", TOLERATED)
async def test_what_real_products_send_is_taken(house: House, profile: str, case: str) -> None:
    await house.connects(profile)
    asked = await house.saml.read(posted(TOLERATED[case]))
    assert (asked.reply, asked.service, asked.force_authn) == (DV_CONSUMER, SERVICE, False)


@pytest.mark.clause("GEN-26", "DV-REQ-05", "DV-REQ-06", "S25")
@pytest.mark.parametrize("case", TOLERATED)
async def test_the_strict_profile_takes_none_of_it(house: House, case: str) -> None:
    if case == "an index":
        asked = with_extensions(TOLERATED[case], audience=DV.value, service=SERVICE.value)
        assert (await house.saml.read(posted(asked))).service == SERVICE
        return
    with pytest.raises(MessageRefused):
        await house.saml.read(posted(TOLERATED[case]))


@pytest.mark.clause("S25", "GEN-26")
@pytest.mark.parametrize("profile", OUTSIDE)
@pytest.mark.parametrize("passive", ["true", "1"])
async def test_a_dv_that_wants_its_user_asked_nothing_is_told_at_once_that_this_cannot_be(
    house: House, profile: str, passive: str
) -> None:
    await house.connects(profile)
    asked = await house.saml.read(posted(a_message(IsPassive=passive)))
    assert await house.status(await house.flow.begin(replace(asked, relay_state="here"))) == NO_PASSIVE
    (reported,) = house.reported.failures
    assert (type(reported), reported.broken_clause, reported.found) == (PassiveImpossible, "GEN-26", "true")
    assert reported.origin is not None
    assert (reported.origin.id, reported.origin.proven) == (asked.request_id, True)


@pytest.mark.clause("S25", "GEN-26")
async def test_the_strict_profile_refuses_a_passive_request(house: House) -> None:
    strict = a_message(IsPassive="true", AssertionConsumerServiceURL=None, AssertionConsumerServiceIndex="0")
    with pytest.raises(MessageRefused) as refused:
        await house.saml.read(posted(with_extensions(strict, audience=DV.value, service=SERVICE.value)))
    assert (refused.value.broken_clause, refused.value.found) == ("GEN-26", "true")


async def test_force_authn_is_honoured(house: House) -> None:
    await house.connects("generic")
    assert (await house.saml.read(posted(a_message(ForceAuthn="true")))).force_authn


@pytest.mark.clause("S22", "DV-REQ-04", "DV-REQ-05")
async def test_the_reply_address_is_the_registered_one_of_the_agreed_binding(house: House) -> None:
    consumers = (
        Endpoint(urns.HTTP_ARTIFACT, DV_CONSUMER, 0, True),
        Endpoint(urns.HTTP_ARTIFACT, OTHER_CONSUMER, 7),
        Endpoint(urns.HTTP_POST, POSTED, 9),
        Endpoint(urns.HTTP_POST, DV_CONSUMER, 10),
    )
    house.knows(assertion_consumers=consumers)
    await house.connects("generic", response=ResponseBinding.POST)

    async def reply(**attributes: Any) -> str:
        return (await house.saml.read(posted(a_message(**attributes)))).reply

    assert await reply() == DV_CONSUMER  # by its binding for POST
    assert await reply(AssertionConsumerServiceURL=None) == POSTED
    assert await reply(AssertionConsumerServiceURL=None, AssertionConsumerServiceIndex="10") == DV_CONSUMER
    assert await reply(AssertionConsumerServiceURL=POSTED, ProtocolBinding=urns.HTTP_POST) == POSTED
    for attributes in (
        {"AssertionConsumerServiceURL": OTHER_CONSUMER},
        {"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "7"},
        {"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "8"},
        {"AssertionConsumerServiceIndex": "9"},
        {"ProtocolBinding": urns.HTTP_ARTIFACT},
    ):
        with pytest.raises(ReplyAddressUnknown):
            await reply(**attributes)


async def test_who_names_a_consumer_of_another_binding_is_told_which_are_agreed(house: House) -> None:
    consumers = (Endpoint(urns.HTTP_POST, POSTED, 0, True), Endpoint(urns.HTTP_ARTIFACT, DV_CONSUMER, 1))
    house.knows(assertion_consumers=consumers)
    await house.connects("generic")
    with pytest.raises(ReplyAddressUnknown, match="another binding") as refused:
        await house.saml.read(posted(a_message(AssertionConsumerServiceURL=POSTED)))
    assert refused.value.expected == f"{urns.HTTP_ARTIFACT}: {DV_CONSUMER}"


@pytest.mark.clause("DV-REQ-06", "DV-REQ-07")
async def test_a_request_that_names_no_service_asks_the_agreed_one_and_else_the_metadatas_default(house: House) -> None:
    async def service(**attributes: Any) -> ServiceUuid:
        return (await house.saml.read(posted(a_message(**attributes)))).service

    await house.connects("generic")
    assert await service() == SERVICE
    assert await service(AttributeConsumingServiceIndex="9052") == NO_SERVICE
    await house.connects("generic", default_service=OTHER)
    assert await service() == OTHER
    assert await service(AttributeConsumingServiceIndex="3") == SERVICE
    # An index that the metadata gives no ServiceUUID, as software for eHerkenning has it.
    assert await service(AttributeConsumingServiceIndex="9052") == OTHER
    house.knows(services=())
    await house.connects("generic")
    assert await service() == NO_SERVICE
    house.knows(services=(OfferedService(1, SERVICE), OfferedService(2, OTHER, True)))
    assert await service() == OTHER


@pytest.mark.clause("DV-REQ-25")
async def test_relay_state_may_be_1024_bytes_outside_the_standard(house: House) -> None:
    await house.connects("generic")
    assert (await house.saml.read(posted(a_message(), relay_state="é" * 512))).relay_state == "é" * 512
    with pytest.raises(MessageMalformed):
        await house.saml.read(posted(a_message(), relay_state="é" * 512 + "x"))
    await house.offers()
    with pytest.raises(MessageMalformed):
        await house.saml.read(a_form(a_request(destination=SSO), relay_state="x" * 81))


@pytest.mark.clause("GEN-27", "GEN-08")
async def test_a_request_by_redirect_is_taken_outside_the_standard_when_it_is_signed(house: House) -> None:
    with pytest.raises(MessageRefused) as refused:
        await house.saml.read_redirected(redirected(a_message()))
    assert refused.value.broken_clause == "GEN-27"
    await house.connects("generic")
    query = redirected(a_message(ID="_redirected"), relay_state="x" * 200)
    asked = await house.saml.read_redirected(query)
    assert (asked.request_id, asked.relay_state, asked.reply) == ("_redirected", "x" * 200, DV_CONSUMER)
    with pytest.raises(SignatureRefused):
        await house.saml.read_redirected(query.partition(b"&SigAlg")[0])


@pytest.mark.clause("GEN-24", "GEN-27")
async def test_an_id_is_used_up_in_both_bindings(house: House) -> None:
    await house.connects("generic")
    await house.saml.read_redirected(redirected(a_message(ID="_same")))
    with pytest.raises(MessageRefused):
        await house.saml.read(posted(a_message(ID="_same")))


@pytest.mark.clause("GEN-08")
async def test_an_unsigned_request_is_refused_for_all(house: House) -> None:
    await house.connects("generic")
    form = posted(a_message())
    with pytest.raises(SignatureRefused):
        await house.saml.read(form | {"SAMLRequest": posted(a_message(), key_of(AD))["SAMLRequest"]})
