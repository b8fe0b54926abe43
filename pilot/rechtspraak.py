"""The court's register Toezicht of the pilot (mandates 3.2), from a world at the network's clock."""

from datetime import date
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilot.cast import Measure, Organisation, Person, Representative
from pilot.faults import CallLog, faulty, names_of, outcome_of, problem, read_body, read_subject
from pilot.world import World, subject_of
from runtime.settings import Clock
from stelsel.identifiers import Bsn, Subject
from stelsel.subjects import Ground, Period

SOURCE: Final = "rechtspraak"
PATH: Final = "/vertegenwoordiging/bevragen"

Json = dict[str, Any]


def build_rechtspraak(world: World, clock: Clock, calls: CallLog) -> Starlette:
    """The stub as an application; it keeps the faults that the world has for `rechtspraak`."""
    stub = _Rechtspraak(world, clock, calls)
    return Starlette(routes=[Route(PATH, stub.bevragen, methods=["POST"])])


class _Rechtspraak:
    def __init__(self, world: World, clock: Clock, calls: CallLog) -> None:
        self._world = world
        self._clock = clock
        self._calls = calls

    async def bevragen(self, request: Request) -> Response:
        at = self._clock()
        body = read_body(await request.body())
        acting, protected = read_subject(body.get("vertegenwoordiger")), read_subject(body.get("betrokkene"))
        answer = _refusal(body, acting, protected) or self._answer(acting, protected)
        fault = self._world.fault(SOURCE, at)
        about = names_of(self._world, [subject for subject in (acting, protected) if subject is not None])
        self._calls.note(SOURCE, at, about, outcome_of(fault, answer))
        return faulty(fault, answer)

    def _answer(self, acting: Subject | None, protected: Subject | None) -> Response:
        """The measures in which the representative appears, or those over the protected person, whatever their state.

        Past and future ones stand in it with their dates: what counts today is not for a register to say.
        """
        told = [measure for measure in self._world.measures if self._is_told(measure, acting, protected)]
        return JSONResponse({"maatregelen": [self._write(measure) for measure in told]})

    def _is_told(self, measure: Measure, acting: Subject | None, protected: Subject | None) -> bool:
        over = self._world.subject(measure.person)
        if acting is None:
            return over == protected
        if over == acting:
            return True
        appointed = {self._world.subject(representative.who) for representative in measure.representatives}
        return acting in appointed and protected in (None, over)

    def _write(self, measure: Measure) -> Json:
        person = self._world.person(measure.person)
        written: Json = {
            "zaaknummer": measure.name,
            "soort": measure.kind.value,
            **_dates(measure.period, "datumIngang", "datumEinde"),
            "status": measure.state,
            "betrokkene": {
                "burgerservicenummer": person.bsn.value,
                "naam": person.full_name,
                **({"geboortedatum": person.born} if person.born else {}),
            },
            "vertegenwoordigers": [self._write_appointment(measure, row) for row in measure.representatives],
            "gepubliceerdInCCBR": measure.kind is not Ground.MENTORSCHAP,
        }
        if measure.kind is Ground.BEWIND:
            written["omvang"] = measure.scope
        return written

    def _write_appointment(self, measure: Measure, row: Representative) -> Json:
        party = self._world.party(row.who)
        period = Period(row.period.first or measure.period.first, row.period.until)
        written: Json = {
            **_key(subject_of(party)),
            "naam": party.full_name if isinstance(party, (Person, Organisation)) else party.name,
            "hoedanigheid": "PROFESSIONEEL" if isinstance(party, Organisation) else "FAMILIAIR",
            "rol": row.role.upper(),
            **_dates(period, "benoemdPer", "ontslagenPer"),
            "bevoegdheid": row.authority,
        }
        if row.suspensions:
            windows = [_dates(window, "van", "tot") for window in row.suspensions]
            written["geschorst"] = windows[0] if len(windows) == 1 else windows
        return written


def _key(subject: Subject) -> Json:
    return {"burgerservicenummer" if isinstance(subject, Bsn) else "kvkNummer": subject.value}


def _dates(period: Period, first: str, until: str) -> Json:
    """The first day inclusive, the end exclusive and left out when open."""
    written = {first: (period.first or date(1900, 1, 1)).isoformat()}
    return written if period.until is None else written | {until: period.until.isoformat()}


def _refusal(body: Json, acting: Subject | None, protected: Subject | None) -> Response | None:
    """A question without a day, about nobody, or with something that is no number."""
    try:
        date.fromisoformat(str(body.get("peildatum")))
    except ValueError:
        return problem(400, "paramsValidation", "peildatum ontbreekt of is geen datum.")
    unread = ("vertegenwoordiger" in body and acting is None) or (
        "betrokkene" in body and not isinstance(protected, Bsn)
    )
    if unread or (acting is None and protected is None):
        return problem(400, "paramsValidation", "vertegenwoordiger of betrokkene ontbreekt of is geen nummer.")
    return None
