"""What is kept between a client's requests: pushed requests, requests under way, codes and access tokens.

Each is sealed in the store under a name that nobody can guess, taken once where it counts once, and bound to its
client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from gateway.interfaces.oidc.authorization import AUTHORIZATION, Authorization
from gateway.interfaces.oidc.refused import GrantRefused, RequestUriRefused, TokenRefused
from gateway.interfaces.oidc.terms import OidcTerms
from gateway.login import LOGIN_LIFE, STORED, SealedIdentity
from gateway.stored import Stored, Unreadable
from runtime.store import ShortLived
from stelsel.failures import LoginExpired
from stelsel.identifiers import EntityId

REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a code stands for: a login that can be declared, to one client. `bvd_artifact` is unresolved still."""

    authorization: Authorization
    dv: EntityId
    requester: EntityId
    means: str
    identity: SealedIdentity
    bvd_artifact: str | None = None
    bvd_request: str | None = None

    __pydantic_config__ = STORED


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token stands for: `claims` are all that userinfo may tell, of who logged in and of nobody else."""

    client_id: str
    code: str
    claims: Mapping[str, Any]
    until: datetime

    __pydantic_config__ = STORED


T = TypeVar("T")

_GRANTED: Final = Stored(Granted)
_GRANT: Final = Stored(Grant)


class Kept:
    """The store as this interface uses it. Every call may raise `StoreUnavailable`."""

    def __init__(self, store: ShortLived, terms: OidcTerms) -> None:
        self._store = store
        self._terms = terms

    async def push(self, request: Authorization) -> str:
        """The `request_uri` of a pushed request, for a minute (FAPI-02)."""
        handle = await self._store.new_handle()
        await self._store.put(f"oidc:pushed:{handle}", AUTHORIZATION.dump(request), self._terms.pushed_seconds)
        return REQUEST_URI + handle

    async def take_pushed(self, request_uri: str, client_id: str) -> Authorization:
        """The pushed request, once, for the client that pushed it. Raises `RequestUriRefused`."""
        key = f"oidc:pushed:{request_uri.removeprefix(REQUEST_URI)}"
        kept = await self._store.get(key) if request_uri.startswith(REQUEST_URI) else None
        request = _loaded(AUTHORIZATION, kept)
        if request is None or request.client_id != client_id:
            raise RequestUriRefused(
                "no pushed request of this client", expected="one of the last minute", found="none that waits"
            )
        if await self._store.take(key) is None:  # two at once: one gets it
            raise RequestUriRefused("taken at the same moment", expected="one use", found="two")
        return request

    async def begin(self, request: Authorization) -> str:
        """The name under which a request waits for its login to end."""
        handle = await self._store.new_handle()
        await self._store.put(f"oidc:request:{handle}", AUTHORIZATION.dump(request), int(LOGIN_LIFE.total_seconds()))
        return handle

    async def take_request(self, handle: str) -> Authorization:
        """The request of a login that ends. Raises `LoginExpired`."""
        request = _loaded(AUTHORIZATION, await self._store.take(f"oidc:request:{handle}"))
        if request is None:
            raise LoginExpired("the request that this login answers is gone")
        return request

    async def issue(self, granted: Granted) -> str:
        """A code for what was granted (OAU-08); that it was issued is known for as long as its tokens live."""
        code = await self._store.new_handle()
        owner = granted.authorization.client_id.encode()
        life = self._terms.code_seconds + self._terms.token_seconds
        await self._store.put(f"oidc:issued:{code}", owner, life)
        await self._store.put(f"oidc:code:{code}", _GRANTED.dump(granted), self._terms.code_seconds)
        return code

    async def take(self, code: str, client_id: str) -> Granted:
        """What `code` stands for, which is then gone, whatever is wrong with the rest of the request (O8).

        Raises `GrantRefused`. Another client's code is left for its owner; a code that its owner shows once more takes
        back the tokens that it gave (RFC 6749 4.1.2).
        """
        owner = await self._store.get(f"oidc:issued:{code}")
        if owner is None or owner.decode() != client_id:
            raise GrantRefused(
                "no code of this client",
                expected="one of the last minute, of this client",
                found="none that waits" if owner is None else "one of another client",
            )
        granted = _loaded(_GRANTED, await self._store.take(f"oidc:code:{code}"))
        if granted is None:
            await self._store.put(f"oidc:revoked:{code}", b"1", self._terms.token_seconds)
            raise GrantRefused(
                "a code that was used, or is over", clause="FAPI-03", expected="one use", found="another"
            )
        return granted

    async def keep_token(self, token_id: str, grant: Grant) -> None:
        """What an access token may be used for."""
        await self._store.put(f"oidc:token:{token_id}", _GRANT.dump(grant), self._terms.token_seconds)

    async def token(self, token_id: str, at: datetime) -> Grant:
        """What an access token stands for. Raises `TokenRefused` for one that is over, or was taken back."""
        grant = _loaded(_GRANT, await self._store.get(f"oidc:token:{token_id}"))
        if grant is None or at >= grant.until:
            raise TokenRefused("an access token that is over", expected="one of the last minutes", found="none")
        if await self._store.get(f"oidc:revoked:{grant.code}") is not None:
            raise TokenRefused("its code was used twice", clause="FAPI-03", expected="one use", found="two")
        return grant


def _loaded(kind: Stored[T], kept: bytes | None) -> T | None:
    """None for what is not there, and for what another release kept."""
    if kept is None:
        return None
    try:
        return kind.load(kept)
    except Unreadable:
        return None
