"""A client of the gateway in one process: its keys, its requests, and what it reads of the tokens it gets.

It makes and reads tokens with `cryptography` alone, so that no reader of ours judges what a writer of ours wrote.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from catalog.clients import Client, Policy
from catalog.services import Entries
from gateway.interfaces.oidc.authentication import ASSERTION_TYPE
from gateway.interfaces.oidc.refused import told
from gateway.interfaces.oidc.terms import AUTHORIZE, PUSH, TOKEN, USERINFO
from stelsel.failures import Failure
from stelsel.saml.response import Status
from tests.catalog.factories import a_provider
from tests.gateway.factories import ISSUER, OF_AD, OF_BVD, House, hold
from tests.stelsel.saml.factories import DV, SERVICE

CLIENT_ID = "balie"
CALLBACK = "https://dv.test/oidc/callback"
VERIFIER = "v" * 43
SCOPE = f"openid urn:uuid:{SERVICE.value}"
PS256 = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@cache
def key(name: str) -> RSAPrivateKey:
    """The client's key of that name, made once per process."""
    return generate_private_key(65537, 2048)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwk(name: str, use: str) -> dict[str, str]:
    numbers = key(name).public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": name,
        "use": use,
        "n": b64(numbers.n.to_bytes(256)),
        "e": b64(numbers.e.to_bytes(3)),
    }


def key_set() -> str:
    return json.dumps({"keys": [jwk("c-1", "sig"), jwk("c-enc", "enc")]})


def a_client(**changes: Any) -> Client:
    """A client of the DV as NL GOV has it."""
    values: dict[str, Any] = {"client_id": CLIENT_ID, "dv": DV, "redirect_uris": (CALLBACK,), "key_set": key_set()}
    return Client(**values | changes)


def signed(claims: Mapping[str, Any], header: Mapping[str, Any] | None = None, name: str = "c-1") -> str:
    """A token of the client's."""
    shown = {"alg": "PS256", "kid": name, "typ": "JWT"} if header is None else header
    text = f"{b64(json.dumps(shown).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(key(name).sign(text.encode(), PS256, hashes.SHA256()))}"


def verified(token: str, keys: Mapping[str, RSAPublicKey]) -> dict[str, Any]:
    """The claims of a token that one of `keys` signed with PS256."""
    head, body, signature = token.split(".")
    header = json.loads(unb64(head))
    assert header["alg"] == "PS256", header
    keys[header["kid"]].verify(unb64(signature), f"{head}.{body}".encode(), PS256, hashes.SHA256())
    claims: dict[str, Any] = json.loads(unb64(body))
    return claims


def decrypted(token: str, name: str = "c-enc") -> str:
    """What stands inside a JWE for the client."""
    head, wrapped, iv, text, tag = token.split(".")
    header = json.loads(unb64(head))
    assert (header["alg"], header["enc"], header["cty"]) == ("RSA-OAEP-256", "A256GCM", "JWT"), header
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    content = key(name).decrypt(unb64(wrapped), oaep)
    return AESGCM(content).decrypt(unb64(iv), unb64(text) + unb64(tag), head.encode()).decode()


