"""What the BVD is asked: a router's AuthnRequest with an AD's assertion inside, verified as if we had asked the AD."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.party import Self
from exchange.replay import claim_id
from exchange.sso import Asked, SsoDoor
from exchange.sso import Circumstances as RequestCircumstances
from stelsel import urns
from stelsel.bsnk.decryption import decrypt_identity
from stelsel.bsnk.encrypted import read_text
from stelsel.bsnk.scheme import SchemeKeys
from stelsel.failures import AnswerRefused, BadIdentifier, Origin, UnknownIssuer, refusing
from stelsel.identifiers import Bsn, EntityId, ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.encryption import decrypt_id
from stelsel.saml.rules.declarations import EVIDENCE_RULES, Brought, acting_for_the_bvd, level_of
from stelsel.saml.rules.requests import dv_and_service, evidence_in
from stelsel.subjects import Identity


@dataclass(frozen=True, slots=True, repr=False)
class RepresentationRequest:
    """A router asks for whom `identity` may act in `service` of `dv`."""

    asked: Asked
    dv: EntityId
    service: ServiceUuid
    identity: Identity


class RepresentationDoor:
    """Receives requests. `authorities` are the ADs whose assertions we take, `routers` those who may bring them.

    `scheme` is what BSNk published of its keys; None: no identity of BSNk is genuine here.
    """

    def __init__(
        self,
        party: Self,
        location: str,
        authorities: frozenset[EntityId],
        routers: frozenset[EntityId],
        scheme: SchemeKeys | None = None,
    ) -> None:
        self._party = party
        self._door = SsoDoor(party, location, (self._from_a_router,))
        self._authorities = authorities
        self._routers = routers
        self._scheme = scheme

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
            raise UnknownIssuer(
                "not a router of ours", clause="BVD-03", expected=_named(self._routers), found=request.issuer
            )

    def _read(self, asked: Asked, now: datetime) -> tuple[Assertion, RepresentationRequest]:
        """Nothing is decrypted before the assertion around it was verified (spec/security 1.6)."""
        dv, service = dv_and_service(asked.request)
        assertion = assertions.read(evidence_in(asked.request), self._party.trust.keys_of(now))
        if assertion.issuer not in self._authorities:
            raise UnknownIssuer(
                "not an authentication service of ours",
                clause="BVD-04",
                expected=_named(self._authorities),
                found=assertion.issuer,
            )
        consumers = {consumer.location for consumer in asked.issuer.assertion_consumers}
        brought = Brought(self._party.entity_id, asked.request.issuer, consumers, service, now)
        for rule in EVIDENCE_RULES:
            rule(assertion, brought)
        level = level_of(assertion)
        identity = Identity(self._acting(assertion, now), level, assertion.issuer, now)
        return assertion, RepresentationRequest(asked, dv, service, identity)

    def _acting(self, assertion: Assertion, now: datetime) -> Bsn:
        """Who logged in: a BSN as text, or encrypted by BSNk for us, whose signature and keys are checked (TYP-03)."""
        ours = acting_for_the_bvd(assertion, self._party.entity_id)
        name = decrypt_id(ours, self._party.entity_id, self._party.keys.decryption(now))
        if name.qualifier == urns.BSNK_IDENTITY and self._scheme is not None:
            return decrypt_identity(read_text(name.value, self._scheme), self._party.keys.bsnk)
        if name.qualifier != urns.LEGACY_BSN:
            raise AnswerRefused(
                "a kind of identifier by which no register knows anybody",
                clause="TYP-03",
                expected=f"{urns.LEGACY_BSN} or {urns.BSNK_IDENTITY}",
                found=name.qualifier,
            )
        try:
            return Bsn(name.value)
        except BadIdentifier as bad:
            raise AnswerRefused(
                "the AD names a BSN that cannot exist",
                clause="R-REQ",
                expected="9 digits that pass the eleven test",
                found="others",
            ) from bad


def _named(parties: frozenset[EntityId]) -> str:
    return " or ".join(sorted(party.value for party in parties)) or "one that is set: none is"
