"""The BVD's own record of what it decided: one for each decision, denials and failures too, before anybody is told."""

from collections.abc import Mapping
from typing import Final

from bvd.decide import Decision, Notices, Refusal
from bvd.stored import dump_representation, dump_subject
from runtime.journal import Journal
from stelsel.failures import (
    AssuranceTooLow,
    Failure,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
    ServiceUnknown,
)
from stelsel.identifiers import Bsn, EntityId, ServiceUuid
from stelsel.subjects import Identity, Mandate, Representation

DECISION: Final = "decision"
DECLARATION: Final = "declaration"
REFUSED: Final = "refused"
GRANTED: Final = "granted"


class Records:
    """Writes decision records. Raises `DatabaseUnavailable`: without a durable record nothing is decided (P3)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def decided(
        self,
        trace: str,
        dv: EntityId,
        service: ServiceUuid,
        identity: Identity,
        decision: Decision,
        named: Bsn | None = None,
    ) -> str:
        """Records what may be chosen and what may not, with each reason; the code under which it is found.

        `named` is the one person that the user named, if any (R-ORACLE).
        """
        failure = decision.refusal.failure if decision.refusal else None
        return await self._journal.record(
            DECISION,
            trace=trace,
            facts={
                **_facts(dv, service, identity),
                "usable": str(len(decision.usable)),
                "refused": str(len(decision.refused)),
                "silent": ",".join(decision.silent),
                "outcome": REFUSED if failure else GRANTED,
                "reason": reason_of(failure) or "",
            },
            sealed={
                "acting": dump_subject(identity.acting),
                "office": dump_subject(identity.office),
                "named": dump_subject(named),
                "usable": [dump_representation(mandate.representation) for mandate in decision.usable],
                "refused": [[dump_representation(row.representation), row.reason.value] for row in decision.refused],
            },
        )

    async def refused(
        self, trace: str, dv: EntityId, service: ServiceUuid, identity: Identity, failure: Failure
    ) -> str:
        """Records what ended a visit before any register was asked."""
        decision = Decision((), (), Notices({}), (), Refusal(failure, None))
        return await self.decided(trace, dv, service, identity, decision)

    async def declared(
        self,
        trace: str,
        dv: EntityId,
        service: ServiceUuid,
        identity: Identity,
        chosen: Representation,
        result: Mandate | Failure,
    ) -> str:
        """Records what was declared at issue, or why it was not (R-REISSUE)."""
        failure, representation = (result, chosen) if isinstance(result, Failure) else (None, result.representation)
        return await self._journal.record(
            DECLARATION,
            trace=trace,
            facts={
                **_facts(dv, service, identity),
                "ground": chosen.ground.value,
                "outcome": REFUSED if failure else GRANTED,
                "reason": reason_of(failure) or "",
            },
            sealed={
                "acting": dump_subject(identity.acting),
                "office": dump_subject(identity.office),
                "representation": dump_representation(representation),
            },
        )


_REASONS: Final[Mapping[type[Failure], Reason]] = {
    AssuranceTooLow: Reason.LOA_TOO_LOW,
    RegisterUnavailable: Reason.REGISTER_UNAVAILABLE,
    ServiceInactive: Reason.SERVICE_INACTIVE,
    ServiceNotRepresentable: Reason.SERVICE_NOT_REPRESENTABLE,
    ServiceUnknown: Reason.SERVICE_UNKNOWN,
}


def reason_of(failure: Failure | None) -> str | None:
    """The reason of mandates 6 behind a failure, or the failure's own name."""
    if isinstance(failure, NoValidRepresentation):
        return failure.reason.value
    return _REASONS.get(type(failure), type(failure).__name__) if failure else None


def _facts(dv: EntityId, service: ServiceUuid, identity: Identity) -> dict[str, str]:
    return {
        "dv": dv.value,
        "service": service.value,
        "authority": identity.authority.value,
        "loa": identity.loa.word,
    }
