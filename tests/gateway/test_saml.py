"""The ST-SAML interface: rules for a DV's request, and the summary assertion as the DV and outside judges read it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from exchange.respond import Reply, write_success
from gateway.interfaces.rules import RULES
from gateway.interfaces.saml import NO_SERVICE, service_at
from gateway.interfaces.summary import summary
from gateway.login import SealedIdentity
from gateway.mandates import SealedMandate, sealed_mandate
from gateway.means.st_saml import sealed_identity
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, MessageRefused
from stelsel.identifiers import ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml import response as responses
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import decrypt_id
from stelsel.saml.sealed_attributes import seal
from stelsel.saml.xml import parse
from tests.exchange.factories import DV_CONSUMER, SSO, a_form, a_provider
from tests.gateway.factories import House
from tests.gateway.test_login import LOGIN
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    LC,
    NOON,
    RD,
    SERVICE,
    a_recipient,
    a_request,
    an_assertion,
    an_encrypted_id,
    decryption_key,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies

OTHER = ServiceUuid("0a1b2c3d-0000-4000-8000-000000000002")
FIRST_NAME = f"{urns.ETOEGANG_PERSONAL}FirstName"
# One request for each rule that breaks it and no other.
BROKEN: dict[str, dict[str, Any]] = {
    "names_one_service": {"attribute_index": 3},
    "names_dv_and_service": {"intended_audience": None},
    "uses_extensions": {"issuer": LC, "intended_audience": None, "service": None, "attribute_index": 3},
    "speaks_for_itself": {"intended_audience": LC},
    "brings_no_assertion": {"idp_assertion": assertions.write(an_assertion(), key_of(AD))},
    "scoping_names_somebody": {"has_scoping": True},
}


def test_every_rule_of_the_interface_has_a_request_that_breaks_it() -> None:
    assert [rule.__name__ for rule in RULES] == list(BROKEN)


@pytest.mark.clause("DV-REQ-06", "DV-REQ-09", "DV-REQ-10", "DV-REQ-11", "DV-REQ-16", "S25", "GEN-24")
@pytest.mark.parametrize("rule", BROKEN)
async def test_a_request_that_breaks_one_rule_is_refused_and_keeps_its_id(house: House, rule: str) -> None:
    broken = a_request(id="_same", destination=SSO, **BROKEN[rule])
    with pytest.raises(MessageRefused):
        await house.saml.read(a_form(broken, key=key_of(broken.issuer)))
    assert (await house.saml.read(a_form(a_request(id="_same", destination=SSO)))).request_id == "_same"


@pytest.mark.clause("DV-REQ-06")
async def test_a_request_that_names_no_service_is_refused(house: House) -> None:
    with pytest.raises(MessageRefused):
        await house.saml.read(a_form(a_request(destination=SSO, service=None, intended_audience=None)))


@pytest.mark.clause("DV-REQ-07", "DV-REQ-15", "C-05")
async def test_a_service_is_named_by_the_index_in_the_dvs_own_metadata(house: House) -> None:
    by_index = {"service": None, "intended_audience": None, "attribute_index": 3, "requester_ids": (BVD,)}
    request = await house.saml.read(a_form(a_request(destination=SSO, **by_index)))
    assert (request.service, request.dv, request.requester_ids, request.idp_list) == (SERVICE, DV, (BVD,), None)
    assert service_at(a_provider(), 4) == NO_SERVICE


def an_ad_assertion(**changes: Any) -> Assertion:
    """As the gateway received it."""
    about = (
        Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
        Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV, BVD),)),
    )
    return received(an_assertion(**{"attributes": about} | changes))


def a_bvd_assertion(**changes: Any) -> Assertion:
    """As the gateway received it."""
    values: dict[str, Any] = {
        "issuer": BVD,
        "context_class": urns.UNSPECIFIED_CONTEXT,
        "attributes": of_bvd(),
        "session_until": NOON.replace(hour=23),
    }
    return received(an_assertion(**values | changes))


def of_bvd(**changes: Any) -> tuple[Attribute, ...]:
    """The attributes of a BVD's assertion; None leaves one out."""
    values: dict[str, Any] = {
        "service": Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
        "acting": Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),)),
        "legal": Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV, value="999990020"),)),
        "types": Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",)),
    }
    return tuple(attribute for attribute in (values | changes).values() if attribute is not None)


def received(assertion: Assertion) -> Assertion:
    """What came over the wire."""
    return assertions.read(assertions.write(assertion, key_of(assertion.issuer)), keys_of_all())


def identity() -> SealedIdentity:
    made = an_ad_assertion()
    return SealedIdentity(tuple(each.xml for each in made.acting), LevelOfAssurance.HOOG, AD, made.evidence)


def mandate() -> SealedMandate:
    return sealed_mandate(a_bvd_assertion(), DV, SERVICE)


def a_summary(requester: Any = DV, *, represented: bool = True) -> Assertion:
    """The RD's assertion as the DV reads it."""
    reply = Reply(RD, "_dv", DV_CONSUMER, NOON)
    made = summary(reply, DV, requester, SERVICE, identity(), mandate() if represented else None)
    written = write_success(reply, made, key_of(RD))
    found = responses.assertion_in(parse(written))
    assert found is not None
    return assertions.read_element(found, keys_of_all())


