"""The door for an AuthnRequest over HTTP-POST: what every party that answers logins checks, in the order it runs.

Rules that need the catalogue or a role (which service, preselection, IdpAssertion) stand with the service behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Endpoint, Entity
from stelsel.failures import MessageMalformed
from stelsel.saml import authn_request
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import decode_post
from stelsel.saml.rules import fresh, meant_for_us, not_passive, reply_by_index, within_the_profile

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
