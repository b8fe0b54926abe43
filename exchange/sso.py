"""The door for an AuthnRequest over HTTP-POST: what every party that answers logins checks, in the order it runs.

Rules that need the catalogue or a role (which service, preselection, IdpAssertion) stand with the service behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.freshness import check_issued
from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Endpoint, Entity
from stelsel.failures import MessageMalformed, MessageRefused, ReplyAddressUnknown, WrongDestination
from stelsel.saml import authn_request
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import decode_post

RELAY_STATE_BYTES: Final = 80  # DV-REQ-25


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


def meant_for_us(request: AuthnRequest, at: Circumstances) -> None:
    """Destination is present and is this very SingleSignOnService (DV-REQ-02)."""
    if request.destination != at.location:
        raise WrongDestination("Destination is another address", expected=at.location, found=request.destination)


def fresh(request: AuthnRequest, at: Circumstances) -> None:
    """IssueInstant lies within the window (mandates 6, message not trusted)."""
    check_issued(request.issue_instant, at.now)


def reply_by_index(request: AuthnRequest, at: Circumstances) -> None:
    """The answer's address is named by index only, never by URL or binding (DV-REQ-04, DV-REQ-05)."""
    if request.acs_url is not None or request.protocol_binding is not None:
        raise ReplyAddressUnknown(
            "the reply address is given by URL or binding", clause="DV-REQ-05", expected="an index"
        )
    if request.acs_index is None:
        raise ReplyAddressUnknown("AssertionConsumerServiceIndex is missing", clause="DV-REQ-04")


def reply_to_registered(request: AuthnRequest, at: Circumstances) -> None:
    """The index is one of the issuer's own metadata (DV-REQ-04)."""
    at.issuer.consumer(request.acs_index)


def within_the_profile(request: AuthnRequest, at: Circumstances) -> None:
    """Nothing that would narrow the login beside the catalogue: it is refused, not passed by (spec/security S25).

    NameIDPolicy, Consent and ProviderName change nothing here and are passed by (GEN-26, DV-REQ-12).
    """
    if request.has_subject or request.has_conditions or request.context_classes:
        raise MessageRefused(
            "the request narrows the login itself",
            clause="GEN-26",
            expected="no Subject, Conditions or RequestedAuthnContext",
        )


def not_passive(request: AuthnRequest, at: Circumstances) -> None:
    """IsPassive is not offered: a login here always shows what is declared (st-saml 3.1)."""
    if request.is_passive:
        raise MessageRefused("IsPassive is not supported", clause="GEN-26", expected="false or absent", found="true")


RULES: Final[tuple[Rule, ...]] = (
    meant_for_us,
    fresh,
    within_the_profile,
    not_passive,
    reply_by_index,
    reply_to_registered,
)


class SsoDoor:
    """Receives AuthnRequests at `location` (a SingleSignOnService of our own metadata).

    `rules` are those of the service behind it, which run after RULES.
    """

    def __init__(self, party: Self, location: str, rules: tuple[Rule, ...] = ()) -> None:
        self._party = party
        self._location = location
        self._rules = (*RULES, *rules)

    async def receive(self, form: Mapping[str, str]) -> Asked:
        """The request in an HTTP-POST form, verified, within all rules and never seen before.

        Raises a `MessageRefused` of some kind; nothing is stored then, and the request's ID is not used up.
        """
        asked = await self.read(form)
        await self.claim(asked)
        return asked

    async def read(self, form: Mapping[str, str]) -> Asked:
        """The request, verified and within all rules, for a service that has more to check before `claim`."""
        relay_state = form.get("RelayState") or None
        if relay_state is not None and len(relay_state.encode()) > RELAY_STATE_BYTES:
            raise MessageMalformed(
                "RelayState is too long", clause="DV-REQ-25", expected=f"at most {RELAY_STATE_BYTES} bytes"
            )
        if not form.get("SAMLRequest"):
            raise MessageMalformed("SAMLRequest is missing", clause="GEN-27")
        now = self._party.clock()
        request = await self._party.offload(self._read, form["SAMLRequest"], now)
        issuer = self._party.trust.find(request.issuer, now)
        circumstances = Circumstances(issuer, self._location, now)
        for rule in self._rules:
            rule(request, circumstances)
        return Asked(request, issuer, issuer.consumer(request.acs_index), relay_state)

    async def claim(self, asked: Asked) -> None:
        """Uses up the request's ID. Raises `MessageReplayed`."""
        request = asked.request
        await claim_id(self._party.store, request.issuer, request.id, request.issue_instant)

    def _read(self, value: str, now: datetime) -> AuthnRequest:
        return authn_request.read(decode_post(value), self._party.trust.keys_of(now))
