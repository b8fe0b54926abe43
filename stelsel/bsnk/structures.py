"""The ASN.1 of BSNk (module PPNotation), in DER: what a structure says, and which bytes of it are signed.

Only the signed forms are read, for nothing else is ever trusted. What is not the one canonical encoding is refused, so
that a changed bit is either refused here or was signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from stelsel.failures import EncryptedIdRefused

T = TypeVar("T")

MAX_BYTES: Final = 4096
BASE: Final = "2.16.528.1.1003.10.1."


class Kind(StrEnum):
    """Encrypted identity and pseudonym, and their direct forms: made for a named party that hands them on."""

    EI = "EI"
    EP = "EP"
    DEI = "DEI"
    DEP = "DEP"


class Algorithm(StrEnum):
    """How a structure is signed: both Schnorr kinds by whoever re-keyed it, with BSNk's point; ECDSA by BSNk."""

    EC_SCHNORR = "0.4.0.127.0.7.1.1.4.3.3"
    EC_SDSA = "0.4.0.127.0.7.1.1.4.4.3"
    ECDSA = "1.2.840.10045.4.3.3"


Points = Annotated[list[bytes], asn1.Size(3, 3)]


@asn1.sequence
class Pair:
    key: asn1.IA5String
    value: asn1.IA5String


@asn1.sequence
class ExtraPair:
    key: asn1.IA5String
    value: str | int | bytes


@asn1.sequence
class Identity:
    notation: ObjectIdentifier
    scheme_version: int
    scheme_key_set: int
    creator: asn1.IA5String
    recipient: asn1.IA5String
    key_set: int
    points: Points


@asn1.sequence
class Pseudonym:
    notation: ObjectIdentifier
    scheme_version: int
    scheme_key_set: int
    creator: asn1.IA5String
    recipient: asn1.IA5String
    key_set: int
    type: int
    points: Points
    diversifier: Annotated[list[Pair] | None, asn1.Implicit(0)]


@asn1.sequence
class DirectIdentity:
    notation: ObjectIdentifier
    scheme_version: int
    scheme_key_set: int
    creator: asn1.IA5String
    recipient: asn1.IA5String
    key_set: int
    points: Points
    authorized_party: Annotated[asn1.IA5String, asn1.Implicit(1)]


@asn1.sequence
class DirectPseudonym:
    notation: ObjectIdentifier
    scheme_version: int
    scheme_key_set: int
    creator: asn1.IA5String
    recipient: asn1.IA5String
    key_set: int
    type: int
    points: Points
    diversifier: Annotated[list[Pair] | None, asn1.Implicit(0)]
    authorized_party: Annotated[asn1.IA5String | None, asn1.Implicit(1)]


Inner = Identity | Pseudonym | DirectIdentity | DirectPseudonym


@asn1.sequence
class Body:
    """Signed, first version."""

    inner: asn1.TLV
    audit: bytes


@asn1.sequence
class BodyV2:
    """Signed, second version: with the first day of the month in which it was issued."""

    inner: asn1.TLV
    audit: bytes
    issued: asn1.IA5String
    extra: Annotated[list[ExtraPair] | None, asn1.Implicit(2)]


@asn1.sequence
class DirectBody:
    """Signed by BSNk itself, first version."""

    inner: asn1.TLV
    audit: bytes
    signing_key: int


@asn1.sequence
class DirectBodyV2:
    """Signed by BSNk itself, second version."""

    inner: asn1.TLV
    audit: bytes
    signing_key: int
    issued: asn1.IA5String
    extra: Annotated[list[ExtraPair] | None, asn1.Implicit(2)]


@asn1.sequence
class DecryptedPseudonym:
    """What a recipient may keep of an encrypted pseudonym."""

    notation: ObjectIdentifier
    scheme_version: int
    scheme_key_set: int
    recipient: asn1.IA5String
    key_set: int
    type: int
    value: asn1.IA5String
    diversifier: Annotated[list[Pair] | None, asn1.Implicit(0)]


AnyBody = Body | BodyV2 | DirectBody | DirectBodyV2


@asn1.sequence
class SignatureValue:
    r: int
    s: int


@asn1.sequence
class Signature:
    algorithm: ObjectIdentifier
    value: SignatureValue


@asn1.sequence
class Envelope:
    notation: ObjectIdentifier
    body: asn1.TLV
    signature: Signature


