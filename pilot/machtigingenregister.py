"""The machtigingenregister (MR) of eHerkenning in the pilot: for whom a means may be used in a service (mandates 2.4).

A shape of its own: in life an MR is asked in XACML, and what it answers is for the makelaar alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from catalog.repository import Catalog
from catalog.services import Service
from pilot.cast import BEWINDVOERING, Authorisation, Chain, Employee, Organisation
from pilot.faults import CallLog, faulty, names_of, outcome_of, problem, read_body
from pilot.world import World
from runtime.settings import Clock
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier
from stelsel.identifiers import ServiceUuid, Vestigingsnummer
from stelsel.reasons import Reason
from stelsel.subjects import Ground, Period

SOURCE: Final = "mr"
PATH: Final = "/bevoegdheden/bevragen"
_ACTIVE: Final = "ACTIEF"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bevoegdheid:
    """For whom, through whom (outermost first), up to which level, within which vestiging; or why not after all."""

    organisation: Organisation
    links: tuple[Organisation, ...] = ()
    loa: LevelOfAssurance
    vestiging: Vestigingsnummer | None = None
    refused: Reason | None = None

    @property
    def ground(self) -> Ground:
        """A mandate of one's own organisation, or one through others."""
        return Ground.KETEN if self.links else Ground.EH_MACHTIGING


def bevoegdheden_of(world: World, employee: Employee, service: Service, at: datetime) -> tuple[Bevoegdheid, ...]:
    """All that an employee has for this service, in the order of the world; what is refused has its reason."""
    search = _Search(world, employee, service, at)
    found: dict[tuple[str, ...], Bevoegdheid] = {}
    for each in (*search.own(), *search.chains()):
        key = (
            each.organisation.name,
            each.vestiging.value if each.vestiging else "",
            *(one.name for one in each.links),
        )
        had = found.get(key)
        if had is None or (had.refused and not each.refused):
            found[key] = each
    return tuple(found.values())


class _Search:
    """One question. A link of a chain to an employee is for the chain alone, an authorisation for both."""

    def __init__(self, world: World, employee: Employee, service: Service, at: datetime) -> None:
        self._world = world
        self._employee = employee
        self._service = service
        self._minimum = service.minimum_on(at, "eherkenning")
        self._on = at
        self._name = model_of(world, service)
        self._office = world.organisation(employee.organisation)

    def own(self) -> Iterator[Bevoegdheid]:
        """For one's own organisation; one row for each part of it."""
        best: dict[Vestigingsnummer | None, Bevoegdheid] = {}
        for row in self._authorised():
            reason = Reason.EMPLOYEE_NOT_AUTHORISED if row.state != _ACTIVE else self._unfit(row.loa, row.vestiging)
            made = self._made(self._office, (), (row.loa,), row.vestiging, reason)
            had = best.get(row.vestiging)
            if had is None or (had.refused and not made.refused) or (not made.refused and had.loa < made.loa):
                best[row.vestiging] = made
        return iter(best.values())

    def chains(self) -> Iterator[Bevoegdheid]:
        """For whoever mandated the office, or an organisation that mandated that one, and so on."""
        for link in self._world.chains:
            if link.service == self._name and link.receiver == self._employee.name:
                start = self._world.organisation(link.giver)
                if start != self._office:
                    yield self._chained(start, (self._office,), (link,))
                    yield from self._upward(start, (start, self._office), (link,))
                else:
                    yield from self._upward(start, (start,), (link,))
        for row in self._authorised():
            own = Chain(
                name="", giver=self._office.name, receiver=self._employee.name, service=self._name, **_link_of(row)
            )
            yield from self._upward(self._office, (self._office,), (own,))

    def _upward(
        self, organisation: Organisation, links: tuple[Organisation, ...], passed: tuple[Chain, ...]
    ) -> Iterator[Bevoegdheid]:
        for link in self._world.chains:
            if link.service != self._name or link.receiver != organisation.name:
                continue
            giver = self._world.organisation(link.giver)
            if giver in links:  # a circle: whoever is reached only so is refused
                yield self._made(giver, links, (), None, Reason.CHAIN_BROKEN)
                continue
            yield self._chained(giver, links, (link, *passed))
            yield from self._upward(giver, (giver, *links), (link, *passed))

    def _chained(self, giver: Organisation, links: tuple[Organisation, ...], passed: tuple[Chain, ...]) -> Bevoegdheid:
        levels = tuple(each.loa for each in passed)
        reason: Reason | None = None
        if any(each.state != "active" for each in (giver, *links)):
            reason = Reason.ORGANISATION_INACTIVE
        elif any(each.state != _ACTIVE for each in passed):
            reason = Reason.CHAIN_BROKEN
        elif len(links) > self._service.chain or Ground.KETEN not in self._service.grounds:
            reason = Reason.CHAIN_NOT_ALLOWED
        elif any(level is not None and level < self._minimum for level in levels):
            reason = Reason.LOA_TOO_LOW
        elif any(each.vestiging is not None for each in passed):
            reason = Reason.RESTRICTION_NOT_SUPPORTED
        return self._made(giver, links, levels, None, reason)

    def _unfit(self, level: LevelOfAssurance | None, vestiging: Vestigingsnummer | None) -> Reason | None:
        """What is the matter with a mandate of one's own organisation (mandates 6, in the order of its rules)."""
        if self._office.state != "active":
            return Reason.ORGANISATION_INACTIVE
        if level is not None and level < self._minimum:
            return Reason.LOA_TOO_LOW
        if vestiging is None:
            return None
        if not self._service.vestiging:
            return Reason.RESTRICTION_NOT_SUPPORTED
        branch = next((each for each in self._office.vestigingen if each.number == vestiging), None)
        is_open = branch is not None and Period(None, branch.closed_from).holds_at(self._on)
        return None if is_open else Reason.ORGANISATION_INACTIVE

    def _made(
        self,
        organisation: Organisation,
        links: tuple[Organisation, ...],
        levels: tuple[LevelOfAssurance | None, ...],
        vestiging: Vestigingsnummer | None,
        reason: Reason | None,
    ) -> Bevoegdheid:
        loa = min([self._employee.loa, *(level for level in levels if level is not None)])
        return Bevoegdheid(organisation=organisation, links=links, loa=loa, vestiging=vestiging, refused=reason)

    def _authorised(self) -> Iterator[Authorisation]:
        """What is for this service; an office's authorisation for bewindvoering is for every service that takes it."""
        for row in self._employee.authorised:
            office = row.target == BEWINDVOERING and Ground.EH_BEWIND in self._service.grounds
            if row.target == self._name or office:
                yield row


