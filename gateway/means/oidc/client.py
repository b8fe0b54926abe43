"""We as a provider's client: pushing a request, exchanging a code, asking for claims; each with a new assertion."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Error

from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.oauth import FORM, Assertion, Received, Session, Speaker
from gateway.means.oidc.published import Published
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.failures import AnswerRefused, MessageMalformed, PartyUnavailable

_METHOD: Final = "private_key_jwt"
_PUSHED: Final = "urn:ietf:params:oauth:request_uri:"
_LONGEST: Final = 2048
_BEARER: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # RFC 6750 2.1: it becomes a header


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was exchanged for."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


class Client:
    """The back channel to one provider. Everything raises `PartyUnavailable` where it does not answer as it should."""

    def __init__(self, agreed: Agreed, http: HttpClient, offload: Offload, clock: Clock) -> None:
        self._agreed = agreed
        self._session = Session(http, offload)
        self._clock = clock

    async def push(self, published: Published, verifier: str, parameters: Mapping[str, str]) -> str:
        """The name under which the provider keeps this request (RFC 9126 2): the browser carries nothing else."""
        speaker = self._speaker()
        built, _ = speaker.create_authorization_url("", code_verifier=verifier, **parameters)
        form = dict(parse_qsl(built.removeprefix("?"), strict_parsing=True))
        received = await self._session.post(published.pushed, form, FORM, speaker.client_auth(_METHOD))
        if received.status_code != 201:
            received.raise_for_status()
        name = received.whole().get("request_uri")
        if not isinstance(name, str) or not name.startswith(_PUSHED) or len(name) > _LONGEST:
            raise PartyUnavailable(f"{self._agreed.issuer.value} gave a pushed request no name")
        return name

    async def exchange(self, published: Published, code: str, verifier: str, callback: str) -> Tokens:
        """What the code stands for. Raises `AnswerRefused` when it stands for nothing (O8)."""
        try:
            found = await self._speaker().fetch_token(
                published.token,
                headers=FORM,
                grant_type="authorization_code",
                code=code,
                redirect_uri=callback,
                code_verifier=verifier,
                client_id=self._agreed.client_id,
            )
        except OAuth2Error as error:
            raise AnswerRefused(
                "the provider does not take the code", clause="O8", expected="tokens", found=error.error
            ) from error
        id_token, access_token, kind = found.get("id_token"), found.get("access_token"), found.get("token_type")
        if not isinstance(id_token, str) or not isinstance(access_token, str) or not _BEARER.fullmatch(access_token):
            raise MessageMalformed(
                "tokens are missing", clause="O15", expected="id_token, access_token", found="not both"
            )
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise MessageMalformed(
                "an access token of another type", clause="O15", expected="Bearer", found=str(kind)[:40]
            )
        return Tokens(id_token, access_token)

    async def userinfo(self, published: Published, access_token: str) -> Received:
        """What the provider tells for this token; the token goes in the header only (OAU-12)."""
        bearer = {"access_token": access_token, "token_type": "Bearer"}
        wanted = "application/jwt" if self._agreed.userinfo_signed else "application/json"
        url, headers, _ = self._speaker(bearer).token_auth.prepare(published.userinfo, {"Accept": wanted}, "")
        received = await self._session.send("GET", url, headers)
        if received.status_code != 200:
            received.raise_for_status()
        return received

    def _speaker(self, token: Mapping[str, str] | None = None) -> Speaker:
        agreed = self._agreed
        speaker = Speaker(
            self._session,
            agreed.client_id,
            token_endpoint_auth_method=_METHOD,
            scope=" ".join(agreed.scopes),
            code_challenge_method="S256",
            token=token,
        )
        speaker.register_client_auth_method(Assertion(agreed.keys.signing, agreed.issuer.value, self._clock))
        return speaker
