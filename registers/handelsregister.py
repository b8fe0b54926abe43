"""Who may act for an organisation by the Handelsregister, read by KvK's own rule; and whether one is active at all
(mandates 2.4, 3.3)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from registers.confirming import same_by_now
from registers.question import Question
from registers.reading import Field, each_once
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn, KvkNummer, Vestigingsnummer
from stelsel.subjects import Ground, Joint, Party, Period, Representation, State

NAME: Final = "kvk"
PROFILE: Final = "/api/v1/basisprofielen/"
OF_ORGANISATION: Final = "/api/v1/functionarissen/kvknummer/"
OF_PERSON: Final = "/api/v1/functionarissen/natuurlijkpersoon"  # for who may ask by BSN; never in a URL
MOST: Final = 100  # registrations of one person
VESTIGING: Final = "vestiging"

# The lists of an answer; the last is of whoever the court appointed over the organisation, not for it.
KINDS: Final = {
    "eigenaar": "eigenaar",
    "bestuursfuncties": "bestuursfunctie",
    "aansprakelijken": "aansprakelijke",
    "gemachtigden": "gemachtigde",
    "publiekrechtelijkeFunctionarissen": "publiekrechtelijkeFunctionaris",
    "overigeFunctionarissen": "overigeFunctionaris",
    "functionarissenBijzondereRechtstoestand": "functionarisBijzondereRechtstoestand",
}
_ALONE: Final = frozenset({"Alleen/zelfstandig bevoegd", "Onbeperkt bevoegd", "Volledige volmacht"})
_JOINT: Final = "Gezamenlijk bevoegd"
_WORDS: Final = _ALONE | {_JOINT, "Beperkt bevoegd", "Beperkte volmacht"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """What the Handelsregister says of one organisation now: registered, and able to act (R-ACT)."""

    active: bool
    name: str = ""


class Organisations(Protocol):
    """Where facts about organisations come from."""

    @property
    def name(self) -> str:
        """What `RegisterUnavailable` calls this source."""

    async def facts_of(self, organisation: KvkNummer, at: datetime) -> OrganisationFacts:
        """Fresh; of whom it does not know: not active. Raises `RegisterUnavailable`."""


class Handelsregister:
    """Asked by the BSN of whoever acts, then of each organisation in which that person stands."""

    name = NAME
    grounds = frozenset({Ground.FUNCTIONARIS})
    lists_may_age = True

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(NAME, settings)

    def knows(self, question: Question) -> bool:
        """See `Register.knows`: a person acts, and an organisation is represented. Names are never matched."""
        return isinstance(question.acting, Bsn) and isinstance(question.represented, KvkNummer | None)

    async def fetch(self, question: Question) -> object:
        """Profile and functionarissen of every organisation of the acting person, or of the one that is named."""
        if not self.knows(question):
            return None
        if question.represented is None:
            found = await self._source.ask(OF_PERSON, {"burgerservicenummer": question.acting.value})
            numbers = [
                each.at("kvkNummer").kvk_nummer() for each in Field(NAME, "", found).at("inschrijvingen").items()
            ]
            if len(numbers) > MOST:
                raise Field(NAME, "inschrijvingen", found).refused("is longer than anybody's")
        else:
            found = None
            numbers = [KvkNummer(question.represented.value)]
        about = None if found is None else Field(NAME, "", found).at("natuurlijkPersoon").value
        registrations = await asyncio.gather(*(self._registration(number) for number in numbers))
        return {"natuurlijkPersoon": about, "inschrijvingen": list(registrations)}

    async def _registration(self, number: KvkNummer) -> dict[str, object]:
        profile, people = await asyncio.gather(
            self._source.find(PROFILE + number.value), self._source.find(OF_ORGANISATION + number.value)
        )
        return {"kvkNummer": number.value, "basisprofiel": profile, "functionarissen": people}

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """One statement per function of `question.acting`. What KvK's rule does not settle is UNDETERMINED."""
        if not self.knows(question):
            return ()
        answer = Field(NAME, "", raw)
        about = answer.find("natuurlijkPersoon")
        if about is not None and about.at("burgerservicenummer").bsn() != question.acting:
            raise about.refused("is not the person who was asked for")
        stated: list[Representation] = []
        for registration in answer.at("inschrijvingen").items():
            organisation = registration.at("kvkNummer").kvk_nummer()
            if question.represented not in (None, organisation):
                raise registration.refused("is not the organisation that was asked for")
            if registration.find("basisprofiel") is None or registration.find("functionarissen") is None:
                continue  # struck off between two questions
            stated.extend(_read_registration(registration, organisation, question))
        return each_once(answer.at("inschrijvingen"), stated)

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        """The same function as the Handelsregister has it now; None when it is gone."""
        return await same_by_now(self, representation, at)

    async def facts_of(self, organisation: KvkNummer, at: datetime) -> OrganisationFacts:
        """See `Organisations`."""
        question = Question(acting=organisation, at=at)
        registration = Field(NAME, "", await self._registration(organisation))
        if registration.find("basisprofiel") is None or registration.find("functionarissen") is None:
            return OrganisationFacts(active=False)
        active = _is_active(registration, organisation, question.on)
        return OrganisationFacts(active=active, name=registration.at("basisprofiel").found_text("naam"))


