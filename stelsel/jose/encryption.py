"""Tokens for one reader: a signed token inside, RSA-OAEP and A256GCM around it (OIDC-71, OIDC-72); `sealed` opens them.

Nothing else is made: no RSA1_5, no password, no compression (spec/security O5).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from stelsel.jose.keys import RSA_BITS, no_set, rows_of

WRAPS: Final = ("RSA-OAEP-256", "RSA-OAEP")
CONTENT: Final = "A256GCM"


@dataclass(frozen=True, slots=True)
class EncryptionJwk:
    """A key that others encrypt with for its holder, and how it is wrapped."""

    kid: str | None
    wrap: str
    key: RSAKey


def read_encryption_keys(content: bytes) -> tuple[EncryptionJwk, ...]:
    """The RSA keys in a JWK Set that are meant for encryption, in its order. Raises `MessageMalformed`."""
    return tuple(_encrypting(rows_of(content)))


def encrypt(token: str, key: EncryptionJwk) -> str:
    """`token` for the holder of `key`; what is inside is said to be a JWT (RFC 7519 5.2)."""
    header: dict[str, Any] = {"alg": key.wrap, "enc": CONTENT, "cty": "JWT"}
    if key.kid is not None:
        header["kid"] = key.kid
    return jwe.encrypt_compact(header, token.encode(), key.key, algorithms=[key.wrap, CONTENT])


def _encrypting(rows: Iterable[Mapping[str, Any]]) -> Iterator[EncryptionJwk]:
    for row in rows:
        if row.get("kty") != "RSA" or row.get("use") != "enc" or row.get("alg", WRAPS[0]) not in WRAPS:
            continue
        kid = row.get("kid")
        try:
            key = RSAKey.import_key({name: row[name] for name in ("kty", "n", "e")})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise no_set("a key that is none") from error
        if key.public_key.key_size < RSA_BITS or not (kid is None or isinstance(kid, str)):
            raise no_set("a key that is too small, or has no name")
        yield EncryptionJwk(kid, row.get("alg", WRAPS[0]), key)
