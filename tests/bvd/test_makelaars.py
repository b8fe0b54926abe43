"""A router's request with the word of a herkenningsmakelaar inside: who works there, and for which office (M5)."""

from dataclasses import replace
from typing import Any

import pytest

from bvd.evidence import Authorities
from bvd.request import RepresentationDoor, RepresentationRequest
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, MessageExpired, MessageReplayed, UnknownIssuer
from stelsel.identifiers import KvkNummer, Pseudonym, Rsin, Vestigingsnummer
from stelsel.reasons import Reason
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import NameId, encrypt_id
from stelsel.saml.etoegang import Recognised, attributes_of, service_id
from tests.bvd.relations import NOON, bijstand
from tests.bvd.visits import Visits
from tests.exchange.factories import BVD_SSO
from tests.stelsel.saml.factories import AD, BVD, DV, LC, RD, SERVICE, a_recipient

EMPLOYEE, OFFICE = Pseudonym(f"{7:064x}@{8:032x}"), KvkNummer("69599068")
READERS = [a_recipient(DV), a_recipient(BVD)]


def a_recognised(**changes: Any) -> Recognised:
    """An employee of the office, at the DV's service."""
    assert DV.oin is not None
    values: dict[str, Any] = {
        "service": SERVICE,
        "service_id": service_id(DV.oin, 1),
        "acting": EMPLOYEE,
        "represented": (OFFICE,),
        "name": "Bureau",
        "registry": AD,
    }
    return Recognised(**values | changes)


@pytest.fixture
def makelaar(visits: Visits) -> Visits:
    """A BVD that takes the AD for a makelaar."""
    visits.door = RepresentationDoor(visits.party, BVD_SSO, Authorities(frozenset(), frozenset({AD})), frozenset({RD}))
    return visits


def said(visits: Visits, recognised: Recognised | None = None, readers: Any = None, **changes: Any) -> bytes:
    """The makelaar's assertion, for DV and BVD."""
    values: dict[str, Any] = {
        "context_class": LevelOfAssurance.SUBSTANTIEEL.etoegang,
        "attributes": attributes_of(recognised or a_recognised(), readers or READERS),
    }
    return visits.evidence(**values | changes)


@pytest.mark.clause("BVD-04", "BVD-05", "RD-ASR-06", "TYP-09")
async def test_an_employee_and_the_office_are_read_of_a_makelaars_word(makelaar: Visits) -> None:
    request = await makelaar.receive(said(makelaar))
    assert (request.identity.acting, request.identity.office) == (EMPLOYEE, OFFICE)
    assert (request.identity.known_as, request.identity.loa) == (OFFICE, LevelOfAssurance.SUBSTANTIEEL)
    assert (request.restricted, request.chained) == (False, False)
    assert EMPLOYEE.value not in repr(request)


async def test_an_organisation_with_two_numbers_is_known_by_its_kvk_number(makelaar: Visits) -> None:
    both = a_recognised(represented=(OFFICE, Rsin("802345608")))
    assert (await makelaar.receive(said(makelaar, both))).identity.office == OFFICE


@pytest.mark.clause("M5", "M3", "RD-ASR-01", "DV-VAL-02", "DV-VAL-03", "DV-ATT-01")
@pytest.mark.parametrize(
    "changes",
    [
        {"audiences": (RD, DV)},
        {"audiences": (LC, BVD)},
        {"recipient": "https://another-router.test/acs"},
        {"not_on_or_after": NOON},
        {"context_class": LevelOfAssurance.SUBSTANTIEEL.uri},
        {"recognised": a_recognised(service=bijstand().uuid)},
        {"recognised": a_recognised(service_id="urn:etoegang:DV:00000099999999999999:services:1")},
        {"readers": [a_recipient(DV)]},
        {"readers": [a_recipient(BVD)]},
        {"recognised": a_recognised(represented=(Rsin("802345608"),))},
    ],
    ids=[
        "for another BVD",
        "for another router",
        "delivered elsewhere",
        "too old",
        "no level of eTD",
        "another service",
        "another DV",
        "not for the BVD",
        "not for the DV",
        "no KvK number",
    ],
)
async def test_a_makelaars_word_that_breaks_one_rule_is_refused(makelaar: Visits, changes: dict[str, Any]) -> None:
    with pytest.raises((AnswerRefused, MessageExpired)):
        await makelaar.receive(said(makelaar, **changes))


@pytest.mark.clause("TYP-03", "R-REQ")
async def test_a_bsn_of_a_makelaar_and_a_number_that_cannot_be_are_refused(makelaar: Visits) -> None:
    good = list(attributes_of(a_recognised(), READERS))
    for name, named in (
        (urns.ETOEGANG_ACTING, NameId(urns.LEGACY_BSN, "999990123")),
        (urns.ETOEGANG_LEGAL, NameId(urns.ETOEGANG_KVK, "123")),
        (urns.ETOEGANG_LEGAL, NameId(urns.ETOEGANG_BSN, "999990123")),
    ):
        changed = Attribute(name, (encrypt_id(named, READERS),))
        attributes = tuple(changed if each.name == name else each for each in good)
        with pytest.raises(AnswerRefused):
            await makelaar.receive(said(makelaar, attributes=attributes))


@pytest.mark.clause("M5", "S18", "BVD-04")
async def test_a_makelaars_word_counts_once_and_only_of_one_that_is_ours(makelaar: Visits, visits: Visits) -> None:
    evidence = said(makelaar)
    await makelaar.receive(evidence)
    with pytest.raises(MessageReplayed):
        await makelaar.receive(evidence)
    with pytest.raises(UnknownIssuer):
        await makelaar.receive(said(makelaar, signer=DV, issuer=DV))


@pytest.mark.clause("BVD-04", "TYP-03")
async def test_an_ad_that_speaks_st_saml_is_never_read_as_a_makelaar(visits: Visits) -> None:
    with pytest.raises(AnswerRefused):
        await visits.receive(said(visits))


@pytest.mark.clause("R-RESTR", "R-CHAIN")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"vestiging": Vestigingsnummer("000037178598")}, Reason.RESTRICTION_NOT_SUPPORTED),
        ({"intermediaries": (KvkNummer("90001354"),)}, Reason.CHAIN_NOT_ALLOWED),
    ],
)
async def test_an_office_in_part_or_through_another_acts_for_no_client(
    makelaar: Visits, changes: dict[str, Any], reason: Reason
) -> None:
    await makelaar.offers()
    request: RepresentationRequest = await makelaar.receive(said(makelaar, replace(a_recognised(), **changes)))
    told = await makelaar.told(await makelaar.steps.begin(request, "a" * 32))
    assert told.assertion is None
    assert [row.facts["reason"] for row in await makelaar.recorded("decision")] == [reason]
    assert makelaar.court.asked == []