def _is_active(registration: Field, organisation: KvkNummer, on: date) -> bool:
    """Registered today, and in no bijzondere rechtstoestand."""
    profile, people = registration.at("basisprofiel"), registration.at("functionarissen")
    for part in (profile, people):
        if part.at("kvkNummer").kvk_nummer() != organisation:
            raise part.refused("is not about the organisation that was asked for")
    registered = profile.at("materieleRegistratie")
    ends = registered.find("datumEinde")
    begun = _day(registered.at("datumAanvang")) <= on
    ended = ends is not None and _day(ends) <= on
    return begun and not ended and people.find("bijzondereRechtstoestand") is None


def _read_registration(registration: Field, organisation: KvkNummer, question: Question) -> Iterator[Representation]:
    active = _is_active(registration, organisation, question.on)
    name = registration.at("basisprofiel").found_text("naam")
    people = registration.at("functionarissen")
    for key, kind in KINDS.items():
        for entry in people.found_items(key):
            person = entry.find("natuurlijkPersoon")
            number = person.find("burgerservicenummer") if person is not None else None
            if person is None or number is None or number.bsn() != question.acting:
                continue
            word = _word(entry)
            yield Representation(
                source=NAME,
                reference="/".join((organisation.value, kind, word)),
                ground=Ground.FUNCTIONARIS,
                acting=Party(question.acting, person.found_text("volledigeNaam")),
                represented=Party(organisation, name),
                state=_state(entry, kind, word) if active else State.INACTIVE,
                suspensions=_suspensions(entry),
                joint=Joint.JOINT if word == _JOINT else Joint.ALONE,
                restrictions=_restrictions(entry),
                retrieved_at=question.at,
            )


def _word(entry: Field) -> str:
    """How far this person may go, in KvK's own words; empty where it says nothing of it."""
    authority, volmacht = entry.find("bevoegdheid"), entry.find("volmacht")
    said = authority.find("soort") if authority is not None else None
    if said is None and volmacht is not None:
        said = volmacht.find("typeVolmacht")
    return "" if said is None else said.one_of(_WORDS)


def _state(entry: Field, kind: str, word: str) -> State:
    """KvK's rule: yes for an owner, and for who may act alone, without limits or in everything; jointly is told apart.

    A limit in money or in acts cannot be weighed against a service, and no word says nothing.
    """
    if kind == "functionarisBijzondereRechtstoestand" or _is_limited(entry):
        return State.UNDETERMINED
    settled = word in _ALONE or word == _JOINT or (kind == "eigenaar" and not word)
    return State.ACTIVE if settled else State.UNDETERMINED


def _is_limited(entry: Field) -> bool:
    limits = {
        "bevoegdheid": ("beperkingInEuros", "overigeBeperking"),
        "volmacht": ("beperkingInGeld", "beperkingInHandeling", "omschrijvingOverigeVolmacht"),
        "natuurlijkPersoon": ("beperkingInRechtshandeling",),
    }
    parts = ((entry.find(part), keys) for part, keys in limits.items())
    return any(part is not None and part.find(key) is not None for part, keys in parts for key in keys)


def _suspensions(entry: Field) -> tuple[Period, ...]:
    found = entry.find("schorsing")
    if found is None:
        return ()
    windows = found.items() if isinstance(found.value, list) else (found,)
    return tuple(_suspension(window) for window in windows)


def _suspension(window: Field) -> Period:
    """From that day on, until the day that it ended."""
    ends = window.find("einde")
    return Period(_day(window.at("aanvang")), None if ends is None else _day(ends))


def _restrictions(entry: Field) -> dict[str, str]:
    """A gemachtigde may be bound to one branch."""
    branch = entry.find("vestigingsnummer")
    if branch is None:
        return {}
    try:
        return {VESTIGING: Vestigingsnummer(branch.text()).value}
    except BadIdentifier:
        raise branch.refused("is no vestigingsnummer") from None


def _day(field: Field) -> date:
    """KvK writes a day as `20260310`."""
    text = field.text()
    if len(text) != len("20260310") or not (text.isascii() and text.isdecimal()):
        raise field.refused("is no date")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise field.refused("is no date") from None
