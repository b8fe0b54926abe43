"""Who logged in, once more, to whoever brings the access token (OIDC-50, OIDC-51)."""

from typing import Any, Final

from catalog.clients import Client, Policy
from gateway.interfaces.contract import InterfaceTools
from gateway.interfaces.oidc.handles import Grant, Kept
from gateway.interfaces.oidc.key_sets import KeySets
from gateway.interfaces.oidc.refused import TokenRefused
from gateway.interfaces.oidc.terms import USERINFO, OidcTerms
from gateway.interfaces.oidc.tokens import read_access, sealed

JWT: Final = "application/jwt"


class Userinfo:
    """The userinfo endpoint, without its HTTP."""

    def __init__(self, tools: InterfaceTools, terms: OidcTerms, kept: Kept, keys: KeySets) -> None:
        self._tools = tools
        self._terms = terms
        self._kept = kept
        self._keys = keys

    async def tell(self, authorization: str) -> dict[str, Any] | str:
        """The claims: a JWT, encrypted where the client's tokens are; plain JSON for policy `compat`.

        Raises `TokenRefused`.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("no access token", clause="OAU-12", expected="Authorization: Bearer", found="none")
        party = self._tools.party
        now, audience = party.clock(), self._terms.at(USERINFO)
        token_id = await party.offload(read_access, token, self._terms.issuer, audience, now, party.keys)
        grant = await self._kept.token(token_id, now)
        client = await self._client(grant)
        if client.policy is Policy.COMPAT and not client.encrypted:
            return dict(grant.claims)
        reader = await self._keys.encryption(client) if client.encrypted else None
        claims = {**grant.claims, "iss": self._terms.issuer, "aud": client.client_id}
        return await party.offload(sealed, claims, client, reader, now, party.keys)

    async def _client(self, grant: Grant) -> Client:
        client = await self._tools.catalog.client(grant.client_id)
        if client is None:
            raise TokenRefused("its client is gone", expected="a registered client", found="none")
        return client
