"""Curatele, bewind and mentorschap from the court's case system Toezicht (mandates 2.3, 3.2)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Protocol

from registers.question import Question
from registers.reading import Field, each_once
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.identifiers import Bsn, KvkNummer, Subject
from stelsel.subjects import COURT, Ground, Joint, Party, Period, Representation, State

NAME: Final = "rechtspraak"
PATH: Final = "/vertegenwoordiging/bevragen"
_ROLES: Final = {Ground.CURATELE: "curator", Ground.BEWIND: "bewindvoerder", Ground.MENTORSCHAP: "mentor"}
_STATES: Final = {"ACTIEF": State.ACTIVE, "OPGEHEVEN": State.ENDED, "GEEINDIGD": State.ENDED}
_JOINT: Final = {"ZELFSTANDIG": Joint.ALONE, "GEZAMENLIJK": Joint.JOINT}


class Measures(Protocol):
    """A register that knows by which measures a court protects somebody (R-ACT, R-CONFLICT)."""

    @property
    def name(self) -> str:
        """Its name in REGISTERS."""

    async def measures_over(self, subject: Bsn, at: datetime) -> tuple[Representation, ...]:
        """Every measure over `subject`, in force or not. Fresh. Raises `RegisterUnavailable`."""


class Rechtspraak:
    """Asked by whoever acts: by BSN, or by KvK number when an office does (its ground is then EH_BEWIND).

    The answer holds the measures in which that person appears: as representative, and as the one who is protected,
    for somebody under curatele may not act for others (R-ACT). A named client narrows the first part only.
    """

    name = NAME
    grounds = COURT | {Ground.EH_BEWIND}
    lists_may_age = True

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(NAME, settings)

    def knows(self, question: Question) -> bool:
        """See `Register.knows`: the court knows people by BSN and offices by KvK number, and protects people only."""
        return isinstance(question.acting, Bsn | KvkNummer) and isinstance(question.represented, Bsn | None)

    async def fetch(self, question: Question) -> object:
        """The measures in which the acting person appears; none for who has neither BSN nor KvK number."""
        if not self.knows(question):
            return None
        body: dict[str, object] = {
            "peildatum": question.on.isoformat(),
            "vertegenwoordiger": _key_of(question.acting),
        }
        if question.represented is not None:
            body["betrokkene"] = _key_of(question.represented)
        return await self._source.ask(PATH, body)

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """One statement per appointment of `question.acting`, and one per measure over that same person."""
        if not self.knows(question):
            return ()
        found: list[Representation] = []
        for measure in _measures(raw):
            protected = _read_protected(measure)
            if protected.subject == question.acting:
                found.append(_over(measure, protected, question.at))
                continue
            if question.represented not in (None, protected.subject):
                raise measure.refused("is about a person who was not asked for")
            appointed = [
                appointment
                for appointment in measure.at("vertegenwoordigers").items()
                if _read_representative(appointment).subject == question.acting
            ]
            if not appointed:
                raise measure.refused("is not of the representative who was asked for")
            found += (_read(measure, appointment, protected, question) for appointment in appointed)
        return each_once(Field(NAME, "maatregelen", raw), found)

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        """The same appointment as the court has it now; None when the case no longer names it."""
        acting = representation.acting.subject
        if acting is None:
            return None
        question = Question(acting=acting, represented=representation.represented.subject, at=at)
        raw = await self.fetch(question)
        for found in self.translate(raw, question):
            if found.reference == representation.reference and found.represented.subject != acting:
                return found
        return None

    async def measures_over(self, subject: Bsn, at: datetime) -> tuple[Representation, ...]:
        """See `Measures`: asked by the protected person, whoever represents."""
        question = Question(acting=subject, at=at)
        raw = await self._source.ask(PATH, {"peildatum": question.on.isoformat(), "betrokkene": _key_of(subject)})
        return read_measures_over(raw, subject, at)


def read_measures_over(raw: object, subject: Bsn, at: datetime) -> tuple[Representation, ...]:
    """The measures over `subject` in an answer that may hold nothing else. Pure."""
    found = []
    for measure in _measures(raw):
        protected = _read_protected(measure)
        if protected.subject != subject:
            raise measure.refused("is about a person who was not asked for")
        found.append(_over(measure, protected, at))
    return tuple(found)


def _key_of(subject: Subject) -> dict[str, str] | None:
    match subject:
        case Bsn():
            return {"burgerservicenummer": subject.value}
        case KvkNummer():
            return {"kvkNummer": subject.value}
        case _:
            return None


def _measures(raw: object) -> Iterator[Field]:
    yield from Field(NAME, "", raw).at("maatregelen").items()


def _read_protected(measure: Field) -> Party:
    person = measure.at("betrokkene")
    born = person.find("geboortedatum")
    return Party(
        subject=person.at("burgerservicenummer").bsn(),
        name=person.found_text("naam"),
        born=born.incomplete_date().text if born is not None else "",
    )


def _read_representative(appointment: Field) -> Party:
    """Who was appointed: an organisation by KvK number, a person by BSN; who has neither is named only."""
    office, person = appointment.find("kvkNummer"), appointment.find("burgerservicenummer")
    if office is not None and person is not None:
        raise appointment.refused("has two numbers")
    subject: Subject | None = None
    if office is not None:
        subject = office.kvk_nummer()
    elif person is not None:
        subject = person.bsn()
    return Party(subject=subject, name=appointment.found_text("naam"))


def _read_ground(measure: Field) -> Ground:
    return Ground(measure.at("soort").one_of({ground.value for ground in COURT}))


def _read_state(measure: Field) -> State:
    return _STATES[measure.at("status").one_of(_STATES)]


def _read_period(field: Field, first: str, until: str) -> Period:
    """Days as the court has them: the first inclusive, the end the first day that it no longer holds."""
    return Period(field.at(first).day(), field.found_day(until))


def _read(measure: Field, appointment: Field, protected: Party, question: Question) -> Representation:
    ground = _read_ground(measure)
    role = appointment.at("rol").one_of({role.upper() for role in _ROLES.values()}).lower()
    if role != _ROLES[ground]:
        raise appointment.at("rol").refused("does not belong to this kind of measure")
    acting = _read_representative(appointment)
    appointed = _read_period(appointment, "benoemdPer", "ontslagenPer")
    return Representation(
        source=NAME,
        # one person may be dismissed and appointed anew in one case: the day belongs to the key
        reference="/".join((measure.at("zaaknummer").text(), ground.value, f"{appointed.first}")),
        ground=Ground.EH_BEWIND if isinstance(acting.subject, KvkNummer) else ground,
        acting=acting,
        represented=protected,
        period=_both(_read_period(measure, "datumIngang", "datumEinde"), appointed),
        state=_read_state(measure),
        suspensions=_read_suspensions(appointment),
        joint=_read_joint(appointment),
        joint_holders=sum(1 for other in measure.at("vertegenwoordigers").items() if _serves(other, question.on)),
        named_goods=_read_named_goods(measure),
        role=role,
        restrictions=_read_restrictions(appointment),
        retrieved_at=question.at,
    )


def _over(measure: Field, protected: Party, at: datetime) -> Representation:
    """A measure as a statement that somebody represents `protected`; by whom is not of interest here."""
    return Representation(
        source=NAME,
        reference=measure.at("zaaknummer").text(),
        ground=_read_ground(measure),
        acting=Party(None),
        represented=protected,
        period=_read_period(measure, "datumIngang", "datumEinde"),
        state=_read_state(measure),
        retrieved_at=at,
    )


def _both(measure: Period, appointed: Period) -> Period:
    """The days on which the measure and the appointment both hold (mandates 3.2)."""
    first = max(day for day in (measure.first, appointed.first) if day is not None)
    ends = [day for day in (measure.until, appointed.until) if day is not None]
    return Period(first, min(ends) if ends else None)


def _read_suspensions(appointment: Field) -> tuple[Period, ...]:
    """`geschorst`: `van` inclusive, `tot` exclusive or open; one, or several in a list."""
    found = appointment.find("geschorst")
    if found is None:
        return ()
    windows = found.items() if isinstance(found.value, list) else (found,)
    return tuple(_read_period(window, "van", "tot") for window in windows)


def _read_joint(appointment: Field) -> Joint:
    """Each may do everything alone unless the judge decided otherwise (BW 1:437)."""
    found = appointment.find("bevoegdheid")
    return Joint.ALONE if found is None else _JOINT[found.one_of(_JOINT)]


def _read_named_goods(measure: Field) -> bool:
    found = measure.find("omvang")
    return found is not None and found.one_of({"ALLE_GOEDEREN", "GENOEMDE_GOEDEREN"}) == "GENOEMDE_GOEDEREN"


def _read_restrictions(appointment: Field) -> dict[str, str]:
    """A division of tasks (BW 1:437) is free text: it cannot be weighed here, so it travels as a restriction."""
    tasks = appointment.find("taken")
    if tasks is None:
        return {}
    words = [task.text() for task in tasks.items()] if isinstance(tasks.value, list) else [tasks.text()]
    return {"taken": "; ".join(words)} if words else {}


def _serves(appointment: Field, on: date) -> bool:
    return _read_period(appointment, "benoemdPer", "ontslagenPer").holds(on)
