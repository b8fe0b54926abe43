"""The kind `oidc`: asks a provider who somebody is, and closes the answer for the DV itself (docs/decisions/0007)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from exchange.ask import Posted
from gateway.login import LOGIN_LIFE, Login, SealedIdentity
from gateway.means.contract import MeansTools
from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.client import Client, Tokens
from gateway.means.oidc.published import Published, Upstream
from gateway.means.oidc.returned import check_returned, code_in, read_query
from gateway.means.oidc.rules import RULES, Expected, level_of
from gateway.means.oidc.verified import Verifier
from stelsel.failures import (
    AnswerRefused,
    AssuranceTooLow,
    LoginOvertaken,
    MessageReplayed,
    Misconfigured,
    UnknownIssuer,
)
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import NameId, Recipient, encrypt_id
from stelsel.subjects import Ground

_RANDOM_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What we know of a request that a browser is away with."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    at: datetime
    anew: bool


ASKED: Final = TypeAdapter(Asked)


class Oidc:
    """Keeps the contract `Means`."""

    def __init__(self, tools: MeansTools) -> None:
        self._tools = tools
        self._agreed = Agreed.of(tools.terms, tools.authorities)
        party, self._clock = tools.party, tools.party.clock
        self._upstream = Upstream(self._agreed, tools.web, party.offload, self._clock)
        self._client = Client(self._agreed, tools.web, party.offload, self._clock)
        self._verifier = Verifier(self._agreed, self._upstream, party.offload)
        tools.rounds.append(self.keep_up)
        tools.doors.append(Route(f"/means/{tools.terms.means}/jwks", self.key_set, methods=["GET"]))

    async def keep_up(self) -> None:
        """What the provider publishes, and our keys, as they are now."""
        await self._agreed.keys.keep_up(self._tools.party.offload)
        await self._upstream.keep_up()

    @property
    def grounds(self) -> frozenset[Ground]:
        """See `Means.grounds`: an ID token is for us alone, so that no BVD could judge it."""
        return frozenset()

    @property
    def represents_always(self) -> bool:
        """See `Means.represents_always`."""
        return False

    @property
    def authorities(self) -> tuple[EntityId, ...]:
        """See `Means.authorities`: the provider, by its issuer."""
        return self._tools.authorities

    def is_known(self, authority: EntityId, at: datetime) -> bool:
        """See `Means.is_known`."""
        try:
            self._published(authority, at)
        except UnknownIssuer:
            return False
        return True

    async def ask(self, login: Login, authority: EntityId, bvd: EntityId | None, *, silent: bool) -> Posted:
        """A pushed request; the browser carries its name alone (RFC 9126). `bvd` would be a mistake of the offer's.

        Raises `AssuranceTooLow` when the provider has no level that is enough.
        """
        now = self._clock()
        published = self._published(authority, now)
        if bvd is not None:
            raise Misconfigured("somebody represented was offered a means that no BVD can judge")
        enough = [acr for acr, level in self._agreed.levels.items() if login.minimum is None or level >= login.minimum]
        if not enough:
            raise AssuranceTooLow("the provider has no such level", expected=login.minimum, found="lower ones")
        request_id, asked = _new(), Asked(_new(), _new(), now, anew=not silent)
        parameters = {
            "redirect_uri": self._callback,
            "state": _state(login, request_id),
            "nonce": asked.nonce,
            "acr_values": " ".join(sorted(enough, key=self._agreed.levels.__getitem__)),
        }
        if asked.anew:
            parameters |= {"prompt": "login", "max_age": "0"}
        name = await self._client.push(published, asked.verifier, parameters)
        await self._tools.party.store.put(
            _key(login, request_id), ASKED.dump_json(asked), int(LOGIN_LIFE.total_seconds())
        )
        carried = urlencode({"client_id": self._agreed.client_id, "request_uri": name})
        joint = "&" if "?" in published.authorization else "?"
        return Posted(request_id, authority, f"{published.authorization}{joint}{carried}", {})

    async def read(self, login: Login, brought: str) -> SealedIdentity:
        """See `Means.read`; `brought` is the query of our callback."""
        if login.outstanding is None or login.outstanding.party not in self.authorities:
            raise LoginOvertaken("no request to this provider is outstanding")
        request_id = login.outstanding.request_id
        published = self._published(login.outstanding.party, self._clock())
        parameters = read_query(brought)
        check_returned(parameters, _state(login, request_id), self._agreed.issuer.value)
        kept = await self._tools.party.store.take(_key(login, request_id))
        if kept is None:
            raise MessageReplayed("this request was answered before", clause="O8", expected="one answer", found="two")
        asked = ASKED.validate_json(kept)
        code = code_in(parameters)
        given = await self._client.exchange(published, code, asked.verifier, self._callback)
        claims = await self._verifier.id_token(published, given.id_token)
        expected = Expected(self._agreed, asked.nonce, given.access_token, asked.at, asked.anew, self._clock())
        for rule in RULES:
            rule(claims, expected)
        level = level_of(claims, self._agreed)
        about = await self._about(published, given, claims) if self._agreed.userinfo else claims
        name = self._agreed.name_for(about.get(self._agreed.claim), login.dv)
        recipient = await self._tools.recipient(login)
        acting = await self._tools.party.offload(_closed, name, recipient)
        return SealedIdentity(acting=(acting,), loa=level, authority=self._agreed.issuer, evidence=b"")

    async def key_set(self, request: Request) -> JSONResponse:
        """Our public keys, for the provider to check our assertions with, and to encrypt for us."""
        return JSONResponse({"keys": self._agreed.keys.listed})

    @property
    def _callback(self) -> str:
        """Its own for each means: which provider was asked, the address tells too (RFC 9700 4.4.2)."""
        return f"{self._tools.public_url}/means/{self._tools.terms.means}/callback"

    def _published(self, authority: EntityId, at: datetime) -> Published:
        if authority not in self.authorities:
            raise UnknownIssuer("no provider of this means", expected=self._agreed.issuer, found=authority)
        return self._upstream.at(at)

    async def _about(self, published: Published, given: Tokens, claims: dict[str, Any]) -> Mapping[str, Any]:
        """Userinfo of the very person of the ID token (OIDC Core 5.3.2)."""
        told = await self._client.userinfo(published, given.access_token)
        signed = self._agreed.userinfo_signed
        about = await self._verifier.userinfo(published, told.text()) if signed else told.whole()
        if about.get("sub") != claims["sub"]:
            raise AnswerRefused("userinfo is of another", clause="O15", expected="sub of the ID token", found="another")
        return about


def _closed(name: NameId, recipient: Recipient) -> bytes:
    return encrypt_id(name, [recipient]).xml


def _new() -> str:
    return secrets.token_urlsafe(_RANDOM_BYTES)


def _state(login: Login, request_id: str) -> str:
    """Leads back to the login (`Frames.handle_of`), and is of this one request."""
    return f"{login.handle}.{request_id}"


def _key(login: Login, request_id: str) -> str:
    return f"oidc:{login.id}:{request_id}"
