"""Days and moments as people read them (PAGES 4): "1 maart 2026"; the clock is that of Amsterdam (DESIGN 3.10)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from runtime.web.language import Language
from stelsel.subjects import AMSTERDAM

_MONTHS: Final[Mapping[Language, tuple[str, ...]]] = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


def day(on: date, language: Language) -> str:
    """1 maart 2026 / 1 March 2026."""
    return f"{on.day} {_MONTHS[language][on.month - 1]} {on.year}"


def moment(at: datetime, language: Language) -> str:
    """1 maart 2026 om 14.30 uur / 1 March 2026 at 14:30, in Amsterdam."""
    there = at.astimezone(AMSTERDAM)
    clock = f"om {there:%H.%M} uur" if language == "nl" else f"at {there:%H:%M}"
    return f"{day(there.date(), language)} {clock}"
