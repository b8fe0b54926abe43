"""The ArtifactResolutionService: SOAP, every check of who asks, then what the service answers.

Who asks is known by mutual TLS; only a service that says for whom lets a signature do alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from exchange.artifacts import Artifacts
from exchange.party import Self
from exchange.replay import claim_id
from metadata.entities import Entity
from stelsel import urns
from stelsel.failures import (
    ArtifactUnknown,
    Failure,
    MessageRefused,
    Origin,
    Unavailable,
    WrongParty,
    outcome_of,
    refusing,
)
from stelsel.identifiers import EntityId
from stelsel.saml import artifact as artifacts
from stelsel.saml.artifact import ArtifactResolve, ArtifactResponse
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from stelsel.saml.rules.resolving import RESOLVE_RULES

# Puts a complete <samlp:Response> into its signed ArtifactResponse, in SOAP. To be called in `offload`.
Enclose = Callable[[bytes], bytes]
# What the service behind an artifact says. It encloses its Response in the very hop that signs the assertion.
Answer = Callable[[str, Entity, Enclose], Awaitable[bytes]]
# Whether a party may ask without a TLS client certificate: its signature, which was checked, is then all there is.
BySignature = Callable[[EntityId], Awaitable[bool]]
# Whether the signatures of our answers to a party show the certificate (clients 4.5).
ShowsCertificate = Callable[[EntityId], Awaitable[bool]]
# Writes a refusal to the journal and the log.
Report = Callable[[Failure, Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at besides the message."""

    location: str
    now: datetime


_SUCCESS: Final = Status(urns.STATUS_SUCCESS)


async def shows_none(asker: EntityId) -> bool:
    """KeyName says enough to those who know our metadata (GEN-18)."""
    return False


class ArtifactResolution:
    """Answers ArtifactResolve at `location`.

    Refused messages get a signed ArtifactResponse with the status of `OUTCOMES`, and nothing of theirs is used up.
    A TLS client that is no party at all gets no further than `WrongParty`, which the edge tells as HTTP 403.
    With `by_signature` this is a door without mutual TLS: nothing is answered there before a signature was checked.
    """

    def __init__(
        self,
        party: Self,
        location: str,
        held: Artifacts,
        answer: Answer,
        report: Report,
        by_signature: BySignature | None = None,
        shows_certificate: ShowsCertificate = shows_none,
    ) -> None:
        self._party = party
        self._location = location
        self._held = held
        self._answer = answer
        self._report = report
        self._by_signature = by_signature
        self._shows_certificate = shows_certificate

    async def resolve(self, body: bytes, certificate: bytes | None) -> bytes:
        """The SOAP answer to a SOAP request from the TLS client that showed `certificate` (DER).

        Raises `WrongParty` when no party of the trust store owns that certificate; at a door without mutual TLS, the
        reason why the message cannot be trusted.
        """
        now = self._party.clock()
        if self._by_signature is not None:
            asked = await self._read(body, now)
            return await self._answered(asked, None, now)
        callers = self._party.trust.by_certificate(certificate, now)
        try:
            asked = await self._read(body, now)
        except (MessageRefused, Unavailable) as refused:
            return await self._refused(None, refused, callers[0].entity_id)
        return await self._answered(asked, callers, now)

    async def _answered(self, asked: ArtifactResolve, callers: tuple[Entity, ...] | None, now: datetime) -> bytes:
        """The answer to a message whose signature was checked; `callers` None: the TLS client is unknown."""
        try:
            with refusing(Origin("ArtifactResolve", asked.issuer.value, asked.id, proven=True)):
                issuer = await self._checked(asked, callers, now)
                await claim_id(self._party.store, asked.issuer, asked.id, asked.issue_instant)
                pending = await self._held.take(asked.artifact, asked.issuer)
            x509 = await self._shows_certificate(asked.issuer)
            return await self._answer(pending, issuer, partial(self._write, asked, _SUCCESS, x509))
        except ArtifactUnknown as unknown:
            await self._report(unknown, self._circumstances(asked.issuer))
            return await self._signed(asked, _SUCCESS, asked.issuer)
        except (MessageRefused, Unavailable) as refused:
            return await self._refused(asked, refused, asked.issuer)

    async def _refused(self, asked: ArtifactResolve | None, refused: Failure, by: EntityId) -> bytes:
        await self._report(refused, self._circumstances(by))
        told = outcome_of(refused)
        code, sub = told.status or (urns.STATUS_RESPONDER, None)
        return await self._signed(asked, Status(code, sub, told.message), by)

    def _circumstances(self, by: EntityId) -> dict[str, str]:
        """Where it came in, and who sent it: the TLS client, else the signer."""
        return {"door": urlsplit(self._location).path, "party": by.value}

    async def _read(self, body: bytes, now: datetime) -> ArtifactResolve:
        return await self._party.offload(artifacts.read_resolve, body, self._party.trust.keys_of(now))

    async def _checked(self, asked: ArtifactResolve, callers: tuple[Entity, ...] | None, now: datetime) -> Entity:
        """The asking party. Raises `WrongParty` when the TLS client is another one (GEN-20, GEN-21)."""
        if callers is None:
            issuer = await self._signing(asked.issuer, now)
        else:
            found = next((entity for entity in callers if entity.entity_id == asked.issuer), None)
            if found is None:
                raise WrongParty(
                    "the TLS client certificate is not the signer's",
                    clause="GEN-21",
                    expected=asked.issuer.value,
                    found=", ".join(each.entity_id.value for each in callers or ()),
                )
            issuer = found
        for rule in RESOLVE_RULES:
            rule(asked, Circumstances(self._location, now))
        return issuer

    async def _signing(self, issuer: EntityId, now: datetime) -> Entity:
        """The party whose signature suffices."""
        if self._by_signature is None or not await self._by_signature(issuer):
            raise WrongParty(
                "this party resolves over mutual TLS only",
                clause="GEN-20",
                expected="the back channel",
                found="a message without a TLS client certificate",
            )
        return self._party.trust.find(issuer, now)

    async def _signed(self, asked: ArtifactResolve | None, status: Status, reader: EntityId) -> bytes:
        """An ArtifactResponse without a Response."""
        x509 = await self._shows_certificate(reader)
        return await self._party.offload(self._write, asked, status, x509)

    def _write(self, asked: ArtifactResolve | None, status: Status, x509: bool, response: bytes | None = None) -> bytes:
        now = self._party.clock()
        answer = ArtifactResponse(
            id=new_id(),
            in_response_to=asked.id if asked else None,
            issue_instant=now,
            issuer=self._party.entity_id,
            status=status,
            response=response,
        )
        return soap_wrap(artifacts.write_response(answer, self._party.keys.signing(now), x509=x509))
