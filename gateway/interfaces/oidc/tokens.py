"""The tokens that a client receives: signed by us, and encrypted for it where identifiers stand inside (OIDC-25)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from catalog.clients import Client
from gateway.interfaces.oidc.authorization import Authorization
from gateway.interfaces.oidc.refused import TokenRefused
from metadata.keys import KeyRing
from stelsel.failures import MessageRefused
from stelsel.jose.encryption import EncryptionJwk, encrypt
from stelsel.jose.rsa import private_jwk, public_jwk
from stelsel.jose.tokens import read, sign

ACCESS_TYPE: Final = "at+jwt"  # RFC 9068: no ID token is one (O15)
ACCESS_ALGORITHM: Final = "PS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One answer of the token endpoint. `ids` are the two `jti`, `reader` the client's key or None for clear tokens."""

    issuer: str
    client: Client
    authorization: Authorization
    at: datetime
    life: timedelta
    ids: tuple[str, str]
    audience: str
    reader: EncryptionJwk | None


def access_token(issue: Issue, subject: str, ring: KeyRing) -> str:
    """A JWT as RFC 9068 and OAU-19 have it, for our userinfo endpoint alone; no identifier stands in it."""
    claims = {
        "iss": issue.issuer,
        "sub": subject,
        "aud": issue.audience,
        "client_id": issue.client.client_id,
        "azp": issue.client.client_id,
        "scope": " ".join(issue.authorization.scope),
        "jti": issue.ids[0],
        **_times(issue.at, issue.life),
    }
    return sign(claims, private_jwk(ring.signing(issue.at).private, ACCESS_ALGORITHM), ACCESS_TYPE)


def id_token(issue: Issue, told: Mapping[str, Any], access: str, auth_time: datetime | None, ring: KeyRing) -> str:
    """The ID token; `told` is what the declaration is in claims. No `amr`, ever (OIDC-34)."""
    claims = {
        **told,
        "iss": issue.issuer,
        "aud": issue.client.client_id,
        "jti": issue.ids[1],
        "at_hash": _half(access),
        **_times(issue.at, issue.life),
    }
    if issue.authorization.nonce is not None:
        claims["nonce"] = issue.authorization.nonce
    if auth_time is not None:
        claims["auth_time"] = int(auth_time.timestamp())
    return sealed(claims, issue.client, issue.reader, issue.at, ring)


def sealed(claims: Mapping[str, Any], client: Client, reader: EncryptionJwk | None, at: datetime, ring: KeyRing) -> str:
    """Signed with the algorithm of this client, and encrypted where there is a `reader`: never the other way."""
    signed = sign(claims, private_jwk(ring.signing(at).private, client.signed_with))
    return signed if reader is None else encrypt(signed, reader)


def read_access(token: str, issuer: str, audience: str, at: datetime, ring: KeyRing) -> str:
    """The `jti` of an access token of ours that holds for `audience`. Raises `TokenRefused`."""
    keys = [public_jwk(each.public, ACCESS_ALGORITHM) for each in ring.for_tokens(at)]
    try:
        claims = read(token, keys, ACCESS_ALGORITHM, frozenset({ACCESS_TYPE}))
    except MessageRefused as refused:
        raise TokenRefused(
            refused.why, clause=refused.broken_clause, expected=refused.expected, found=refused.found
        ) from refused
    if claims.get("iss") != issuer or claims.get("aud") != audience or not isinstance(claims.get("jti"), str):
        raise TokenRefused("an access token for something else", clause="O15", expected=audience, found="another")
    expires = claims.get("exp")
    if not isinstance(expires, int) or expires <= at.timestamp():
        raise TokenRefused("an access token that is over", expected="one that holds", found="a former one")
    return str(claims["jti"])


def _times(at: datetime, life: timedelta) -> dict[str, int]:
    """`nbf` is `iat`: the profile's example has it later, and a client would refuse that (spec 1.3)."""
    now = int(at.timestamp())
    return {"iat": now, "nbf": now, "exp": now + int(life.total_seconds())}


def _half(token: str) -> str:
    """Core 3.1.3.6, for algorithms of 256 bits."""
    half = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
