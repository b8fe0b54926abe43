"""The work account: an OpenID provider by Authlib's server parts, which shares no code with the client that it is for.

It takes pushed requests only, wants private_key_jwt and PKCE of its one client, and names itself in each answer. Who
logs in is anybody of the world with this means, as strongly as he has it at most.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.grants.util import generate_id_token
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from pilot.cast import Person
from pilot.places import WERKACCOUNT
from pilot.world import World
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.assurance import LevelOfAssurance

ALGORITHM: Final = "PS256"
CLIENT: Final = "namens"
LEVELS: Final[Mapping[str, LevelOfAssurance]] = {f"urn:namens:pilot:loa:{each.word}": each for each in LevelOfAssurance}
LIFE: Final = timedelta(minutes=5)
_PUSHED: Final = "urn:ietf:params:oauth:request_uri:"
_METHOD: Final = "client_assertion_jwt"


@dataclass(slots=True)
class Asked:
    """A pushed request, and how far its one user is."""

    id: str
    parameters: Mapping[str, str] = field(repr=False)
    browser: str | None = None
    search: str = ""
    no_level: bool = False
    leave_to: str = field(default="", repr=False)

    @property
    def lowest(self) -> LevelOfAssurance:
        """The least of what was asked."""
        asked = [LEVELS[acr] for acr in self.parameters.get("acr_values", "").split() if acr in LEVELS]
        return min(asked, default=LevelOfAssurance.MIDDEN)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code stands for, once."""

    asked: Asked
    person: Person
    level: LevelOfAssurance
    at: int


@dataclass(slots=True)
class Form:
    """A request as Authlib's client authentication reads it, and its client once that is known."""

    form: Mapping[str, str]
    client: object = None


class _Client:
    """The one there is."""

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == _METHOD


class _Assertions(JWTBearerClientAssertion):
    """private_key_jwt by the keys that the client lists now, by the clock of the world."""

    def __init__(self, issuer: str, keys: KeySet, now: int, seen: set[str]) -> None:
        super().__init__()
        self._issuer, self._keys, self._now, self._seen = issuer, keys, now, seen

    def get_audiences(self) -> list[str]:
        return [self._issuer]

    def resolve_client_public_key(self, client: object) -> KeySet:
        return self._keys

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict[str, Any]:
        try:
            claims = jwt.decode(assertion, resolve_key, algorithms=[ALGORITHM]).claims
            rules = jwt.JWTClaimsRegistry(
                self._now,
                60,
                iss={"essential": True, "value": CLIENT},
                sub={"essential": True, "value": CLIENT},
                aud={"essential": True, "value": self._issuer},
                exp={"essential": True},
                jti={"essential": True},
            )
            rules.validate(claims)
        except JoseError as error:
            raise InvalidClientError(description="no assertion of this client") from error
        if claims["jti"] in self._seen:
            raise InvalidClientError(description="an assertion twice")
        self._seen.add(claims["jti"])
        return claims


