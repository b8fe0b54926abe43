"""Key files of BSNk: PEM with headers that say whose key it is and for what (as RFC 1421 4.6, with BSNk's names)."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated, Final

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from stelsel.bsnk import curve
from stelsel.bsnk.curve import Point
from stelsel.failures import Misconfigured

MAX_CHARACTERS: Final = 4096
_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_SHAPE: Final = re.compile(
    r"-----BEGIN (?P<label>EC (?:PRIVATE|PUBLIC) KEY)-----\r?\n"
    r"(?P<headers>(?:[A-Za-z]+: ?[ -~]*\r?\n)*)\r?\n"
    r"(?P<body>(?:[A-Za-z0-9+/=]{1,76}\r?\n)+)"
    r"-----END (?P=label)-----\s*"
)


@asn1.sequence
class _PrivateKey:
    """ECPrivateKey of RFC 5915."""

    version: int
    key: bytes
    curve: Annotated[ObjectIdentifier, asn1.Explicit(0)]
    public: Annotated[asn1.BitString | None, asn1.Explicit(1)]


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    curve: ObjectIdentifier


@asn1.sequence
class _PublicKey:
    """SubjectPublicKeyInfo of RFC 5480."""

    algorithm: _Algorithm
    public: asn1.BitString


def read_private(text: str) -> tuple[Mapping[str, str], int, Point]:
    """Headers, secret and public point of an `EC PRIVATE KEY`. Raises `Misconfigured`.

    A file need not have the point (closing keys of old do not); when it has one, the two belong together.
    """
    headers, body = _read(text, "EC PRIVATE KEY")
    try:
        key = asn1.decode_der(_PrivateKey, body)
        if key.version != 1 or key.curve.dotted_string != curve.OID or len(key.key) != curve.BYTES:
            raise Misconfigured("a BSNk key is version 1, on brainpoolP320r1 and 40 bytes long")
        secret = int.from_bytes(key.key, "big")
        public = curve.multiply(secret, curve.GENERATOR)
        if key.public is not None and _point(key.public) != public:
            raise Misconfigured("a BSNk key file whose public point is another key's")
    except ValueError:  # whose text may hold a part of the key
        raise Misconfigured("a BSNk key file does not hold an EC private key") from None
    return headers, secret, public


def read_public(text: str) -> tuple[Mapping[str, str], Point]:
    """Headers and point of an `EC PUBLIC KEY`. Raises `Misconfigured`."""
    headers, body = _read(text, "EC PUBLIC KEY")
    try:
        key = asn1.decode_der(_PublicKey, body)
        if (key.algorithm.algorithm.dotted_string, key.algorithm.curve.dotted_string) != (_EC_PUBLIC_KEY, curve.OID):
            raise Misconfigured("a BSNk scheme key is on brainpoolP320r1", found=key.algorithm.curve.dotted_string)
        return headers, _point(key.public)
    except ValueError as error:
        raise Misconfigured("a BSNk scheme key is not an EC public key") from error


def write_private(headers: Mapping[str, str], secret: int, public: Point) -> str:
    """The file that `read_private` reads. It is a secret: whoever asks for it keeps it."""
    body = asn1.encode_der(
        _PrivateKey(
            version=1,
            key=secret.to_bytes(curve.BYTES, "big"),
            curve=ObjectIdentifier(curve.OID),
            public=asn1.BitString(public.encode(), 0),
        )
    )
    return _write("EC PRIVATE KEY", headers, body)


def write_public(headers: Mapping[str, str], public: Point) -> str:
    """The file that `read_public` reads."""
    algorithm = _Algorithm(algorithm=ObjectIdentifier(_EC_PUBLIC_KEY), curve=ObjectIdentifier(curve.OID))
    return _write(
        "EC PUBLIC KEY",
        headers,
        asn1.encode_der(_PublicKey(algorithm=algorithm, public=asn1.BitString(public.encode(), 0))),
    )


def _read(text: str, label: str) -> tuple[Mapping[str, str], bytes]:
    shape = _SHAPE.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if shape is None or shape["label"] != label:
        raise Misconfigured(f"not a PEM file of BSNk with an {label}")
    headers: dict[str, str] = {}
    for line in shape["headers"].splitlines():
        name, _, value = line.partition(":")
        if name in headers:
            raise Misconfigured("a header stands twice in a BSNk key file", found=name)
        headers[name] = value.strip()
    try:
        return headers, base64.b64decode("".join(shape["body"].split()), validate=True)
    except binascii.Error:
        raise Misconfigured("a BSNk key file is not base64") from None


def _write(label: str, headers: Mapping[str, str], body: bytes) -> str:
    text = base64.b64encode(body).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(
        [
            f"-----BEGIN {label}-----",
            *(f"{name}: {value}" for name, value in headers.items()),
            "",
            *lines,
            f"-----END {label}-----",
            "",
        ]
    )


def _point(bits: asn1.BitString) -> Point:
    if bits.padding_bits():
        raise ValueError("a point is whole bytes")
    return curve.decode(bits.as_bytes())
