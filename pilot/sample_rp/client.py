"""The client: a pushed request, the code that comes back, and the ID token behind it."""

import base64
import hashlib
import json
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from pilot.loopback import LoopbackTransport, NetworkAway
from pilot.sample_dv.fetching import away, distrusted, new_code
from pilot.sample_dv.received import Answer, Refused
from pilot.sample_dv.settings import SampleDvSettings, SampleService
from pilot.sample_rp.answers import Expected, judge
from pilot.sample_rp.tokens import ClientKeys, NotBelieved, open_token, sign, verify
from runtime.offload import Offload

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEADLINE_SECONDS: Final = 20.0
MOST_AWAITED: Final = 10_000
REPRESENTED: Final = '{"id_token":{"represents":{"essential":true}}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """One client: its name, its issuer, where its answers come, and the files of its keys."""

    client_id: str
    issuer: str
    callback: str
    signing: Path
    encryption: Path
    authority: Path


@dataclass(frozen=True, slots=True)
class _Asked:
    service: SampleService
    for_other: bool
    nonce: str
    verifier: str = field(repr=False)


class RelyingParty:
    """The client of one sample DV; `clock` is the network's."""

    def __init__(self, settings: ClientSettings, offload: Offload, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._offload = offload
        self._clock = clock
        self._keys = ClientKeys.from_files(settings.signing, settings.encryption)
        self._asked: dict[str, _Asked] = {}
        self._access: dict[str, str] = {}
        tls = ssl.create_default_context(cafile=str(settings.authority))
        self._http = httpx.AsyncClient(
            transport=LoopbackTransport(tls), timeout=DEADLINE_SECONDS, follow_redirects=False, trust_env=False
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def ask(self, service: SampleService, state: str, *, for_other: bool) -> str:
        """Where the browser goes: a request of ours that was pushed just now. Raises `NoRequest`."""
        document = await self._document("/.well-known/openid-configuration")
        if document.get("issuer") != self._settings.issuer:
            raise NoRequest("another issuer")
        while len(self._asked) >= MOST_AWAITED:
            oldest = next(iter(self._asked))
            del self._asked[oldest]
            self._access.pop(oldest, None)
        asked = _Asked(service, for_other, secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        self._asked[state] = asked
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        fields = {
            "client_id": self._settings.client_id,
            "response_type": "code",
            "redirect_uri": self._settings.callback,
            "scope": f"openid urn:uuid:{service.uuid}",
            "state": state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if for_other:
            fields["claims"] = REPRESENTED
        status, told = await self._post(document["pushed_authorization_request_endpoint"], fields, None)
        if status != 201:
            raise NoRequest(f"HTTP {status}, {told.get('error')}")
        query = {"client_id": self._settings.client_id, "request_uri": told["request_uri"]}
        return f"{document['authorization_endpoint']}?{urlencode(query)}"

    async def redeem(self, given: Mapping[str, str], traceparent: str | None) -> Answer:
        """What the browser brought back, judged: `iss` first (SEC-04), then the code's tokens."""
        asked = self._asked.get(given.get("state", ""))
        if asked is None:
            return distrusted("state", "een login van deze browser", "onbekend", "OIDC-06")
        if given.get("iss") != self._settings.issuer:
            return distrusted("iss", self._settings.issuer, "een ander", "SEC-04")
        if "error" in given:
            return refused(given, "authorize")
        try:
            document = await self._document("/.well-known/openid-configuration")
            fields = {
                "grant_type": "authorization_code",
                "code": given.get("code", ""),
                "redirect_uri": self._settings.callback,
                "code_verifier": asked.verifier,
            }
            status, told = await self._post(document["token_endpoint"], fields, traceparent)
            if status != 200:
                return refused(told, "token")
            self._access[given["state"]] = str(told.get("access_token"))
            jwks = await self._get(document["jwks_uri"])
            claims = await self._offload(self._read, str(told.get("id_token")), jwks)
        except (NoRequest, KeyError) as error:
            return away(error)
        except NotBelieved as error:
            return distrusted("id_token", "een token van de gateway, voor ons", str(error), "OIDC-38")
        expected = Expected(
            self._settings.issuer,
            self._settings.client_id,
            asked.nonce,
            asked.service,
            asked.for_other,
            self._clock(),
            new_code(),
        )
        return judge(claims, expected)

    async def userinfo(self, state: str, traceparent: str | None) -> dict[str, Any]:
        """What the gateway tells at its userinfo endpoint of the login of this `state`: claims, or an error."""
        document = await self._document("/.well-known/openid-configuration")
        headers = {"Authorization": f"Bearer {self._access.get(state, '')}"}
        headers |= {} if traceparent is None else {"traceparent": traceparent}
        answer = await self._http.get(document["userinfo_endpoint"], headers=headers)
        if answer.status_code != 200:
            return {**json.loads(answer.content), "http": answer.status_code}
        return await self._offload(self._read, answer.text, await self._get(document["jwks_uri"]))

    def _read(self, token: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
        return verify(open_token(token, self._keys), jwks)

    def _assertion(self) -> str:
        now, name = int(self._clock().timestamp()), self._settings.client_id
        claims = {"iss": name, "sub": name, "aud": self._settings.issuer, "iat": now, "exp": now + 60}
        return sign({**claims, "jti": secrets.token_urlsafe(24)}, self._keys)

    async def _document(self, path: str) -> dict[str, Any]:
        return await self._get(self._settings.issuer + path)

    async def _get(self, url: str) -> dict[str, Any]:
        return (await self._send("GET", url))[1]

    async def _post(self, url: str, fields: Mapping[str, str], traceparent: str | None) -> tuple[int, dict[str, Any]]:
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": await self._offload(self._assertion)}
        return await self._send("POST", url, {**fields, **proof}, traceparent)

    async def _send(
        self, method: str, url: str, fields: Mapping[str, str] | None = None, traceparent: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {} if traceparent is None else {"traceparent": traceparent}
        try:
            answer = await self._http.request(method, url, data=fields, headers=headers)
            told = json.loads(answer.content)
        except (NetworkAway, httpx.HTTPError, ValueError) as error:
            raise NoRequest(type(error).__name__) from error
        if not isinstance(told, dict):
            raise NoRequest("no object")
        return answer.status_code, told


def client_of(settings: SampleDvSettings, offload: Offload, clock: Callable[[], datetime]) -> RelyingParty | None:
    """The client of a DV that is connected over OpenID Connect too. Its keys stay while those for SAML roll over."""
    if settings.issuer is None:
        return None
    own = ClientSettings(
        client_id=settings.name,
        issuer=settings.issuer,
        callback=settings.callback_url,
        signing=settings.keys.signing,
        encryption=settings.keys.encryption,
        authority=settings.keys.authority,
    )
    return RelyingParty(own, offload, clock)


class NoRequest(Exception):
    """The gateway did not take our request, or did not answer."""


def refused(told: Mapping[str, Any], where: str) -> Refused:
    """An error of OAuth, and where it was told."""
    return Refused(
        "",
        None,
        str(told.get("error_description", "")) or None,
        str(told.get("code") or new_code()),
        error=str(told.get("error")),
        where=where,
    )
