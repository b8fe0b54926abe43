"""Who may act for whom, one adapter per source (BronDienstVertaling); what a service makes of it is for `bvd`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from registers.eherkenning import Eherkenning
from registers.gezag import Gezag
from registers.handelsregister import Handelsregister
from registers.machtigingen import Machtigingen
from registers.question import Question
from registers.rechtspraak import Rechtspraak
from registers.settings import RegisterSettings
from stelsel.subjects import Ground, Representation


class Register(Protocol):
    """What every source must do. Three answers are never mixed: nothing, cannot be determined, did not answer."""

    @property
    def name(self) -> str:
        """Its name in REGISTERS."""

    @property
    def grounds(self) -> frozenset[Ground]:
        """The grounds it can state; for other services it is not asked."""

    @property
    def lists_may_age(self) -> bool:
        """Whether an answer of up to a minute ago serves for a list: not where people change it and then look."""

    def knows(self, question: Question) -> bool:
        """Whether it knows people or organisations by that kind of number: else it states nothing, and is not asked."""

    async def fetch(self, question: Question) -> object:
        """The source's own answer, as JSON values. Raises `RegisterUnavailable`."""

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """That answer in our words. Pure.

        Every statement is one in which `question.acting` acts, or one by which that person is represented himself.
        Raises `RegisterUnavailable`, naming the path of a field that cannot be; about somebody who was not asked
        for the whole answer is refused.
        """

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        """The same relation as the source has it at this moment, never from a memory; None when it is gone.

        What comes back may have ended or been suspended: it is to be decided on anew (R-REISSUE).
        Raises `RegisterUnavailable`.
        """


REGISTERS: Final[Mapping[str, Callable[[RegisterSettings], Register]]] = {
    "gezag": Gezag,
    "kvk": Handelsregister,
    "machtigingen": Machtigingen,
    "mr": Eherkenning,
    "rechtspraak": Rechtspraak,
}
