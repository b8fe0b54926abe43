"""Encrypted identities and pseudonyms whose signature was checked: the only ones there are outside this module."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Final

from stelsel.bsnk import curve
from stelsel.bsnk.curve import Point
from stelsel.bsnk.keys import SCHEME_VERSION, Diversifier
from stelsel.bsnk.scheme import SchemeKeyName, SchemeKeys
from stelsel.bsnk.signatures import holds
from stelsel.bsnk.structures import (
    Algorithm,
    BodyV2,
    DirectBody,
    DirectBodyV2,
    DirectIdentity,
    DirectPseudonym,
    ExtraPair,
    Kind,
    Pair,
    Parsed,
    Pseudonym,
    parse,
)
from stelsel.failures import BadIdentifier, EncryptedIdRefused
from stelsel.identifiers import Oin

MAX_VERSION: Final = 999_999_999
_DAY: Final = re.compile(r"[0-9]{8}")
_SIGNERS: Final = {
    Kind.EI: SchemeKeyName.IDENTITY,
    Kind.EP: SchemeKeyName.PSEUDONYM,
    Kind.DEI: SchemeKeyName.BSNK,
    Kind.DEP: SchemeKeyName.BSNK,
}


class SubjectType(IntEnum):
    """Whom it is about: B, somebody with a BSN, or E, somebody known by eIDAS."""

    BSN = ord("B")
    EIDAS = ord("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """One signed structure that is genuine; who may read it is another matter.

    `key_set` is the version of the recipient's keys. `type` is None for identities, which say it inside. `authorized`
    is the party that may hand a direct one on. `issued` is the first day of a month, in those of the second version.
    """

    kind: Kind
    algorithm: Algorithm
    scheme_key_set: int
    creator: Oin
    recipient: Oin
    key_set: int
    type: SubjectType | None
    points: tuple[Point, Point, Point] = field(repr=False)
    diversifier: Diversifier
    authorized: Oin | None
    audit: bytes = field(repr=False)
    issued: date | None
    extra: tuple[tuple[str, str | int | bytes], ...] = field(repr=False)


def read(data: bytes, scheme: SchemeKeys) -> Encrypted:
    """The structure in `data` (DER), genuine by the published keys of `scheme`.

    Raises `EncryptedIdRefused`: not canonical, not a signed EI, EP, DEI or DEP, or not signed as it must be.
    """
    parsed = parse(data)
    found = _translate(parsed)
    _check_signature(found, parsed, scheme)
    return found


def read_text(text: str, scheme: SchemeKeys) -> Encrypted:
    """As `read`, of the base64 that is the value of an id of type BSN or Pseudonym (TYP-03).

    Without line breaks or blanks: one structure has one spelling. Raises `EncryptedIdRefused`.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:  # not ASCII, or not base64
        raise EncryptedIdRefused("not base64", expected="base64", found="other characters") from error
    if base64.b64encode(data).decode() != text:
        raise EncryptedIdRefused("not the only spelling in base64", expected="the canonical one", found="another")
    return read(data, scheme)


def _check_signature(found: Encrypted, parsed: Parsed, scheme: SchemeKeys) -> None:
    body = parsed.body
    version = body.signing_key if isinstance(body, DirectBody | DirectBodyV2) else None
    signer = _SIGNERS[found.kind]
    keys = scheme.find(signer, found.scheme_key_set, version)
    if not keys:
        raise EncryptedIdRefused(
            "no published key of this name",
            expected=f"{signer} of set {found.scheme_key_set}, version {version or 'any'}",
            found=f"keys of {scheme.environment}",
        )
    recipient = found.points[2]
    if not any(holds(found.algorithm, parsed.signed, parsed.r, parsed.s, key, recipient) for key in keys):
        raise EncryptedIdRefused("the signature does not hold", expected=signer, found=found.algorithm)


def _translate(parsed: Parsed) -> Encrypted:
    inner, body = parsed.inner, parsed.body
    if inner.scheme_version != SCHEME_VERSION:
        raise EncryptedIdRefused("an unknown scheme version", expected=SCHEME_VERSION, found=inner.scheme_version)
    if not all(0 <= version <= MAX_VERSION for version in (inner.scheme_key_set, inner.key_set)):
        found = f"key sets {inner.scheme_key_set} and {inner.key_set}"
        raise EncryptedIdRefused("a version that cannot be", expected=f"0 to {MAX_VERSION}", found=found)
    typed = inner if isinstance(inner, Pseudonym | DirectPseudonym) else None
    dated = body if isinstance(body, BodyV2 | DirectBodyV2) else None
    try:
        party = inner.authorized_party if isinstance(inner, DirectIdentity | DirectPseudonym) else None
        first, second, third = (curve.decode(point) for point in inner.points)
        return Encrypted(
            kind=parsed.notation.kind,
            algorithm=parsed.notation.algorithm,
            scheme_key_set=inner.scheme_key_set,
            creator=Oin(inner.creator.as_str()),
            recipient=Oin(inner.recipient.as_str()),
            key_set=inner.key_set,
            type=SubjectType(typed.type) if typed else None,
            points=(first, second, third),
            diversifier=_diversifier(typed.diversifier) if typed and typed.diversifier is not None else (),
            authorized=Oin(party.as_str()) if party is not None else None,
            audit=body.audit,
            issued=_day(dated.issued.as_str()) if dated else None,
            extra=_extra(dated.extra or ()) if dated else (),
        )
    except (ValueError, BadIdentifier) as error:
        raise EncryptedIdRefused("a value that cannot be", expected="values of PPNotation", found=error) from error


def _diversifier(pairs: Sequence[Pair]) -> Diversifier:
    """Pairs in order of their keys, each key once (PPNotation, DiversifierKeyValuePair)."""
    found = tuple((pair.key.as_str(), pair.value.as_str()) for pair in pairs)
    keys = [key for key, _ in found]
    if not found or keys != sorted(set(keys)):
        raise ValueError("a diversifier has each key once, in order")
    return found


def _extra(pairs: Sequence[ExtraPair]) -> tuple[tuple[str, str | int | bytes], ...]:
    return tuple((pair.key.as_str(), pair.value) for pair in pairs)


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("a day is eight digits")
    return datetime.strptime(text, "%Y%m%d").date()
