"""Asking another party for what its artifact stands for, and the rules its answer must keep (DV-RSV, DV-VAL)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Endpoint
from runtime.http import HttpClient
from stelsel import urns
from stelsel.failures import AnswerRefused, Origin, PartyUnavailable, refusing
from stelsel.identifiers import EntityId
from stelsel.saml import artifact as artifacts
from stelsel.saml.artifact import ArtifactResolve, Resolved
from stelsel.saml.assertion import Assertion
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.freshness import check_holds, check_issued
from stelsel.saml.ids import new_id
from stelsel.saml.response import Response, Status


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must fit: whom we asked, in which message, and where the answer was to arrive."""

    authority: EntityId
    request_id: str
    consumer: str
    audience: EntityId


@dataclass(frozen=True, slots=True)
class Answered:
    """A response that keeps every rule; `assertion` is there exactly on success."""

    status: Status
    assertion: Assertion | None


ResponseRule = Callable[[Response, Expected], None]
AssertionRule = Callable[[Assertion, Expected, datetime], None]


def from_whom_we_asked(response: Response, expected: Expected) -> None:
    """The issuer is the party that was asked (DV-RSP-01; spec/security S21)."""
    if response.issuer != expected.authority:
        raise AnswerRefused(
            "answered by another party", clause="DV-RSP-01", expected=expected.authority, found=response.issuer
        )


def answers_our_request(response: Response, expected: Expected) -> None:
    """InResponseTo is our AuthnRequest (DV-RSP-01)."""
    if response.in_response_to != expected.request_id:
        raise AnswerRefused(
            "answers another request", clause="DV-RSP-01", expected=expected.request_id, found=response.in_response_to
        )


def arrives_where_meant(response: Response, expected: Expected) -> None:
    """Destination is the consumer that we named (DV-RSP-02)."""
    if response.destination != expected.consumer:
        raise AnswerRefused(
            "Destination is another address", clause="DV-RSP-02", expected=expected.consumer, found=response.destination
        )


def by_the_responder(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """The assertion is the responder's own (DV-ASR-01)."""
    if assertion.issuer != expected.authority:
        raise AnswerRefused(
            "assertion of another party", clause="DV-ASR-01", expected=expected.authority, found=assertion.issuer
        )


def recipient_is_our_consumer(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """SubjectConfirmationData@Recipient is where the artifact arrived (DV-VAL-02)."""
    if assertion.recipient != expected.consumer:
        raise AnswerRefused(
            "meant for another address", clause="DV-VAL-02", expected=expected.consumer, found=assertion.recipient
        )


def in_time(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """NotBefore and both NotOnOrAfter hold now (DV-VAL-03)."""
    check_holds(assertion, now)


def answers_our_login(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """SubjectConfirmationData@InResponseTo is our AuthnRequest (DV-VAL-04)."""
    if assertion.in_response_to != expected.request_id:
        raise AnswerRefused(
            "assertion for another login",
            clause="DV-VAL-04",
            expected=expected.request_id,
            found=assertion.in_response_to,
        )


def audience_holds_us(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """We are among the audiences (DV-VAL-05)."""
    if expected.audience not in assertion.audiences:
        raise AnswerRefused(
            "not meant for us",
            clause="DV-VAL-05",
            expected=expected.audience,
            found=", ".join(audience.value for audience in assertion.audiences),
        )


RESPONSE_RULES: Final[tuple[ResponseRule, ...]] = (from_whom_we_asked, answers_our_request, arrives_where_meant)
ASSERTION_RULES: Final[tuple[AssertionRule, ...]] = (
    by_the_responder,
    recipient_is_our_consumer,
    in_time,
    answers_our_login,
    audience_holds_us,
)


class Resolver:
    """Resolves artifacts of other parties over the back channel (mutual TLS, GEN-20)."""

    def __init__(self, party: Self, http: HttpClient, deadline_seconds: float, max_bytes: int) -> None:
        self._party = party
        self._http = http
        self._deadline_seconds = deadline_seconds
        self._max_bytes = max_bytes

    async def resolve(self, artifact: str, expected: Expected) -> Answered:
        """The answer behind `artifact`, within every rule, its assertion never seen before.

        Raises `AnswerRefused` and its kin, or `PartyUnavailable` when the party does not answer.
        """
        now = self._party.clock()
        endpoint = self.endpoint(artifact, expected.authority)
        asked = ArtifactResolve(
            id=new_id(),
            issue_instant=now,
            destination=endpoint.location,
            issuer=self._party.entity_id,
            artifact=artifact,
        )
        message = await self._party.offload(self._write, asked, now)
        reply = await self._http.send(
            "POST",
            endpoint.location,
            content=message,
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": '"http://www.oasis-open.org/committees/security"',
            },
            deadline_seconds=self._deadline_seconds,
            max_bytes=self._max_bytes,
        )
        if reply.status != 200:
            raise PartyUnavailable(f"{expected.authority.value} answered HTTP {reply.status} to ArtifactResolve")
        received_at = self._party.clock()
        resolved = await self._party.offload(
            artifacts.read_artifact_response, reply.content, self._party.trust.keys_of(received_at)
        )
        answer = resolved.answer
        with refusing(Origin("ArtifactResponse", answer.issuer.value, answer.id, proven=True)):
            return await self._checked(resolved, asked, expected, received_at)

    def endpoint(self, artifact: str, authority: EntityId) -> Endpoint:
        """Where an artifact of `authority` is resolved.

        Raises `ArtifactUnknown` when it is none, `AnswerRefused` when it is another party's (spec/security S19).
        """
        named = artifacts.read_artifact(artifact)
        if named.source_id != artifacts.source_id(authority):
            raise AnswerRefused("artifact of another party", clause="DV-ART-05", expected=authority)
        return self._party.trust.find(authority, self._party.clock()).resolution(named.index)

    def _write(self, asked: ArtifactResolve, now: datetime) -> bytes:
        return soap_wrap(artifacts.write_resolve(asked, self._party.keys.signing(now)))

    async def _checked(self, resolved: Resolved, asked: ArtifactResolve, expected: Expected, now: datetime) -> Answered:
        answer = resolved.answer
        if answer.issuer != expected.authority:
            raise AnswerRefused(
                "answered by another party", clause="DV-ARR-01", expected=expected.authority, found=answer.issuer
            )
        if answer.in_response_to != asked.id:
            raise AnswerRefused(
                "answers another ArtifactResolve", clause="DV-ARR-01", expected=asked.id, found=answer.in_response_to
            )
        check_issued(answer.issue_instant, now)
        if answer.status.code == urns.STATUS_RESPONDER:
            raise PartyUnavailable(f"{expected.authority.value} could not answer ArtifactResolve")
        if answer.status.code != urns.STATUS_SUCCESS or resolved.response is None:
            raise AnswerRefused("the artifact stands for nothing", clause="DV-ARR-04", found=answer.status.code)
        for rule in RESPONSE_RULES:
            rule(resolved.response, expected)
        assertion = resolved.assertion
        if (resolved.response.status.code == urns.STATUS_SUCCESS) != (assertion is not None):
            raise AnswerRefused("an Assertion is there exactly on Success", clause="DV-RSP-07")
        if assertion is not None:
            for check in ASSERTION_RULES:
                check(assertion, expected, now)
            await claim_id(self._party.store, assertion.issuer, assertion.id, assertion.issue_instant)
        return Answered(resolved.response.status, assertion)
