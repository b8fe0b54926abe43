"""How a DV is connected over OpenID Connect: its clients, each with the policy that its requests and tokens follow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlsplit

from catalog.inconsistent import Inconsistent
from stelsel.identifiers import EntityId, ServiceUuid

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._~:-]{1,255}")
_NUMBER: Final = re.compile(r"[0-9]+")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_URL: Final = 2048
ALGORITHMS: Final = ("PS256", "ES256", "RS256")
WEAKER: Final = "RS256"  # PKCS #1 v1.5: in the NL GOV profile, out of FAPI 2.0


class Policy(StrEnum):
    """Which profile a client is held to; where two profiles contradict each other this decides (docs/divergences.md).

    `nlgov` is the NL GOV profile, `fapi2` that and FAPI 2.0 where it is stricter. `compat` is for software that knows
    a secret only and reads flat claims: off by default, and told when the gateway starts.
    """

    NLGOV = "nlgov"
    FAPI2 = "fapi2"
    COMPAT = "compat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client of a DV (Considerations 7.2: one `client_id` each). The defaults are those of NL GOV.

    `key_set` is its JWK Set as text, or `key_set_url` where it publishes one: never both (OIDC-61). `signing` is the
    one algorithm of what it signs, `signed_with` that of what we sign for it. `identifiers`: it is told the BSN or
    another number, and not the pairwise `sub` alone; outside `compat` its tokens are then `encrypted`. `services`
    None: all of the DV's. `default_service` is asked for where the scope names none. `represents`: it reads who is
    represented; for one that does not, nobody ever is. `secret_digest` is the SHA-256 of its secret, of at least 128
    random bits. Raises `Inconsistent`.
    """

    client_id: str
    dv: EntityId
    redirect_uris: tuple[str, ...]
    policy: Policy = Policy.NLGOV
    key_set: str = field(default="", repr=False)
    key_set_url: str = ""
    secret_digest: str = field(default="", repr=False)
    signing: str = "PS256"
    signed_with: str = "PS256"
    encrypted: bool = True
    identifiers: bool = True
    services: frozenset[ServiceUuid] | None = None
    default_service: ServiceUuid | None = None
    represents: bool = True

    def __post_init__(self) -> None:
        if not _CLIENT_ID.fullmatch(self.client_id) or _NUMBER.fullmatch(self.client_id):
            raise Inconsistent("name", "is no client_id: letters, digits and . _ ~ : - and no number of somebody")
        if not self.redirect_uris:
            raise Inconsistent("redirect_uris", "is empty: no answer could be given")
        for uri in self.redirect_uris:
            _check_redirect(uri)
        for name, value in (("signing", self.signing), ("signed_with", self.signed_with)):
            if value not in ALGORITHMS:
                raise Inconsistent(name, f"is none of {', '.join(ALGORITHMS)}")
            if self.policy is Policy.FAPI2 and value == WEAKER:
                raise Inconsistent(name, f"is {WEAKER}, which FAPI 2.0 refuses")
        if self.signed_with == "ES256":
            raise Inconsistent("signed_with", "is ES256, and our signature keys are RSA")
        self._check_keys()
        if self.services is not None and not self.services:
            raise Inconsistent("services", "is empty: it could ask for nothing")
        if self.default_service is not None and not self.may_ask(self.default_service):
            raise Inconsistent("default_service", "is not one of services")

    def _check_keys(self) -> None:
        if self.key_set and self.key_set_url:
            raise Inconsistent("jwks_uri", "is given, and jwks too: never both (OIDC-61)")
        if self.key_set_url and urlsplit(self.key_set_url).scheme not in ("https", "http"):
            raise Inconsistent("jwks_uri", "is no https address")
        has_keys = bool(self.key_set or self.key_set_url)
        if self.secret_digest and self.policy is not Policy.COMPAT:
            raise Inconsistent("secret_digest", f"is for policy {Policy.COMPAT}: others prove who they are with a key")
        if self.secret_digest and not _DIGEST.fullmatch(self.secret_digest):
            raise Inconsistent("secret_digest", "is no SHA-256 in 64 hexadecimal digits")
        if not has_keys and not self.secret_digest:
            raise Inconsistent("jwks", "is missing, and jwks_uri too: nothing would prove who asks")
        if self.encrypted and not has_keys:
            raise Inconsistent("encrypted", "needs a key of the client")
        if self.identifiers and not self.encrypted and self.policy is not Policy.COMPAT:
            raise Inconsistent("identifiers", "needs encrypted tokens (OIDC-26): a BSN stands in them")

    def may_ask(self, service: ServiceUuid) -> bool:
        """Whether this client may ask for that service of its DV."""
        return self.services is None or service in self.services

    def as_json(self) -> dict[str, Any]:
        """As the catalogue keeps it, beside `client_id` and `dv`."""
        return {
            "redirect_uris": list(self.redirect_uris),
            "policy": self.policy.value,
            "key_set": self.key_set,
            "key_set_url": self.key_set_url,
            "secret_digest": self.secret_digest,
            "signing": self.signing,
            "signed_with": self.signed_with,
            "encrypted": self.encrypted,
            "identifiers": self.identifiers,
            "services": None if self.services is None else sorted(each.value for each in self.services),
            "default_service": self.default_service.value if self.default_service else None,
            "represents": self.represents,
        }

    @classmethod
    def from_json(cls, client_id: str, dv: EntityId, kept: Mapping[str, Any]) -> Self:
        """What `as_json` made; a term that came later has its default."""
        values = dict(kept)
        services, default_service = values.pop("services", None), values.pop("default_service", None)
        return cls(
            client_id=client_id,
            dv=dv,
            redirect_uris=tuple(values.pop("redirect_uris")),
            policy=Policy(values.pop("policy")),
            services=None if services is None else frozenset(map(ServiceUuid, services)),
            default_service=ServiceUuid(default_service) if default_service else None,
            **values,
        )


def is_loopback_url(url: str) -> bool:
    """Whether `url` is plain http on this machine: for a pilot, where the gateway is set to take it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "http" and (host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost"))


def _check_redirect(uri: str) -> None:
    """Absolute https, nothing in it that two readers may take differently (OIDC-05, O10)."""
    parts = urlsplit(uri)
    if parts.scheme != "https" and not is_loopback_url(uri):
        raise Inconsistent("redirect_uris", f"{uri} is no https address (OIDC-05)")
    if not parts.hostname or parts.username is not None or "#" in uri or "*" in uri or len(uri) > _LONGEST_URL:
        raise Inconsistent("redirect_uris", f"{uri[:200]} holds what a redirect address may not")
    if not uri.isascii() or not uri.isprintable() or "\\" in uri or " " in uri:
        raise Inconsistent("redirect_uris", "is no URI of ASCII characters")
