"""A stub herkenningsmakelaar (HM): an employee is chosen, its machtigingenregister asked, an organisation picked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

from catalog.repository import Catalog
from catalog.services import Service
from exchange.artifacts import Artifacts
from exchange.back_channel import Enclose
from exchange.party import Self
from exchange.respond import Reply, statement, write_failure, write_success
from exchange.sso import Asked, SsoDoor
from exchange.statuses import status_of
from metadata.entities import Entity
from pilot.bevoegdheden import Offered, Register
from pilot.cast import Employee
from pilot.pseudonyms import specific_pseudonym
from pilot.world import World
from runtime.journal import Journal
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    AuthenticationFailed,
    Cancelled,
    Failure,
    LoginExpired,
    LoginOvertaken,
    MeansRefused,
    RegisterUnavailable,
    ServiceUnknown,
)
from stelsel.identifiers import EntityId, KvkNummer, Oin, ServiceUuid, Vestigingsnummer
from stelsel.reasons import Reason
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import artifact_url
from stelsel.saml.etoegang import Recognised, attributes_of, service_id
from stelsel.saml.response import Status
from stelsel.saml.rules.requests import FROM_THE_ROUTER, dv_and_service

VISIT_SECONDS: Final = 15 * 60
MANDATE: Final = "mandate"  # its record in the makelaar's journal, for `pilot login`


class Ending(StrEnum):
    """How a visit can end without anybody recognised, by a button of the stub."""

    CANCEL = "cancel"
    FAIL = "fail"
    REFUSE = "refuse"


_FAILURES: Final[dict[Ending, type[Failure]]] = {
    Ending.CANCEL: Cancelled,
    Ending.FAIL: AuthenticationFailed,
    Ending.REFUSE: MeansRefused,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a router asked, between its request and its artifact.

    `bvd` is who must be able to read the answer too, of somebody who will act for a client of his office. `employee`
    and `level` are what was chosen first; then `offered`, numbered, is what the register has, or `refused` why there is
    nothing (`away`: it did not answer). `search` and `no_level` are what the page shows; `leave_to` is where the
    browser goes once the visit has ended.
    """

    id: str
    router: str
    request_id: str
    reply: str
    relay_state: str | None
    dv: str
    service: str
    bvd: str | None = None
    browser: str | None = None
    employee: str = ""
    level: int = 0
    offered: tuple[Mapping[str, Any], ...] = ()
    refused: str = ""
    search: str = ""
    no_level: bool = False
    leave_to: str = ""

    @property
    def organisations(self) -> tuple[Offered, ...]:
        """Those that can be picked, by their number."""
        return tuple(
            Offered(
                **{
                    **each,
                    "loa": LevelOfAssurance(each["loa"]),
                    "links": tuple((number, name) for number, name in each["links"]),
                }
            )
            for each in self.offered
        )


@dataclass(frozen=True, slots=True)
class Makelaar:
    """What sets one HM apart: authenticatiedienst and register that it rests on, and the DVs that it serves alone."""

    authority: EntityId
    registry: EntityId
    only: frozenset[EntityId]


