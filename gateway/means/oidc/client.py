"""We as a provider's client: pushing a request, exchanging a code, asking for claims; each with a new assertion."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.published import DEADLINE_SECONDS, Published
from runtime.http import Answer, HttpClient
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.failures import AnswerRefused, MessageMalformed, PartyUnavailable
from stelsel.jose import tokens
from stelsel.jose.objects import MAX_BYTES, read_object

ASSERTION_LIFE: Final = timedelta(seconds=60)
_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PUSHED: Final = "urn:ietf:params:oauth:request_uri:"
_LONGEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was exchanged for."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


class Client:
    """The back channel to one provider. Everything raises `PartyUnavailable` where it does not answer as it should."""

    def __init__(self, agreed: Agreed, http: HttpClient, offload: Offload, clock: Clock) -> None:
        self._agreed = agreed
        self._http = http
        self._offload = offload
        self._clock = clock

    async def push(self, published: Published, parameters: Mapping[str, str]) -> str:
        """The name under which the provider keeps this request (RFC 9126 2): the browser carries nothing else."""
        answer = await self._post(published.pushed, parameters)
        if answer.status != 201:
            raise self._away(answer, "a pushed request")
        name = self._object(answer, "a pushed request").get("request_uri")
        if not isinstance(name, str) or not name.startswith(_PUSHED) or len(name) > _LONGEST:
            raise PartyUnavailable(f"{self._agreed.issuer.value} gave a pushed request no name")
        return name

    async def exchange(self, published: Published, code: str, verifier: str, callback: str) -> Tokens:
        """What the code stands for. Raises `AnswerRefused` when it stands for nothing (O8)."""
        answer = await self._post(
            published.token,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": callback,
                "code_verifier": verifier,
            },
        )
        if answer.status == 400:
            raise AnswerRefused(
                "the provider does not take the code", clause="O8", expected="tokens", found=_error_of(answer)
            )
        if answer.status != 200:
            raise self._away(answer, "a code")
        found = self._object(answer, "a code")
        id_token, access_token = found.get("id_token"), found.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise MessageMalformed(
                "tokens are missing", clause="O15", expected="id_token, access_token", found="not both"
            )
        return Tokens(id_token, access_token)

    async def userinfo(self, published: Published, access_token: str) -> dict[str, Any]:
        """The claims that the provider gives for this token; the token goes in the header only (OAU-12)."""
        answer = await self._http.send(
            "GET",
            published.userinfo,
            headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
            deadline_seconds=DEADLINE_SECONDS,
            max_bytes=MAX_BYTES,
        )
        if answer.status != 200:
            raise self._away(answer, "userinfo")
        return self._object(answer, "userinfo")

    async def _post(self, url: str, parameters: Mapping[str, str]) -> Answer:
        form = {
            **parameters,
            "client_id": self._agreed.client_id,
            "client_assertion_type": _BEARER,
            "client_assertion": await self._offload(self._assertion),
        }
        return await self._http.send(
            "POST",
            url,
            content=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            deadline_seconds=DEADLINE_SECONDS,
            max_bytes=MAX_BYTES,
        )

    def _assertion(self) -> str:
        """Ours, for this provider alone: the audience is its issuer, one text (O7; RFC 7523bis)."""
        now = self._clock()
        claims = {
            "iss": self._agreed.client_id,
            "sub": self._agreed.client_id,
            "aud": self._agreed.issuer.value,
            "jti": secrets.token_urlsafe(24),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        return tokens.sign(claims, self._agreed.keys[0])

    def _object(self, answer: Answer, what: str) -> dict[str, Any]:
        """What it answered. A provider that answers no JSON is one in trouble, and forges nothing."""
        try:
            return read_object(answer.content, f"the answer to {what}")
        except MessageMalformed as error:
            raise self._away(answer, what) from error

    def _away(self, answer: Answer, what: str) -> PartyUnavailable:
        host = urlsplit(self._agreed.issuer.value).hostname
        why = f"{host} answered HTTP {answer.status} to {what}: {_error_of(answer)}"
        return PartyUnavailable(why, is_down=answer.is_down)


def _error_of(answer: Answer) -> str:
    """The provider's code for what is wrong; never its description, which may hold anything."""
    try:
        error = read_object(answer.content, "an error").get("error")
    except MessageMalformed:
        error = None
    return error[:60] if isinstance(error, str) and error.isascii() and error.isprintable() else "no error code"
