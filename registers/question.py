"""What a register is asked: for whom may this person act, now. It names no service; that is for others to weigh."""

from dataclasses import dataclass
from datetime import date, datetime

from registers.dates import day_of
from stelsel.identifiers import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`acting` logged in; `represented` is the one person named by the user or the request, None to list everybody.

    `at` is the moment of asking, aware.
    """

    acting: Subject
    represented: Subject | None = None
    at: datetime

    @property
    def on(self) -> date:
        """The day of asking, in Amsterdam."""
        return day_of(self.at)