class Rp:
    """The client at a house. `http` is its way to the gateway's endpoints."""

    def __init__(self, house: House) -> None:
        self.house = house
        app = Starlette(routes=house.oidc.front_routes(house.flow.begin), exception_handlers={Failure: _as_a_page})
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER)

    async def joins(self, client: Client | None = None) -> None:
        """Puts the DV, over both interfaces, and its client into the catalogue; the gateway holds a key for the DV."""
        oin = DV.oin
        assert oin is not None
        provider = a_provider(entity_id=DV, oin=oin)
        await self.house.catalog.store(Entries((provider,), (), clients=(client or a_client(),)))
        hold(self.house.held, DV)

    def now(self) -> int:
        return int(self.house.party.clock().timestamp())

    def assertion(self, **changes: Any) -> str:
        """A fresh client assertion."""
        claims = {
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "aud": ISSUER,
            "iat": self.now(),
            "exp": self.now() + 60,
            "jti": secrets.token_urlsafe(16),
        }
        return signed({name: value for name, value in (claims | changes).items() if value is not None})

    def proof(self, **changes: Any) -> dict[str, str]:
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(**changes)}

    def asks(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        values: dict[str, str | None] = {
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": SCOPE,
            "state": "s" * 22,
            "nonce": "n" * 22,
            "code_challenge": b64(hashlib.sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (values | changes).items() if value is not None}

    async def authorize(self, **changes: str | None) -> httpx.Response:
        return await self.http.get(f"{AUTHORIZE}?{urlencode(self.asks(**changes))}")

    async def begin(self, **changes: str | None) -> str:
        """Where the browser goes that brings an authorization request."""
        response = await self.authorize(**changes)
        assert response.status_code == 303, response.text
        return response.headers["location"]

    async def push(self, proof: Mapping[str, str | None] | None = None, **changes: str | None) -> httpx.Response:
        shown = self.proof() if proof is None else proof
        fields = self.asks(**changes) | {name: value for name, value in shown.items() if value is not None}
        return await self.http.post(PUSH, data=fields)

    async def returned(
        self, *, represent: bool = False, bvd: Status | None = None, **changes: str | None
    ) -> dict[str, str]:
        """What the browser brings back of a login at the AD, and the BVD where somebody is represented.

        `bvd`: what the BVD answers once its artifact is resolved, if not a declaration.
        """
        house = self.house
        url = await self.begin(**changes)
        if not url.startswith("/login/"):
            return answered(url)
        url = await house.flow.choose(await house.login(url), "other" if represent else "self")
        request = await house.passed_on(url)
        house.ad_says(request)
        url = await house.arrive(await house.login(url), OF_AD)
        if represent:
            asked = await house.passed_on(url)
            house.bvd_says(asked, bvd)
            url = await house.represent(await house.login(url), OF_BVD)
        return answered(url)

    async def redeem(
        self, code: str, proof: Mapping[str, str | None] | None = None, **changes: str | None
    ) -> httpx.Response:
        values: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **(self.proof() if proof is None else proof),
        }
        return await self.http.post(TOKEN, data={name: value for name, value in (values | changes).items() if value})

    async def userinfo(self, access: str) -> httpx.Response:
        return await self.http.get(USERINFO, headers={"Authorization": f"Bearer {access}"})

    async def keys(self) -> dict[str, RSAPublicKey]:
        """The issuer's keys as it publishes them."""
        listed = (await self.http.get("/oidc/jwks")).json()["keys"]
        return {each["kid"]: _public(each) for each in listed}

    async def id_token(self, response: httpx.Response) -> dict[str, Any]:
        """The claims of an encrypted ID token."""
        assert response.status_code == 200, response.text
        return verified(decrypted(response.json()["id_token"]), await self.keys())


def answered(url: str) -> dict[str, str]:
    """The parameters at the client's own address."""
    assert url.startswith(f"{CALLBACK}?"), url
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def secret_client(**changes: Any) -> Client:
    """A client of policy `compat`, whose secret is `geheim`."""
    values: dict[str, Any] = {
        "policy": Policy.COMPAT,
        "key_set": "",
        "encrypted": False,
        "secret_digest": hashlib.sha256(b"geheim").hexdigest(),
        "default_service": SERVICE,
    }
    return a_client(**values | changes)


def _public(row: Mapping[str, str]) -> RSAPublicKey:
    return RSAPublicNumbers(int.from_bytes(unb64(row["e"])), int.from_bytes(unb64(row["n"]))).public_key()


async def _as_a_page(_: Request, failure: Exception) -> Response:
    """The application's page, in short."""
    assert isinstance(failure, Failure)
    return JSONResponse({"page": type(failure).__name__, "error": told(failure)[0]}, 400)
