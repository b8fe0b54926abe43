"""What the pilot alone can tell of a running network: who is in it, what would be granted now, and what was decided."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bvd.decide import decide
from bvd.query import Sources, ask
from bvd.records import DECISION, DECLARATION, GRANTED
from catalog.profiles import Loss
from catalog.services import Provider, Service
from gateway.means.etoegang import OF_OFFICES
from pilot import pages
from pilot.cast import CastMember, Employee, Person, Visitor
from pilot.eidas import LEVELS as EIDAS_LEVELS
from pilot.faults import CallLog
from pilot.joining import Application, Joining, NotTaken
from pilot.lists import NothingToRevoke, RevocationLists, Wanted
from pilot.machtigingenregister import bevoegdheden_of
from pilot.makelaar import MANDATE
from pilot.makelaar_front import MEANS
from pilot.mandates import Mandates, NotDone, Step
from pilot.places import EIDAS, MAKELAAR_EEN, entity_of
from pilot.pseudonyms import pseudonyms_of
from pilot.world import World, subject_of
from registers.question import Question
from runtime.journal import Entry, Journal
from runtime.reports import REFUSAL, last_refused
from runtime.settings import Clock
from runtime.web.frame import Frame
from runtime.web.language import choose
from runtime.web.look import Look
from runtime.web.refusals import refusals_page
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Failure, Reason
from stelsel.identifiers import Bsn, EntityId, KvkNummer, Pseudonym, Rsin, Subject
from stelsel.subjects import Identity, Mandate

REFUSALS: Final = "/refusals"
_TYPES: Final[Mapping[type, str]] = {Bsn: "legacy-BSN", KvkNummer: "KvKnr", Rsin: "RSIN", Pseudonym: "Pseudo"}
# What the gateway told a DV without asking the BVD, in the words of mandates 6.
_REASONS: Final[Mapping[str, Reason]] = {
    "ServiceUnknown": Reason.SERVICE_UNKNOWN,
    "ServiceInactive": Reason.SERVICE_INACTIVE,
    "ServiceNotRepresentable": Reason.SERVICE_NOT_REPRESENTABLE,
    "AssuranceTooLow": Reason.LOA_TOO_LOW,
}


class Control:
    """JSON for the other `pilot` commands, on a host name of its own, loopback only."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        network: Mapping[str, Any],
        sources: Sources,
        calls: CallLog,
        bvd: Journal,
        gateway: Journal,
        makelaars: Sequence[Journal],
        authorities: Mapping[str, EntityId],
        look: Look,
        joining: Joining,
        lists: RevocationLists,
        mandates: Mandates,
    ) -> None:
        self._world = world
        self._clock = clock
        self._network = network
        self._sources = sources
        self._calls = calls
        self._bvd = bvd
        self._gateway = gateway
        self._makelaars = makelaars
        self._authorities = authorities
        self._look = look
        self._joining = joining
        self._lists = lists
        self._mandates = mandates

    def routes(self) -> list[Route]:
        """What the commands ask."""
        return [
            Route("/", self.index, methods=["GET"]),
            Route("/network", self.network, methods=["GET"]),
            Route("/names", self.names, methods=["GET"]),
            Route("/people", self.people, methods=["GET"]),
            Route("/calls", self.calls, methods=["GET"]),
            Route("/told", self.told, methods=["GET"]),
            Route("/decision", self.decision, methods=["POST"]),
            Route(REFUSALS + "/{dv}", self.refusals, methods=["GET"]),
            Route("/connect", self.connect, methods=["POST"]),
            Route("/revoke", self.revoke, methods=["POST"]),
            Route("/mandates", self.mandates, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        """Where to click, and who is in this world."""
        language = choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
        dvs = [
            pages.DvLink(
                dv["title"][language],
                [(each["title"][language], f"{dv['site']}?service={each['name']}") for each in dv["services"]],
                f"{REFUSALS}/{dv['name']}?lang={language}",
                dv["supplier"]["title"][language] if dv["supplier"] else "",
                [Loss(sentence).name.lower() for sentence in dv["gives_up"]],
            )
            for dv in self._network["dvs"]
        ]
        rows = [await self._person(member) for member in self._world.members]
        people = [
            pages.PersonLine(row["name"], list(dict.fromkeys(each["name"] for each in row["may_act_for"])))
            for row in rows
        ]
        return pages.index(self._look, Frame(language=language, path="/"), dvs, people)

    async def refusals(self, request: Request) -> Response:
        """The messages of a DV that the gateway refused last, as the DV reads them at the back channel; and those of
        the LC through which it goes, which sends them in its own name."""
        language = choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
        name = request.path_params["dv"]
        dv = next((each.entity_id for each in self._world.dvs if each.name == name), None)
        if dv is None:
            return Response(status_code=404)
        senders = [dv.value, *(each.lc.value for each in self._world.clusters if each.dv == dv)]
        lists = {party: await last_refused(self._gateway, party) for party in dict.fromkeys(senders)}
        return refusals_page(self._look, Frame(language=language, path=f"{REFUSALS}/{name}"), lists)

    async def network(self, request: Request) -> Response:
        """`pilot network --json`."""
        return JSONResponse({**self._network, "now": self._clock().isoformat()})

    async def people(self, request: Request) -> Response:
        """`pilot people --json`: asks and decides as a login would, now, for everybody."""
        return JSONResponse([await self._person(member) for member in self._world.members])

    async def names(self, request: Request) -> Response:
        """Who there is: as `people`, without asking anybody for whom they may act."""
        return JSONResponse(
            [{"name": one.name, "identifiers": _identifiers(self._world, one)} for one in self._world.members]
        )

    async def calls(self, request: Request) -> Response:
        """`pilot calls --json`."""
        return JSONResponse(self._calls.entries())

    async def told(self, request: Request) -> Response:
        """`pilot told --json`."""
        return JSONResponse(self._mandates.told())

    async def decision(self, request: Request) -> Response:
        """The ground and the reason in the BVD's record of a trace, of the person named where there is one; or in that
        of the makelaar where somebody logged in."""
        wanted = json.loads(await request.body())
        entries = await self._bvd.story(wanted["trace"])
        ground, reason = self._read(entries, wanted.get("represented"))
        for journal in self._makelaars:
            for entry in await journal.story(wanted["trace"]):
                if entry.kind == MANDATE:
                    ground, reason = entry.facts["ground"] or ground, entry.facts["reason"] or reason
        if reason is None and ground is None:
            refusals = [entry for entry in await self._gateway.story(wanted["trace"]) if entry.kind == REFUSAL]
            reason = next((_REASONS.get(entry.facts.get("failure", "")) for entry in reversed(refusals)), None)
        return JSONResponse({"ground": ground, "reason": reason})

    async def connect(self, request: Request) -> Response:
        """`pilot connect`. JSON by its content type, which no page of another site can send."""
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"refused": ["not application/json"]}, 415)
        try:
            return JSONResponse(await self._joining.join(Application.read(await request.body())))
        except NotTaken as refused:
            return JSONResponse({"refused": list(refused.lines)}, 422)

    async def revoke(self, request: Request) -> Response:
        """`pilot revoke`. JSON by its content type, as `connect`."""
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"refused": ["not application/json"]}, 415)
        try:
            wanted = Wanted.read(await request.body())
            files = await asyncio.to_thread(self._lists.revoke, wanted.party, wanted.uses)
        except NothingToRevoke as refused:
            return JSONResponse({"refused": [str(refused)]}, 422)
        return JSONResponse({"party": wanted.party, "revoked": files, "list": self._lists.address})

    async def mandates(self, request: Request) -> Response:
        """`pilot ask`, `activate` and `withdraw`. JSON by its content type, as `connect`."""
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"refused": ["not application/json"]}, 415)
        try:
            return JSONResponse(await self._mandates.take(Step.read(await request.body())))
        except NotDone as refused:
            return JSONResponse({"refused": [str(refused)]}, 422)

    def _read(self, entries: Iterable[Entry], represented: str | None) -> tuple[str | None, str | None]:
        """What was declared in the end, else why what was wanted could not be chosen."""
        ground = reason = None
        for entry in entries:
            facts = entry.facts
            if entry.kind == DECLARATION:
                granted = facts["outcome"] == GRANTED
                ground, reason = (facts["ground"], None) if granted else (None, facts["reason"])
            elif entry.kind == DECISION:
                reason = facts["reason"] or None
                if represented is not None:
                    reason = _about(represented, reason, self._bvd.open_sealed(entry), silent=bool(facts["silent"]))
        return ground, reason

    async def _person(self, member: CastMember) -> dict[str, Any]:
        services = [each for each in self._world.services if each.representable or isinstance(member, Employee)]
        granted = [await self._granted(member, service) for service in services]
        return {
            "name": member.name,
            "identifiers": _identifiers(self._world, member),
            "means": _means(member),
            "may_act_for": [row for rows in granted for row in rows],
        }

    async def _granted(self, member: CastMember, service: Service) -> list[dict[str, Any]]:
        """For whom this member may act in one service, with each means and at the level that it takes."""
        if isinstance(member, Employee):
            return [*self._mandated(member, service), *await self._for_clients(member, service)]
        if not isinstance(member, Person):
            return []
        taken = [means for means in self._authorities if means in member.means and means in service.means]
        identities = {
            means: Identity(member.bsn, member.means[means], self._authorities[means], self._clock()) for means in taken
        }
        return [row for means, one in identities.items() for row in await self._with_means(one, service, means)]

    async def _for_clients(self, employee: Employee, service: Service) -> list[dict[str, Any]]:
        """For which clients of the office an employee may act."""
        if MEANS not in service.means or not service.grounds & OF_OFFICES:
            return []
        office = self._world.organisation(employee.organisation).kvk
        identity = Identity(employee.pseudonym, employee.loa, entity_of(MAKELAAR_EEN), self._clock(), office)
        return await self._with_means(identity, service, MEANS)

    async def _with_means(self, identity: Identity, service: Service, means: str) -> list[dict[str, Any]]:
        now = identity.at
        employee = None if identity.office is None else identity.acting
        try:
            offer = await ask(Question(acting=identity.known_as, at=now), service, self._sources, 3.0, employee)
            decision = decide(identity, service, offer, now)
        except Failure:
            return []
        dv = next(each for each in self._world.dvs if each.entity_id == service.provider)
        rows = []
        for mandate in decision.usable:
            lowest = self._lowest(identity, service, mandate, offer, now)
            rows.append(self._row(mandate, service, dv, means, lowest))
        return rows

    def _mandated(self, employee: Employee, service: Service) -> list[dict[str, Any]]:
        """For which organisations an employee may act, as the machtigingenregister has it now."""
        now = self._clock()
        minimum = service.minimum_on(now, MEANS)
        if MEANS not in service.means or not service.is_active(now) or employee.loa < minimum:
            return []
        dv = next(each for each in self._world.dvs if each.entity_id == service.provider)
        return [
            {
                "name": each.organisation.name,
                "identifier": _identifier(each.organisation.kvk),
                "service": service.name,
                "dv": dv.name,
                "ground": each.ground.value,
                "means": MEANS,
                "loa": minimum.etoegang_word,
            }
            for each in bevoegdheden_of(self._world, employee, service, now)
            if each.refused is None
        ]

    def _lowest(self, identity: Identity, service: Service, mandate: Mandate, offer: Any, now: Any) -> LevelOfAssurance:
        """The lowest level at which the same relation is still usable."""
        for level in LevelOfAssurance:
            try:
                again = decide(replace(identity, loa=level), service, offer, now)
            except Failure:
                continue
            if any(each.representation.reference == mandate.representation.reference for each in again.usable):
                return level
        return identity.loa

    def _row(
        self, mandate: Mandate, service: Service, dv: Provider, means: str, loa: LevelOfAssurance
    ) -> dict[str, Any]:
        represented = mandate.representation.represented.subject
        known = self._world.find_party(represented) if represented else None
        return {
            "name": known.name if known else mandate.representation.represented.name,
            "identifier": _identifier(represented) if represented else None,
            "service": service.name,
            "dv": dv.name,
            "ground": mandate.ground.value,
            "means": means,
            "loa": loa.etoegang_word if means == MEANS else loa.word,
        }


