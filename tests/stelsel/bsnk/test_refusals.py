"""What a recipient does not take: for another, for other keys, handed on by a stranger, or nothing readable inside."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import pytest

from pilot.bsnk import Bsnk, embed, encrypted, message, padded
from pilot.bsnk_structures import Triplet, signer, write_signed
from stelsel.bsnk.curve import GENERATOR, ORDER, Point, multiply
from stelsel.bsnk.decryption import decrypt_identity, decrypt_pseudonym
from stelsel.bsnk.encrypted import Encrypted, read, read_text
from stelsel.bsnk.keys import KeyName, KeysInMemory, Purpose, RecipientKey
from stelsel.bsnk.scheme import SchemeKeys, read_scheme_keys
from stelsel.bsnk.signatures import holds
from stelsel.bsnk.structures import BASE, MAX_BYTES, Algorithm
from stelsel.failures import EncryptedIdRefused, Misconfigured
from stelsel.identifiers import Bsn, Oin

DV, OTHER, PARTY = (Oin(f"0000009900000000{number}") for number in ("0001", "0002", "0003"))
MAY = date(2026, 5, 17)
ANNA = Bsn("999990019")
SET = 20260101
SCHNORR = BASE + "2.3"


@dataclass(frozen=True)
class Lab:
    """A BSNk, and a recipient whose factor is known: so that anything at all can be signed for it."""

    bsnk: Bsnk = field(default_factory=Bsnk)
    factor: int = 4711

    @property
    def scheme(self) -> SchemeKeys:
        return read_scheme_keys(self.bsnk.published())

    @property
    def keys(self) -> KeysInMemory:
        return KeysInMemory(self.bsnk.issue(DV, SET))

    def person(self) -> Encrypted:
        return read(self.bsnk.transform_identity(self.bsnk.activate(ANNA), DV, SET, MAY), self.scheme)

    def pseudonym(self) -> Encrypted:
        return read(self.bsnk.transform_pseudonym(self.bsnk.activate(ANNA), DV, SET, MAY), self.scheme)


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


def holding(point: Point, lab: Lab) -> Encrypted:
    """An identity that is genuine, with this point inside."""
    key = lab.bsnk.issue(DV, SET)[0]
    return replace(lab.person(), points=encrypted(point, key.public))


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(EncryptedIdRefused) as caught:
        work()
    assert caught.value.broken_clause == "TYP-03"
    assert ANNA.value not in str(caught.value.facts())
    return caught.value.why


def test_an_identity_is_not_taken_for_a_pseudonym_nor_the_other_way_round(lab: Lab) -> None:
    assert refused(lambda: decrypt_pseudonym(lab.person(), lab.keys)) == "another kind of structure"
    assert refused(lambda: decrypt_identity(lab.pseudonym(), lab.keys)) == "another kind of structure"


@pytest.mark.parametrize(("recipient", "key_set"), [(OTHER, SET), (DV, SET + 1)])
def test_keys_of_another_recipient_or_another_set_do_not_open_it(lab: Lab, recipient: Oin, key_set: int) -> None:
    held = KeysInMemory(lab.bsnk.issue(recipient, key_set))
    assert refused(lambda: decrypt_identity(lab.person(), held)) == "no key of this name is held"


def test_the_refusal_names_the_key_sets_that_are_held(lab: Lab) -> None:
    held = KeysInMemory([*lab.bsnk.issue(DV, 20200101), *lab.bsnk.issue(DV, 20230101)])
    with pytest.raises(EncryptedIdRefused) as caught:
        decrypt_identity(lab.person(), held)
    assert caught.value.expected == "key sets [20200101, 20230101]"


def test_another_key_under_the_same_name_does_not_open_it(lab: Lab) -> None:
    stranger = KeysInMemory(Bsnk().issue(DV, SET))
    assert refused(lambda: decrypt_identity(lab.person(), stranger)) == "made for another key of this name"


def test_a_closing_key_that_is_not_held_closes_nothing(lab: Lab) -> None:
    assert (
        refused(lambda: decrypt_pseudonym(lab.pseudonym(), lab.keys, closing=SET + 1)) == "no key of this name is held"
    )


@pytest.mark.parametrize("handed_on_by", [None, OTHER])
def test_a_direct_structure_is_taken_from_nobody_but_the_party_it_names(lab: Lab, handed_on_by: Oin | None) -> None:
    identity = read(lab.bsnk.direct_identity(ANNA, DV, SET, PARTY, MAY), lab.scheme)
    pseudonym = read(lab.bsnk.direct_pseudonym(ANNA, DV, SET, PARTY, MAY), lab.scheme)
    why = "handed on by another party than it is for"
    assert refused(lambda: decrypt_identity(identity, lab.keys, authorized=handed_on_by)) == why
    assert refused(lambda: decrypt_pseudonym(pseudonym, lab.keys, authorized=handed_on_by)) == why


def test_a_direct_pseudonym_that_names_no_party_is_taken_from_nobody(lab: Lab) -> None:
    found = replace(read(lab.bsnk.direct_pseudonym(ANNA, DV, SET, PARTY, MAY), lab.scheme), authorized=None)
    refused(lambda: decrypt_pseudonym(found, lab.keys))


def test_nobody_is_authorized_to_hand_on_what_is_not_direct(lab: Lab) -> None:
    refused(lambda: decrypt_identity(lab.person(), lab.keys, authorized=PARTY))


def test_a_direct_pseudonym_with_a_diversifier_needs_the_key_of_that_diversifier(lab: Lab) -> None:
    der = lab.bsnk.direct_pseudonym(ANNA, DV, SET, PARTY, MAY, diversifier=(("Role", "Company"),))
    refused(lambda: decrypt_pseudonym(read(der, lab.scheme), lab.keys, authorized=PARTY))


BLOCKS = {
    "in order": (padded(message(ANNA.value)), 0, True),
    "with a first byte": (padded(message(ANNA.value)), 1, False),
    "with another label": (padded(message(ANNA.value), label=bytes(10)), 0, False),
    "without the one": (padded(message(ANNA.value), separator=0), 0, False),
    "of another version": (padded(message(ANNA.value, version=2)), 0, False),
    "of eIDAS": (padded(message(ANNA.value, subject_type=ord("E"))), 0, False),
    "of seven digits": (padded(message("9990019")), 0, False),
    "of ten digits": (padded(message("0999990019")), 0, False),
    "that fails the 11-test": (padded(message("999990018")), 0, False),
    "with a sign": (padded(message("+99990019")), 0, False),
    "with more behind it": (padded(message(ANNA.value)[:-1] + b"\x01"), 0, False),
    "that is not text": (padded(bytes([1, ord("B"), 9]) + bytes([0xD9] * 9) + bytes(6)), 0, False),
    "longer than there is": (padded(bytes([1, ord("B"), 255]) + b"9" * 15), 0, False),
}


@pytest.mark.parametrize("inside", BLOCKS)
def test_only_a_bsn_in_order_is_one(lab: Lab, inside: str) -> None:
    block, first, in_order = BLOCKS[inside]
    found = holding(embed(block, first), lab)
    if in_order:
        assert decrypt_identity(found, lab.keys) == ANNA
    else:
        assert refused(lambda: decrypt_identity(found, lab.keys)) == "no BSN is inside"


def test_a_structure_with_nothing_inside_is_refused(lab: Lab) -> None:
    key = lab.bsnk.issue(DV, SET)[0]
    found = replace(lab.person(), points=(GENERATOR, key.public, key.public))
    assert refused(lambda: decrypt_identity(found, lab.keys)) == "nothing is inside"


def signed_by_hand(lab: Lab, points: Triplet, factor: int) -> bytes:
    generator = next(key.point for key in lab.scheme.keys if key.name == "IP_P")
    return write_signed(
        SCHNORR,
        points,
        creator=DV,
        name=KeyName(Purpose.IDENTITY, DV, 1, SET),
        subject_type=0,
        sign=signer(Algorithm.EC_SCHNORR, factor, generator),
        issued=MAY,
    )


def test_who_does_not_know_the_factor_of_the_third_point_cannot_sign(lab: Lab) -> None:
    generator = next(key.point for key in lab.scheme.keys if key.name == "IP_P")
    third = multiply(lab.factor, generator)
    assert read(signed_by_hand(lab, (GENERATOR, GENERATOR, third), lab.factor), lab.scheme).recipient == DV
    der = signed_by_hand(lab, (GENERATOR, GENERATOR, third), lab.factor + 1)
    assert refused(lambda: read(der, lab.scheme)) == "the signature does not hold"


def test_a_structure_of_another_bsnk_is_not_genuine(lab: Lab) -> None:
    stranger = Bsnk()
    der = stranger.transform_identity(stranger.activate(ANNA), DV, SET, MAY)
    assert refused(lambda: read(der, lab.scheme)) == "the signature does not hold"


def test_a_structure_whose_scheme_key_was_not_published_is_not_genuine(lab: Lab) -> None:
    der = lab.bsnk.transform_identity(lab.bsnk.activate(ANNA), DV, SET, MAY)
    without = replace(lab.scheme, keys=tuple(key for key in lab.scheme.keys if key.name != "IP_P"))
    assert refused(lambda: read(der, without)) == "no published key of this name"


@pytest.mark.parametrize("algorithm", Algorithm)
def test_numbers_out_of_range_sign_nothing(algorithm: Algorithm) -> None:
    secret, data = 99, b"to be signed"
    public = multiply(secret, GENERATOR)
    r, s = signer(algorithm, secret, GENERATOR)(data)
    keys = (public if algorithm is Algorithm.ECDSA else GENERATOR, public)
    assert holds(algorithm, data, r, s, *keys)
    for wrong in ((0, s), (r, 0), (-r, s), (r, -s), (r + ORDER, s), (r, s + ORDER), (1 << 320, s), (r, s - 1)):
        assert not holds(algorithm, data, *wrong, *keys)
    assert not holds(algorithm, data + b".", r, s, *keys)


@pytest.mark.clause("TYP-03")
def test_the_value_of_an_id_is_base64_in_its_one_spelling(lab: Lab) -> None:
    der = lab.bsnk.transform_identity(lab.bsnk.activate(ANNA), DV, SET, MAY)
    text = base64.b64encode(der).decode()
    assert read_text(text, lab.scheme) == read(der, lab.scheme)
    for wrong in (
        f" {text}",
        f"{text}\n",
        text[:-1],
        text[:40] + "\n" + text[40:],
        text + "=",
        "é",
        "",
        ANNA.value,
    ):
        refused(partial(read_text, wrong, lab.scheme))


def test_a_last_digit_whose_spare_bits_are_set_is_another_spelling(lab: Lab) -> None:
    assert refused(lambda: read_text("AB==", lab.scheme)) == "not the only spelling in base64"


def test_what_is_longer_than_any_structure_is_not_read(lab: Lab) -> None:
    refused(lambda: read(bytes(MAX_BYTES + 1), lab.scheme))


class Vault:
    """Stands where an HSM may: it gives products and no secret, and counts."""

    def __init__(self, keys: tuple[RecipientKey, ...]) -> None:
        self._inside = KeysInMemory(keys)
        self.asked: list[Purpose] = []

    def public(self, key: KeyName) -> Point:
        return self._inside.public(key)

    def multiply(self, key: KeyName, point: Point) -> Point:
        self.asked.append(key.purpose)
        return self._inside.multiply(key, point)


def test_another_holder_of_the_keys_may_stand_behind_the_port(lab: Lab) -> None:
    vault = Vault(lab.bsnk.issue(DV, SET))
    assert decrypt_identity(lab.person(), vault) == ANNA
    assert vault.asked == [Purpose.IDENTITY]
    here = decrypt_pseudonym(lab.pseudonym(), lab.keys)
    assert decrypt_pseudonym(lab.pseudonym(), vault).point == here.point
    assert vault.asked == [Purpose.IDENTITY, Purpose.PSEUDONYM, Purpose.CLOSING]


def test_a_holder_is_not_asked_before_the_structure_is_known_to_be_for_its_key(lab: Lab) -> None:
    vault = Vault(Bsnk().issue(DV, SET))
    refused(lambda: decrypt_identity(lab.person(), vault))
    assert vault.asked == []


def test_two_keys_of_one_name_are_not_held(lab: Lab) -> None:
    with pytest.raises(Misconfigured):
        KeysInMemory([*lab.bsnk.issue(DV, SET), *Bsnk().issue(DV, SET)])