def model_of(world: World, service: Service) -> str:
    """The world's name of a service: of a DV that joined later, the one of which it has a copy (`NAME-1`)."""
    names = {each.name for each in world.services}
    return service.name if service.name in names else service.name.rpartition("-")[0]


def _link_of(row: Authorisation) -> Json:
    return {"loa": row.loa, "state": row.state, "vestiging": row.vestiging}


def build_machtigingenregister(world: World, clock: Clock, calls: CallLog, catalog: Catalog) -> Starlette:
    """The stub as an application; it keeps the faults that the world has for `mr`."""
    stub = _Machtigingenregister(world, clock, calls, catalog)
    return Starlette(routes=[Route(PATH, stub.bevragen, methods=["POST"])])


class _Machtigingenregister:
    def __init__(self, world: World, clock: Clock, calls: CallLog, catalog: Catalog) -> None:
        self._world = world
        self._clock = clock
        self._calls = calls
        self._catalog = catalog

    async def bevragen(self, request: Request) -> Response:
        at = self._clock()
        body = read_body(await request.body())
        employee = self._employee(body.get("middel"))
        service = await self._service(body.get("dienst"))
        answer = self._answer(employee, service, at)
        fault = self._world.fault(SOURCE, at)
        about = names_of(self._world, [employee.pseudonym] if employee else [])
        self._calls.note(SOURCE, at, about, outcome_of(fault, answer))
        return faulty(fault, answer)

    def _answer(self, employee: Employee | None, service: Service | None, at: datetime) -> Response:
        if employee is None or service is None:
            return problem(400, "paramsValidation", "middel of dienst ontbreekt of is niet bekend.")
        found = bevoegdheden_of(self._world, employee, service, at)
        return JSONResponse(
            {
                "bevoegdheden": [_write(each) for each in found if not each.refused],
                "geweigerd": [{**_write(each), "reden": each.refused.value} for each in found if each.refused],
            }
        )

    def _employee(self, value: object) -> Employee | None:
        return next((each for each in self._world.employees if each.pseudonym.value == value), None)

    async def _service(self, value: object) -> Service | None:
        try:
            found = await self._catalog.find(ServiceUuid(str(value)))
        except BadIdentifier:
            return None
        return found[0] if found else None


def _write(one: Bevoegdheid) -> Json:
    return {
        "belanghebbende": _organisation(one.organisation),
        "intermediairs": [_organisation(each) for each in one.links],
        "niveau": one.loa.etoegang_word,
        **({"vestigingsnummer": one.vestiging.value} if one.vestiging else {}),
    }


def _organisation(one: Organisation) -> Json:
    return {"kvkNummer": one.kvk.value, "naam": one.full_name, **({"rsin": one.rsin.value} if one.rsin else {})}