@dataclass(frozen=True, slots=True)
class Notation:
    """What one object identifier of a signed structure stands for."""

    kind: Kind
    body: type[AnyBody]
    inner: type[Inner]
    inner_notation: str
    algorithm: Algorithm


NOTATIONS: Final = {
    BASE + "2.3": Notation(Kind.EI, Body, Identity, BASE + "2.1", Algorithm.EC_SCHNORR),
    BASE + "2.4": Notation(Kind.EP, Body, Pseudonym, BASE + "2.2", Algorithm.EC_SCHNORR),
    BASE + "2.7": Notation(Kind.EI, Body, Identity, BASE + "2.1", Algorithm.EC_SDSA),
    BASE + "2.8": Notation(Kind.EP, Body, Pseudonym, BASE + "2.2", Algorithm.EC_SDSA),
    BASE + "2.7.2": Notation(Kind.EI, BodyV2, Identity, BASE + "2.1", Algorithm.EC_SDSA),
    BASE + "2.8.2": Notation(Kind.EP, BodyV2, Pseudonym, BASE + "2.2", Algorithm.EC_SDSA),
    BASE + "2.6": Notation(Kind.DEP, DirectBody, DirectPseudonym, BASE + "2.5", Algorithm.ECDSA),
    BASE + "2.6.2": Notation(Kind.DEP, DirectBodyV2, DirectPseudonym, BASE + "2.5", Algorithm.ECDSA),
    BASE + "2.10.2": Notation(Kind.DEI, DirectBodyV2, DirectIdentity, BASE + "2.9.2", Algorithm.ECDSA),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A structure whose signature nobody checked yet. `signed` are the very bytes that it covers."""

    notation: Notation
    inner: Inner
    body: AnyBody
    signed: bytes
    r: int
    s: int


def parse(data: bytes) -> Parsed:
    """The signed structure in `data`. Raises `EncryptedIdRefused` for any other, and for any other encoding of it."""
    if len(data) > MAX_BYTES:
        raise EncryptedIdRefused("longer than any structure of BSNk", expected=MAX_BYTES, found=len(data))
    envelope = _decode(Envelope, data)
    notation = NOTATIONS.get(envelope.notation.dotted_string)
    if notation is None:
        raise EncryptedIdRefused(
            "not a signed structure of BSNk", expected="a notation of BSNk", found=envelope.notation.dotted_string
        )
    algorithm = envelope.signature.algorithm.dotted_string
    if algorithm != notation.algorithm:
        raise EncryptedIdRefused(
            "signed by another algorithm than this notation has", expected=notation.algorithm, found=algorithm
        )
    signed = asn1.encode_der(envelope.body)
    body = _decode(notation.body, signed)
    inner = _decode(notation.inner, asn1.encode_der(body.inner))
    if inner.notation.dotted_string != notation.inner_notation:
        raise EncryptedIdRefused(
            "another structure inside than this notation has",
            expected=notation.inner_notation,
            found=inner.notation.dotted_string,
        )
    return Parsed(notation, inner, body, signed, envelope.signature.value.r, envelope.signature.value.s)


def write_pseudonym(
    *,
    scheme_key_set: int,
    recipient: str,
    key_set: int,
    subject_type: int,
    value: str,
    diversifier: Sequence[tuple[str, str]],
) -> bytes:
    """The structure Pseudonym, in DER."""
    pairs = [Pair(key=asn1.IA5String(key), value=asn1.IA5String(text)) for key, text in diversifier]
    return asn1.encode_der(
        DecryptedPseudonym(
            notation=ObjectIdentifier(BASE + "3.2"),
            scheme_version=1,
            scheme_key_set=scheme_key_set,
            recipient=asn1.IA5String(recipient),
            key_set=key_set,
            type=subject_type,
            value=asn1.IA5String(value),
            diversifier=pairs or None,
        )
    )


def _decode(shape: type[T], data: bytes) -> T:
    """`data` as `shape`, when it is the only way to write it."""
    try:
        value = asn1.decode_der(shape, data)
        canonical = asn1.encode_der(value)
    except ValueError as error:
        raise EncryptedIdRefused(f"not the DER of {shape.__name__}", expected="DER", found=str(error)) from error
    if canonical != data:
        raise EncryptedIdRefused(
            f"not the canonical DER of {shape.__name__}", expected="the canonical DER", found="another"
        )
    return value
