"""Asking a register once more about one thing that it said, just before that is declared (R-REISSUE)."""

from datetime import datetime
from typing import Protocol

from registers.question import Question
from stelsel.subjects import Representation


class Asked(Protocol):
    """What of a `Register` is needed to ask it anew."""

    async def fetch(self, question: Question) -> object:
        """See `Register.fetch`."""

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """See `Register.translate`."""


async def same_by_now(register: Asked, representation: Representation, at: datetime) -> Representation | None:
    """The statement with the same reference as the register has it at `at`; None when it no longer has it.

    Raises `RegisterUnavailable`.
    """
    acting = representation.acting.subject
    if acting is None:
        return None
    question = Question(acting=acting, represented=representation.represented.subject, at=at)
    stated = register.translate(await register.fetch(question), question)
    return next((each for each in stated if each.reference == representation.reference), None)
