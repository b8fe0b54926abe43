"""The BRP of the pilot: Haal Centraal personen by BSN, with `gezag` (mandates 3.1), from a world at its clock."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilot.cast import Gezag, Person
from pilot.faults import CallLog, faulty, names_of, outcome_of, problem, read_body, read_subject
from pilot.world import World
from registers.dates import IncompleteDate, day_of
from runtime.settings import Clock
from stelsel.identifiers import Bsn

SOURCE: Final = "brp"
PATH: Final = "/haalcentraal/api/brp/personen"
_BY_BSN: Final = "RaadpleegMetBurgerservicenummer"
_FORBIDDEN_FIELDS: Final = frozenset(
    {"inOnderzoek", "geheimhoudingPersoonsgegevens", "opschortingBijhouding", "rni", "verificatie"}
)
_NOBODY_NOW: Final = frozenset({"TijdelijkGeenGezag", "GezagNietTeBepalen"})
_MAJORITY: Final = 18

Json = dict[str, Any]


def build_brp(world: World, clock: Clock, calls: CallLog) -> Starlette:
    """The stub as an application; it keeps the faults that the world has for `brp`."""
    stub = _Brp(world, clock, calls)
    return Starlette(routes=[Route(PATH, stub.personen, methods=["POST"])])


class _Brp:
    def __init__(self, world: World, clock: Clock, calls: CallLog) -> None:
        self._world = world
        self._clock = clock
        self._calls = calls

    async def personen(self, request: Request) -> Response:
        at = self._clock()
        body = read_body(await request.body())
        asked = _asked(body)
        version = request.headers.get("accept-gezag-version", "2")
        answer = _refusal(body, version) or self._answer(asked, _fields(body), version, day_of(at))
        fault = self._world.fault(SOURCE, at)
        self._calls.note(SOURCE, at, names_of(self._world, asked), outcome_of(fault, answer))
        return faulty(fault, answer)

    def _answer(self, asked: list[Bsn | None], fields: list[str], version: str, on: date) -> Response:
        wanted = {bsn.value for bsn in asked if bsn is not None}
        people = [person for person in self._world.persons if person.brp and person.bsn.value in wanted]
        records = [self._record(person, fields, version, on) for person in people]
        return JSONResponse({"type": _BY_BSN, "personen": records})

    def _record(self, person: Person, fields: list[str], version: str, on: date) -> Json:
        """What was asked, and what the BRP always adds; a field that does not hold is left out."""
        wanted = {field.partition(".")[0] for field in fields}
        record: Json = {name: value for name, value in self._facts(person, on).items() if name in wanted}
        if "gezag" in wanted:
            gezag = [self._relation(row, version, on) for row in self._world.gezag if self._is_told(row, person, on)]
            if gezag:
                record["gezag"] = gezag
        if person.secret:
            record["geheimhoudingPersoonsgegevens"] = True
        suspended = _suspension(person, on)
        if suspended is not None:
            record["opschortingBijhouding"] = {"reden": suspended}
        return record

    def _facts(self, person: Person, on: date) -> Json:
        born = IncompleteDate.from_text(person.born)
        facts: Json = {
            "burgerservicenummer": person.bsn.value,
            "naam": {
                "voornamen": person.given,
                "voorvoegsel": person.prefix,
                "geslachtsnaam": person.family,
                "volledigeNaam": person.full_name,
            },
            "geboorte": {"datum": write_date(born)},
        }
        age = born.age(on)
        if age is not None and not _is_dead(person, on):
            facts["leeftijd"] = age
        if _is_dead(person, on) and person.died is not None:
            died = IncompleteDate(person.died.year, person.died.month, person.died.day)
            facts["overlijden"] = {"indicatieOverleden": True, "datum": write_date(died)}
        if person.curatele_register:
            facts["indicatieCurateleRegister"] = True
        return facts

    def _is_told(self, row: Gezag, person: Person, on: date) -> bool:
        """Whether the question about `person` shows this relation.

        There is gezag over minors who live only. Asked by an adult, children whose gezag nobody has or can be
        determined are left out; a parent whose BSN is not linked finds nothing (mandates 2.2).
        """
        child = self._world.person(row.child)
        if not child.brp or _is_dead(child, on) or not _may_be_minor(child, on):
            return False
        if child is person:
            return True
        holders = {parent.name for parent in row.parents if parent.bsn} | set(row.third)
        return person.name in holders and row.type not in _NOBODY_NOW

    def _relation(self, row: Gezag, version: str, on: date) -> Json:
        """One relation in the shape of `accept-gezag-version`: 1 is the one up to 2.6.2."""
        relation: Json = {"type": _type_in(row.type, version), "minderjarige": self._minor(row.child, on)}
        parents = [self._holder(parent.name, known=parent.bsn) for parent in row.parents]
        match row.type:
            case "GezamenlijkOuderlijkGezag" | "TweehoofdigOuderlijkGezag":
                relation["ouders"] = parents
            case "EenhoofdigOuderlijkGezag":
                relation["ouder"] = parents[0]
            case "GezamenlijkGezag":
                relation["ouder"] = parents[0]
                third = self._third(row, version)
                if third is not None:
                    relation["derde"] = third
            case "Voogdij":
                relation["derden"] = [_typed(self._holder(name), "BekendeDerde", version) for name in row.third]
            case _:
                relation["toelichting"] = row.explanation or "Dit is niet te bepalen."
        if row.under_investigation:
            relation["inOnderzoek"] = True
        return relation

    def _third(self, row: Gezag, version: str) -> Json | None:
        if row.third:
            return _typed(self._holder(row.third[0]), "BekendeDerde", version)
        return None if version == "1" else {"type": "OnbekendeDerde"}

    def _holder(self, name: str, *, known: bool = True) -> Json:
        """A parent or other; one that the BRP has no BSN of may be nobody of this world."""
        person = next((person for person in self._world.persons if person.name == name), None)
        holder: Json = {"naam": {"volledigeNaam": person.full_name if person is not None else name}}
        if known and person is not None:
            holder["burgerservicenummer"] = person.bsn.value
        return holder

    def _minor(self, name: str, on: date) -> Json:
        minor = self._holder(name)
        age = IncompleteDate.from_text(self._world.person(name).born).age(on)
        return minor if age is None else minor | {"leeftijd": age}


def write_date(born: IncompleteDate) -> Json:
    """One of the four kinds of date."""
    if born.year is None:
        return {"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}
    if born.month is None:
        return {"type": "JaarDatum", "jaar": born.year, "langFormaat": born.text}
    if born.day is None:
        return {"type": "JaarMaandDatum", "jaar": born.year, "maand": born.month, "langFormaat": born.text}
    return {"type": "Datum", "datum": born.text, "langFormaat": born.text}


def _typed(holder: Json, kind: str, version: str) -> Json:
    return holder if version == "1" else {"type": kind} | holder


def _type_in(kind: str, version: str) -> str:
    """The type's name in that version; a world may use either."""
    old, new = "TweehoofdigOuderlijkGezag", "GezamenlijkOuderlijkGezag"
    return (old if version == "1" else new) if kind in (old, new) else kind


