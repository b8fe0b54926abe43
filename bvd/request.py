"""What the BVD is asked: a router's AuthnRequest with an AD's assertion inside, verified as if we had asked the AD."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.party import Self
from exchange.replay import claim_id
from exchange.sso import Asked, SsoDoor
from exchange.sso import Circumstances as RequestCircumstances
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, BadIdentifier, MessageMalformed, Origin, UnknownIssuer, refusing
from stelsel.identifiers import Bsn, EntityId, ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.encryption import decrypt_id
from stelsel.saml.freshness import check_holds
from stelsel.subjects import Identity


@dataclass(frozen=True, slots=True, repr=False)
class RepresentationRequest:
    """A router asks for whom `identity` may act in `service` of `dv`."""

    asked: Asked
    dv: EntityId
    service: ServiceUuid
    identity: Identity


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at besides the AD's assertion."""

    asked: Asked
    bvd: EntityId
    now: datetime


EvidenceRule = Callable[[Assertion, Circumstances], None]


def meant_for_us(assertion: Assertion, at: Circumstances) -> None:
    """The AD made it for this BVD and for the router that brings it (RD-ASR-01, BVD-04; spec/security M5)."""
    if at.bvd not in assertion.audiences or at.asked.request.issuer not in assertion.audiences:
        raise AnswerRefused(
            "the AD's assertion is not for us",
            clause="RD-ASR-01",
            expected=at.bvd,
            found=", ".join(audience.value for audience in assertion.audiences),
        )


def brought_by_its_recipient(assertion: Assertion, at: Circumstances) -> None:
    """Recipient is a consumer of the router that brings it: nobody else can have received it (DV-VAL-02)."""
    if assertion.recipient not in {consumer.location for consumer in at.asked.issuer.assertion_consumers}:
        raise AnswerRefused("the AD's assertion was delivered elsewhere", clause="DV-VAL-02", found=assertion.recipient)


def in_time(assertion: Assertion, at: Circumstances) -> None:
    """Within NotBefore and both NotOnOrAfter (DV-VAL-03)."""
    check_holds(assertion, at.now)


def about_this_service(assertion: Assertion, at: Circumstances) -> None:
    """The AD recognised the user for the very service that is asked for (BVD-04)."""
    if assertion.service != at.asked.request.service:
        raise AnswerRefused(
            "the AD's assertion is about another service",
            clause="BVD-04",
            expected=at.asked.request.service,
            found=assertion.service,
        )


def about_one_person(assertion: Assertion, at: Circumstances) -> None:
    """An AD speaks of who logged in and of nobody represented (RD-ASR-09, RD-ASR-11)."""
    if assertion.legal or assertion.representation_types or assertion.advice or assertion.authorities:
        raise AnswerRefused("the AD's assertion speaks of more than who logged in", clause="RD-ASR-09")


EVIDENCE_RULES: Final[tuple[EvidenceRule, ...]] = (
    meant_for_us,
    brought_by_its_recipient,
    in_time,
    about_this_service,
    about_one_person,
)


class RepresentationDoor:
    """Receives requests. `authorities` are the ADs whose assertions we take, `routers` those who may bring them."""

    def __init__(
        self, party: Self, location: str, authorities: frozenset[EntityId], routers: frozenset[EntityId]
    ) -> None:
        self._party = party
        self._door = SsoDoor(party, location, (self._from_a_router,))
        self._authorities = authorities
        self._routers = routers

    async def receive(self, form: Mapping[str, str]) -> RepresentationRequest:
        """A request that keeps every rule, it and its assertion never seen before.

        RequesterID and AttributeConsumingServiceIndex are passed by (RD-REQ-02, RD-REQ-08).
        Raises a `MessageRefused` of some kind; the IDs of a request that a rule refuses are not used up.
        """
        asked = await self._door.read(form)
        with refusing(Origin("AuthnRequest", asked.request.issuer.value, asked.request.id, proven=True)):
            assertion, request = await self._party.offload(self._read, asked, self._party.clock())
            await claim_id(self._party.store, assertion.issuer, assertion.id, assertion.issue_instant)
            await self._door.claim(asked)
        return request

    def _from_a_router(self, request: AuthnRequest, at: RequestCircumstances) -> None:
        """The request is of a router that may ask us (BVD-03)."""
        if request.issuer not in self._routers:
            raise UnknownIssuer("not a router of ours", clause="BVD-03", found=request.issuer)

    def _read(self, asked: Asked, now: datetime) -> tuple[Assertion, RepresentationRequest]:
        """Nothing is decrypted before the assertion around it was verified (spec/security 1.6)."""
        dv, service, evidence = _extensions(asked.request)
        assertion = assertions.read(evidence, self._party.trust.keys_of(now))
        if assertion.issuer not in self._authorities:
            raise UnknownIssuer("not an authentication service of ours", clause="BVD-04", found=assertion.issuer)
        for rule in EVIDENCE_RULES:
            rule(assertion, Circumstances(asked, self._party.entity_id, now))
        loa = LevelOfAssurance.from_uri(assertion.context_class)
        if loa is None:
            raise AnswerRefused("unknown level", clause="RD-ASR-03", found=assertion.context_class)
        identity = Identity(self._acting(assertion, now), loa, assertion.issuer, now)
        return assertion, RepresentationRequest(asked, dv, service, identity)

    def _acting(self, assertion: Assertion, now: datetime) -> Bsn:
        ours = [value for value in assertion.acting if self._party.entity_id in value.recipients]
        if not ours:
            raise AnswerRefused("ActingSubjectID is not encrypted for the BVD", clause="RD-ASR-06")
        name = decrypt_id(ours[0], self._party.entity_id, self._party.keys.decryption(now))
        if name.qualifier != urns.LEGACY_BSN:
            raise AnswerRefused("unknown kind of identifier", clause="TYP-03", found=name.qualifier)
        try:
            return Bsn(name.value)
        except BadIdentifier as bad:
            raise AnswerRefused("the AD names a BSN that cannot exist", clause="R-REQ") from bad


def _extensions(request: AuthnRequest) -> tuple[EntityId, ServiceUuid, bytes]:
    """Which DV and service it is about, and the AD's assertion. Raises `MessageMalformed`."""
    if request.intended_audience is None or request.service is None:
        raise MessageMalformed("Extensions need IntendedAudience and ServiceUUID", clause="RD-REQ-03")
    if request.idp_assertion is None:
        raise MessageMalformed("IdpAssertion is missing", clause="RD-REQ-05")
    return request.intended_audience, request.service, request.idp_assertion
