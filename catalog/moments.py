"""Days and instants as files write them: TOML dates, and for worlds on today's clock "8 years ago" or "in 2 months"."""

import calendar
import re
from datetime import date, datetime, time, timedelta
from typing import Final

from stelsel.subjects import AMSTERDAM

YEARS: Final = range(1900, 2201)  # of instants: further off, arithmetic with offsets ends
_RELATIVE: Final = re.compile(r"(in )?([0-9]{1,4}) (minute|hour|day|week|month|year)s?( ago)?")
_FIXED: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}


def read_day(value: object, at: datetime) -> date:
    """The day that `value` names, seen from the day of `at` in Amsterdam. Raises `ValueError` with the reason."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        today = at.astimezone(AMSTERDAM).date()
        if value in _FIXED:
            return today + timedelta(days=_FIXED[value])
        amount, unit = _relative(value)
        if unit not in {"minute", "hour"}:
            return _shift(today, amount, unit)
    raise ValueError("is no day: write 2026-03-10, without quotes, or for instance '8 years ago'")


def read_instant(value: object, at: datetime) -> datetime:
    """The instant that `value` names. Whole days of difference begin at midnight in Europe/Amsterdam.

    Raises `ValueError` with the reason.
    """
    instant = _instant(value, at)
    if instant.year not in YEARS:
        raise ValueError(f"lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return instant


def _instant(value: object, at: datetime) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("is an instant without an offset: write 2026-03-10T12:00:00+01:00")
        return value
    if isinstance(value, str):
        amount, unit = _relative(value)
        if unit in {"minute", "hour"}:
            return at + amount * (timedelta(minutes=1) if unit == "minute" else timedelta(hours=1))
        if unit:
            return datetime.combine(read_day(value, at), time(), AMSTERDAM)
    raise ValueError("is no instant: write 2026-03-10T12:00:00+01:00, without quotes, or for instance 'in 2 hours'")


def _relative(text: str) -> tuple[int, str]:
    """Signed amount and unit of "8 years ago" and "in 2 days"; unit is empty when `text` is something else."""
    match = _RELATIVE.fullmatch(text)
    if match is None or bool(match[1]) == bool(match[4]):
        return 0, ""
    return (int(match[2]) if match[1] else -int(match[2])), match[3]


def _shift(day: date, amount: int, unit: str) -> date:
    """`day` moved; from a day that the other month lacks to the last one it has (29 February to 28)."""
    if unit in {"day", "week"}:
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    if unit not in {"month", "year"}:
        raise ValueError("is no day: write 2026-03-10, without quotes, or for instance '8 years ago'")
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise ValueError("lies outside the calendar")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
