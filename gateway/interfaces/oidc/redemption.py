"""A code into tokens. Only now the BVD is asked to declare, and only now anybody's identifier is opened (R-REISSUE)."""

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from catalog.clients import Client
from gateway.interfaces.contract import InterfaceTools
from gateway.interfaces.oidc.authentication import Authentication, Shown
from gateway.interfaces.oidc.authorization import Authorization
from gateway.interfaces.oidc.claims import flat_claims, login_claims, subject_claims
from gateway.interfaces.oidc.handles import Grant, Granted, Kept
from gateway.interfaces.oidc.key_sets import KeySets
from gateway.interfaces.oidc.opened import Opened, opened
from gateway.interfaces.oidc.refused import GrantRefused, GrantTypeRefused, OAuthRefused
from gateway.interfaces.oidc.terms import USERINFO, OidcTerms
from gateway.interfaces.oidc.tokens import Issue, access_token, id_token
from gateway.mandates import SealedMandate
from stelsel.failures import AnswerRefused, Origin, refusing

VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 4.1


class Redemption:
    """The token endpoint, without its HTTP."""

    def __init__(
        self, tools: InterfaceTools, terms: OidcTerms, authentication: Authentication, kept: Kept, keys: KeySets
    ) -> None:
        self._tools = tools
        self._terms = terms
        self._authentication = authentication
        self._kept = kept
        self._keys = keys

    async def redeem(self, shown: Shown) -> Mapping[str, Any]:
        """The token response. Raises an `OAuthRefused`, or the failure with which the login ends after all."""
        client = await self._authentication.prove(shown)
        with refusing(Origin("token request", client.dv.value, client.client_id, proven=True)):
            grant_type = shown.fields.get("grant_type", "")
            if grant_type != "authorization_code":
                raise GrantTypeRefused("another grant", expected="authorization_code", found=grant_type[:80] or "none")
            code = shown.fields.get("code", "")
            if not code:
                raise OAuthRefused("no code", clause="OIDC-24", expected="code", found="none")
            granted = await self._kept.take(code, client.client_id)
            _check_bound(shown.fields, granted.authorization)
            return await self._issue(client, code, granted)

    async def _issue(self, client: Client, code: str, granted: Granted) -> Mapping[str, Any]:
        """DV and service must still be registered, now (DV-PRC-01); the BVD must declare."""
        party, asked = self._tools.party, granted.authorization
        await self._tools.catalog.asked(asked.service, granted.dv, granted.requester, party.clock())
        mandate = None
        if granted.bvd_artifact is not None and granted.bvd_request is not None:
            mandate = await self._tools.mandates.declare(
                granted.bvd_artifact, granted.bvd_request, granted.dv, asked.service
            )
        reader = await self._keys.encryption(client) if client.encrypted else None
        issue = Issue(
            issuer=self._terms.issuer,
            client=client,
            authorization=asked,
            at=party.clock(),
            life=timedelta(seconds=self._terms.token_seconds),
            ids=(secrets.token_urlsafe(24), secrets.token_urlsafe(24)),
            audience=self._terms.at(USERINFO),
            reader=reader,
        )
        access, token, claims = await party.offload(self._write, issue, granted, mandate)
        grant = Grant(client_id=client.client_id, code=code, claims=claims, until=issue.at + issue.life)
        await self._kept.keep_token(issue.ids[0], grant)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self._terms.token_seconds,
            "id_token": token,
            "scope": " ".join(asked.scope),
        }

    def _write(self, issue: Issue, granted: Granted, mandate: SealedMandate | None) -> tuple[str, str, dict[str, Any]]:
        """In `offload`: access token, ID token, and what userinfo may tell."""
        keys = self._tools.held.decryption(granted.dv, issue.at)
        found = opened(granted.dv, issue.authorization.service, granted.means, granted.identity, mandate, keys)
        client, key = issue.client, self._terms.subject_key
        if found.chain and not client.represents:
            raise AnswerRefused(
                "somebody is represented, whom this client does not read",
                clause="OIDC-48",
                expected="nobody",
                found=f"{len(found.chain)}",
            )
        told = subject_claims(found, client, issue.issuer, key) | login_claims(found)
        told |= flat_claims(found, issue.authorization.scope, client)
        ring = self._tools.party.keys
        access = access_token(issue, told["sub"], ring)
        return access, id_token(issue, told, access, found.at, ring), _of_whom_logged_in(found, told, issue)


def _of_whom_logged_in(found: Opened, told: Mapping[str, Any], issue: Issue) -> dict[str, Any]:
    """What userinfo tells: of the represented party nothing, for nobody asked the BVD whether that is still so.

    Nor the flat names, which would then say that nobody is represented.
    """
    own = {name: told[name] for name in ("sub", "sub_id_type", "alt_sub", "acr") if name in told}
    return own if found.chain else own | flat_claims(found, issue.authorization.scope, issue.client)


def _check_bound(fields: Mapping[str, str], asked: Authorization) -> None:
    """The same `redirect_uri` (RFC 6749 4.1.3), and the verifier of the challenge (OIDC-03)."""
    if fields.get("redirect_uri") != asked.redirect_uri:
        raise GrantRefused("redirect_uri", clause="SEC-01", expected=asked.redirect_uri, found="another, or none")
    verifier = fields.get("code_verifier", "")
    if not VERIFIER.fullmatch(verifier):
        raise GrantRefused(
            "code_verifier", clause="OIDC-03", expected="43 to 128 characters", found=f"{len(verifier)} or others"
        )
    if not hmac.compare_digest(create_s256_code_challenge(verifier), asked.challenge):
        raise GrantRefused("code_verifier", clause="OIDC-03", expected="that of the challenge", found="another")
