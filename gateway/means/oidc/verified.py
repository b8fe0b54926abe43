"""What a provider signed, verified with the keys that it publishes: its ID tokens and, where agreed, its userinfo."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.published import Published, Upstream
from runtime.offload import Offload
from stelsel.failures import AnswerRefused
from stelsel.jose import tokens
from stelsel.jose.keys import PublicJwk
from stelsel.jose.sealed import OpeningJwk, open_sealed
from stelsel.jose.tokens import UnknownKid

_TYPES: Final[frozenset[str | None]] = frozenset({None, "jwt"})


class Verifier:
    """Reads what was signed; the provider's keys are asked once more for a name that we do not know yet."""

    def __init__(self, agreed: Agreed, upstream: Upstream, offload: Offload) -> None:
        self._agreed = agreed
        self._upstream = upstream
        self._offload = offload

    async def id_token(self, published: Published, token: str) -> dict[str, Any]:
        """Its claims, which `rules` judge. Where encryption was agreed one that is not encrypted is refused (O5)."""
        return await self._read(published, token, self._agreed.keys.opening)

    async def userinfo(self, published: Published, token: str) -> Mapping[str, Any]:
        """Its claims (OIDC Core 5.3.2): of this provider, for us alone, and no ID token, which has a nonce."""
        claims = await self._read(published, token, ())
        agreed = self._agreed
        if claims.get("iss") != agreed.issuer.value or claims.get("aud") not in (agreed.client_id, [agreed.client_id]):
            raise AnswerRefused(
                "userinfo is not of this provider for us alone",
                clause="O15",
                expected=f"iss {agreed.issuer}, aud {agreed.client_id}",
                found="others",
            )
        if "nonce" in claims:
            raise AnswerRefused(
                "an ID token in place of userinfo", clause="O15", expected="claims without a nonce", found="a nonce"
            )
        return claims

    async def _read(self, published: Published, token: str, opening: tuple[OpeningJwk, ...]) -> dict[str, Any]:
        try:
            return await self._offload(self._verify, token, opening, published.keys)
        except UnknownKid:
            newer = await self._upstream.newer_keys(published)
            return await self._offload(self._verify, token, opening, newer.keys)

    def _verify(self, token: str, opening: tuple[OpeningJwk, ...], keys: tuple[PublicJwk, ...]) -> dict[str, Any]:
        told = {"iss": self._agreed.issuer.value, "aud": self._agreed.client_id}
        signed = open_sealed(token, opening, self._agreed.encryption, told) if opening else token
        return tokens.read(signed, keys, self._agreed.algorithm, _TYPES)
