"""Authlib's OAuth client over our one way out: it builds what we send and reads what comes, `runtime.http` carries it.

Authlib posts with its `session`, and gives what comes of that to `parse_response_token`. Here the first is a coroutine
and the second awaits it, so that nothing blocks, and bounds, deadlines and closed addresses are those of every way out.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, NoReturn
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from runtime.http import Answer, HttpClient
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.failures import MessageMalformed, PartyUnavailable
from stelsel.jose import tokens
from stelsel.jose.keys import PrivateJwk
from stelsel.jose.objects import MAX_BYTES, read_object

DEADLINE_SECONDS: Final = 5.0
ASSERTION_LIFE: Final = timedelta(seconds=60)
FORM: Final[Mapping[str, str]] = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_LONGEST_ERROR: Final = 60


class Assertion(PrivateKeyJWT):
    """private_key_jwt (RFC 7523), for this provider alone: the audience is its issuer, one text (O7; RFC 7523bis).

    Authlib puts it into the form. It is signed by the one signer that we have, with our clock: Authlib's takes its own,
    names the token endpoint, and has the same `jti` each time that such an object is used.
    """

    def __init__(self, key: PrivateJwk, issuer: str, clock: Clock) -> None:
        super().__init__(issuer, alg=key.algorithm)
        self._key = key
        self._clock = clock

    def sign(self, auth: ClientAuth, token_endpoint: str) -> str:
        """The assertion; `token_endpoint` is what Authlib calls the audience."""
        now = self._clock()
        claims = {
            "iss": auth.client_id,
            "sub": auth.client_id,
            "aud": token_endpoint,
            "jti": secrets.token_urlsafe(24),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        return tokens.sign(claims, self._key)


class Received:
    """An answer, as Authlib reads one: of the answer to a code, what we use.

    How long a token lives is left out: that is counted with a clock that is not ours.
    """

    def __init__(self, answer: Answer, host: str) -> None:
        self.answer = answer
        self.status_code = answer.status
        self._host = host

    def json(self) -> dict[str, Any]:
        """The tokens, or the error; that is what HTTP 400 is, whatever it holds."""
        if self.status_code not in (200, 400):
            self.raise_for_status()
        found = self.whole()
        if self.status_code == 400 or "error" in found:
            return {"error": self.error}
        return {name: found[name] for name in ("access_token", "token_type", "id_token") if name in found}

    def whole(self) -> dict[str, Any]:
        """All that it says, in one meaning (O4). What is no JSON comes of a provider in trouble, and forges nothing."""
        try:
            return read_object(self.answer.content, "the answer of a provider")
        except MessageMalformed:
            self.raise_for_status()

    def text(self) -> str:
        """What stands in place of JSON: a token, whose reader refuses what is none."""
        return self.answer.content.decode("ascii", "replace").strip()

    def raise_for_status(self) -> NoReturn:
        """The provider does not answer as it should."""
        why = f"{self._host} answered HTTP {self.status_code}: {self.error}"
        raise PartyUnavailable(why, is_down=self.answer.is_down)

    @property
    def error(self) -> str:
        """The provider's code for what is wrong; never its description, which may hold anything."""
        try:
            error = read_object(self.answer.content, "an error").get("error")
        except MessageMalformed:
            error = None
        told = isinstance(error, str) and error.isascii() and error.isprintable()
        return str(error)[:_LONGEST_ERROR] if told else "no error code"


class Session:
    """What Authlib sends with."""

    def __init__(self, http: HttpClient, offload: Offload) -> None:
        self._http = http
        self._offload = offload

    async def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> Received:
        """The form with our assertion in it; signing leaves the event loop."""
        signed = await self._offload(auth.prepare, "POST", url, dict(headers), urlencode(data))
        return await self.send("POST", *signed)

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: str = "") -> Received:
        """Whatever is answered."""
        answer = await self._http.send(
            method,
            url,
            content=body.encode(),
            headers=headers,
            deadline_seconds=DEADLINE_SECONDS,
            max_bytes=MAX_BYTES,
        )
        return Received(answer, urlsplit(url).hostname or "")


class Speaker(OAuth2Client):
    """Authlib's client for one exchange: it keeps the token that it was given, so nobody else may use it."""

    async def parse_response_token(self, resp: Any) -> Any:
        """The token of what `Session.post` is about to receive."""
        return super().parse_response_token(await resp)
