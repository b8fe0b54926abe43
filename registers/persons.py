"""Facts about people that are no representation: known, alive, how old, under curatele, secret, their names (BRP)."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from registers.brp import MAX_BSNS, ask_by_bsn, read_date, read_records
from registers.dates import UNKNOWN_DATE, IncompleteDate
from registers.reading import Field
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.identifiers import Bsn, Subject

NAME: Final = "persons"
_FIELDS: Final = (
    "burgerservicenummer",
    "geboorte.datum",
    "naam",
    "overlijden",
    "indicatieCurateleRegister",
)
_DEATH: Final = "O"
_STRUCK: Final = frozenset({"F", "W"})  # a record made by mistake, or wiped: nobody stands behind it


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonFacts:
    """What the BRP says of one person now. `known` False: it has no record, and then nothing else holds either."""

    subject: Bsn
    known: bool = True
    alive: bool = True
    born: IncompleteDate = UNKNOWN_DATE
    under_curatele: bool = False
    secret: bool = False
    name: str = ""
    family_name: str = ""
    given_name: str = ""

    def __repr__(self) -> str:
        return "PersonFacts(...)"

    def age(self, on: date) -> int | None:
        """Full years on that day, None where the birth date does not tell (`IncompleteDate.age`)."""
        return self.born.age(on) if self.known else None


class Persons(Protocol):
    """Where facts about people come from."""

    @property
    def name(self) -> str:
        """What `RegisterUnavailable` calls this source."""

    async def facts(self, subjects: Collection[Subject], at: datetime) -> Mapping[Subject, PersonFacts]:
        """One row for every `Bsn` among `subjects`; of other subjects it knows nothing.

        Fresh at every call. Raises `RegisterUnavailable`: all or nothing.
        """


class BrpPersons:
    """`Persons` of the BRP, at most 20 in a call, calls side by side."""

    name = NAME

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(NAME, settings)

    async def facts(self, subjects: Collection[Subject], at: datetime) -> Mapping[Subject, PersonFacts]:
        """See `Persons`. `at` is not sent: the BRP tells of now only."""
        asked = sorted({subject for subject in subjects if isinstance(subject, Bsn)}, key=lambda bsn: bsn.value)
        batches = [asked[first : first + MAX_BSNS] for first in range(0, len(asked), MAX_BSNS)]
        answers = await asyncio.gather(*(ask_by_bsn(self._source, batch, _FIELDS) for batch in batches))
        facts: dict[Subject, PersonFacts] = {}
        for batch, answer in zip(batches, answers, strict=True):
            facts.update(read_facts(answer, batch))
        return facts


def read_facts(raw: object, asked: Collection[Bsn]) -> dict[Subject, PersonFacts]:
    """One row for each of `asked`. Raises `RegisterUnavailable` for nonsense. Pure."""
    records = read_records(NAME, raw, asked)
    return {
        subject: _read_person(subject, records[subject])
        if subject in records
        else PersonFacts(subject=subject, known=False, alive=False)
        for subject in asked
    }


def _read_person(subject: Bsn, record: Field) -> PersonFacts:
    suspended = _suspension(record)
    names = record.find("naam")
    birth = record.find("geboorte")
    born = birth.find("datum") if birth is not None else None
    return PersonFacts(
        subject=subject,
        known=suspended not in _STRUCK,
        alive=suspended != _DEATH and record.find("overlijden") is None,
        born=read_date(born) if born is not None else UNKNOWN_DATE,
        under_curatele=record.found_flag("indicatieCurateleRegister"),
        secret=record.found_flag("geheimhoudingPersoonsgegevens"),
        name=names.found_text("volledigeNaam") if names is not None else "",
        family_name=names.found_text("geslachtsnaam") if names is not None else "",
        given_name=names.found_text("voornamen") if names is not None else "",
    )


def _suspension(record: Field) -> str:
    """The code of `opschortingBijhouding`: O death, E emigration, F mistake, W wiped, and others; empty when none."""
    suspension = record.find("opschortingBijhouding")
    return suspension.at("reden").at("code").text() if suspension is not None else ""
