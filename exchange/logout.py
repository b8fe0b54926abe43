"""The SingleLogoutService that RD and AD have: what comes in is checked, what goes out is signed (LGO-01, LGO-02).

Whose session it is, and what ends with it, is for the service behind the door.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.ask import Posted
from exchange.party import Self
from exchange.replay import claim_id
from exchange.sso import MOST_RELAY_STATE_BYTES, RELAY_STATE_BYTES, check_relay_state
from metadata.entities import Endpoint, Entity
from stelsel import urns
from stelsel.failures import MessageMalformed, Origin, refusing
from stelsel.identifiers import EntityId
from stelsel.saml import logout, redirect
from stelsel.saml.bindings import decode_post, encode_post
from stelsel.saml.ids import new_id
from stelsel.saml.logout import LogoutRequest, LogoutResponse
from stelsel.saml.redirect import Kind, Redirected
from stelsel.saml.response import Status
from stelsel.saml.rules.logouts import REQUEST_RULES, RESPONSE_RULES, Ending

SLO_PATH: Final = "/saml/slo"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A logout message as it came, by HTTP-POST or in a query; nothing of it is proven yet."""

    kind: Kind
    message: bytes | Redirected
    relay_state: str | None


@dataclass(frozen=True, slots=True)
class Owed:
    """The answer to a LogoutRequest that is still due: to whom, to which message, by what binding, what is echoed."""

    issuer: EntityId
    request_id: str
    by_redirect: bool
    relay_state: str | None


@dataclass(frozen=True, slots=True)
class LogoutAsked:
    """A LogoutRequest that keeps every rule, and the answer that is owed for it."""

    request: LogoutRequest
    owed: Owed


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at besides the request."""

    issuer: Entity
    location: str
    now: datetime


Rule = Callable[[LogoutRequest, Circumstances], None]


def from_form(form: Mapping[str, str]) -> Incoming:
    """The one logout message of an HTTP-POST form. Raises `MessageMalformed`, `MessageTooLarge`."""
    kinds: list[Kind] = [kind for kind in redirect.KINDS if form.get(kind)]
    if len(kinds) != 1:
        raise MessageMalformed("SAMLRequest or SAMLResponse", clause="GEN-27", expected=1, found=len(kinds))
    relay_state = _relay_state(form.get("RelayState"), RELAY_STATE_BYTES)
    return Incoming(kinds[0], decode_post(form[kinds[0]]), relay_state)


def from_query(query: bytes) -> Incoming:
    """The one logout message of a query (HTTP-Redirect). Raises `MessageMalformed`, `MessageTooLarge`.

    Who sends this way is outside the profile, and so is the length of what it wants back (clients 5).
    """
    redirected = redirect.read_query(query)
    return Incoming(redirected.kind, redirected, _relay_state(redirected.relay_state, MOST_RELAY_STATE_BYTES))


class LogoutDoor:
    """Receives and writes logout messages; `location` is the SingleLogoutService of our own metadata.

    `rules` are those of the service behind it, which run after REQUEST_RULES.
    """

    def __init__(self, party: Self, location: str, rules: tuple[Rule, ...] = ()) -> None:
        self._party = party
        self._location = location
        self._rules = (*REQUEST_RULES, *rules)

    async def receive(self, incoming: Incoming) -> LogoutAsked:
        """A LogoutRequest, verified, within all rules and never seen before.

        Raises a `MessageRefused` of some kind; the request's ID is not used up then.
        """
        now = self._party.clock()
        request = await self._party.offload(logout.read_request, incoming.message, self._party.trust.keys_of(now))
        with refusing(Origin("LogoutRequest", request.issuer.value, request.id, proven=True)):
            circumstances = Circumstances(self._party.trust.find(request.issuer, now), self._location, now)
            for rule in self._rules:
                rule(request, circumstances)
            await claim_id(self._party.store, request.issuer, request.id, request.issue_instant)
        by_redirect = isinstance(incoming.message, Redirected)
        return LogoutAsked(request, Owed(request.issuer, request.id, by_redirect, incoming.relay_state))

    async def read_answer(self, incoming: Incoming, authority: EntityId, request_id: str) -> Status:
        """How the logout ended that we asked of `authority` in `request_id`.

        Raises a `MessageRefused` of some kind, `AnswerRefused` for an answer of somebody else or to something else.
        """
        now = self._party.clock()
        answer = await self._party.offload(logout.read_response, incoming.message, self._party.trust.keys_of(now))
        with refusing(Origin("LogoutResponse", answer.issuer.value, answer.id, proven=True)):
            for rule in RESPONSE_RULES:
                rule(answer, Ending(authority, request_id, self._location, now))
            await claim_id(self._party.store, answer.issuer, answer.id, answer.issue_instant)
        return answer.status

    async def ask(self, whom: EntityId, name_id: str, session_index: str | None, relay_state: str) -> Posted:
        """The form that brings the browser to `whom` with a LogoutRequest (SSO-04). Raises `UnknownIssuer`."""
        now = self._party.clock()
        location = self._party.trust.find(whom, now).slo_location()
        request = LogoutRequest(
            id=new_id(),
            issue_instant=now,
            destination=location,
            issuer=self._party.entity_id,
            name_id=name_id,
            session_index=session_index,
        )
        message = await self._party.offload(logout.write_request, request, self._party.keys.signing(now))
        fields = {"SAMLRequest": encode_post(message), "RelayState": relay_state}
        return Posted(request.id, whom, location, fields)

    async def answer(self, owed: Owed, status: Status, *, x509: bool = False) -> Posted | str:
        """The answer that is owed: a form for the browser, or by HTTP-Redirect the address to send it to.

        By the binding in which it was asked, where the requester listens for that one. Raises `UnknownIssuer`,
        `ReplyAddressUnknown`.
        """
        now = self._party.clock()
        binding = urns.HTTP_REDIRECT if owed.by_redirect else urns.HTTP_POST
        endpoint = self._party.trust.find(owed.issuer, now).logout_endpoint(binding)
        response = LogoutResponse(
            id=new_id(),
            issue_instant=now,
            destination=endpoint.answers_at,
            issuer=self._party.entity_id,
            in_response_to=owed.request_id,
            status=status,
        )
        return await self._party.offload(self._written, response, endpoint, owed, now, x509)

    def _written(
        self, response: LogoutResponse, endpoint: Endpoint, owed: Owed, now: datetime, x509: bool
    ) -> Posted | str:
        key = self._party.keys.signing(now)
        if endpoint.binding == urns.HTTP_REDIRECT:
            message = logout.write_response(response, None)
            return redirect.write_url(endpoint.answers_at, "SAMLResponse", message, owed.relay_state, key)
        fields = {"SAMLResponse": encode_post(logout.write_response(response, key, x509=x509))}
        if owed.relay_state is not None:
            fields["RelayState"] = owed.relay_state
        return Posted(response.id, owed.issuer, endpoint.answers_at, fields)


def _relay_state(value: str | None, most_bytes: int) -> str | None:
    check_relay_state(value, most_bytes)
    return value or None
