"""What a recipient makes of an encrypted identity or pseudonym with its keys: a BSN, or a pseudonym of its own."""

import base64
from dataclasses import dataclass
from hashlib import sha384
from hmac import compare_digest
from typing import Final

from stelsel.bsnk.curve import Point, subtract
from stelsel.bsnk.encrypted import Encrypted, SubjectType
from stelsel.bsnk.keys import Diversifier, KeyName, Purpose, SecretKeys
from stelsel.bsnk.structures import Kind, write_pseudonym
from stelsel.failures import BadIdentifier, EncryptedIdRefused
from stelsel.identifiers import Bsn, Oin, Pseudonym

_SEED: Final = 10
_HASH: Final = 10
_MESSAGE: Final = 18
_VERSION: Final = 1
_DIGITS: Final = (8, 9)  # a BSN is a number to BSNk: its leading zero may be left out; TYP-03 has it back
_LABEL: Final = sha384(b"").digest()[:_HASH]


@dataclass(frozen=True, slots=True, repr=False)
class DecryptedPseudonym:
    """Who somebody is to one recipient. The same person has the same `point` as long as the closing key is the same.

    `key_set` is that of the closing key. Has no readable `repr`.
    """

    type: SubjectType
    scheme_key_set: int
    recipient: Oin
    key_set: int
    diversifier: Diversifier
    point: Point

    def __repr__(self) -> str:
        return "DecryptedPseudonym(...)"

    @property
    def value(self) -> Pseudonym:
        """The point in base64, as `pseudonymValue` of BSNk."""
        return Pseudonym(base64.b64encode(self.point.encode()).decode())

    @property
    def with_key_set(self) -> Pseudonym:
        """Eight digits of the key set and the point in hexadecimal: the form of BSNk's older libraries."""
        return Pseudonym(f"{self.key_set:08d}{self.point.encode().hex().upper()}")

    def encode(self) -> bytes:
        """The structure Pseudonym of PPNotation, in DER."""
        return write_pseudonym(
            scheme_key_set=self.scheme_key_set,
            recipient=self.recipient.value,
            key_set=self.key_set,
            subject_type=self.type,
            value=self.value.value,
            diversifier=self.diversifier,
        )


def decrypt_identity(found: Encrypted, keys: SecretKeys, *, authorized: Oin | None = None) -> Bsn:
    """The BSN in an EI, or in a DEI that `authorized` handed on.

    Raises `EncryptedIdRefused`: not an identity, for other keys, handed on by another, or nothing readable inside.
    """
    _check_kind(found, {Kind.EI, Kind.DEI})
    _check_authorized(found, authorized)
    return _bsn(_open(found, keys, Purpose.IDENTITY))


def decrypt_pseudonym(
    found: Encrypted, keys: SecretKeys, *, closing: int | None = None, authorized: Oin | None = None
) -> DecryptedPseudonym:
    """The pseudonym in an EP, or in a DEP that `authorized` handed on.

    `closing` is the key set whose closing key makes the pseudonym, by default that of the structure. A recipient that
    keeps to one knows people again whatever keys came after. Raises `EncryptedIdRefused`.
    """
    _check_kind(found, {Kind.EP, Kind.DEP})
    _check_authorized(found, authorized)
    if found.type is None:
        raise EncryptedIdRefused("a pseudonym of nobody", expected="a type of subject", found="none")
    key_set = found.key_set if closing is None else closing
    point = _open(found, keys, Purpose.PSEUDONYM)
    if found.kind is Kind.DEP:
        point = keys.multiply(_name(found, Purpose.DIRECT, diversifier=found.diversifier), point)
    point = keys.multiply(_name(found, Purpose.CLOSING, key_set=key_set), point)
    return DecryptedPseudonym(found.type, found.scheme_key_set, found.recipient, key_set, found.diversifier, point)


def _check_kind(found: Encrypted, kinds: set[Kind]) -> None:
    if found.kind not in kinds:
        raise EncryptedIdRefused("another kind of structure", expected=sorted(kinds), found=found.kind)


def _check_authorized(found: Encrypted, authorized: Oin | None) -> None:
    """A direct one is taken from the party it names and from no other, also not from nobody."""
    direct = found.kind in {Kind.DEI, Kind.DEP}
    if authorized is not None and not direct:
        raise EncryptedIdRefused(
            "not a direct structure: nobody is authorized by it", expected="DEI or DEP", found=found.kind
        )
    if direct and (authorized is None or authorized != found.authorized):
        raise EncryptedIdRefused(
            "handed on by another party than it is for", expected=found.authorized, found=authorized
        )


def _name(found: Encrypted, purpose: Purpose, *, key_set: int | None = None, diversifier: Diversifier = ()) -> KeyName:
    version = found.key_set if key_set is None else key_set
    return KeyName(purpose, found.recipient, found.scheme_key_set, version, diversifier)


def _open(found: Encrypted, keys: SecretKeys, purpose: Purpose) -> Point:
    """ElGamal: the second point less the key times the first. The third point has to be this very key's."""
    name = _name(found, purpose)
    first, second, third = found.points
    if keys.public(name) != third:
        raise EncryptedIdRefused("made for another key of this name", expected="our own key", found=name)
    product = keys.multiply(name, first)
    try:
        return subtract(second, product)
    except ValueError:
        raise EncryptedIdRefused("nothing is inside", expected="a point", found="none") from None


def _bsn(point: Point) -> Bsn:
    """The BSN in x: OAEP with SHA-384, seed and label hash of 10 bytes each, over 18 bytes.

    All that can be wrong is looked at before one answer is given. (The signature held, so nobody can ask at will.)
    """
    encoded = point.x_bytes
    masked_seed, masked = encoded[1 : 1 + _SEED], encoded[1 + _SEED :]
    seed = _masked(masked_seed, masked)
    block = _masked(masked, seed)
    label, separator, message = block[:_HASH], block[_HASH], block[_HASH + 1 :]
    version, kind, length = message[:3]
    digits, rest = message[3 : 3 + length], message[3 + length :]
    right = (
        encoded[0] == 0,
        compare_digest(label, _LABEL),
        separator == 1,
        version == _VERSION,
        kind == SubjectType.BSN,
        length in _DIGITS,
        not any(rest),
    )
    try:
        if not all(right):
            raise EncryptedIdRefused("no BSN is inside", expected="a BSN as BSNk encodes it", found="other bytes")
        return Bsn(digits.decode("ascii").zfill(9))
    except (UnicodeDecodeError, BadIdentifier):
        raise EncryptedIdRefused("no BSN is inside", expected="a BSN as BSNk encodes it", found="other bytes") from None


def _masked(data: bytes, seed: bytes) -> bytes:
    """`data` under the mask that `seed` makes: one block of MGF1, which is longer than any of these."""
    mask = sha384(seed + bytes(4)).digest()
    return bytes(left ^ right for left, right in zip(data, mask, strict=False))
