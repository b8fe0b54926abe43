"""A stub of BSNk: scheme keys, polymorphic identities and pseudonyms, and what is made of them for a recipient.

The algebra is that of BSNk as far as it is public, so whoever reads BSNk's reads these. How BSNk derives its factors,
and the point where a pseudonym begins, is not public, and is made up here. In the real scheme an authentication
service transforms, with keys that BSNk gave it; the stub does both.

All follows from one secret: who has the same secret, in whatever process, is the same BSNk.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha384, sha512
from typing import Final

from pilot.bsnk_structures import Triplet, signer, some_scalar, write_signed
from stelsel.bsnk import curve, pem
from stelsel.bsnk.curve import GENERATOR, ORDER, P, Point, multiply
from stelsel.bsnk.encrypted import SubjectType
from stelsel.bsnk.keys import SCHEME_VERSION, Diversifier, KeyName, Purpose, RecipientKey
from stelsel.bsnk.scheme import SchemeKeyName
from stelsel.bsnk.structures import BASE, NOTATIONS
from stelsel.identifiers import Bsn, Oin

ENVIRONMENT: Final = "PILOT"
KEY_SET: Final = 1
VERSION: Final = 1
CREATOR: Final = Oin("00000099000000009000")

IDENTITY: Final = BASE + "2.7.2"
PSEUDONYM: Final = BASE + "2.8.2"
DIRECT_IDENTITY: Final = BASE + "2.10.2"
DIRECT_PSEUDONYM: Final = BASE + "2.6.2"

SEED_BYTES: Final = 10
MESSAGE_BYTES: Final = 18
LABEL: Final = sha384(b"").digest()[:10]


@dataclass(frozen=True, slots=True, repr=False)
class Polymorphic:
    """Somebody, in a form that nobody can read and that can be made into something for any recipient: PI and PP.

    An authentication service keeps it instead of a BSN. Each point B holds the person, blinded by A. Without a BSN
    somebody has no `identity`.
    """

    identity: tuple[Point, Point] | None
    pseudonym: tuple[Point, Point]
    type: SubjectType

    def __repr__(self) -> str:
        return "Polymorphic(...)"


@dataclass(frozen=True)
class Bsnk:
    """BSNk of one pilot. `secret` is made at the start."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @cached_property
    def scheme_points(self) -> Mapping[SchemeKeyName, Point]:
        """What everybody may know of the scheme's keys."""
        return {name: multiply(self._scheme(name), GENERATOR) for name in SchemeKeyName}

    def published(self) -> Mapping[str, str]:
        """The scheme's keys as BSNk publishes them: PEM by URN (`stelsel.bsnk.scheme.read_scheme_keys`)."""
        return {
            f"urn:nl-gdi-eid:1.0:pp-key:{ENVIRONMENT}:{KEY_SET}:{name}:{VERSION}": pem.write_public(
                {"SchemeVersion": str(SCHEME_VERSION), "SchemeKeySetVersion": str(KEY_SET), "Type": name.value}, point
            )
            for name, point in self.scheme_points.items()
        }

    def issue(self, recipient: Oin, key_set: int, diversifier: Diversifier = ()) -> tuple[RecipientKey, ...]:
        """The keys of this set of a recipient, one for each purpose; `write_key` makes files of them."""
        return tuple(
            self._issued(
                KeyName(purpose, recipient, KEY_SET, key_set, diversifier if purpose is Purpose.DIRECT else ())
            )
            for purpose in Purpose
        )

    def activate(self, bsn: Bsn, subject_type: SubjectType = SubjectType.BSN) -> Polymorphic:
        """What an authentication service gets for somebody, once; each time it looks different."""
        return Polymorphic(
            identity=self._blinded(SchemeKeyName.IDENTITY, embed(padded(message(bsn.value)))),
            pseudonym=self._blinded(SchemeKeyName.PSEUDONYM, self._beginning(bsn.value)),
            type=subject_type,
        )

    def activate_from_abroad(self, identifier: str) -> Polymorphic:
        """As `activate`, of somebody who is known by the PersonIdentifier of eIDAS alone and has no BSN."""
        beginning = self._beginning(identifier)
        return Polymorphic(None, self._blinded(SchemeKeyName.PSEUDONYM, beginning), SubjectType.EIDAS)

    def factor(self, name: KeyName) -> int:
        """By which this recipient's key differs from the scheme's; who knows it can re-key, and sign that it did.

        The diversifier counts for DRKi only.
        """
        diversifier = name.diversifier if name.purpose is Purpose.DIRECT else ()
        pairs = [text for pair in diversifier for text in pair]
        return self._scalar("recipient", name.purpose, name.recipient.value, str(name.key_set), *pairs)

    def transform_identity(
        self, person: Polymorphic, recipient: Oin, key_set: int, on: date, *, notation: str = IDENTITY
    ) -> bytes:
        """An EI for this recipient: signed DER, in any notation of an EI. Raises `ValueError` for who has no BSN."""
        if person.identity is None:
            raise ValueError("an identity of somebody without a BSN")
        name = KeyName(Purpose.IDENTITY, recipient, KEY_SET, key_set)
        return self._transformed(person.identity, SchemeKeyName.IDENTITY, name, person.type, notation, on)

    def transform_pseudonym(
        self,
        person: Polymorphic,
        recipient: Oin,
        key_set: int,
        on: date,
        *,
        diversifier: Diversifier = (),
        notation: str = PSEUDONYM,
    ) -> bytes:
        """An EP for this recipient: signed DER, in any notation of an EP."""
        name = KeyName(Purpose.PSEUDONYM, recipient, KEY_SET, key_set, diversifier)
        factor = self._reshuffle(recipient, diversifier)
        own = (multiply(factor, person.pseudonym[0]), multiply(factor, person.pseudonym[1]))
        return self._transformed(own, SchemeKeyName.PSEUDONYM, name, person.type, notation, on)

    def direct_identity(self, bsn: Bsn, recipient: Oin, key_set: int, authorized: Oin, on: date) -> bytes:
        """A DEI for this recipient, that `authorized` may hand on."""
        name = KeyName(Purpose.IDENTITY, recipient, KEY_SET, key_set)
        return self._direct(embed(padded(message(bsn.value))), name, name, DIRECT_IDENTITY, authorized, on)

    def direct_pseudonym(
        self,
        bsn: Bsn,
        recipient: Oin,
        key_set: int,
        authorized: Oin,
        on: date,
        *,
        diversifier: Diversifier = (),
        notation: str = DIRECT_PSEUDONYM,
    ) -> bytes:
        """A DEP for this recipient, that `authorized` may hand on; the same pseudonym as in an EP."""
        name = KeyName(Purpose.DIRECT, recipient, KEY_SET, key_set, diversifier)
        opened_by = KeyName(Purpose.PSEUDONYM, recipient, KEY_SET, key_set)
        factor = pow(self._issued(name).secret, -1, ORDER) * self._reshuffle(recipient, diversifier) % ORDER
        return self._direct(multiply(factor, self._beginning(bsn.value)), name, opened_by, notation, authorized, on)

    def _transformed(
        self,
        pair: tuple[Point, Point],
        scheme: SchemeKeyName,
        name: KeyName,
        subject_type: SubjectType,
        notation: str,
        on: date,
    ) -> bytes:
        """Re-keyed by a factor of this recipient, and blinded anew; signed with that factor."""
        factor = self.factor(name)
        third = multiply(factor, self.scheme_points[scheme])
        again = some_scalar()
        first = _sum(multiply(pow(factor, -1, ORDER), pair[0]), multiply(again, GENERATOR))
        second = _sum(pair[1], multiply(again, third))
        sign = signer(NOTATIONS[notation].algorithm, factor, self.scheme_points[scheme])
        return write_signed(
            notation,
            (first, second, third),
            creator=CREATOR,
            name=name,
            subject_type=subject_type,
            sign=sign,
            issued=on,
        )

    def _direct(
        self, point: Point, name: KeyName, opened_by: KeyName, notation: str, authorized: Oin, on: date
    ) -> bytes:
        """Encrypted to the recipient's own key; signed by U."""
        points = encrypted(point, self._issued(opened_by).public)
        return write_signed(
            notation,
            points,
            creator=CREATOR,
            name=name,
            subject_type=SubjectType.BSN,
            sign=signer(NOTATIONS[notation].algorithm, self._scheme(SchemeKeyName.BSNK)),
            issued=on,
            authorized=authorized,
            signing_key=VERSION,
        )

    def _issued(self, name: KeyName) -> RecipientKey:
        scheme = {Purpose.IDENTITY: SchemeKeyName.IDENTITY, Purpose.PSEUDONYM: SchemeKeyName.PSEUDONYM}.get(
            name.purpose
        )
        secret = self.factor(name) * (self._scheme(scheme) if scheme else 1) % ORDER
        return RecipientKey(name, multiply(secret, GENERATOR), secret)

    def _blinded(self, scheme: SchemeKeyName, point: Point) -> tuple[Point, Point]:
        first, second, _ = encrypted(point, self.scheme_points[scheme])
        return first, second

    def _beginning(self, known_as: str) -> Point:
        """The point from which all pseudonyms of somebody follow: nobody without the secret finds it from a BSN."""
        counter = 0
        while True:
            x = int.from_bytes(self._derived("pseudonym of", known_as, str(counter))[: curve.BYTES], "big")
            try:
                return curve.lift(x % P, odd=False)
            except ValueError:  # half of all x are of no point
                counter += 1

    def _scheme(self, name: SchemeKeyName) -> int:
        return self._scalar("scheme", name.value)

    def _reshuffle(self, recipient: Oin, diversifier: Diversifier) -> int:
        """What makes somebody another to each recipient."""
        return self._scalar("reshuffle", recipient.value, *(text for pair in diversifier for text in pair))

    def _scalar(self, *parts: str) -> int:
        return int.from_bytes(self._derived(*parts), "big") % (ORDER - 1) + 1

    def _derived(self, *parts: str) -> bytes:
        return hmac.digest(self.secret, "\x00".join(parts).encode(), sha512)


