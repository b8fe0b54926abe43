"""The stub of BSNk, read by a recipient with the keys that it issued: for anybody, in every notation."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilot.bsnk import IDENTITY, PSEUDONYM, Bsnk
from stelsel.bsnk.decryption import decrypt_identity, decrypt_pseudonym
from stelsel.bsnk.encrypted import SubjectType, read
from stelsel.bsnk.keys import Diversifier, KeysInMemory, read_key, write_key
from stelsel.bsnk.scheme import SchemeKeys, read_scheme_keys
from stelsel.bsnk.structures import NOTATIONS, Kind
from stelsel.identifiers import Bsn, Oin, passes_elfproef

DV, OTHER, PARTY = (Oin(f"0000009900000000{number}") for number in ("0001", "0002", "0003"))
MAY = date(2026, 5, 17)
ANNA = Bsn("999990019")
BRAM = Bsn("999990020")
OLD, NEW = 20240101, 20260101
FINANCE: Diversifier = (("Function", "Controller"), ("Group", "Finance"))

people = st.integers(1, 99_999_999).map(lambda number: with_check(f"{number:08d}")).filter(bool).map(Bsn)
recipients = st.integers(0, 10**20 - 1).map(lambda number: Oin(f"{number:020d}"))
key_sets = st.integers(0, 99_991_231)


def with_check(eight: str) -> str:
    """Eight digits and the ninth that makes them a BSN, or nothing when there is none."""
    return next((eight + last for last in "0123456789" if passes_elfproef(eight + last)), "")


@pytest.fixture(scope="module")
def bsnk() -> Bsnk:
    return Bsnk()


@pytest.fixture(scope="module")
def scheme(bsnk: Bsnk) -> SchemeKeys:
    return read_scheme_keys(bsnk.published())


def keys(bsnk: Bsnk, recipient: Oin = DV, *sets: int, diversifier: Diversifier = ()) -> KeysInMemory:
    return KeysInMemory(key for key_set in sets or (NEW,) for key in bsnk.issue(recipient, key_set, diversifier))


def pseudonym(bsnk: Bsnk, recipient: Oin = DV, who: Bsn = ANNA) -> str:
    der = bsnk.transform_pseudonym(bsnk.activate(who), recipient, NEW, MAY)
    found = read(der, read_scheme_keys(bsnk.published()))
    return decrypt_pseudonym(found, keys(bsnk, recipient)).value.value


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(who=people, recipient=recipients, key_set=key_sets)
def test_anybody_who_is_activated_is_read_by_any_recipient(
    bsnk: Bsnk, scheme: SchemeKeys, who: Bsn, recipient: Oin, key_set: int
) -> None:
    person, held = bsnk.activate(who), keys(bsnk, recipient, key_set)
    identity = read(bsnk.transform_identity(person, recipient, key_set, MAY), scheme)
    assert decrypt_identity(identity, held) == who
    once, again = (
        decrypt_pseudonym(read(bsnk.transform_pseudonym(each, recipient, key_set, MAY), scheme), held)
        for each in (person, bsnk.activate(who))
    )
    assert once.point == again.point


@pytest.mark.parametrize("notation", [oid for oid, kind in NOTATIONS.items() if kind.kind is Kind.EI])
def test_an_identity_is_read_in_every_notation(bsnk: Bsnk, scheme: SchemeKeys, notation: str) -> None:
    found = read(bsnk.transform_identity(bsnk.activate(ANNA), DV, NEW, MAY, notation=notation), scheme)
    assert found.algorithm is NOTATIONS[notation].algorithm
    assert found.issued == (date(2026, 5, 1) if notation == IDENTITY else None)
    assert decrypt_identity(found, keys(bsnk)) == ANNA


@pytest.mark.parametrize("notation", [oid for oid, kind in NOTATIONS.items() if kind.kind is Kind.EP])
def test_a_pseudonym_is_the_same_in_every_notation(bsnk: Bsnk, scheme: SchemeKeys, notation: str) -> None:
    der = bsnk.transform_pseudonym(bsnk.activate(ANNA), DV, NEW, MAY, notation=notation)
    person = decrypt_pseudonym(read(der, scheme), keys(bsnk))
    assert person.value.value == pseudonym(bsnk)


@pytest.mark.parametrize("notation", [oid for oid, kind in NOTATIONS.items() if kind.kind is Kind.DEP])
@pytest.mark.parametrize("diversifier", [(), FINANCE])
def test_a_direct_pseudonym_is_the_one_of_the_encrypted(
    bsnk: Bsnk, scheme: SchemeKeys, notation: str, diversifier: Diversifier
) -> None:
    direct = read(bsnk.direct_pseudonym(ANNA, DV, NEW, PARTY, MAY, diversifier=diversifier, notation=notation), scheme)
    usual = read(bsnk.transform_pseudonym(bsnk.activate(ANNA), DV, NEW, MAY, diversifier=diversifier), scheme)
    held = keys(bsnk, diversifier=diversifier)
    assert decrypt_pseudonym(direct, held, authorized=PARTY).point == decrypt_pseudonym(usual, held).point


def test_a_direct_identity_is_read_from_the_party_it_names(bsnk: Bsnk, scheme: SchemeKeys) -> None:
    found = read(bsnk.direct_identity(ANNA, DV, NEW, PARTY, MAY), scheme)
    assert decrypt_identity(found, keys(bsnk), authorized=PARTY) == ANNA


def test_somebody_is_another_to_each_recipient_and_with_each_diversifier(bsnk: Bsnk, scheme: SchemeKeys) -> None:
    in_role = read(bsnk.transform_pseudonym(bsnk.activate(ANNA), DV, NEW, MAY, diversifier=FINANCE), scheme)
    known = {
        pseudonym(bsnk),
        pseudonym(bsnk, OTHER),
        pseudonym(bsnk, who=BRAM),
        decrypt_pseudonym(in_role, keys(bsnk)).value.value,
    }
    assert len(known) == 4


def test_nothing_that_is_sent_looks_the_same_twice(bsnk: Bsnk, scheme: SchemeKeys) -> None:
    person = bsnk.activate(ANNA)
    first, second = (read(bsnk.transform_identity(person, DV, NEW, MAY), scheme) for _ in range(2))
    assert first.points[0] != second.points[0]
    assert first.points[1] != second.points[1]
    assert first.points[2] == second.points[2]


def test_a_recipient_that_keeps_its_closing_key_knows_people_again(bsnk: Bsnk, scheme: SchemeKeys) -> None:
    held, person = keys(bsnk, DV, OLD, NEW), bsnk.activate(ANNA)
    old, new = (read(bsnk.transform_pseudonym(person, DV, key_set, MAY), scheme) for key_set in (OLD, NEW))
    assert decrypt_pseudonym(old, held).point == decrypt_pseudonym(new, held, closing=OLD).point
    assert decrypt_pseudonym(old, held).point != decrypt_pseudonym(new, held).point


def test_the_files_that_a_recipient_is_sent_are_its_keys(bsnk: Bsnk) -> None:
    for key in bsnk.issue(DV, NEW, FINANCE):
        assert read_key(write_key(key)) == key


def test_two_processes_with_one_secret_are_one_bsnk(bsnk: Bsnk, scheme: SchemeKeys) -> None:
    same = Bsnk(bsnk.secret)
    found = read(same.transform_identity(bsnk.activate(ANNA), DV, NEW, MAY), scheme)
    assert decrypt_identity(found, keys(same)) == ANNA


def test_somebody_of_eidas_has_a_pseudonym_of_that_type(bsnk: Bsnk, scheme: SchemeKeys) -> None:
    person = bsnk.activate(ANNA, SubjectType.EIDAS)
    found = read(bsnk.transform_pseudonym(person, DV, NEW, MAY, notation=PSEUDONYM), scheme)
    assert decrypt_pseudonym(found, keys(bsnk)).type is SubjectType.EIDAS


def test_bsnk_and_whom_it_activated_do_not_print(bsnk: Bsnk) -> None:
    assert bsnk.secret.hex() not in repr(bsnk)
    assert repr(bsnk.activate(ANNA)) == "Polymorphic(...)"
    assert "secret" not in repr(bsnk.issue(DV, NEW)[0])
