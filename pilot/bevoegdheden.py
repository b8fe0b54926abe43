"""What a stub makelaar asks of its machtigingenregister, and how it reads the answer: field by field, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from bvd.rules import not_in_force
from pilot.machtigingenregister import PATH, SOURCE
from registers.eherkenning import Eherkenning
from registers.question import Question
from registers.reading import Field
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier
from stelsel.identifiers import KvkNummer, Pseudonym, Rsin, ServiceUuid, Vestigingsnummer
from stelsel.reasons import Reason
from stelsel.subjects import Ground

_LEVELS: Final = {level.etoegang_word: level for level in LevelOfAssurance}
Number = TypeVar("Number", Rsin, Vestigingsnummer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An organisation for which somebody may act; `links` are the numbers and names of those in between."""

    kvk: str
    rsin: str | None
    name: str
    links: tuple[tuple[str, str], ...]
    loa: LevelOfAssurance
    vestiging: str | None

    @property
    def ground(self) -> Ground:
        """EH_MACHTIGING or KETEN."""
        return Ground.KETEN if self.links else Ground.EH_MACHTIGING

    @property
    def organisation(self) -> tuple[KvkNummer | Rsin, ...]:
        """Its numbers, the KvK number first."""
        return (KvkNummer(self.kvk), *((Rsin(self.rsin),) if self.rsin else ()))


@dataclass(frozen=True, slots=True)
class Found:
    """What the register has: usable as it is, and the reasons of what is not."""

    usable: tuple[Offered, ...]
    refused: tuple[Reason, ...]

    @property
    def reason(self) -> Reason:
        """Why there is nothing to use: the register's own first reason, or that it has nothing at all."""
        return self.refused[0] if self.refused else Reason.EMPLOYEE_NOT_AUTHORISED


class Register:
    """The machtigingenregister as its makelaar knows it."""

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(SOURCE, settings)
        self._volmachten = Eherkenning(settings)

    async def ask(self, means: Pseudonym, service: ServiceUuid) -> Found:
        """For whom this means may be used in this service. Raises `RegisterUnavailable`."""
        answer = Field(SOURCE, "", await self._source.ask(PATH, {"middel": means.value, "dienst": service.value}))
        return Found(
            tuple(_read(each) for each in answer.at("bevoegdheden").items()),
            tuple(Reason(each.at("reden").one_of(list(Reason))) for each in answer.at("geweigerd").items()),
        )

    async def ask_for_clients(self, means: Pseudonym, at: datetime) -> Found:
        """For which offices this means may be used for their clients. Raises `RegisterUnavailable`."""
        question = Question(acting=means, at=at)
        stated = self._volmachten.translate(await self._volmachten.fetch(question), question)
        usable = [each for each in stated if not_in_force(each, question.on) is None and not each.restrictions]
        return Found(
            tuple(
                Offered(
                    kvk=each.represented.subject.value,
                    rsin=None,
                    name=each.represented.name,
                    links=(),
                    loa=each.loa or LevelOfAssurance.HOOG,
                    vestiging=None,
                )
                for each in usable
                if each.represented.subject is not None
            ),
            (),
        )


def _read(one: Field) -> Offered:
    organisation = one.at("belanghebbende")
    rsin, vestiging = organisation.find("rsin"), one.find("vestigingsnummer")
    return Offered(
        kvk=organisation.at("kvkNummer").kvk_nummer().value,
        rsin=None if rsin is None else _number(rsin, Rsin),
        name=organisation.at("naam").text(),
        links=tuple(
            (each.at("kvkNummer").kvk_nummer().value, each.at("naam").text())
            for each in one.at("intermediairs").items()
        ),
        loa=_LEVELS[one.at("niveau").one_of(_LEVELS)],
        vestiging=None if vestiging is None else _number(vestiging, Vestigingsnummer),
    )


def _number(field: Field, kind: Callable[[str], Number]) -> str:
    try:
        return kind(field.text()).value
    except BadIdentifier:
        raise field.refused("is no number of that kind") from None