class OpenIdStub:
    """The provider; `callback` and `jwks_uri` are what its one client told it."""

    def __init__(
        self,
        issuer: str,
        pem: bytes,
        gateway: str,
        world: World,
        http: HttpClient,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self.issuer = issuer
        self._key = RSAKey.import_key(pem)
        self._callback = f"{gateway}/means/{WERKACCOUNT}/callback"
        self._jwks_uri = f"{gateway}/means/{WERKACCOUNT}/jwks"
        self._world = world
        self._http = http
        self._offload = offload
        self._clock = clock
        self._asked: dict[str, Asked] = {}
        self._granted: dict[str, Granted] = {}
        self._seen: set[str] = set()

    @property
    def document(self) -> dict[str, Any]:
        """Discovery."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "pushed_authorization_request_endpoint": f"{self.issuer}/par",
            "require_pushed_authorization_requests": True,
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "acr_values_supported": list(LEVELS),
            "authorization_response_iss_parameter_supported": True,
        }

    @property
    def key_set(self) -> dict[str, Any]:
        """Its public key."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._key.thumbprint(), "use": "sig", "alg": ALGORITHM}]}

    def people(self) -> list[tuple[Person, LevelOfAssurance]]:
        """Who has a work account, and how strong at most."""
        return [(each, each.means[WERKACCOUNT]) for each in self._world.persons if WERKACCOUNT in each.means]

    async def push(self, form: Mapping[str, str]) -> dict[str, Any]:
        """RFC 9126 2. Raises `OAuth2Error`."""
        await self._authenticate(form)
        wanted = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": self._callback,
            "code_challenge_method": "S256",
        }
        if any(form.get(name) != value for name, value in wanted.items()):
            raise InvalidRequestError(description="not as this client is registered")
        if not all(form.get(name) for name in ("state", "nonce", "code_challenge")):
            raise InvalidRequestError(description="state, nonce or code_challenge is missing")
        asked = Asked(secrets.token_urlsafe(24), dict(form))
        self._asked[asked.id] = asked
        return {"request_uri": _PUSHED + asked.id, "expires_in": int(LIFE.total_seconds())}

    def find(self, name: str) -> Asked | None:
        """The request of this name, or of this `request_uri`."""
        return self._asked.get(name.removeprefix(_PUSHED))

    def stop(self, asked: Asked, error: str) -> None:
        """Nobody logged in."""
        self._answer(asked, {"error": error})

    def log_in(self, asked: Asked, name: str, level: LevelOfAssurance) -> None:
        """Somebody did, if he has such an account; a level below what was asked is told as what it is."""
        found = next((each for each in self.people() if each[0].name == name), None)
        if found is None or level > found[1]:
            self._answer(asked, {"error": "access_denied"})
            return
        code = secrets.token_urlsafe(24)
        self._granted[code] = Granted(asked, found[0], level, int(self._clock().timestamp()))
        self._answer(asked, {"code": code})

    async def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """A code for its ID token, once. Raises `OAuth2Error`."""
        await self._authenticate(form)
        granted = self._granted.pop(form.get("code", ""), None)
        if (
            form.get("grant_type") != "authorization_code"
            or granted is None
            or form.get("redirect_uri") != self._callback
            or create_s256_code_challenge(form.get("code_verifier", "")) != granted.asked.parameters["code_challenge"]
        ):
            raise InvalidGrantError(description="no such code, or not by whom it was asked for")
        access = {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": 60}
        now = int(self._clock().timestamp())
        id_token = await self._offload(
            generate_id_token,
            access,
            {"sub": granted.person.name, "bsn": granted.person.bsn.value, "iat": now, "exp": now + 300},
            self._key,
            self.issuer,
            CLIENT,
            alg=ALGORITHM,
            nonce=granted.asked.parameters["nonce"],
            auth_time=granted.at,
            acr=next(acr for acr, level in LEVELS.items() if level is granted.level),
            kid=self._key.thumbprint(),
        )
        return {**access, "id_token": id_token}

    async def _authenticate(self, form: Mapping[str, str]) -> None:
        answer = await self._http.send("GET", self._jwks_uri, deadline_seconds=5.0, max_bytes=64 * 1024)
        await self._offload(self._check, answer.content, form)

    def _check(self, jwks: bytes, form: Mapping[str, str]) -> None:
        keys = KeySet.import_key_set(json.loads(jwks))
        assertions = _Assertions(self.issuer, keys, int(self._clock().timestamp()), self._seen)
        request = Form(form)
        if assertions(lambda client_id: _Client() if client_id == CLIENT else None, request) is None:
            raise InvalidClientError(description="no client assertion")

    def _answer(self, asked: Asked, told: Mapping[str, str]) -> None:
        del self._asked[asked.id]
        parameters = {**told, "state": asked.parameters["state"], "iss": self.issuer}
        asked.leave_to = add_params_to_uri(self._callback, list(parameters.items()))
