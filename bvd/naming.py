"""Naming one person by BSN: what was typed, and how often somebody may miss (R-ORACLE)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from runtime.store import ShortLived
from stelsel.failures import BadIdentifier, TooManyTries
from stelsel.identifiers import Bsn, Subject

MISSES: Final = 10
WINDOW_SECONDS: Final = 3600
_SEPARATORS: Final = re.compile(r"[\s.\-‐-―]")


class Mistake(StrEnum):
    """What is wrong with a typed BSN: the `e.*` texts of B2."""

    EMPTY = "empty"
    LETTERS = "letters"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A typed BSN that is none; of what was typed only the last three digits are kept."""

    mistake: Mistake
    last_digits: str = ""


def read_bsn(typed: str) -> Bsn | Mistyped:
    """The BSN a user typed; spaces, dots and dashes do not count (PAGES 2, rule g), nor a zero left out in front."""
    digits = _SEPARATORS.sub("", typed)
    if not digits:
        return Mistyped(Mistake.EMPTY)
    if not re.fullmatch("[0-9]+", digits):
        return Mistyped(Mistake.LETTERS)
    try:
        return Bsn(digits.zfill(9) if len(digits) == 8 else digits)
    except BadIdentifier:
        return Mistyped(Mistake.FORM, digits[-3:])


class Misses:
    """How often somebody named a person for whom he may not act: ten times an hour, all workers and visits together.

    Visits side by side may each take one more than that: each is a login of its own.
    """

    def __init__(self, store: ShortLived) -> None:
        self._store = store

    async def check(self, acting: Subject) -> None:
        """Raises `TooManyTries` once there were ten."""
        if await self._store.get(f"missed-out:{_key(acting)}") is not None:
            raise TooManyTries(
                "too many people were named for whom this person may not act",
                clause="R-ORACLE",
                retry_after_seconds=WINDOW_SECONDS,
            )

    async def count(self, acting: Subject) -> None:
        """One more."""
        if await self._store.count(f"missed:{_key(acting)}", WINDOW_SECONDS) >= MISSES:
            await self._store.put(f"missed-out:{_key(acting)}", b"1", WINDOW_SECONDS)


def _key(acting: Subject) -> str:
    """The store keeps its keys hashed."""
    return f"{type(acting).__name__}:{acting.value}"
