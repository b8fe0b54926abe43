"""The door for an AuthnRequest: what every party that answers logins checks, in the order it runs.

Rules that need the catalogue or a role (which service, preselection, IdpAssertion) stand with the service behind it,
and so do terms on which it takes requests outside the standard.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Endpoint, Entity
from stelsel.failures import MessageMalformed, MessageRefused, Origin, refusing
from stelsel.identifiers import EntityId
from stelsel.saml import authn_request
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import decode_post
from stelsel.saml.redirect import read_query
from stelsel.saml.rules.requests import fresh, meant_for_us, not_passive, reply_by_index, within_the_profile

RELAY_STATE_BYTES: Final = 80  # DV-REQ-25
MOST_RELAY_STATE_BYTES: Final = 1024  # on any terms: what products outside the standard send (clients 5)


@dataclass(frozen=True, slots=True)
class Asked:
    """An AuthnRequest that may be answered: by whom, where the answer goes, and what must be echoed."""

    request: AuthnRequest
    issuer: Entity
    reply: Endpoint
    relay_state: str | None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at besides the request."""

    issuer: Entity
    location: str
    now: datetime


Rule = Callable[[AuthnRequest, Circumstances], None]


def reply_to_registered(request: AuthnRequest, at: Circumstances) -> None:
    """The index is one of the issuer's own metadata (DV-REQ-04)."""
    at.issuer.consumer(request.acs_index)


RULES: Final[tuple[Rule, ...]] = (
    meant_for_us,
    fresh,
    within_the_profile,
    not_passive,
    reply_by_index,
    reply_to_registered,
)


def to_index(request: AuthnRequest, issuer: Entity) -> Endpoint:
    """Where the answer goes: the consumer that the request names by index (DV-REQ-04)."""
    return issuer.consumer(request.acs_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the requests of one party are held to, and where their answers go. The defaults are those of ST-SAML."""

    rules: tuple[Rule, ...] = RULES
    reply: Callable[[AuthnRequest, Entity], Endpoint] = to_index
    relay_state_bytes: int = RELAY_STATE_BYTES
    redirect: bool = False


# The terms of a party whose signature was checked.
TermsOf = Callable[[EntityId], Awaitable[Terms]]


class SsoDoor:
    """Receives AuthnRequests at `location` (a SingleSignOnService of our own metadata).

    `rules` are those of the service behind it, which run after RULES. A service whose terms are not the same for
    everybody gives `terms_of` instead.
    """

    def __init__(
        self, party: Self, location: str, rules: tuple[Rule, ...] = (), terms_of: TermsOf | None = None
    ) -> None:
        self._party = party
        self._location = location
        self._terms = Terms(rules=(*RULES, *rules))
        self._terms_of = terms_of

    async def receive(self, form: Mapping[str, str]) -> Asked:
        """The request in an HTTP-POST form, verified, within all rules and never seen before.

        Raises a `MessageRefused` of some kind; nothing is stored then, and the request's ID is not used up.
        """
        asked = await self.read(form)
        await self.claim(asked)
        return asked

    async def receive_redirected(self, query: bytes) -> Asked:
        """The request in a raw query string (HTTP-Redirect), as `receive`: where the terms of its issuer allow it."""
        now = self._party.clock()
        request, relay_state = await self._party.offload(self._read_redirected, query, now)
        with refusing(_origin(request)):
            asked = await self._judged(request, relay_state, now, redirected=True)
        await self.claim(asked)
        return asked

    async def read(self, form: Mapping[str, str]) -> Asked:
        """The request, verified and within all rules, for a service that has more to check before `claim`."""
        relay_state = form.get("RelayState") or None
        check_relay_state(relay_state, MOST_RELAY_STATE_BYTES)
        if not form.get("SAMLRequest"):
            raise MessageMalformed(
                "SAMLRequest is missing",
                clause="GEN-27",
                expected="a field SAMLRequest",
                found=", ".join(sorted(name[:40] for name in form)[:5]) or "no field",
            )
        now = self._party.clock()
        request = await self._party.offload(self._read, form["SAMLRequest"], now)
        with refusing(_origin(request)):
            return await self._judged(request, relay_state, now)

    async def claim(self, asked: Asked) -> None:
        """Uses up the request's ID. Raises `MessageReplayed`."""
        request = asked.request
        with refusing(_origin(request)):
            await claim_id(self._party.store, request.issuer, request.id, request.issue_instant)

    async def _judged(
        self, request: AuthnRequest, relay_state: str | None, now: datetime, *, redirected: bool = False
    ) -> Asked:
        """What was verified, on the terms of its issuer."""
        issuer = self._party.trust.find(request.issuer, now)
        terms = self._terms if self._terms_of is None else await self._terms_of(request.issuer)
        if redirected and not terms.redirect:
            raise MessageRefused(
                "AuthnRequest over HTTP-Redirect", clause="GEN-27", expected="HTTP-POST", found="HTTP-Redirect"
            )
        check_relay_state(relay_state, terms.relay_state_bytes)
        circumstances = Circumstances(issuer, self._location, now)
        for rule in terms.rules:
            rule(request, circumstances)
        return Asked(request, issuer, terms.reply(request, issuer), relay_state)

    def _read(self, value: str, now: datetime) -> AuthnRequest:
        return authn_request.read(decode_post(value), self._party.trust.keys_of(now))

    def _read_redirected(self, query: bytes, now: datetime) -> tuple[AuthnRequest, str | None]:
        redirected = read_query(query)
        request = authn_request.read_redirected(redirected, self._party.trust.keys_of(now))
        return request, redirected.relay_state or None


def check_relay_state(relay_state: str | None, most_bytes: int) -> None:
    """Raises `MessageMalformed` when RelayState is longer than it may be (DV-REQ-25)."""
    if relay_state is not None and len(relay_state.encode()) > most_bytes:
        raise MessageMalformed(
            "RelayState is too long",
            clause="DV-REQ-25",
            expected=f"at most {most_bytes} bytes",
            found=f"{len(relay_state.encode())} bytes",
        )


def _origin(request: AuthnRequest) -> Origin:
    return Origin("AuthnRequest", request.issuer.value, request.id, proven=True)
