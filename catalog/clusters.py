"""Cluster connections: suppliers (LC), and which services of which DV are asked for through them (DV-PRC-02)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import Period

_ALWAYS: Final = Period()
# Every profile but the standard has the gateway open identities for the DV, and an LC may read none (UC-04).
NOT_THROUGH_AN_LC: Final = "only a DV with profile st-saml can be connected through an LC (UC-04)"


class Hosting(StrEnum):
    """How a supplier runs what it connects. Infrastructure alone is no cluster connection (UC-05)."""

    SAAS = "saas"
    PAAS = "paas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A leverancier clusteraansluiting (LC): it connects DVs that do not connect themselves."""

    entity_id: EntityId
    oin: Oin
    name: str
    title: Mapping[str, str]
    hosting: Hosting = Hosting.SAAS
    active: bool = True
    window: Period = _ALWAYS

    def is_active(self, at: datetime) -> bool:
        """Whether its connection is on and counts today."""
        return self.active and self.window.holds_at(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """That a DV is connected through an LC. `services` None: all that the DV offers; else these, and no others."""

    lc: EntityId
    dv: EntityId
    services: frozenset[ServiceUuid] | None = None
    active: bool = True
    window: Period = field(default=_ALWAYS)

    def is_active(self, at: datetime) -> bool:
        """Whether the registration is on and counts today."""
        return self.active and self.window.holds_at(at)

    def covers(self, service: ServiceUuid) -> bool:
        """Whether that service may be asked for through the LC."""
        return self.services is None or service in self.services
