"""What keeps somebody from giving a mandate: a measure of a court that covers the service (mandates 6, R-CONFLICT)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from catalog.repository import Catalog
from catalog.services import Service
from registers.rechtspraak import Measures
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, ServiceUuid
from stelsel.subjects import Ground, Interest, Representation, State

_COVERS: Final[Mapping[Ground, frozenset[Interest]]] = {
    Ground.BEWIND: frozenset({Interest.VERMOGEN}),
    Ground.MENTORSCHAP: frozenset({Interest.PERSOONLIJK, Interest.ZORG}),
}


class Obstacles:
    """Asks the court's register; without one nobody can be told to be free to give."""

    def __init__(self, measures: Measures | None, catalog: Catalog) -> None:
        self._measures = measures
        self._catalog = catalog

    async def found(self, giver: Bsn, service: ServiceUuid, at: datetime) -> Ground | None:
        """The ground of a measure in the way; None when there is none. Raises `RegisterUnavailable`."""
        if self._measures is None:
            raise RegisterUnavailable("rechtspraak", "no register of the court is set")
        known = await self._catalog.find(service)
        measures = await self._measures.measures_over(giver, at)
        return None if known is None else in_the_way(measures, known[0], at)


def in_the_way(measures: tuple[Representation, ...], service: Service, at: datetime) -> Ground | None:
    """Curatele stands in the way of everything, bewind and mentorschap of what they cover (R-CONFLICT). Pure."""
    for measure in measures:
        covers = measure.ground is Ground.CURATELE or _COVERS.get(measure.ground, frozenset()) & service.interests
        if covers and measure.state is State.ACTIVE and measure.period.holds_at(at):
            return measure.ground
    return None
