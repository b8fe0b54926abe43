"""What an organisation let its employees do with eHerkenning for its clients: the machtigingenregister (mandates 2.4,
2.5).

It states half of a relation: that the employee may act in the office's tasks. The other half is the court's.
"""

from datetime import date, datetime, timedelta
from typing import Final

from registers.confirming import same_by_now
from registers.question import Question
from registers.reading import Field, each_once
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier
from stelsel.identifiers import KvkNummer, Pseudonym, Vestigingsnummer
from stelsel.subjects import Ground, Party, Period, Representation, State

NAME: Final = "mr"
PATH: Final = "/volmachten/bevragen"
BEWINDVOERING: Final = "bewindvoering"  # the volmacht for what a court ordered, whichever measure it was
VESTIGING: Final = "vestiging"
_STATES: Final = {"ACTIEF": State.ACTIVE, "INGETROKKEN": State.WITHDRAWN}
_LEVELS: Final = {level.etoegang_word: level for level in LevelOfAssurance}


class Eherkenning:
    """Asked by an employee's pseudonym, for one office or for all that gave this means a volmacht."""

    name = NAME
    grounds = frozenset({Ground.EH_BEWIND})
    lists_may_age = False

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(NAME, settings)

    def knows(self, question: Question) -> bool:
        """See `Register.knows`: it knows means by their pseudonym, and organisations by KvK number alone."""
        return isinstance(question.acting, Pseudonym) and isinstance(question.represented, KvkNummer | None)

    async def fetch(self, question: Question) -> object:
        """Every volmacht for bewindvoering that this means has; nothing for who is no employee."""
        if not self.knows(question):
            return None
        return await self._source.ask(PATH, {"middel": question.acting.value, "volmacht": BEWINDVOERING})

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """One statement per volmacht; of the office named alone, where one is. Its last day counts."""
        if not self.knows(question):
            return ()
        answer = Field(NAME, "", raw).at("volmachten")
        stated = each_once(answer, (_read(each, question) for each in answer.items()))
        return tuple(one for one in stated if question.represented in (None, one.represented.subject))

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        """The same volmacht as the register has it now; None when it no longer knows it."""
        return await same_by_now(self, representation, at)


def _read(volmacht: Field, question: Question) -> Representation:
    means = volmacht.at("middel")
    if means.text() != question.acting.value:
        raise means.refused("is not the means that was asked for")
    volmacht.at("volmacht").one_of({BEWINDVOERING})
    office = volmacht.at("belanghebbende")
    last = volmacht.find("geldigTotEnMet")
    return Representation(
        source=NAME,
        reference=volmacht.at("volmachtId").text(),
        ground=Ground.EH_BEWIND,
        acting=Party(question.acting),
        represented=Party(office.at("kvkNummer").kvk_nummer(), office.found_text("naam")),
        period=Period(volmacht.found_day("geldigVanaf"), None if last is None else _day_after(last)),
        state=_STATES[volmacht.at("status").one_of(_STATES)],
        loa=_read_level(volmacht.find("niveau")),
        restrictions=_read_restrictions(volmacht.find("vestigingsnummer")),
        retrieved_at=question.at,
    )


def _day_after(last: Field) -> date:
    try:
        return last.day() + timedelta(days=1)
    except OverflowError:
        raise last.refused("is no date") from None


def _read_level(field: Field | None) -> LevelOfAssurance | None:
    return None if field is None else _LEVELS[field.one_of(_LEVELS)]


def _read_restrictions(field: Field | None) -> dict[str, str]:
    if field is None:
        return {}
    try:
        return {VESTIGING: Vestigingsnummer(field.text()).value}
    except BadIdentifier:
        raise field.refused("is no vestigingsnummer") from None
