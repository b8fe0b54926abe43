"""Asking another party for what its artifact stands for, and the rules its answer must keep (DV-RSV, DV-VAL)."""

import ssl
from dataclasses import dataclass
from datetime import datetime

from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Endpoint
from runtime.http import HttpClient
from stelsel import urns
from stelsel.failures import AnswerRefused, MessageMalformed, Origin, PartyUnavailable, refusing
from stelsel.identifiers import EntityId
from stelsel.saml import artifact as artifacts
from stelsel.saml.artifact import ArtifactResolve, Resolved
from stelsel.saml.assertion import Assertion
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from stelsel.saml.rules.answers import ASSERTION_RULES, RESPONSE_RULES, Expected, check_success
from stelsel.saml.rules.resolving import RESOLVED_RULES, Resolving


@dataclass(frozen=True, slots=True)
class Answered:
    """A response that keeps every rule; `assertion` is there exactly on success."""

    status: Status
    assertion: Assertion | None


class Resolver:
    """Resolves artifacts of other parties over the back channel (mutual TLS, GEN-20)."""

    def __init__(self, party: Self, http: HttpClient, deadline_seconds: float, max_bytes: int) -> None:
        self._party = party
        self._http = http
        self._deadline_seconds = deadline_seconds
        self._max_bytes = max_bytes

    async def resolve(self, artifact: str, expected: Expected) -> Answered:
        """The answer behind `artifact`, within every rule, its assertion never seen before.

        Raises `AnswerRefused` and its kin, or `PartyUnavailable` when the party does not answer, or no SOAP: who speaks
        on the back channel TLS has shown, so that is a party in trouble and no message that somebody brought.
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
        content = await self._exchange(endpoint.location, message, expected.authority)
        received_at = self._party.clock()
        keys_of = self._party.trust.keys_of(received_at)
        try:
            resolved = await self._party.offload(artifacts.read_artifact_response, content, keys_of)
        except MessageMalformed as unread:
            if unread.origin is not None:  # a message inside SOAP, which is judged as one
                raise
            raise PartyUnavailable(
                f"{expected.authority.value} answered ArtifactResolve with no SOAP: {unread.why}",
                clause="GEN-27",
                expected=unread.expected or "a message in SOAP",
                found=unread.found or f"{len(content)} bytes that are none",
            ) from unread
        answer = resolved.answer
        with refusing(Origin("ArtifactResponse", answer.issuer.value, answer.id, proven=True)):
            return await self._checked(resolved, asked, expected, received_at)

    async def _exchange(self, location: str, message: bytes, authority: EntityId) -> bytes:
        """What comes back over mutual TLS (GEN-20) for a message in SOAP (GEN-27)."""
        try:
            reply = await self._http.send(
                "POST",
                location,
                content=message,
                headers={
                    "Content-Type": "text/xml; charset=utf-8",
                    "SOAPAction": '"http://www.oasis-open.org/committees/security"',
                },
                deadline_seconds=self._deadline_seconds,
                max_bytes=self._max_bytes,
            )
        except PartyUnavailable as away:
            away.broken_clause = "GEN-20" if isinstance(away.__cause__, ssl.SSLError) else "GEN-27"
            raise
        if reply.status != 200:
            raise PartyUnavailable(
                f"{authority.value} answered HTTP {reply.status} to ArtifactResolve",
                clause="GEN-27",
                expected="HTTP 200 with SOAP",
                found=f"HTTP {reply.status}",
                is_down=reply.is_down,
            )
        return reply.content

    def endpoint(self, artifact: str, authority: EntityId) -> Endpoint:
        """Where an artifact of `authority` is resolved.

        Raises `ArtifactUnknown` when it is none, `AnswerRefused` when it is another party's (spec/security S19).
        """
        named = artifacts.read_artifact(artifact)
        if named.source_id != artifacts.source_id(authority):
            raise AnswerRefused(
                "artifact of another party", clause="DV-ART-05", expected=authority, found=named.source_id.hex()
            )
        return self._party.trust.find(authority, self._party.clock()).resolution(named.index)

    def _write(self, asked: ArtifactResolve, now: datetime) -> bytes:
        return soap_wrap(artifacts.write_resolve(asked, self._party.keys.signing(now)))

    async def _checked(self, resolved: Resolved, asked: ArtifactResolve, expected: Expected, now: datetime) -> Answered:
        answer = resolved.answer
        for rule in RESOLVED_RULES:
            rule(answer, Resolving(expected.authority, asked.id, now))
        if answer.status.code == urns.STATUS_RESPONDER:
            raise PartyUnavailable(
                f"{expected.authority.value} could not answer ArtifactResolve",
                clause="DV-ARR-03",
                expected=urns.STATUS_SUCCESS,
                found=f"{answer.status.code} {answer.status.message or ''}".strip(),
            )
        if answer.status.code != urns.STATUS_SUCCESS or resolved.response is None:
            raise AnswerRefused(
                "the artifact stands for nothing",
                clause="DV-ARR-04",
                expected="a Response",
                found=f"{answer.status.code}, no Response",
            )
        for check_response in RESPONSE_RULES:
            check_response(resolved.response, expected)
        assertion = resolved.assertion
        check_success(resolved.response, has_assertion=assertion is not None)
        if assertion is not None:
            for check in ASSERTION_RULES:
                check(assertion, expected, now)
            await claim_id(self._party.store, assertion.issuer, assertion.id, assertion.issue_instant)
        return Answered(resolved.response.status, assertion)
