"""The ArtifactResolutionService: SOAP over mutual TLS, every check of who asks, then what the service answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.artifacts import Artifacts
from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Entity
from stelsel import urns
from stelsel.failures import (
    ArtifactUnknown,
    Failure,
    MessageRefused,
    Unavailable,
    WrongDestination,
    WrongParty,
    outcome_of,
)
from stelsel.saml import artifact as artifacts
from stelsel.saml.artifact import ArtifactResolve, ArtifactResponse
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.freshness import check_issued
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status

# What the service behind an artifact says: a complete <samlp:Response>, its assertion signed.
Answer = Callable[[str, Entity], Awaitable[bytes]]
# Writes a refusal to the journal and the log.
Report = Callable[[Failure, Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at besides the message."""

    issuer: Entity
    location: str
    now: datetime


Rule = Callable[[ArtifactResolve, Circumstances], None]


def meant_for_us(asked: ArtifactResolve, at: Circumstances) -> None:
    """Destination, when given, is this service (DV-RSV-02)."""
    if asked.destination is not None and asked.destination != at.location:
        raise WrongDestination(
            "Destination is another address", clause="DV-RSV-02", expected=at.location, found=asked.destination
        )


def fresh(asked: ArtifactResolve, at: Circumstances) -> None:
    """IssueInstant lies within the window (DV-RSV-01)."""
    check_issued(asked.issue_instant, at.now)


RULES: Final[tuple[Rule, ...]] = (meant_for_us, fresh)


class ArtifactResolution:
    """Answers ArtifactResolve at `location`.

    Refused messages get a signed ArtifactResponse with the status of `OUTCOMES`, and nothing of theirs is used up.
    A TLS client that is no party at all gets no further than `WrongParty`, which the edge tells as HTTP 403.
    """

    def __init__(self, party: Self, location: str, held: Artifacts, answer: Answer, report: Report) -> None:
        self._party = party
        self._location = location
        self._held = held
        self._answer = answer
        self._report = report

    async def resolve(self, body: bytes, certificate: bytes | None) -> bytes:
        """The SOAP answer to a SOAP request from the TLS client that showed `certificate` (DER).

        Raises `WrongParty` when no party of the trust store owns that certificate.
        """
        now = self._party.clock()
        caller = self._party.trust.by_certificate(certificate, now)
        asked: ArtifactResolve | None = None
        response: bytes | None = None
        try:
            asked = await self._party.offload(artifacts.read_resolve, body, self._party.trust.keys_of(now))
            issuer = self._checked(asked, caller, now)
            await claim_id(self._party.store, asked.issuer, asked.id, asked.issue_instant)
            pending = await self._held.take(asked.artifact, asked.issuer)
            response = await self._answer(pending, issuer)
            status = Status(urns.STATUS_SUCCESS)
        except ArtifactUnknown as unknown:
            await self._report(unknown, {"issuer": caller[0].entity_id.value})
            status = Status(urns.STATUS_SUCCESS)
        except (MessageRefused, Unavailable) as refused:
            await self._report(refused, {"issuer": caller[0].entity_id.value})
            told = outcome_of(refused)
            code, sub = told.status or (urns.STATUS_RESPONDER, None)
            status = Status(code, sub, told.message)
        return await self._party.offload(self._write, asked, status, response)

    def _checked(self, asked: ArtifactResolve, callers: tuple[Entity, ...], now: datetime) -> Entity:
        """The asking party. Raises `WrongParty` when the TLS client is another one (GEN-20, GEN-21)."""
        issuer = next((entity for entity in callers if entity.entity_id == asked.issuer), None)
        if issuer is None:
            raise WrongParty(
                "the TLS client certificate is not the signer's", clause="GEN-21", expected=asked.issuer.value
            )
        for rule in RULES:
            rule(asked, Circumstances(issuer, self._location, now))
        return issuer

    def _write(self, asked: ArtifactResolve | None, status: Status, response: bytes | None) -> bytes:
        now = self._party.clock()
        answer = ArtifactResponse(
            id=new_id(),
            in_response_to=asked.id if asked else None,
            issue_instant=now,
            issuer=self._party.entity_id,
            status=status,
            response=response,
        )
        return soap_wrap(artifacts.write_response(answer, self._party.keys.signing(now)))
