"""Voluntary mandates (mandates 2.1): the adapter that asks their register, which is `repository` behind a service.

`machtiging` says what can become of a mandate, `answer` how the register is asked.
"""

from datetime import date, datetime, timedelta
from typing import Final

from registers.confirming import same_by_now
from registers.machtigingen.answer import PATH, write_question
from registers.machtigingen.machtiging import Status
from registers.question import Question
from registers.reading import Field, each_once
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn, KvkNummer, ServiceUuid, Subject
from stelsel.subjects import Ground, Party, Period, Representation, State

NAME: Final = "machtigingen"
_STATES: Final = {
    Status.AANGEVRAAGD: State.REQUESTED,
    Status.AANVRAAG_VERLOPEN: State.ENDED,
    Status.ACTIEF: State.ACTIVE,
    Status.VERLOPEN: State.ENDED,
    Status.INGETROKKEN: State.WITHDRAWN,
    Status.GEWEIGERD: State.WITHDRAWN,
    Status.GESCHORST: State.SUSPENDED,
    Status.VERVALLEN: State.ENDED,
}


class Machtigingen:
    """Asked by whoever will act: a person by BSN, an organisation by KvK number."""

    name = NAME
    grounds = frozenset({Ground.VRIJWILLIG})
    lists_may_age = False

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(NAME, settings)

    def knows(self, question: Question) -> bool:
        """See `Register.knows`: it knows people by BSN and organisations by KvK number."""
        return isinstance(question.acting, Bsn | KvkNummer) and isinstance(question.represented, Bsn | KvkNummer | None)

    async def fetch(self, question: Question) -> object:
        """What the acting person was given, by the one named if one is; nothing for who has neither number."""
        if not self.knows(question):
            return None
        return await self._source.ask(PATH, write_question(question.acting, question.represented))

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """One statement per mandate. Its last day counts (mandates 6, R-TIME), so the period ends a day later."""
        if not self.knows(question):
            return ()
        answer = Field(NAME, "", raw).at("machtigingen")
        return each_once(answer, (_read(each, question) for each in answer.items()))

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        """The same mandate as the register has it now; None when it no longer knows it."""
        return await same_by_now(self, representation, at)


def _read(mandate: Field, question: Question) -> Representation:
    receiver, giver = _read_subject(mandate.at("gemachtigde")), _read_subject(mandate.at("machtiginggever"))
    if receiver != question.acting or question.represented not in (None, giver):
        raise mandate.refused("is about a person who was not asked for")
    last = mandate.found_day("geldigTotEnMet")
    return Representation(
        source=NAME,
        reference=mandate.at("machtigingId").text(),
        ground=Ground.VRIJWILLIG,
        acting=Party(receiver),
        represented=Party(giver),
        period=Period(mandate.found_day("geldigVanaf"), _day_after(mandate, last)),
        state=_STATES[Status(mandate.at("status").one_of({status.value for status in Status}))],
        services=frozenset(_read_service(each) for each in mandate.at("diensten").items()),
        loa=_read_level(mandate.find("betrouwbaarheidsniveau")),
        retrieved_at=question.at,
    )


def _read_subject(party: Field) -> Subject:
    person, office = party.find("burgerservicenummer"), party.find("kvkNummer")
    if person is not None and office is None:
        return person.bsn()
    if office is not None and person is None:
        return office.kvk_nummer()
    raise party.refused("has no number, or two")


def _day_after(mandate: Field, last: date | None) -> date | None:
    if last is None:
        return None
    try:
        return last + timedelta(days=1)
    except OverflowError:
        raise mandate.at("geldigTotEnMet").refused("is no date") from None


def _read_service(field: Field) -> ServiceUuid:
    try:
        return ServiceUuid(field.text())
    except BadIdentifier:
        raise field.refused("is no ServiceUUID") from None


def _read_level(field: Field | None) -> LevelOfAssurance | None:
    if field is None:
        return None
    level = next((each for each in LevelOfAssurance if type(field.value) is int and each == field.value), None)
    if level is None:
        raise field.refused("is no level of assurance")
    return level