@pytest.mark.clause("DV-ASR-01", "DV-ASR-06", "DV-ASR-07", "DV-ASR-13", "DV-ASR-14", "DV-ASR-10", "DV-ATT-01")
def test_a_summary_tells_who_declared_what_to_whom() -> None:
    made = a_summary()
    assert (made.issuer, made.audiences, made.authorities) == (RD, (DV,), (AD, BVD))
    assert (made.recipient, made.in_response_to, made.context_class) == (DV_CONSUMER, "_dv", urns.LOA_HIGH)
    assert (made.service, made.representation_types) == (SERVICE, ("urn:namens:rt:BEWIND",))
    assert made.session_until == NOON.replace(hour=23)


@pytest.mark.clause("DV-ASR-03", "DV-ASR-12", "DV-ASR-11")
def test_a_summary_names_its_subject_by_a_new_transient_name() -> None:
    one, other = a_summary(), a_summary()
    assert one.name_id != other.name_id
    assert (one.name_id_format, one.session_index, one.authn_instant) == (urns.TRANSIENT, one.name_id, NOON)


@pytest.mark.clause("DV-ASR-10")
def test_a_supplier_stands_before_the_dv_among_the_audiences() -> None:
    assert a_summary(LC).audiences == (LC, DV)


@pytest.mark.clause("DV-ATT-03", "DV-ASR-14", "DV-ASR-16")
def test_a_summary_of_a_login_for_oneself_names_nobody_else() -> None:
    made = a_summary(represented=False)
    assert (made.legal, made.representation_types, made.authorities, len(made.advice)) == ((), (), (AD,), 1)
    assert made.session_until is None


@pytest.mark.clause("DV-ASR-16", "C-18", "GEN-09")
def test_the_evidence_inside_a_summary_still_verifies_for_us_and_for_xmlsec1() -> None:
    made = a_summary()
    assert xmlsec1_verifies(made.evidence, key_of(RD))
    for evidence, issuer in zip(made.advice, (AD, BVD), strict=True):
        assert assertions.read(evidence, keys_of_all()).issuer == issuer
        assert xmlsec1_verifies(evidence, key_of(issuer))


@pytest.mark.clause("DV-ATT-11", "DV-ATT-05", "DV-ATT-14")
def test_the_summarys_copies_have_ids_of_their_own_and_name_no_other_reader() -> None:
    made = a_summary()
    ids = re.findall(rb'\sI[Dd]="([^"]+)"', made.evidence)
    assert len(ids) == len(set(ids))
    assert [value.recipients for value in (*made.acting, *made.legal)] == [(DV,), (DV,)]
    keys = [decryption_key(DV.value)]
    assert [decrypt_id(value, DV, keys).value for value in (*made.acting, *made.legal)] == ["999990019", "999990020"]
    check_schema(made.evidence)


@pytest.mark.clause("RD-ASR-12", "RD-ASR-03", "RD-ASR-05", "RD-ASR-06", "RD-ASR-09", "RD-ASR-11", "DV-ATT-01")
@pytest.mark.parametrize(
    "changes",
    [
        {"attributes": (Attribute(urns.SERVICE_UUID, (OTHER.value,)), an_ad_assertion().attributes[1])},
        {"authorities": (AD,)},
        {"advice": (an_ad_assertion().evidence,)},
        {"attributes": (*an_ad_assertion().attributes, of_bvd()[2])},
        {"attributes": (*an_ad_assertion().attributes, of_bvd()[3])},
        {"context_class": urns.UNSPECIFIED_CONTEXT},
        {"attributes": (of_bvd()[0], Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(BVD),)))},
        {"attributes": (*an_ad_assertion().attributes, Attribute(FIRST_NAME, ("Marta",)))},
        {"copied": (seal(FIRST_NAME, ("Marta",), a_recipient(BVD)).xml,)},
    ],
    ids=[
        "another service",
        "authorities",
        "Advice",
        "LegalSubjectID",
        "RepresentationType",
        "level",
        "not for the DV",
        "a name in clear",
        "a name for the BVD",
    ],
)
def test_an_ads_assertion_that_says_too_much_or_too_little_is_refused(changes: dict[str, Any]) -> None:
    login = replace(LOGIN, dv=DV, service=SERVICE)
    assert sealed_identity(an_ad_assertion(), login).loa is LevelOfAssurance.HOOG
    with pytest.raises(AnswerRefused):
        sealed_identity(an_ad_assertion(**changes), login)


@pytest.mark.clause(
    "RD-ASR-12", "RD-ASR-04", "RD-ASR-05", "RD-ASR-07", "RD-ASR-08", "RD-ASR-10", "RD-ASR-11", "DV-ATT-01", "DV-ATT-12"
)
@pytest.mark.parametrize(
    "changes",
    [
        {"attributes": of_bvd(service=Attribute(urns.SERVICE_UUID, (OTHER.value,)))},
        {"context_class": urns.LOA_HIGH},
        {"authorities": (AD,)},
        {"advice": (an_ad_assertion().evidence,)},
        {"attributes": of_bvd(acting=Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(BVD),)))},
        {"attributes": of_bvd(legal=None)},
        {"attributes": of_bvd(legal=Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(RD),)))},
        {"attributes": of_bvd(types=None)},
    ],
    ids=["another service", "level", "authorities", "Advice", "acting", "nobody", "not for the DV", "no type"],
)
def test_a_bvds_assertion_that_says_too_much_or_too_little_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AnswerRefused):
        sealed_mandate(a_bvd_assertion(**changes), DV, SERVICE)
