"""The Handelsregister of the pilot (mandates 3.3), from a world at the network's clock."""

from collections.abc import Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilot.cast import Functionaris, Organisation, Person
from pilot.faults import CallLog, faulty, names_of, outcome_of, read_body, read_subject
from pilot.world import World
from runtime.settings import Clock
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn, KvkNummer, Subject
from stelsel.subjects import Period

SOURCE: Final = "kvk"
PROFILE: Final = "/api/v1/basisprofielen/{number}"
OF_ORGANISATION: Final = "/api/v1/functionarissen/kvknummer/{number}"
OF_PERSON: Final = "/api/v1/functionarissen/natuurlijkpersoon"
_LISTS: Final = {
    "eigenaar": "eigenaar",
    "bestuursfunctie": "bestuursfuncties",
    "bestuurder": "bestuursfuncties",
    "aansprakelijke": "aansprakelijken",
    "gemachtigde": "gemachtigden",
    "gevolmachtigde": "gemachtigden",
    "publiekrechtelijkeFunctionaris": "publiekrechtelijkeFunctionarissen",
    "overigeFunctionaris": "overigeFunctionarissen",
    "functionarisBijzondereRechtstoestand": "functionarissenBijzondereRechtstoestand",
}

Json = dict[str, Any]


def build_kvk(world: World, clock: Clock, calls: CallLog) -> Starlette:
    """The stub as an application; it keeps the faults that the world has for `kvk`."""
    stub = _Handelsregister(world, clock, calls)
    return Starlette(
        routes=[
            Route(PROFILE, stub.profile, methods=["GET"]),
            Route(OF_ORGANISATION, stub.of_organisation, methods=["GET"]),
            Route(OF_PERSON, stub.of_person, methods=["POST"]),
        ]
    )


class _Handelsregister:
    def __init__(self, world: World, clock: Clock, calls: CallLog) -> None:
        self._world = world
        self._clock = clock
        self._calls = calls

    async def profile(self, request: Request) -> Response:
        return self._of(request, self._profile)

    async def of_organisation(self, request: Request) -> Response:
        return self._of(request, self._functionarissen)

    async def of_person(self, request: Request) -> Response:
        """In which organisations somebody stands, for parties that may ask by BSN."""
        person = read_subject(read_body(await request.body()))
        if not isinstance(person, Bsn):
            return self._told(None, _fault(400, "IPD0007", "Het BSN ontbreekt of is geen BSN."))
        numbers = dict.fromkeys(
            self._world.organisation(row.organisation).kvk.value
            for row in self._world.functionarissen
            if self._world.subject(row.who) == person
        )
        answer = {
            "natuurlijkPersoon": {"burgerservicenummer": person.value},
            "inschrijvingen": [{"kvkNummer": number} for number in numbers],
        }
        return self._told(person, JSONResponse(answer))

    def _of(self, request: Request, write: Callable[[Organisation], Json]) -> Response:
        try:
            number = KvkNummer(request.path_params["number"])
        except BadIdentifier:
            return self._told(None, _fault(400, "IPD0004", "Het KVK-nummer is niet valide."))
        found = next((each for each in self._world.organisations if each.kvk == number), None)
        if found is None:
            return self._told(number, _fault(404, "IPD0005", "Het KVK-nummer is niet bekend."))
        return self._told(number, JSONResponse(write(found)))

    def _told(self, subject: Subject | None, answer: Response) -> Response:
        at = self._clock()
        fault = self._world.fault(SOURCE, at)
        self._calls.note(SOURCE, at, names_of(self._world, [subject]), outcome_of(fault, answer))
        return faulty(fault, answer)

    def _profile(self, organisation: Organisation) -> Json:
        registered = {"datumAanvang": "20000101"}
        if organisation.state == "ended":
            registered["datumEinde"] = f"{self._clock():%Y}0101"
        return {
            "kvkNummer": organisation.kvk.value,
            "indNonMailing": "Nee",
            "naam": organisation.full_name,
            "materieleRegistratie": registered,
            "_embedded": {
                "eigenaar": {"rsin": organisation.rsin.value} if organisation.rsin else {},
                "hoofdvestiging": {
                    "kvkNummer": organisation.kvk.value,
                    **(
                        {"vestigingsnummer": organisation.vestigingen[0].number.value}
                        if organisation.vestigingen
                        else {}
                    ),
                },
            },
        }

    def _functionarissen(self, organisation: Organisation) -> Json:
        answer: Json = {"kvkNummer": organisation.kvk.value}
        if organisation.state == "bankrupt":
            answer["bijzondereRechtstoestand"] = {"soort": "Faillissement"}
        for row in self._world.functionarissen:
            if row.organisation == organisation.name:
                answer.setdefault(_LISTS[row.kind], []).append(self._write(row))
        return answer

    def _write(self, row: Functionaris) -> Json:
        member = self._world.party(row.who)
        person: Json = {"volledigeNaam": member.full_name if isinstance(member, Person) else member.name}
        if isinstance(member, Person):
            person["burgerservicenummer"] = member.bsn.value
        key = "natuurlijkPersoon" if isinstance(member, Person) else "rechtspersoon"
        written: Json = {key: person}
        if _LISTS[row.kind] == "gemachtigden":
            written["volmacht"] = {
                **({"typeVolmacht": row.authority} if row.authority else {}),
                **({"beperkingInGeld": {"waarde": row.limit, "valuta": "EUR"}} if row.limit is not None else {}),
                **({"beperkingInHandeling": list(row.forbidden)} if row.forbidden else {}),
            }
        elif row.authority or row.limit is not None or row.forbidden:
            written["bevoegdheid"] = {
                **({"soort": row.authority} if row.authority else {}),
                **({"beperkingInEuros": {"waarde": row.limit, "valuta": "EUR"}} if row.limit is not None else {}),
                **({"overigeBeperking": "; ".join(row.forbidden)} if row.forbidden else {}),
            }
        if row.suspensions:
            written["schorsing"] = [_suspension(each) for each in row.suspensions]
        return written


def _suspension(period: Period) -> Json:
    first = f"{period.first:%Y%m%d}" if period.first else "20000101"
    return {"aanvang": first, **({"einde": f"{period.until:%Y%m%d}"} if period.until else {})}


def _fault(status: int, code: str, text: str) -> Response:
    return JSONResponse({"fout": [{"code": code, "omschrijving": text}]}, status)
