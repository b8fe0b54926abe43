"""What the BVD is asked: a router's AuthnRequest with an AD's assertion inside, verified as if we had asked the AD."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bvd.evidence import Authorities
from exchange.party import Self
from exchange.replay import claim_id
from exchange.sso import Asked, SsoDoor
from exchange.sso import Circumstances as RequestCircumstances
from stelsel.failures import Origin, UnknownIssuer, refusing
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.rules.declarations import Brought
from stelsel.saml.rules.requests import dv_and_service, evidence_in
from stelsel.subjects import Identity


@dataclass(frozen=True, slots=True, repr=False)
class RepresentationRequest:
    """A router asks for whom `identity` may act in `service` of `dv`.

    `restricted` and `chained` are of the mandate with which an employee logged in (`bvd.evidence`).
    """

    asked: Asked
    dv: EntityId
    service: ServiceUuid
    identity: Identity
    restricted: bool = False
    chained: bool = False


class RepresentationDoor:
    """Receives requests. `authorities` are the ADs whose assertions we take, `routers` those who may bring them."""

    def __init__(
        self,
        party: Self,
        location: str,
        authorities: Authorities,
        routers: frozenset[EntityId],
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
            raise UnknownIssuer(
                "not a router of ours", clause="BVD-03", expected=_named(self._routers), found=request.issuer
            )

    def _read(self, asked: Asked, now: datetime) -> tuple[Assertion, RepresentationRequest]:
        dv, service = dv_and_service(asked.request)
        assertion = assertions.read(evidence_in(asked.request), self._party.trust.keys_of(now))
        consumers = {consumer.location for consumer in asked.issuer.assertion_consumers}
        brought = Brought(self._party.entity_id, asked.request.issuer, consumers, service, now)
        found = self._authorities.recognised(assertion, brought, dv, self._party)
        return assertion, RepresentationRequest(asked, dv, service, found.identity, found.restricted, found.chained)


def _named(parties: frozenset[EntityId]) -> str:
    return " or ".join(sorted(party.value for party in parties)) or "one that is set: none is"
