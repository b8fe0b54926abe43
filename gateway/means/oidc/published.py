"""What a provider publishes of itself, discovery and keys: fetched in the background, last good kept."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.oauth import DEADLINE_SECONDS
from runtime.http import HttpClient, is_loopback
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.failures import Failure, MessageRefused, PartyUnavailable, UnknownIssuer
from stelsel.jose.keys import PublicJwk, read_key_set
from stelsel.jose.objects import MAX_BYTES, read_object
from stelsel.jose.sealed import KEY_ALGORITHM

REFRESH: Final = timedelta(hours=1)
KEEP: Final = timedelta(hours=24)  # last good; after this nobody is sent there any more (as MD-GEN-03)
AGAIN: Final = timedelta(minutes=1)  # the keys are asked for a name that we do not know no more often than this
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_LOG: Final = logging.getLogger("namens.oidc")


@dataclass(frozen=True, slots=True)
class Published:
    """A provider that can do what we ask of it, as of `at`."""

    authorization: str
    pushed: str
    token: str
    userinfo: str
    key_set: str
    keys: tuple[PublicJwk, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A discovery document, and the provider that it must be of."""

    agreed: Agreed
    document: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A text in it; empty where there is none."""
        value = self.document.get(key)
        return value if isinstance(value, str) else ""

    def lists(self, key: str, value: str) -> bool:
        """Whether a list in it has this value."""
        listed = self.document.get(key)
        return isinstance(listed, list) and value in listed


Rule = Callable[[Wanted], bool]


def of_this_issuer(wanted: Wanted) -> bool:
    """Discovery 4.3: the issuer is exactly the one that was asked."""
    return wanted.text("issuer") == wanted.agreed.issuer.value


def answers_with_its_name(wanted: Wanted) -> bool:
    """RFC 9207 3: `iss` stands in every answer, so that providers cannot be mixed up (O11)."""
    return wanted.document.get("authorization_response_iss_parameter_supported") is True


def gives_codes(wanted: Wanted) -> bool:
    """The code flow."""
    return wanted.lists("response_types_supported", "code")


def binds_codes(wanted: Wanted) -> bool:
    """PKCE with S256 (O9)."""
    return wanted.lists("code_challenge_methods_supported", "S256")


def takes_our_signature(wanted: Wanted) -> bool:
    """private_key_jwt, with the algorithm of our key."""
    algorithms = wanted.document.get("token_endpoint_auth_signing_alg_values_supported")
    return wanted.lists("token_endpoint_auth_methods_supported", "private_key_jwt") and (
        algorithms is None or (isinstance(algorithms, list) and wanted.agreed.keys.signing.algorithm in algorithms)
    )


def signs_as_agreed(wanted: Wanted) -> bool:
    """The one algorithm of its ID tokens (O1, O2)."""
    return wanted.lists("id_token_signing_alg_values_supported", wanted.agreed.algorithm)


def encrypts_as_agreed(wanted: Wanted) -> bool:
    """Where its ID tokens are encrypted for us: RSA-OAEP-256 and the one algorithm that was agreed (O5)."""
    return not wanted.agreed.keys.opening or (
        wanted.lists("id_token_encryption_alg_values_supported", KEY_ALGORITHM)
        and wanted.lists("id_token_encryption_enc_values_supported", wanted.agreed.encryption)
    )


def signs_userinfo_as_agreed(wanted: Wanted) -> bool:
    """Where its userinfo is signed: as its ID tokens are."""
    return not wanted.agreed.userinfo_signed or wanted.lists(
        "userinfo_signing_alg_values_supported", wanted.agreed.algorithm
    )


def can_be_reached(wanted: Wanted) -> bool:
    """Every address that we use is https, or on this machine: there the way out decides (`runtime.http`)."""
    keys = ["authorization_endpoint", "pushed_authorization_request_endpoint", "token_endpoint", "jwks_uri"]
    if wanted.agreed.userinfo:
        keys.append("userinfo_endpoint")
    return all(_is_safe(wanted.text(key), wanted.agreed.issuer.value) for key in keys)


RULES: Final[tuple[Rule, ...]] = (
    of_this_issuer,
    answers_with_its_name,
    gives_codes,
    binds_codes,
    takes_our_signature,
    signs_as_agreed,
    encrypts_as_agreed,
    signs_userinfo_as_agreed,
    can_be_reached,
)


class Upstream:
    """One provider as it publishes itself."""

    def __init__(self, agreed: Agreed, http: HttpClient, offload: Offload, clock: Clock) -> None:
        self._agreed = agreed
        self._http = http
        self._offload = offload
        self._clock = clock
        self._good: Published | None = None
        self._keys_asked: datetime | None = None

    def at(self, moment: datetime) -> Published:
        """The last good that was published. Raises `UnknownIssuer` where there is none, or none of late."""
        if self._good is None or moment >= self._good.at + KEEP:
            raise UnknownIssuer(
                "nothing is known of the provider" if self._good is None else "what the provider published is too old",
                clause="MD-GEN-03",
                expected="a discovery document of the last 24 hours",
                found=self._agreed.issuer,
            )
        return self._good

    async def keep_up(self) -> None:
        """Fetches anew when it is time. What fails is logged, and the last good stays."""
        now = self._clock()
        if self._good is not None and now < self._good.at + REFRESH:
            return
        try:
            self._good = await self._fetch(now)
        except Failure as failure:
            _LOG.warning("a provider's document is not taken", extra=failure.facts())

    async def newer_keys(self, had: Published) -> Published:
        """The keys once more, for a token that names one which `had` has not; `had` itself when it is too soon to ask.

        Raises `PartyUnavailable`, or `MessageRefused` of some kind.
        """
        now = self._clock()
        if self._keys_asked is not None and now < self._keys_asked + AGAIN:
            return self._good or had
        self._keys_asked = now
        self._good = replace(had, keys=await self._read_keys(had.key_set))
        return self._good

    async def _fetch(self, now: datetime) -> Published:
        document = read_object(
            await self._get(self._agreed.issuer.value.rstrip("/") + _WELL_KNOWN), "a discovery document"
        )
        wanted = Wanted(self._agreed, document)
        broken = next((rule for rule in RULES if not rule(wanted)), None)
        if broken is not None:
            raise MessageRefused(
                f"the provider's document breaks the rule {broken.__name__}",
                clause="O11",
                expected=(broken.__doc__ or "").strip(),
                found=self._agreed.issuer,
            )
        return Published(
            authorization=wanted.text("authorization_endpoint"),
            pushed=wanted.text("pushed_authorization_request_endpoint"),
            token=wanted.text("token_endpoint"),
            userinfo=wanted.text("userinfo_endpoint"),
            key_set=wanted.text("jwks_uri"),
            keys=await self._read_keys(wanted.text("jwks_uri")),
            at=now,
        )

    async def _read_keys(self, url: str) -> tuple[PublicJwk, ...]:
        return await self._offload(read_key_set, await self._get(url))

    async def _get(self, url: str) -> bytes:
        answer = await self._http.send(
            "GET", url, headers={"Accept": "application/json"}, deadline_seconds=DEADLINE_SECONDS, max_bytes=MAX_BYTES
        )
        if answer.status != 200:
            raise PartyUnavailable(f"{urlsplit(url).hostname} answered HTTP {answer.status}")
        return answer.content


def _is_safe(url: str, issuer: str) -> bool:
    """https; or http on this machine, for a provider that is itself there."""
    parts = urlsplit(url)
    if parts.fragment or not parts.hostname or parts.username is not None:
        return False
    here = urlsplit(issuer)
    return parts.scheme == "https" or (
        parts.scheme == here.scheme == "http" and is_loopback(parts.hostname) and is_loopback(here.hostname or "")
    )
