"""Signed tokens: made with a key of ours, or read with the keys that the other party's own document lists.

One algorithm is agreed with each party. A header may name it, the key and the type, and nothing else: what would be
fetched, or would change what the signature covers, is refused and never looked at (RFC 8725; spec/security O1 to O6).
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import ClaimError as ClaimError  # what Authlib raises of a claim
from joserfc.errors import JoseError

from stelsel.failures import MessageMalformed, MessageTooLarge, SignatureRefused
from stelsel.jose.keys import PrivateJwk, PublicJwk
from stelsel.jose.objects import read_object

MAX_BYTES: Final = 16 * 1024
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_HEADER: Final = frozenset({"alg", "kid", "typ"})


def sign(claims: Mapping[str, Any], key: PrivateJwk, typ: str = "JWT") -> str:
    """A token with these claims."""
    header = {"alg": key.algorithm, "kid": key.kid, "typ": typ}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key.key, algorithms=[key.algorithm])


def read(token: str, keys: Iterable[PublicJwk], algorithm: str, types: frozenset[str | None]) -> dict[str, Any]:
    """The claims that one of `keys` signed with `algorithm`. `types` are the values of `typ` that will do, lower case.

    Raises `SignatureRefused`, `MessageMalformed` or `MessageTooLarge`; `UnknownKid` when the key may be a new one.
    """
    if len(token) > MAX_BYTES:
        raise MessageTooLarge("the token is too large", clause="O6", expected=f"{MAX_BYTES} bytes", found=len(token))
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise MessageMalformed("no signed token", clause="O5", expected="a JWS in compact form", found="another form")
    header = _header(match[1])
    _check_header(header, algorithm, types)
    signer = _signer(header.get("kid"), keys)
    if algorithm not in signer.algorithms:
        raise SignatureRefused("a key of another algorithm", clause="O2", expected=algorithm, found="its own")
    try:
        verified = jws.deserialize_compact(token, signer.key, algorithms=[algorithm])
    except (JoseError, ValueError) as error:
        raise SignatureRefused(
            "the signature is not of this key", clause="O2", expected="a signature that verifies", found="another"
        ) from error
    return read_object(verified.payload or b"", "the claims of a token", MAX_BYTES)


def claimed_issuer(token: str) -> str:
    """Who a token says it is from, unverified: only to look up by whose keys it must be read. Empty: it names nobody.

    Raises `MessageMalformed` or `MessageTooLarge`.
    """
    if len(token) > MAX_BYTES:
        raise MessageTooLarge("the token is too large", clause="O6", expected=f"{MAX_BYTES} bytes", found=len(token))
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise MessageMalformed("no signed token", clause="O5", expected="a JWS in compact form", found="another form")
    issuer = _header(match[2]).get("iss")
    return issuer if isinstance(issuer, str) else ""


class UnknownKid(SignatureRefused):
    """Signed, it says, with a key that is not in the set: perhaps one that came since."""

    clause = "O3"


def _header(part: str) -> dict[str, Any]:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as error:
        raise MessageMalformed(
            "no header of a token", clause="O4", expected="a JSON object in base64url", found="something else"
        ) from error
    return read_object(decoded, "the header of a token")


def _check_header(header: Mapping[str, Any], algorithm: str, types: frozenset[str | None]) -> None:
    more = header.keys() - _HEADER
    if more:
        raise SignatureRefused(
            "the header of a token says more than it may",
            clause="O3",
            expected="alg, kid and typ",
            found=", ".join(sorted(map(str, more)))[:100],
        )
    if header.get("alg") != algorithm:
        raise SignatureRefused(
            "another algorithm than was agreed", clause="O1", expected=algorithm, found=str(header.get("alg"))[:40]
        )
    typ = header.get("typ")
    if not (typ is None or isinstance(typ, str)) or (typ and typ.lower()) not in types:
        raise SignatureRefused(
            "a token of another type",
            clause="O15",
            expected=" or ".join(sorted(each or "none" for each in types)),
            found=str(typ)[:40],
        )


def _signer(kid: object, keys: Iterable[PublicJwk]) -> PublicJwk:
    """By its name alone; without a name there must be one key only."""
    known = tuple(keys)
    named = [each for each in known if each.kid == kid] if kid is not None else list(known)
    if len(named) != 1:
        raise UnknownKid(
            "no key of that name", expected=" or ".join(str(each.kid) for each in known), found=str(kid)[:100]
        )
    return named[0]
