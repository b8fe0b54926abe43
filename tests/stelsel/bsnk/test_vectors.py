"""What others published: every structure in order is read, verified and decrypted, every other is refused."""

import pytest

from stelsel.bsnk.decryption import DecryptedPseudonym, decrypt_identity, decrypt_pseudonym
from stelsel.bsnk.encrypted import Encrypted, read
from stelsel.bsnk.keys import read_key
from stelsel.bsnk.structures import Algorithm, Kind, parse
from stelsel.failures import EncryptedIdRefused, Misconfigured
from stelsel.identifiers import Bsn
from tests.stelsel.bsnk.published import FILES, Published, Vector, published

IN_ORDER = [(file, vector) for file in FILES for vector in published(file).structures]
REFUSED = [(file, vector) for file in FILES for vector in published(file).refused]
IDENTITIES = {Kind.EI, Kind.DEI}


def named(rows: list[tuple[str, Vector]]) -> list[str]:
    return [vector.name for _, vector in rows]


def identity(found: Encrypted, source: Published) -> Bsn:
    return decrypt_identity(found, source.keys, authorized=found.authorized)


def pseudonym(found: Encrypted, source: Published, closing: int | None = None) -> DecryptedPseudonym:
    return decrypt_pseudonym(found, source.keys, closing=closing, authorized=found.authorized)


@pytest.mark.clause("TYP-03")
@pytest.mark.parametrize(("file", "vector"), IN_ORDER, ids=named(IN_ORDER))
def test_a_published_structure_is_genuine_and_says_what_its_publisher_says(file: str, vector: Vector) -> None:
    source = published(file)
    found = read(vector.der, source.scheme)
    if found.kind in IDENTITIES:
        bsn = identity(found, source)
        assert vector.bsn in (None, bsn.value)
        return
    person = pseudonym(found, source)
    assert vector.pseudonym in (None, person.value.value)
    assert vector.pseudonym_with_key_set in (None, person.with_key_set.value)
    assert vector.pseudonym_der in (None, person.encode())
    for key_set, value in vector.closed_with:
        assert pseudonym(found, source, closing=key_set).value.value == value


def test_the_vectors_have_answers_of_each_kind_and_signature() -> None:
    answered = set()
    for _, vector in IN_ORDER:
        if vector.bsn or vector.pseudonym or vector.pseudonym_with_key_set:
            notation = parse(vector.der).notation
            answered.add((notation.kind, notation.algorithm))
    assert answered == {
        (Kind.EI, Algorithm.EC_SCHNORR),
        (Kind.EP, Algorithm.EC_SCHNORR),
        (Kind.EI, Algorithm.EC_SDSA),
        (Kind.EP, Algorithm.EC_SDSA),
        (Kind.DEI, Algorithm.ECDSA),
        (Kind.DEP, Algorithm.ECDSA),
    }
    assert sum(len(vector.closed_with) for _, vector in IN_ORDER) >= 8
    assert sum(vector.pseudonym_der is not None for _, vector in IN_ORDER) >= 50


@pytest.mark.parametrize(("file", "vector"), REFUSED, ids=named(REFUSED))
def test_a_published_structure_that_is_wrong_is_refused(file: str, vector: Vector) -> None:
    with pytest.raises(EncryptedIdRefused):
        read(vector.der, published(file).scheme)


def test_a_published_key_file_that_is_wrong_is_refused() -> None:
    files = published("polymorphic-pseudonymisation").refused_key_files
    assert sorted(files) == ["invalid_oid", "missing_headers", "unknown_type"]
    for text in files.values():
        with pytest.raises(Misconfigured):
            read_key(text)


def test_a_bsn_that_begins_with_zero_has_it_back() -> None:
    source = published("pep-crypto")
    assert identity(read(source.vector("v1/happy_flow/ei06.asn1").der, source.scheme), source) == Bsn("010082426")


def test_one_closing_key_knows_a_person_again_under_another_key_set() -> None:
    source = published("pep-crypto")
    older, newer = (read(source.vector(f"v1/happy_flow/{name}.asn1").der, source.scheme) for name in ("ep07", "ep16"))
    assert (older.key_set, newer.key_set) == (20180420, 20211207)
    assert pseudonym(older, source, closing=20211207).point == pseudonym(newer, source).point
    assert pseudonym(older, source).point != pseudonym(newer, source).point
