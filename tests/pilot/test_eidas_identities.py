"""By which identifiers the eIDAS stub declares people with and without a BSN, to each kind of DV and to the BVD."""

from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from catalog.identities import IdentityType, PersonalFact
from pilot.bsnk import Bsnk
from pilot.cast import Abroad, Person, Visitor
from pilot.eidas_identities import Declared, Reader, acting, declared_as, facts_about, sealed_facts
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AuthenticationFailed
from stelsel.identifiers import Bsn, EntityId, Oin
from stelsel.saml.encryption import DecryptionKey, EncryptedId, NameId, decrypt_id
from stelsel.saml.sealed_attributes import unseal
from tests.exchange.factories import encryption_key_of
from tests.stelsel.saml.factories import BVD, DV, a_recipient, decryption_key, public

TEXT, BSN, PSEUDONYM = IdentityType.LEGACY_BSN, IdentityType.BSN, IdentityType.PSEUDONYM
HIGH: Final = LevelOfAssurance.HOOG
MARTA: Final = Person(
    name="Marta", bsn=Bsn("999990019"), given="Marta", means={"eidas": HIGH}, eidas=Abroad("XA", "XA/NL/1")
)
LUCA: Final = Visitor(name="Luca", given="Luca", level=HIGH, eidas=Abroad("XB", "XB/NL/2"))
ANNA: Final = Person(name="Anna", bsn=Bsn("999990020"), given="Anna", means={"digid": HIGH})
MAY: Final = date(2026, 5, 1)


@pytest.mark.clause("TYP-03")
@pytest.mark.parametrize(
    ("who", "taken", "expected"),
    [
        (MARTA, (TEXT,), TEXT),
        (MARTA, (BSN, PSEUDONYM), BSN),
        (MARTA, (PSEUDONYM, BSN), PSEUDONYM),
        (LUCA, (BSN, PSEUDONYM), PSEUDONYM),
        (LUCA, (PSEUDONYM,), PSEUDONYM),
    ],
)
def test_each_is_declared_by_the_first_type_that_the_service_takes_and_he_has(
    who: Person | Visitor, taken: tuple[IdentityType, ...], expected: IdentityType
) -> None:
    assert declared_as(who, taken).type is expected


@pytest.mark.parametrize(
    ("who", "taken"),
    [(LUCA, (TEXT,)), (LUCA, (BSN,)), (ANNA, (TEXT,))],
)
def test_who_has_nothing_that_the_service_or_the_registers_know_is_not_declared(
    who: Person | Visitor, taken: tuple[IdentityType, ...]
) -> None:
    with pytest.raises(AuthenticationFailed):
        declared_as(who, taken)


def told(who: Person | Visitor, *wanted: PersonalFact) -> dict[str, str]:
    return {fact.value: value for fact, value in facts_about(who, wanted or tuple(PersonalFact))}


@pytest.mark.clause("DV-ATT-13")
def test_a_country_tells_what_it_knows_and_the_service_asks_and_no_more() -> None:
    anna = replace(ANNA, prefix="van den", family="Berg", born="1980-02-03")
    assert told(anna) == {"FirstName": "Anna", "FamilyName": "van den Berg", "DateOfBirth": "1980-02-03"}
    assert told(anna, PersonalFact.DATE_OF_BIRTH) == {"DateOfBirth": "1980-02-03"}
    assert told(replace(LUCA, born="1980")) == {"FirstName": "Luca"}


@pytest.mark.clause("DV-ATT-13", "DV-ATT-05")
def test_each_fact_is_sealed_on_its_own_for_the_dv_alone() -> None:
    facts = tuple(facts_about(replace(LUCA, family="Meridiani"), (PersonalFact.FAMILY_NAME, PersonalFact.FIRST_NAME)))
    sealed = sealed_facts(facts, Reader(a_recipient(DV), Oin("00000009999999999001"), 1))
    assert [each.recipients for each in sealed] == [(DV,), (DV,)]
    assert not any(secret in sealed[0].xml for secret in (b"Meridiani", b"FamilyName"))
    opened = [unseal(each, DV, [decryption_key(DV.value)]) for each in sealed]
    assert [(each.name.rsplit(":", 1)[-1], each.values) for each in opened] == [
        ("FamilyName", ("Meridiani",)),
        ("FirstName", ("Luca",)),
    ]


def read_by(reader: EntityId, values: list[EncryptedId]) -> list[NameId]:
    """What a party can open."""
    key = encryption_key_of(reader)
    keys = [DecryptionKey(public(key).name, key.private)]
    return [decrypt_id(each, reader, keys) for each in values if reader in each.recipients]


def made(declared: Declared, *, with_bvd: bool) -> list[EncryptedId]:
    """The values of ActingSubjectID."""
    assert DV.oin is not None
    assert BVD.oin is not None
    dv, bvd = (Reader(a_recipient(each), oin, 20260101) for each, oin in ((DV, DV.oin), (BVD, BVD.oin)))
    return acting(declared, Bsnk(), dv, bvd if with_bvd else None, MAY)


@pytest.mark.clause("DV-ATT-10", "DV-ATT-05")
def test_a_bsn_as_text_is_closed_once_for_all_its_readers() -> None:
    values = made(declared_as(MARTA, (TEXT,)), with_bvd=True)
    assert [each.recipients for each in values] == [(DV, BVD)]
    assert read_by(DV, values) == read_by(BVD, values) == [NameId(urns.LEGACY_BSN, MARTA.bsn.value)]


@pytest.mark.clause("DV-ATT-10", "DV-ATT-05")
@pytest.mark.parametrize("first", [BSN, PSEUDONYM])
def test_what_bsnk_encrypts_is_closed_for_each_reader_by_itself(first: IdentityType) -> None:
    values = made(declared_as(MARTA, (first,)), with_bvd=True)
    assert [each.recipients for each in values] == [(DV,), (BVD,)]
    kinds = {BSN: urns.BSNK_IDENTITY, PSEUDONYM: urns.BSNK_PSEUDONYM}
    assert [each.qualifier for each in read_by(DV, values)] == [kinds[first]]
    assert [each.qualifier for each in read_by(BVD, values)] == [urns.BSNK_IDENTITY]


@pytest.mark.clause("RD-ASR-06")
def test_of_somebody_without_a_bsn_the_bvd_is_told_nothing() -> None:
    values = made(declared_as(LUCA, (BSN, PSEUDONYM)), with_bvd=True)
    assert [each.recipients for each in values] == [(DV,)]


def test_a_dv_that_is_no_recipient_of_bsnk_gets_nothing_of_it() -> None:
    with pytest.raises(AuthenticationFailed):
        acting(declared_as(MARTA, (BSN,)), Bsnk(), a_recipient(DV), None, MAY)


def test_somebody_with_a_bsn_and_a_namesake_abroad_are_two_people() -> None:
    bsnk = Bsnk()
    oin = Oin("00000099000000010000")
    by_bsn, by_name = bsnk.activate(MARTA.bsn), bsnk.activate_from_abroad("XA/NL/1")
    assert by_name.identity is None
    assert by_bsn.type != by_name.type
    with pytest.raises(ValueError, match="without a BSN"):
        bsnk.transform_identity(by_name, oin, 20260101, MAY)