def _is_dead(person: Person, on: date) -> bool:
    return person.died is not None and person.died <= on


def _may_be_minor(child: Person, on: date) -> bool:
    """Of an incomplete date the BRP cannot say that a child is grown up until nothing else is possible."""
    born = IncompleteDate.from_text(child.born)
    if born.year is None:
        return True
    youngest = IncompleteDate(born.year, born.month or 12, born.day or 28)
    age = youngest.age(on)
    return age is None or age < _MAJORITY


def _suspension(person: Person, on: date) -> Json | None:
    if _is_dead(person, on):
        return {"code": "O", "omschrijving": "overlijden"}
    return {"code": "E", "omschrijving": "emigratie"} if person.abroad else None


def _asked(body: Mapping[str, object]) -> list[Bsn | None]:
    numbers = body.get("burgerservicenummer")
    found = [read_subject({"burgerservicenummer": number}) for number in numbers] if isinstance(numbers, list) else []
    return [subject if isinstance(subject, Bsn) else None for subject in found]


def _fields(body: Mapping[str, object]) -> list[str]:
    fields = body.get("fields")
    return [field for field in fields if isinstance(field, str)] if isinstance(fields, list) else []


def _refusal(body: Mapping[str, object], version: str) -> Response | None:
    """What the real API refuses with 400 (mandates 3.1)."""
    checks: tuple[tuple[str, str, Callable[[], bool]], ...] = (
        ("paramsValidation", "type", lambda: body.get("type") == _BY_BSN),
        ("paramsValidation", "burgerservicenummer", lambda: 1 <= len(_asked(body)) <= 20 and None not in _asked(body)),
        ("paramsValidation", "fields", lambda: 1 <= len(_fields(body)) <= 130),
        ("paramsValidation", "fields", lambda: not any(field.startswith("gezag.") for field in _fields(body))),
        ("paramsValidation", "fields", lambda: not _FORBIDDEN_FIELDS & {f.partition(".")[0] for f in _fields(body)}),
        ("paramsValidation", "accept-gezag-version", lambda: version in ("1", "2")),
    )
    for code, name, holds in checks:
        if not holds():
            return problem(400, code, f"Een of meerdere parameters zijn niet correct: {name}.")
    return None