class MakelaarStub:
    """An HM of its own: it trusts what its metadata store holds and answers whom it knows."""

    def __init__(
        self,
        party: Self,
        makelaar: Makelaar,
        location: str,
        artifacts: Artifacts,
        catalog: Catalog,
        world: World,
        register: Register,
        journal: Journal,
    ) -> None:
        self._party = party
        self._makelaar = makelaar
        self._location = location
        self._door = SsoDoor(party, location, FROM_THE_ROUTER)
        self._artifacts = artifacts
        self._catalog = catalog
        self._world = world
        self._register = register
        self._journal = journal

    async def receive(self, form: Mapping[str, str]) -> str:
        """Takes a router's AuthnRequest; the address of the visit, or the router's when it ends here."""
        visit = _visit(await self._door.receive(form), await self._party.store.new_handle())
        try:
            await self.service(visit)
            if self._makelaar.only and EntityId(visit.dv) not in self._makelaar.only:
                raise ServiceUnknown("no DV of this makelaar's", found=visit.dv)
            if visit.bvd is not None:
                self._party.trust.find(EntityId(visit.bvd), self._party.clock())
        except Failure as failure:
            return await self._answer(visit, {"status": _status(failure)})
        return f"/inloggen/{(await self.keep(visit)).id}"

    async def service(self, visit: Visit) -> Service:
        """What is asked for. Raises `ServiceUnknown` or `ServiceInactive`."""
        return await self._catalog.service(ServiceUuid(visit.service), EntityId(visit.dv), self._party.clock())

    async def keep(self, visit: Visit, **changes: Any) -> Visit:
        """The visit with these changes."""
        changed = replace(visit, **changes)
        await self._party.store.put(f"hm:{visit.id}", json.dumps(asdict(changed)).encode(), VISIT_SECONDS)
        return changed

    async def find(self, visit_id: str) -> Visit:
        """The visit as it stands. Raises `LoginExpired`."""
        stored = await self._party.store.get(f"hm:{visit_id}")
        if stored is None:
            raise LoginExpired("no such visit")
        return Visit(**json.loads(stored))

    async def end(self, visit: Visit, ending: Ending) -> Visit:
        """The visit, ended by one of the stub's other buttons; once (`LoginOvertaken`)."""
        return await self._end(visit, {"status": _status(_FAILURES[ending]())})

    async def recognise(self, visit: Visit, name: str, level: LevelOfAssurance) -> Visit:
        """The visit of this employee, with what the register has for it; ended where the level is too low."""
        employee = next((each for each in self._world.employees if each.name == name), None)
        if employee is None:
            return await self.end(visit, Ending.FAIL)
        service = await self.service(visit)
        if level > employee.loa or level < service.minimum_on(self._party.clock(), "eherkenning"):
            return await self._refuse(visit, AssuranceTooLow(), Reason.LOA_TOO_LOW)
        visit = replace(visit, employee=name, level=int(level), offered=(), refused="", no_level=False)
        try:
            if visit.bvd is None:
                found = await self._register.ask(employee.pseudonym, service.uuid)
            else:
                found = await self._register.ask_for_clients(employee.pseudonym, self._party.clock())
        except RegisterUnavailable:
            return await self.keep(visit, refused=Reason.REGISTER_UNAVAILABLE.value)
        if found.usable:
            return await self.keep(visit, offered=tuple(asdict(each) for each in found.usable))
        if found.reason is Reason.LOA_TOO_LOW:
            return await self._refuse(visit, AssuranceTooLow(), found.reason)
        return await self.keep(visit, refused=found.reason.value)

    async def leave(self, visit: Visit) -> Visit:
        """The visit of somebody who read that there is nothing to use, ended."""
        reason = Reason(visit.refused)
        away = reason is Reason.REGISTER_UNAVAILABLE
        return await self._refuse(visit, RegisterUnavailable("mr") if away else AuthenticationFailed(), reason)

    async def pick(self, visit: Visit, number: int) -> Visit:
        """The visit, ended with a declaration for one of its organisations. Raises `LoginOvertaken` for no such one."""
        if not 0 <= number < len(visit.organisations):
            raise LoginOvertaken("no such organisation on this page")
        offered = visit.organisations[number]
        loa = min(LevelOfAssurance(visit.level), offered.loa)
        service = await self.service(visit)
        if loa < service.minimum_on(self._party.clock(), "eherkenning"):
            return await self._refuse(visit, AssuranceTooLow(), Reason.LOA_TOO_LOW)
        ended = await self._end(visit, {"number": number, "loa": int(loa)})
        # for a client of the office it is the BVD that decides on which ground
        await self._record(visit, ground="" if visit.bvd else offered.ground.value, reason="")
        return ended

    async def declare(self, pending: str, router: Entity, enclose: Enclose) -> bytes:
        """The Response behind an artifact, enclosed: the summary assertion, and in its Advice what it rests on."""
        held = json.loads(pending)
        visit, now = Visit(**held["visit"]), self._party.clock()
        reply = Reply(self._party.entity_id, visit.request_id, visit.reply, now)
        if "status" in held:
            status = Status(*held["status"])
            return await self._party.offload(lambda: enclose(write_failure(reply, status)))
        offered, level = visit.organisations[held["number"]], LevelOfAssurance(held["loa"])
        employee = self._world.employee(visit.employee)
        dv_oin = (await self._catalog.provider(EntityId(visit.dv))).oin
        write = partial(self._written, reply, visit, employee, offered, level, now, dv_oin)
        return await self._party.offload(lambda: enclose(write()))

    def _written(
        self,
        reply: Reply,
        visit: Visit,
        employee: Employee,
        offered: Offered,
        level: LevelOfAssurance,
        now: datetime,
        dv_oin: Oin,
    ) -> bytes:
        dv, key = EntityId(visit.dv), self._party.keys.signing(now)
        bvd = None if visit.bvd is None else EntityId(visit.bvd)
        readers = [self._party.trust.find(each, now).recipient() for each in (dv, bvd) if each is not None]
        recognised = Recognised(
            service=ServiceUuid(visit.service),
            service_id=service_id(dv_oin, self._number(visit.service)),
            acting=specific_pseudonym(self._world, employee, dv_oin),
            represented=offered.organisation,
            name=offered.name,
            vestiging=Vestigingsnummer(offered.vestiging) if offered.vestiging else None,
            intermediaries=tuple(KvkNummer(number) for number, _ in offered.links),
            registry=self._makelaar.registry,
        )
        own = Reply(self._makelaar.authority, visit.request_id, self._location, now)
        means = statement(
            own,
            audiences=(self._party.entity_id,),
            context_class=LevelOfAssurance(visit.level).etoegang,
            attributes=(Attribute(urns.ETOEGANG_SERVICE_UUID, (visit.service,)),),
        )
        summary = statement(
            reply,
            audiences=(EntityId(visit.router), *((bvd,) if bvd is not None else ())),
            context_class=level.etoegang,
            attributes=attributes_of(recognised, readers),
            authorities=(self._makelaar.authority,),
            advice=(assertions.write(means, key),),
        )
        return write_success(reply, summary, key)

    def _number(self, service: str) -> int:
        """Which of its DV's services it is, as eTD numbers them; 1 of a DV that joined later."""
        of_the_dv = [each for each in self._world.services if each.uuid.value == service]
        if not of_the_dv:
            return 1
        beside = [each.uuid.value for each in self._world.services if each.provider == of_the_dv[0].provider]
        return beside.index(service) + 1

    async def _refuse(self, visit: Visit, failure: Failure, reason: Reason) -> Visit:
        ended = await self._end(visit, {"status": _status(failure)})
        await self._record(visit, ground="", reason=reason.value)
        return ended

    async def _end(self, visit: Visit, what: Mapping[str, object]) -> Visit:
        if not await self._party.store.claim(f"hm:{visit.id}", VISIT_SECONDS):
            raise LoginOvertaken("this visit ended before")
        return await self.keep(visit, leave_to=await self._answer(visit, what))

    async def _record(self, visit: Visit, *, ground: str, reason: str) -> None:
        """What the makelaar decided: no number in it, and never on the wire."""
        facts = {"dv": visit.dv, "service": visit.service, "ground": ground, "reason": reason}
        await self._journal.record(MANDATE, facts=facts)

    async def _answer(self, visit: Visit, what: Mapping[str, object]) -> str:
        pending = json.dumps({"visit": asdict(visit), **what})
        artifact = await self._artifacts.issue(EntityId(visit.router), pending)
        return artifact_url(visit.reply, artifact, visit.relay_state)


def _visit(asked: Asked, visit_id: str) -> Visit:
    request = asked.request
    dv, service = dv_and_service(request)
    return Visit(
        id=visit_id,
        router=request.issuer.value,
        request_id=request.id,
        reply=asked.reply.location,
        relay_state=asked.relay_state,
        dv=dv.value,
        service=service.value,
        bvd=request.requester_ids[0].value if request.requester_ids else None,
    )


def _status(failure: Failure) -> list[str | None]:
    """An HM tells what eTD has a word for: a mandate refused is AuthnFailed, as a user who was not recognised."""
    status = status_of(failure)
    return [status.code, status.sub, status.message]
