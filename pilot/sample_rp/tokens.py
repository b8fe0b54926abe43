"""Tokens as the client makes and reads them, on `cryptography` alone: PS256, RSA-OAEP-256 with A256GCM around it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PSS: Final = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
OAEP: Final = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
SIGNING, ENCRYPTION = "sig-1", "enc-1"  # the `kid` of each key in the client's JWK Set


class NotBelieved(Exception):
    """A token that is not what it must be; the text says which check failed."""


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """The client's two private keys."""

    signing: RSAPrivateKey = field(repr=False)
    encryption: RSAPrivateKey = field(repr=False)

    @classmethod
    def from_files(cls, signing: Path, encryption: Path) -> Self:
        """From PEM files that hold a private key and its certificate."""
        return cls(_private(signing), _private(encryption))


def key_set(signing: Path, encryption: Path) -> str:
    """The JWK Set that the client registers, from the certificates in these files."""
    rows = [_jwk(signing, SIGNING, "sig", "PS256"), _jwk(encryption, ENCRYPTION, "enc", "RSA-OAEP-256")]
    return json.dumps({"keys": rows})


def sign(claims: Mapping[str, Any], keys: ClientKeys) -> str:
    """A token of the client's: its assertion (OAU-09)."""
    header = {"alg": "PS256", "kid": SIGNING, "typ": "JWT"}
    text = f"{_write(header)}.{_write(claims)}"
    return f"{text}.{_text(keys.signing.sign(text.encode(), PSS, hashes.SHA256()))}"


def open_token(token: str, keys: ClientKeys) -> str:
    """The signed token inside an encrypted one; one in clear is refused (OIDC-26). Raises `NotBelieved`."""
    try:
        head, wrapped, iv, text, tag = token.split(".")
        header = json.loads(_bytes(head))
        if (header["alg"], header["enc"], header.get("cty")) != ("RSA-OAEP-256", "A256GCM", "JWT"):
            raise NotBelieved("encrypted otherwise than agreed")
        content = keys.encryption.decrypt(_bytes(wrapped), OAEP)
        return AESGCM(content).decrypt(_bytes(iv), _bytes(text) + _bytes(tag), head.encode()).decode("ascii")
    except (ValueError, KeyError, TypeError, InvalidTag) as error:
        raise NotBelieved("not encrypted for us") from error


def verify(token: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """The claims that a key of this JWK Set signed with PS256. Raises `NotBelieved`."""
    try:
        head, body, signature = token.split(".")
        header = json.loads(_bytes(head))
        if header["alg"] != "PS256":
            raise NotBelieved("another algorithm than agreed")
        (row,) = (each for each in jwks["keys"] if each["kid"] == header["kid"])
        _public(row).verify(_bytes(signature), f"{head}.{body}".encode(), PSS, hashes.SHA256())
        claims: dict[str, Any] = json.loads(_bytes(body))
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise NotBelieved("not signed by the gateway") from error
    return claims


def _public(row: Mapping[str, str]) -> RSAPublicKey:
    return RSAPublicNumbers(int.from_bytes(_bytes(row["e"])), int.from_bytes(_bytes(row["n"]))).public_key()


def _private(file: Path) -> RSAPrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"{file.name} holds no RSA key")
    return key


def _jwk(file: Path, kid: str, use: str, algorithm: str) -> dict[str, str]:
    key = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError(f"{file.name} holds no RSA certificate")
    numbers = key.public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    return {
        "kty": "RSA",
        "kid": kid,
        "use": use,
        "alg": algorithm,
        "n": _text(numbers.n.to_bytes(size)),
        "e": _text(numbers.e.to_bytes(3)),
    }


def _write(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
