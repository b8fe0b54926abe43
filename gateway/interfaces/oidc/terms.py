"""What the OpenID Connect interface is told: its issuer, its addresses, and how long what it gives lives."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from runtime.http import HttpClient
from stelsel.identifiers import EntityId

AUTHORIZE: Final = "/oidc/authorize"
PUSH: Final = "/oidc/par"
TOKEN: Final = "/oidc/token"  # noqa: S105 - an address
USERINFO: Final = "/oidc/userinfo"
KEYS: Final = "/oidc/jwks"
DISCOVERY: Final = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")  # OIDC-53


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcTerms:
    """`issuer` is the gateway's public URL. `subject_key` makes the pairwise `sub`: who has it can tell whose it is.

    `authorities` are the ADs of each means, for `login_hint`; `loopback` lets clients be on this machine over http.
    `web` fetches the keys that clients publish, in `rounds`. A code lives 60 seconds at most (FAPI-03), a pushed
    request too, an ID token and an access token 5 minutes (OIDC-27, OAU-22).
    """

    issuer: str
    subject_key: bytes = field(repr=False)
    authorities: Mapping[str, tuple[EntityId, ...]]
    web: HttpClient
    rounds: list[Callable[[], Awaitable[object]]]
    loopback: bool = False
    code_seconds: int = 60
    pushed_seconds: int = 60
    token_seconds: int = 300

    def at(self, path: str) -> str:
        """The address of one of our endpoints."""
        return self.issuer + path
