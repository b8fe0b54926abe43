"""Days as registers mean them: Europe/Amsterdam, sometimes incomplete; ages are computed here and nowhere else."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_TEXT: Final = re.compile(r"(?:([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?)?")


def day_of(at: datetime) -> date:
    """The day in Amsterdam on which the instant `at` (aware) falls."""
    return at.astimezone(AMSTERDAM).date()


def start_of(on: date) -> datetime:
    """The instant, in UTC, at which the day `on` begins in Amsterdam."""
    return datetime.combine(on, time(), AMSTERDAM).astimezone(UTC)


@dataclass(frozen=True, slots=True, repr=False)
class IncompleteDate:
    """A birth date of which the BRP may know only the year, the year and month, or nothing (mandates 3.1).

    Raises `ValueError` for a day that cannot be.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if (self.day is not None and self.month is None) or (self.month is not None and self.year is None):
            raise ValueError("a date is known from the year on")
        if self.year is not None:
            date(self.year, self.month or 1, self.day or 1)

    def __repr__(self) -> str:
        return "IncompleteDate(...)"

    @classmethod
    def from_text(cls, text: str) -> "IncompleteDate":
        """Reads `2014-03-11`, `2014-03`, `2014` or nothing. Raises `ValueError`."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError("no date")
        return cls(*(int(part) if part else None for part in match.groups()))

    @property
    def text(self) -> str:
        """As `stelsel.subjects.Party.born` has it."""
        if self.year is None:
            return ""
        if self.month is None:
            return f"{self.year:04d}"
        return f"{self.year:04d}-{self.month:02d}" + (f"-{self.day:02d}" if self.day is not None else "")

    def age(self, on: date) -> int | None:
        """Full years on that day, or None where the BRP gives no age either: no month known, or this very month.

        Who was born on 29 February has the birthday on 1 March in other years. No age means that a condition on age
        is not met, whichever way it points (mandates 2.2, age computation).
        """
        if self.year is None or self.month is None or (self.day is None and self.month == on.month):
            return None
        passed = (on.month, on.day) >= (self.month, self.day if self.day is not None else 1)
        age = on.year - self.year - (0 if passed else 1)
        return age if age >= 0 else None

    def first_day_at(self, age: int) -> date | None:
        """The first day on which it is no longer sure that this person is younger than `age`; None if never sure."""
        if self.year is None or self.month is None:
            return None
        try:
            return date(self.year + age, self.month, self.day or 1)
        except ValueError:
            return date(self.year + age, 3, 1)


UNKNOWN_DATE: Final = IncompleteDate()
