"""Whom the BVD recognises in what BSNk encrypted for it: with its own keys, and with nobody else's."""

import base64
from datetime import date
from typing import Final

import pytest

from bvd.evidence import Authorities
from bvd.request import RepresentationDoor
from pilot.bsnk import Bsnk
from stelsel import urns
from stelsel.bsnk.scheme import read_scheme_keys
from stelsel.failures import AnswerRefused, EncryptedIdRefused
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.encryption import EncryptedId, NameId, encrypt_id
from tests.bvd.relations import ANNA
from tests.bvd.visits import Visits, about
from tests.exchange.factories import BVD_SSO, a_ring
from tests.stelsel.saml.factories import AD, BVD, DV, RD, a_recipient

NEW, OLD = 20260101, 20240101
MAY: Final = date(2026, 5, 1)
BSNK: Final = Bsnk()
assert BVD.oin is not None
assert DV.oin is not None


def encrypted(recipient: Oin, key_set: int = NEW, reader: EntityId = BVD, bsnk: Bsnk = BSNK) -> EncryptedId:
    """An EI about Anna, inside an EncryptedID for `reader`."""
    structure = bsnk.transform_identity(bsnk.activate(ANNA), recipient, key_set, MAY)
    return encrypt_id(NameId(urns.BSNK_IDENTITY, base64.b64encode(structure).decode()), [a_recipient(reader)])


@pytest.fixture
def readers(visits: Visits) -> Visits:
    """A BVD that is a recipient of BSNk, with one set of keys."""
    assert BVD.oin is not None
    visits.party.keys.replace(a_ring(BVD, BSNK.issue(BVD.oin, NEW)))
    scheme = read_scheme_keys(BSNK.published())
    visits.door = RepresentationDoor(
        visits.party, BVD_SSO, Authorities(frozenset({AD}), scheme=scheme), frozenset({RD})
    )
    return visits


@pytest.mark.clause("TYP-03", "DV-ATT-10", "BVD-02")
async def test_who_acts_is_read_with_the_bvds_own_keys_of_bsnk(readers: Visits) -> None:
    assert BVD.oin is not None
    assert DV.oin is not None
    for_the_dv = encrypted(DV.oin, reader=DV)
    request = await readers.receive(readers.evidence(attributes=about(for_the_dv, encrypted(BVD.oin))))
    assert request.identity.acting == ANNA
    assert ANNA.value not in repr(request)


@pytest.mark.clause("TYP-03", "M5")
@pytest.mark.parametrize("made", ["for-the-dv", "of-a-closed-key-set", "by-another-bsnk"])
async def test_an_identity_that_is_not_for_the_bvds_keys_is_refused(readers: Visits, made: str) -> None:
    assert BVD.oin is not None
    assert DV.oin is not None
    value = {
        "for-the-dv": encrypted(DV.oin),
        "of-a-closed-key-set": encrypted(BVD.oin, OLD),
        "by-another-bsnk": encrypted(BVD.oin, bsnk=Bsnk()),
    }[made]
    with pytest.raises(EncryptedIdRefused):
        await readers.receive(readers.evidence(attributes=about(value)))


@pytest.mark.clause("TYP-03")
async def test_a_pseudonym_is_nobody_whom_a_register_knows(readers: Visits) -> None:
    assert BVD.oin is not None
    structure = BSNK.transform_pseudonym(BSNK.activate(ANNA), BVD.oin, NEW, MAY)
    name = NameId(urns.BSNK_PSEUDONYM, base64.b64encode(structure).decode())
    with pytest.raises(AnswerRefused):
        await readers.receive(readers.evidence(attributes=about(encrypt_id(name, [a_recipient(BVD)]))))


@pytest.mark.clause("TYP-03")
async def test_a_bvd_that_knows_no_keys_of_the_scheme_believes_no_identity_of_it(visits: Visits) -> None:
    assert BVD.oin is not None
    with pytest.raises(AnswerRefused):
        await visits.receive(visits.evidence(attributes=about(encrypted(BVD.oin))))
