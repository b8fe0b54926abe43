"""Structures of BSNk, written and signed as BSNk and authentication services do; `pilot.bsnk` says what stands in them.

EC-SDSA and EC-Schnorr are signed with the factor by which a point was re-keyed, over the scheme's point as generator.
"""

import secrets
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from stelsel.bsnk.curve import GENERATOR, ORDER, Point, multiply
from stelsel.bsnk.keys import SCHEME_VERSION, Diversifier, KeyName
from stelsel.bsnk.signatures import digest
from stelsel.bsnk.structures import (
    NOTATIONS,
    Algorithm,
    AnyBody,
    Body,
    BodyV2,
    DirectBody,
    DirectBodyV2,
    DirectIdentity,
    DirectPseudonym,
    Envelope,
    ExtraPair,
    Identity,
    Inner,
    Pair,
    Pseudonym,
    Signature,
    SignatureValue,
)
from stelsel.identifiers import Oin

Triplet = tuple[Point, Point, Point]
Signer = Callable[[bytes], tuple[int, int]]
AUDIT_BYTES: Final = 16


def write_signed(
    notation: str,
    points: Triplet,
    *,
    creator: Oin,
    name: KeyName,
    subject_type: int,
    sign: Signer,
    issued: date,
    authorized: Oin | None = None,
    signing_key: int = 1,
    extra: tuple[tuple[str, str | int | bytes], ...] = (),
) -> bytes:
    """The signed structure of this notation (a key of NOTATIONS) in DER, for the recipient and key set of `name`."""
    kind = NOTATIONS[notation]
    inner = _inner(kind.inner, kind.inner_notation, points, creator, name, subject_type, authorized)
    body = _body(kind.body, inner, issued.replace(day=1), signing_key, extra)
    signed = asn1.encode_der(body)
    r, s = sign(signed)
    signature = Signature(algorithm=ObjectIdentifier(kind.algorithm.value), value=SignatureValue(r=r, s=s))
    return asn1.encode_der(Envelope(notation=ObjectIdentifier(notation), body=_any(signed), signature=signature))


def signer(algorithm: Algorithm, secret: int, generator: Point = GENERATOR) -> Signer:
    """A hand that signs with `secret`; for the Schnorr kinds over `generator`, the scheme's point."""
    return {
        Algorithm.EC_SDSA: lambda signed: _ec_sdsa(signed, secret, generator),
        Algorithm.EC_SCHNORR: lambda signed: _ec_schnorr(signed, secret, generator),
        Algorithm.ECDSA: lambda signed: _ecdsa(signed, secret),
    }[algorithm]


def some_scalar() -> int:
    """A new secret, between 0 and the order."""
    return secrets.randbelow(ORDER - 1) + 1


def _ec_sdsa(signed: bytes, secret: int, generator: Point) -> tuple[int, int]:
    nonce = some_scalar()
    point = multiply(nonce, generator)
    r = digest(point.x_bytes, point.y_bytes, signed)
    return r, (nonce + r * secret) % ORDER


def _ec_schnorr(signed: bytes, secret: int, generator: Point) -> tuple[int, int]:
    nonce = some_scalar()
    r = digest(signed, multiply(nonce, generator).x_bytes)
    return r, (nonce - r * secret) % ORDER


def _ecdsa(signed: bytes, secret: int) -> tuple[int, int]:
    nonce = some_scalar()
    r = multiply(nonce, GENERATOR).x % ORDER
    return r, pow(nonce, -1, ORDER) * (digest(signed) + r * secret) % ORDER


def _inner(
    shape: type[Inner],
    notation: str,
    points: Triplet,
    creator: Oin,
    name: KeyName,
    subject_type: int,
    authorized: Oin | None,
) -> Inner:
    shared: dict[str, Any] = {
        "notation": ObjectIdentifier(notation),
        "scheme_version": SCHEME_VERSION,
        "scheme_key_set": name.scheme_key_set,
        "creator": asn1.IA5String(creator.value),
        "recipient": asn1.IA5String(name.recipient.value),
        "key_set": name.key_set,
        "points": [point.encode() for point in points],
    }
    pairs = _pairs(name.diversifier)
    if shape is Identity:
        return Identity(**shared)
    if shape is Pseudonym:
        return Pseudonym(**shared, type=subject_type, diversifier=pairs)
    if authorized is None:
        raise ValueError("a direct structure is for an authorized party")
    party = asn1.IA5String(authorized.value)
    if shape is DirectIdentity:
        return DirectIdentity(**shared, authorized_party=party)
    return DirectPseudonym(**shared, type=subject_type, diversifier=pairs, authorized_party=party)


def _body(
    shape: type[AnyBody],
    inner: Inner,
    issued: date,
    signing_key: int,
    extra: tuple[tuple[str, str | int | bytes], ...],
) -> AnyBody:
    content, audit = _any(asn1.encode_der(inner)), secrets.token_bytes(AUDIT_BYTES)
    day = asn1.IA5String(issued.strftime("%Y%m%d"))
    more = [ExtraPair(key=asn1.IA5String(key), value=value) for key, value in extra] or None
    if shape is Body:
        return Body(inner=content, audit=audit)
    if shape is BodyV2:
        return BodyV2(inner=content, audit=audit, issued=day, extra=more)
    if shape is DirectBody:
        return DirectBody(inner=content, audit=audit, signing_key=signing_key)
    return DirectBodyV2(inner=content, audit=audit, signing_key=signing_key, issued=day, extra=more)


def _pairs(diversifier: Diversifier) -> list[Pair] | None:
    return [Pair(key=asn1.IA5String(key), value=asn1.IA5String(value)) for key, value in diversifier] or None


def _any(data: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, data)
