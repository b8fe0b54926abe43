"""A router's request at the BVD, and every way in which the AD's assertion inside may be stolen, old or forged (M5)."""

from datetime import timedelta
from typing import Any

import pytest

from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AnswerRefused,
    MessageExpired,
    MessageMalformed,
    MessageRefused,
    MessageReplayed,
    SignatureRefused,
    UnknownIssuer,
)
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import NameId, encrypt_id
from stelsel.saml.rules.declarations import EVIDENCE_RULES
from stelsel.saml.signatures import SIGNATURE
from stelsel.saml.xml import parsed, self_contained
from tests.bvd.relations import ANNA, NOON
from tests.bvd.visits import Visits, about
from tests.stelsel.saml.factories import AD, BVD, DV, LC, RD, SERVICE, a_recipient, an_encrypted_id

OTHER_SERVICE = "0a1b2c3d-0000-4000-8000-000000000002"
ACTING = Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV, BVD, value=ANNA.value),))
# One assertion for each rule that breaks it and no other.
BROKEN: dict[str, dict[str, Any]] = {
    "meant_for_us": {"audiences": (RD, DV)},
    "brought_by_its_recipient": {"recipient": "https://another-router.test/acs"},
    "in_time": {"not_on_or_after": NOON},
    "about_this_service": {"attributes": (Attribute(urns.SERVICE_UUID, (OTHER_SERVICE,)), ACTING)},
    "about_one_person": {
        "attributes": (
            Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
            ACTING,
            Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",)),
        )
    },
}


@pytest.mark.clause("BVD-02", "BVD-04", "BVD-05", "TYP-03")
async def test_a_request_in_order_tells_who_acts_and_how_surely(visits: Visits) -> None:
    request = await visits.receive()
    assert (request.dv, request.service) == (DV, SERVICE)
    assert (request.identity.acting, request.identity.loa) == (ANNA, LevelOfAssurance.HOOG)
    assert request.identity.authority == AD
    assert ANNA.value not in repr(request)


def test_every_rule_of_the_evidence_has_an_assertion_that_breaks_it() -> None:
    assert [rule.__name__ for rule in EVIDENCE_RULES] == list(BROKEN)


@pytest.mark.clause("BVD-04", "M5", "M3", "RD-ASR-01", "RD-ASR-09", "S16")
@pytest.mark.parametrize("rule", BROKEN)
async def test_evidence_that_breaks_one_rule_is_refused_and_uses_up_nothing(visits: Visits, rule: str) -> None:
    with pytest.raises((AnswerRefused, MessageExpired)):
        await visits.receive(visits.evidence(id="_evidence", **BROKEN[rule]), id="_request")
    request = await visits.receive(visits.evidence(id="_evidence"), id="_request")
    assert request.asked.request.id == "_request"


@pytest.mark.clause("M5", "S18", "BVD-04")
async def test_evidence_counts_once_whatever_request_brings_it(visits: Visits) -> None:
    evidence = visits.evidence()
    await visits.receive(evidence)
    with pytest.raises(MessageReplayed):
        await visits.receive(evidence)


@pytest.mark.clause("M5", "RD-ASR-01")
async def test_evidence_for_another_bvd_or_another_router_is_refused(visits: Visits) -> None:
    for audiences in ((RD,), (BVD,), (LC, BVD)):
        with pytest.raises(AnswerRefused):
            await visits.receive(visits.evidence(audiences=audiences))


@pytest.mark.clause("M5", "DV-VAL-03", "S27")
@pytest.mark.parametrize(
    "changes",
    [
        {"confirm_until": NOON},
        {"not_before": NOON + timedelta(seconds=61)},
        {"issue_instant": NOON - timedelta(minutes=5, seconds=1)},
        {"issue_instant": NOON + timedelta(seconds=61)},
    ],
    ids=["past its delivery", "not yet", "too old", "of the future"],
)
async def test_evidence_outside_its_time_is_refused(visits: Visits, changes: dict[str, Any]) -> None:
    with pytest.raises(MessageExpired):
        await visits.receive(visits.evidence(**changes))