def encrypted(point: Point, public: Point) -> Triplet:
    """ElGamal: `point` for whoever holds the secret of `public`."""
    nonce = some_scalar()
    return multiply(nonce, GENERATOR), _sum(point, multiply(nonce, public)), public


def message(digits: str, subject_type: int = SubjectType.BSN, version: int = 1) -> bytes:
    """The 18 bytes that say who somebody is."""
    return (bytes([version, subject_type, len(digits)]) + digits.encode()).ljust(MESSAGE_BYTES, b"\x00")


def padded(content: bytes, label: bytes = LABEL, separator: int = 1) -> bytes:
    """The block that OAEP masks."""
    return label + bytes([separator]) + content


def embed(block: bytes, first: int = 0) -> Point:
    """A point whose x is this block under OAEP; the seed is drawn until there is one."""
    while True:
        seed = secrets.token_bytes(SEED_BYTES)
        masked = _masked(block, seed)
        x = bytes([first]) + _masked(seed, masked) + masked
        try:
            return curve.lift(int.from_bytes(x, "big"), odd=bool(secrets.randbits(1)))
        except ValueError:  # half of all x are of no point
            continue


def _masked(data: bytes, seed: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(data, sha384(seed + bytes(4)).digest(), strict=False))


def _sum(one: Point, other: Point) -> Point:
    return curve.subtract(one, other.negative)
