"""Tokens that are encrypted for us, with a signed token inside (RFC 7516, RFC 7519 5.2), where that was agreed.

RSA-OAEP-256 and GCM: no key from a password, no RSA of PKCS 1.5, nothing compressed (spec/security O5). Whoever has
our public key can write one, so that opening proves nothing: what is inside is read by `tokens.read`.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from stelsel.failures import MessageMalformed, MessageTooLarge, Misconfigured, SignatureRefused
from stelsel.jose.keys import read_private
from stelsel.jose.objects import read_object

KEY_ALGORITHM: Final = "RSA-OAEP-256"
CONTENT_ALGORITHMS: Final = ("A128GCM", "A256GCM")
MAX_BYTES: Final = 24 * 1024  # a signed token of the greatest size, in base64url once more
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)(\.[A-Za-z0-9_-]+){4}")
_HEADER: Final = frozenset({"alg", "enc", "kid", "typ", "cty"})


@dataclass(frozen=True, slots=True, repr=False)
class OpeningJwk:
    """A key of our own that opens tokens. `kid` is its RFC 7638 thumbprint."""

    kid: str
    key: RSAKey

    def __repr__(self) -> str:
        return f"OpeningJwk({self.kid})"

    @property
    def public(self) -> dict[str, Any]:
        """As others read it in our JWK Set."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "alg": KEY_ALGORITHM, "use": "enc"}


def read_opening(pem: bytes) -> OpeningJwk:
    """An RSA key in PEM. Raises `Misconfigured`."""
    private = read_private(pem)
    if not isinstance(private.key, RSAKey):
        raise Misconfigured("no RSA key, which is what opens tokens")
    return OpeningJwk(private.kid, private.key)


def open_sealed(token: str, keys: Iterable[OpeningJwk], content_algorithm: str, told: Mapping[str, str]) -> str:
    """The signed token inside, which nobody verified yet. `told` is what `iss` and `aud` of the header are where they
    stand there, for whoever passes it on (RFC 7519 5.3): they are compared, and count for nothing.

    Raises `MessageMalformed`, `MessageTooLarge`, or `SignatureRefused` in the same words whatever does not fit the key:
    who tries to open with our help learns nothing of why it fails.
    """
    if len(token) > MAX_BYTES:
        raise MessageTooLarge("the token is too large", clause="O6", expected=f"{MAX_BYTES} bytes", found=len(token))
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise MessageMalformed(
            "no encrypted token, as was agreed", clause="O5", expected="a JWE in compact form", found="another form"
        )
    known = tuple(keys)
    kid = _check_header(_header(match[1]), content_algorithm, told)
    mine = [each for each in known if each.kid == kid] if kid is not None else list(known)
    if len(mine) != 1:
        raise SignatureRefused(
            "encrypted for a key that is none of ours",
            clause="O5",
            expected=" or ".join(each.kid for each in known),
            found=str(kid)[:100],
        )
    try:
        # What a header may say was judged above, where `iss` and `aud` may stand.
        registry = jwe.JWERegistry(algorithms=[KEY_ALGORITHM, content_algorithm], strict_check_header=False)
        opened = jwe.decrypt_compact(token, mine[0].key, registry=registry)
        return (opened.plaintext or b"").decode("ascii")
    except (JoseError, ValueError) as error:
        raise SignatureRefused(
            "the token cannot be opened", clause="O5", expected="what was encrypted for us", found="something else"
        ) from error


def _header(part: str) -> dict[str, Any]:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as error:
        raise MessageMalformed(
            "no header of a token", clause="O4", expected="a JSON object in base64url", found="something else"
        ) from error
    return read_object(decoded, "the header of a token")


def _check_header(header: dict[str, Any], content_algorithm: str, told: Mapping[str, str]) -> object:
    """The name of the key. `zip`, `epk`, `p2c`, `crit` and keys that it brings are among what it may not say."""
    more = header.keys() - _HEADER - told.keys()
    cty, typ = header.get("cty"), header.get("typ", "JWT")
    wanted = {"alg": KEY_ALGORITHM, "enc": content_algorithm}
    if (
        more
        or {name: header.get(name) for name in wanted} != wanted
        or any(header.get(name, value) != value for name, value in told.items())
        or not (isinstance(cty, str) and cty.upper() == "JWT")
        or not (isinstance(typ, str) and typ.upper() == "JWT")
    ):
        raise SignatureRefused(
            "not encrypted as was agreed",
            clause="O5",
            expected=f"{KEY_ALGORITHM}, {content_algorithm}, cty JWT and no more than kid and typ",
            found=", ".join(sorted(map(str, header)))[:100],
        )
    return header.get("kid")