@pytest.mark.clause("M5", "S15", "GEN-08")
async def test_unsigned_evidence_is_refused(visits: Visits) -> None:
    root = parsed(visits.evidence())
    root.remove(next(child for child in root if child.tag == SIGNATURE))
    with pytest.raises(SignatureRefused):
        await visits.receive(self_contained(root))


@pytest.mark.clause("M5", "S12", "BVD-04", "GEN-16")
async def test_evidence_that_the_router_made_itself_is_refused(visits: Visits) -> None:
    with pytest.raises(SignatureRefused):
        await visits.receive(visits.evidence(signer=RD))
    with pytest.raises(UnknownIssuer):
        await visits.receive(visits.evidence(signer=RD, issuer=RD))


@pytest.mark.clause("BVD-04", "M5")
async def test_evidence_of_an_ad_that_is_unknown_or_is_none_of_ours_is_refused(visits: Visits) -> None:
    stranger = EntityId.of("AD", Oin("00000009999999999077"), 9000)
    for issuer in (stranger, BVD, DV):
        with pytest.raises(UnknownIssuer):
            await visits.receive(visits.evidence(signer=issuer, issuer=issuer))


@pytest.mark.clause("BVD-04", "RD-ASR-03")
async def test_evidence_of_an_unknown_level_is_refused(visits: Visits) -> None:
    for level in (urns.UNSPECIFIED_CONTEXT, "http://eidas.europa.eu/LoA/supreme"):
        with pytest.raises(AnswerRefused):
            await visits.receive(visits.evidence(context_class=level))


@pytest.mark.clause("RD-ASR-06", "S17", "R-REQ")
@pytest.mark.parametrize(
    "acting",
    [
        an_encrypted_id(DV, value=ANNA.value),
        an_encrypted_id(DV, BVD, value="999990124"),
        encrypt_id(NameId("urn:nl-eid-gdi:1.0:id:Pseudonym", "somebody"), [a_recipient(DV), a_recipient(BVD)]),
        encrypt_id(NameId(urns.LEGACY_BSN, ANNA.value), [a_recipient(BVD, "somebody else")]),
    ],
    ids=["not for the BVD", "a number that cannot be a BSN", "another kind of name", "for a key that is not ours"],
)
async def test_an_identity_that_the_bvd_cannot_use_is_refused(visits: Visits, acting: Any) -> None:
    with pytest.raises(AnswerRefused) as refused:
        await visits.receive(visits.evidence(attributes=about(acting)))
    assert ANNA.value not in str(refused.value.facts())


@pytest.mark.clause("BVD-03")
async def test_a_party_that_is_no_router_of_ours_is_refused(visits: Visits) -> None:
    with pytest.raises(UnknownIssuer):
        await visits.receive(issuer=DV, acs_index=0)


@pytest.mark.clause("RD-REQ-03", "RD-REQ-05", "BVD-02")
async def test_a_request_without_dv_service_or_evidence_is_refused(visits: Visits) -> None:
    for changes in ({"service": None}, {"intended_audience": None}):
        with pytest.raises(MessageMalformed):
            await visits.receive(**changes)
    with pytest.raises(MessageMalformed):
        await visits.receive(idp_assertion=None)


@pytest.mark.clause("BVD-02", "RD-REQ-02", "RD-REQ-08")
async def test_requester_and_service_index_are_passed_by(visits: Visits) -> None:
    request = await visits.receive(requester_ids=(LC,), attribute_index=9)
    assert request.service == SERVICE


@pytest.mark.clause("S25")
async def test_a_passive_request_is_refused(visits: Visits) -> None:
    with pytest.raises(MessageRefused):
        await visits.receive(is_passive=True)
