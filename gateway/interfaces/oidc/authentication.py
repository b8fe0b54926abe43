"""Which client asks: private_key_jwt, for software of policy `compat` a secret; never two ways at once (OIDC-21)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote_plus

from catalog.clients import Client, Policy
from catalog.repository import Catalog
from gateway.interfaces.oidc.key_sets import KeySets
from gateway.interfaces.oidc.refused import ClientRefused, OAuthRefused
from runtime.offload import Offload
from runtime.settings import Clock
from runtime.store import ShortLived
from stelsel.failures import MessageRefused
from stelsel.jose.tokens import UnknownKid, claimed_issuer, read

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CREDENTIALS: Final = frozenset({"client_assertion", "client_assertion_type", "client_secret"})
LONGEST: Final = timedelta(minutes=10)  # from now until an assertion ends
AHEAD: Final = timedelta(seconds=30)  # FAPI-04: 10 s is taken, 60 s is not
_TYPES: Final = frozenset({"jwt", "client-authentication+jwt", None})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client shows of itself at an endpoint of ours. `endpoint` is its address."""

    fields: Mapping[str, str]
    authorization: str
    endpoint: str


class Authentication:
    """Proves clients. What is refused is told as `invalid_client`, whatever was wrong; the log has the clause."""

    def __init__(
        self, catalog: Catalog, keys: KeySets, store: ShortLived, offload: Offload, clock: Clock, issuer: str
    ) -> None:
        self._catalog = catalog
        self._keys = keys
        self._store = store
        self._offload = offload
        self._clock = clock
        self._issuer = issuer

    async def prove(self, shown: Shown) -> Client:
        """The client that asks. Raises `ClientRefused`, or `OAuthRefused` for two proofs in one request."""
        fields = shown.fields
        ways = [way for way in ("client_assertion", "client_secret") if way in fields]
        if shown.authorization:
            ways.append("authorization")
        if len(ways) > 1:
            raise OAuthRefused("two proofs at once", clause="OIDC-21", expected="one", found=" and ".join(ways))
        if ways == ["client_assertion"]:
            return await self._by_assertion(shown)
        if ways == ["authorization"]:
            return await self._by_secret(*_basic(shown.authorization), named=fields.get("client_id"))
        if ways == ["client_secret"]:
            return await self._by_secret(fields.get("client_id", ""), fields["client_secret"])
        raise ClientRefused("nothing proves who asks", expected="client_assertion", found="none")

    async def _by_assertion(self, shown: Shown) -> Client:
        fields = shown.fields
        if fields.get("client_assertion_type") != ASSERTION_TYPE:
            raise ClientRefused("client_assertion_type", clause="OIDC-22", expected=ASSERTION_TYPE, found="another")
        token = fields["client_assertion"]
        try:
            client = await self._client(claimed_issuer(token))
            claims = await self._read(token, client)
            _check_claims(claims, client, self._audiences(client, shown.endpoint), self._clock())
        except ClientRefused:
            raise
        except MessageRefused as refused:
            raise ClientRefused(
                refused.why, clause=refused.broken_clause, expected=refused.expected, found=refused.found
            ) from refused
        if fields.get("client_id", client.client_id) != client.client_id:
            raise ClientRefused("client_id is another's", clause="OAU-09", expected=client.client_id, found="another")
        seconds = round((_instant(claims["exp"]) - self._clock()).total_seconds()) + 1
        key = f"oidc:assertion:{client.client_id}:{claims['jti']}"
        if not await self._store.claim(key, max(seconds, 1), issued_at=_instant(claims["iat"])):
            raise ClientRefused(
                "this assertion was used before", clause="OIDC-22", expected="a new jti", found="a used one"
            )
        return client

    async def _read(self, token: str, client: Client) -> dict[str, Any]:
        keys = await self._keys.of(client)
        try:
            return await self._offload(read, token, keys.signing, client.signing, _TYPES)
        except UnknownKid:
            keys = await self._keys.newer(client)
            return await self._offload(read, token, keys.signing, client.signing, _TYPES)

    def _audiences(self, client: Client, endpoint: str) -> frozenset[str]:
        """O7: our issuer, alone; OAU-09 has the endpoint's address, which FAPI 2.0 refuses (spec 1.7)."""
        if client.policy is Policy.FAPI2:
            return frozenset({self._issuer})
        return frozenset({self._issuer, endpoint})

    async def _by_secret(self, client_id: str, secret: str, named: str | None = None) -> Client:
        client = await self._client(client_id)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        if (
            client.policy is not Policy.COMPAT
            or not client.secret_digest
            or not hmac.compare_digest(digest, client.secret_digest)
            or named not in (None, client_id)
        ):
            raise ClientRefused("no secret of this client", expected="the proof that is registered", found="a secret")
        return client

    async def _client(self, client_id: str) -> Client:
        client = await self._catalog.client(client_id) if client_id else None
        if client is None:
            raise ClientRefused("no such client", clause="OAU-05", expected="a registered client", found="another")
        return client


def _check_claims(claims: Mapping[str, Any], client: Client, audiences: frozenset[str], now: datetime) -> None:
    """OAU-09: iss = sub = client_id, one audience as text, fresh, with a jti."""
    if not claims.get("iss") == claims.get("sub") == client.client_id:
        raise ClientRefused("iss and sub", clause="OAU-09", expected=client.client_id, found="others")
    audience = claims.get("aud")
    if not isinstance(audience, str) or audience not in audiences:
        found = audience[:200] if isinstance(audience, str) else type(audience).__name__
        raise ClientRefused("aud", clause="O7", expected=" or ".join(sorted(audiences)), found=found)
    if not isinstance(claims.get("jti"), str) or not 8 <= len(claims["jti"]) <= 256:
        raise ClientRefused("jti", clause="OAU-09", expected="8 to 256 characters", found="none or others")
    for name in ("iat", "exp", "nbf"):
        if name == "nbf" and name not in claims:
            continue
        value = claims.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 2**40:
            raise ClientRefused(name, clause="OAU-09", expected="seconds since 1970", found=type(value).__name__)
    if not now < _instant(claims["exp"]) <= now + LONGEST:
        raise ClientRefused("exp", clause="OAU-09", expected=f"within {LONGEST}", found=claims["exp"])
    if max(claims["iat"], claims.get("nbf", 0)) > (now + AHEAD).timestamp() or _instant(claims["iat"]) < now - LONGEST:
        raise ClientRefused("iat or nbf", clause="FAPI-04", expected=f"now, at most {AHEAD} ahead", found=claims["iat"])


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _basic(header: str) -> tuple[str, str]:
    """RFC 6749 2.3.1. Raises `ClientRefused` for another scheme."""
    scheme, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise ClientRefused("Authorization", expected="Basic", found="another form") from error
    if scheme.lower() != "basic":
        raise ClientRefused("Authorization", expected="Basic", found=scheme[:20])
    return unquote_plus(name), unquote_plus(secret)
