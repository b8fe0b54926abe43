"""Towards the BVD: asking it with the AD's assertion, and, as late as the DV asks us, for its declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.ask import Posted, Wanted, ask
from exchange.party import Self
from exchange.resolve import Resolver
from exchange.statuses import failure_of
from gateway.login import Login, SealedIdentity
from stelsel import urns
from stelsel.failures import Failure, PartyUnavailable, RegisterUnavailable, UnknownIssuer
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Assertion
from stelsel.saml.rules.answers import Expected
from stelsel.saml.rules.declarations import BVD_RULES
from stelsel.saml.rules.declarations import Login as Asked
from stelsel.saml.rules.etoegang import readable, values_of


@dataclass(frozen=True, slots=True, repr=False)
class SealedMandate:
    """What the gateway passes on of a BVD's declaration: it cannot read for whom.

    `legal` is the EncryptedID for the DV as the BVD made it, `evidence` the BVD's assertion, byte for byte. `between`
    are those of whoever stand between, `restrictions`, in clear, of a mandate for a part of the organisation.
    """

    legal: tuple[bytes, ...]
    representation_types: tuple[str, ...]
    authority: EntityId
    evidence: bytes
    session_until: datetime | None
    between: tuple[bytes, ...] = ()
    restrictions: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"SealedMandate({self.authority.value})"


class Mandates:
    """The BVD as the gateway sees it: over its SAML interface only.

    A BVD that is not known at this moment or does not answer is a source that is away (R-REISSUE, mandates 6): its DV
    hears `RegisterUnavailable`, at whichever step that was.
    """

    def __init__(
        self,
        party: Self,
        resolver: Resolver,
        bvd: EntityId,
        consumer_index: int,
        consumer: str,
        titles: Mapping[str, str],
    ) -> None:
        self._party = party
        self._resolver = resolver
        self._consumer_index = consumer_index
        self._consumer = consumer
        self.bvd = bvd
        self.titles = titles

    async def ask(self, login: Login, identity: SealedIdentity) -> Posted:
        """The form that brings the browser to the BVD (RD-REQ-03, RD-REQ-05). Raises `RegisterUnavailable`."""
        wanted = Wanted(
            dv=login.dv,
            service=login.service,
            consumer_index=self._consumer_index,
            idp_assertion=identity.evidence,
        )
        try:
            return await ask(self._party, self.bvd, wanted, login.handle)
        except UnknownIssuer as gone:
            raise _away(gone) from gone

    def check_artifact(self, artifact: str) -> None:
        """Raises `AnswerRefused` or `ArtifactUnknown` for an artifact that is not the BVD's; it stays unresolved.

        Raises `RegisterUnavailable` when the BVD's metadata holds no longer.
        """
        try:
            self._resolver.endpoint(artifact, self.bvd)
        except UnknownIssuer as gone:
            raise _away(gone) from gone

    async def declare(self, pending: str, request_id: str, dv: EntityId, service: ServiceUuid) -> SealedMandate:
        """Resolves the BVD's artifact: only now the BVD asks its source once more and declares.

        Raises the failure that the BVD tells, `AnswerRefused` when its declaration does not fit, `RegisterUnavailable`.
        """
        self.check_artifact(pending)
        expected = Expected(self.bvd, request_id, self._consumer, self._party.entity_id)
        try:
            answered = await self._resolver.resolve(pending, expected)
            if answered.assertion is None:
                raise failure_of(answered.status)
        except PartyUnavailable as away:
            raise _away(away) from away
        return sealed_mandate(answered.assertion, dv, service)


def _away(failure: Failure) -> RegisterUnavailable:
    """What that is to a login, with the facts that the log needs."""
    away = RegisterUnavailable("bvd", failure.why)
    away.broken_clause = failure.broken_clause or away.broken_clause
    away.expected, away.found, away.origin = failure.expected, failure.found, failure.origin
    return away


def sealed_mandate(assertion: Assertion, dv: EntityId, service: ServiceUuid) -> SealedMandate:
    """What is passed on of the BVD's assertion. Raises `AnswerRefused` where it breaks RD-ASR-04 to RD-ASR-11."""
    for rule in BVD_RULES:
        rule(assertion, Asked(dv, service))
    legal = tuple(value.xml for value in assertion.legal if dv in value.recipients)
    between = values_of(assertion, urns.INTERMEDIARY_SUBJECT_ID) or ()
    restrictions = values_of(assertion, urns.ETOEGANG_VESTIGING) or ()
    return SealedMandate(
        legal,
        assertion.representation_types,
        assertion.issuer,
        assertion.evidence,
        assertion.session_until,
        tuple(value.xml for value in readable(between, dv)),
        tuple(value for value in restrictions if isinstance(value, str)),
    )
