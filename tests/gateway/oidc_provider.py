"""An OpenID Connect provider in the test's own hands: it can lie. One that nobody here wrote is in `tests/clients`."""

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwe, jws
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from exchange.ask import Posted
from stelsel.jose.keys import PrivateJwk, read_private
from tests.conftest import SettableClock
from tests.pilot.serving import listening, port_of, serve
from tests.stelsel.saml.factories import a_key

CLIENT = "namens"
BSN = "999990019"


@cache
def a_jwk(owner: str) -> PrivateJwk:
    """The key of `owner`."""
    return read_private(a_pem(owner))


def a_pem(owner: str) -> bytes:
    """The same key as a file has it."""
    return a_key(owner).private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class Provider:
    """What it publishes, and what it answers once a browser comes back with a code that it gave."""

    issuer: str
    clock: SettableClock
    client_id: str = CLIENT
    document: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    pushed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    exchanged: list[Mapping[str, str]] = field(default_factory=list)
    about: Any = field(default_factory=dict)
    answer: Any = None
    status: int = 200
    is_away: bool = False
    asked: list[str] = field(default_factory=list)
    moved: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = [self.key.public]
        self.document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "pushed_authorization_request_endpoint": f"{self.issuer}/par",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["PS256", "ES256"],
            "id_token_signing_alg_values_supported": ["PS256", "RS256"],
            "id_token_encryption_alg_values_supported": ["RSA-OAEP", "RSA-OAEP-256"],
            "id_token_encryption_enc_values_supported": ["A128CBC-HS256", "A256GCM"],
            "userinfo_signing_alg_values_supported": ["PS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    @property
    def key(self) -> PrivateJwk:
        """What it signs with."""
        return a_jwk(f"provider {self.issuer}")

    def request_in(self, form: Posted) -> Mapping[str, str]:
        """What was pushed for the address that the browser is sent to."""
        (name,) = parse_qs(urlsplit(form.action).query)["request_uri"]
        return self.pushed[name]

    def signer_of(self, form: Posted) -> str:
        """The name of the key that the request was pushed with."""
        return str(jws.extract_compact(self.request_in(form)["client_assertion"].encode()).headers()["kid"])

    def claims(self, form: Posted, **changes: Any) -> dict[str, Any]:
        """An ID token in order about the person who logged in there now; a change to None leaves a claim out."""
        request, now = self.request_in(form), int(self.clock().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "somebody",
            "nonce": request["nonce"],
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "acr": "urn:acr:hoog",
            "bsn": BSN,
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def signed(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """A token of its own, with this header beside `alg` and `kid`."""
        names = {"alg": "PS256", "kid": self.key.kid, **(header or {})}
        return written(json.dumps(claims).encode(), names, self.key.key)

    def gives(self, id_token: object, **more: Any) -> None:
        """What the next code stands for."""
        self.status, self.answer = 200, {"id_token": id_token, "access_token": "at", "token_type": "Bearer", **more}

    def query(self, form: Posted, **changes: str | None) -> str:
        """What the browser comes back with: a code, unless changed; a change to None leaves a parameter out."""
        values = {"code": secrets.token_hex(8), "state": self.request_in(form)["state"], "iss": self.issuer} | changes
        return urlencode({name: value for name, value in values.items() if value is not None})

    def routes(self) -> list[Route]:
        """Its doors; a path that `moved` sends on."""

        def on(path: str, door: Callable[[Request], Awaitable[Response]], method: str = "GET") -> Route:
            async def answer(request: Request) -> Response:
                if path in self.moved:
                    return RedirectResponse(self.moved[path])
                return await door(request)

            return Route(path, answer, methods=[method])

        async def known(request: Request) -> Response:
            self.asked.append(request.url.path)
            return JSONResponse(self.document, 503 if self.is_away else 200)

        async def jwks(request: Request) -> Response:
            self.asked.append(request.url.path)
            return JSONResponse({"keys": self.keys}, 503 if self.is_away else 200)

        async def par(request: Request) -> Response:
            if self.is_away:
                return JSONResponse({"error": "server_error"}, 503)
            name = f"urn:ietf:params:oauth:request_uri:{secrets.token_hex(16)}"
            self.pushed[name] = dict(parse_qsl((await request.body()).decode()))
            return JSONResponse({"request_uri": name, "expires_in": 60}, 201)

        async def token(request: Request) -> Response:
            self.exchanged.append(dict(parse_qsl((await request.body()).decode())))
            if isinstance(self.answer, bytes):
                return Response(self.answer, self.status)
            return JSONResponse(self.answer, self.status)

        async def userinfo(request: Request) -> Response:
            if isinstance(self.about, str):
                return Response(self.about, media_type="application/jwt")
            return JSONResponse(self.about if request.headers.get("authorization") == "Bearer at" else {})

        return [
            on("/.well-known/openid-configuration", known),
            on("/jwks", jwks),
            on("/par", par, "POST"),
            on("/token", token, "POST"),
            on("/userinfo", userinfo),
        ]


def written(payload: bytes, header: Mapping[str, Any], key: Any) -> str:
    """A token as anybody can write one: no check on what its header says."""
    registry = jws.JWSRegistry(algorithms=[str(header["alg"])], strict_check_header=False)
    return jws.serialize_compact(dict(header), payload, key, registry=registry)


def of_another_key(claims: Mapping[str, Any], kid: str) -> str:
    """Signed with a key that nobody listed, under the name of one that is."""
    return written(json.dumps(claims).encode(), {"alg": "PS256", "kid": kid}, RSAKey.import_key(a_pem("nobody's")))


def sealed(inside: str, key: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
    """Encrypted for the key that is listed so, by anybody who can read a list; a change to None leaves a name out."""
    names = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key["kid"], "cty": "JWT"} | dict(header or {})
    names = {name: value for name, value in names.items() if value is not None}
    registry = jwe.JWERegistry(
        algorithms=[names["alg"], names["enc"], *(["DEF"] if "zip" in names else [])], strict_check_header=False
    )
    return jwe.encrypt_compact(names, inside.encode(), RSAKey.import_key(dict(key)), registry=registry)


@asynccontextmanager
async def a_provider(clock: SettableClock) -> AsyncIterator[Provider]:
    """One that is served on loopback."""
    waiting = listening()
    provider = Provider(f"http://127.0.0.1:{port_of(waiting)}", clock)
    async with serve(Starlette(routes=provider.routes()), waiting):
        yield provider