def _about(represented: str, reason: str | None, sealed: Mapping[str, Any], *, silent: bool) -> str | None:
    """Why this one person could not be chosen, where `reason` says why nobody could; None when she could.

    A reason that is somebody else's is not this person's: of her no register knew, or one did not answer.
    """
    if any(_names(stated, represented) for stated in sealed["usable"]):
        return reason
    hers = [why for stated, why in sealed["refused"] if _names(stated, represented)]
    if hers:
        return str(hers[0])
    others = {why for _, why in sealed["refused"]} - {Reason.LOA_TOO_LOW}
    if reason is None or reason in others:
        return Reason.REGISTER_UNAVAILABLE if silent else Reason.NO_MANDATE
    return reason


def _names(stated: Mapping[str, Any], represented: str) -> bool:
    return represented in (stated["represented"][0] or ())


def _identifier(subject: Subject) -> dict[str, str]:
    return {"type": _TYPES[type(subject)], "value": subject.value}


def _identifiers(world: World, member: CastMember) -> list[dict[str, str]]:
    """A BSN or a KvK number, with what a country abroad calls somebody behind his BSN or alone; or of an employee the
    pseudonyms by which DVs know him."""
    if isinstance(member, Employee):
        return [_identifier(each) for each in dict.fromkeys(pseudonyms_of(world, member).values())]
    abroad = member.eidas if isinstance(member, Person | Visitor) else None
    own = [] if isinstance(member, Visitor) else [_identifier(subject_of(member))]
    return [*own, *([{"type": "PersonIdentifier", "value": abroad.identifier}] if abroad else [])]


def _means(member: CastMember) -> list[dict[str, Any]]:
    if isinstance(member, Visitor):
        return [{"means": EIDAS, "loa": [level.word for level in EIDAS_LEVELS if level <= member.level]}]
    if isinstance(member, Person):
        return [
            {"means": name, "loa": [level.word for level in _levels_of(name) if level <= highest]}
            for name, highest in member.means.items()
        ]
    if isinstance(member, Employee):
        return [{"means": MEANS, "loa": [level.etoegang_word for level in LevelOfAssurance if level <= member.loa]}]
    return []


def _levels_of(means: str) -> tuple[LevelOfAssurance, ...]:
    return EIDAS_LEVELS if means == EIDAS else tuple(LevelOfAssurance)
