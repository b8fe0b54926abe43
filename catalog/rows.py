"""One row of a TOML table, read key by key: the first thing wrong in it is raised with its path."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from catalog.moments import read_day, read_instant
from catalog.services import LANGUAGES, Inconsistent
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier, Misconfigured
from stelsel.identifiers import Identifier

N = TypeVar("N", bound=Identifier)
W = TypeVar("W", bound=StrEnum)
T = TypeVar("T")


class RowRefused(Exception):
    """Something in a row is wrong; `where` is its path (`services[3].minimum`). Holds no identifiers of people."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row and its path. A getter without default refuses a key that is absent; `find_` answers None.

    Getters note which keys were asked; `close` refuses those that nobody asked for. `at` is what "8 years ago" is
    counted from.
    """

    values: Mapping[str, object]
    where: str
    at: datetime
    file: Path = Path()
    asked: set[str] = field(default_factory=set)

    def refuse(self, key: str, why: str) -> RowRefused:
        """The refusal of `key`, to be raised."""
        return RowRefused(f"{self.where}.{key}" if key else self.where, why)

    def _get(self, key: str) -> object:
        self.asked.add(key)
        return self.values.get(key)

    def _need(self, key: str, found: T | None) -> T:
        if found is None:
            raise self.refuse(key, "is missing")
        return found

    def find_text(self, key: str) -> str | None:
        """Text of one line, never empty."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.refuse(key, "is no text: put it in quotes")
        if not value.strip() or not value.isprintable():
            raise self.refuse(key, "is empty, or not one line")
        return value

    def text(self, key: str) -> str:
        """As `find_text`."""
        return self._need(key, self.find_text(key))

    def texts(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of texts, without repetition."""
        value = self._get(key)
        if value is None:
            return tuple(default)
        if not isinstance(value, list):
            raise self.refuse(key, "is no list")
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                raise self.refuse(f"{key}[{index}]", "is no text")
            if item in value[:index]:
                raise self.refuse(f"{key}[{index}]", "stands there twice")
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(key, "is neither true nor false")
        return value

    def find_number(self, key: str, least: int, most: int) -> int | None:
        """A whole number within bounds."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(key, f"is no whole number from {least} to {most}")
        return value

    def number(self, key: str, least: int, most: int) -> int:
        """As `find_number`."""
        return self._need(key, self.find_number(key, least, most))

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """One of `options`."""
        found = self.find_text(key)
        if found is None:
            return self._need(key, default)
        return self.one_of(key, found, options)

    def one_of(self, key: str, found: str, options: Iterable[str]) -> str:
        """`found`, once it is among `options`."""
        known = list(options)
        if found not in known:
            raise self.refuse(key, f"{found!r} is none of {', '.join(known)}")
        return found

    def word(self, key: str, kind: type[W], default: W | None = None) -> W:
        """A member of an enumeration, by its value."""
        return kind(self.choice(key, list(kind), default))

    def words(self, key: str, kind: type[W]) -> frozenset[W]:
        """A list of members of an enumeration; absent is empty."""
        return frozenset(
            kind(self.one_of(f"{key}[{index}]", text, list(kind))) for index, text in enumerate(self.texts(key))
        )

    def find_level(self, key: str) -> LevelOfAssurance | None:
        """A level by its Dutch or eHerkenning word."""
        found = self.find_text(key)
        if found is None:
            return None
        try:
            return LevelOfAssurance.from_word(found)
        except KeyError:
            words = [level.word for level in LevelOfAssurance]
            raise self.refuse(key, f"{found!r} is none of {', '.join(words)} (loa2, loa2plus, loa3, loa4)") from None

    def level(self, key: str) -> LevelOfAssurance:
        """As `find_level`."""
        return self._need(key, self.find_level(key))

    def find_identifier(self, key: str, kind: type[N]) -> N | None:
        """An identifier of that kind, checked."""
        found = self.find_text(key)
        if found is None:
            return None
        try:
            return kind(found)
        except BadIdentifier as error:
            raise self.refuse(key, error.why) from None

    def identifier(self, key: str, kind: type[N]) -> N:
        """As `find_identifier`."""
        return self._need(key, self.find_identifier(key, kind))

    def _read(self, key: str, read: Callable[[object, datetime], T]) -> T | None:
        value = self._get(key)
        if value is None:
            return None
        try:
            return read(value, self.at)
        except ValueError as error:
            raise self.refuse(key, str(error)) from None

    def find_day(self, key: str) -> date | None:
        """A day; see `moments.read_day`."""
        return self._read(key, read_day)

    def day(self, key: str) -> date:
        """As `find_day`."""
        return self._need(key, self.find_day(key))

    def find_instant(self, key: str) -> datetime | None:
        """An instant; see `moments.read_instant`."""
        return self._read(key, read_instant)

    def instant(self, key: str) -> datetime:
        """As `find_instant`."""
        return self._need(key, self.find_instant(key))

    def find_title(self, key: str) -> Mapping[str, str] | None:
        """`{nl = ..., en = ...}`, or one text that is the title in every language."""
        if isinstance(self._get(key), str):
            return dict.fromkeys(LANGUAGES, self.text(key))
        table = self.find_table(key)
        if table is None:
            return None
        title = {language: table.text(language) for language in LANGUAGES}
        table.close()
        return title

    def raw(self, key: str) -> object:
        """The value as it stands, for the few keys that take several shapes; None when absent."""
        return self._get(key)

    def find_table(self, key: str) -> "Row | None":
        """The table under `key`, as a row with the longer path."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.refuse(key, "is no table: write {key = value}")
        return Row(value, f"{self.where}.{key}", self.at, self.file)

    def tables(self, key: str) -> tuple["Row", ...]:
        """The list of tables under `key`; absent is empty."""
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refuse(key, "is no list of tables: write [{key = value}]")
        return tuple(Row(item, f"{self.where}.{key}[{index}]", self.at, self.file) for index, item in enumerate(value))

    def close(self) -> None:
        """Refuses the first key that is none of those asked for."""
        for key in self.values:
            if key not in self.asked:
                raise self.refuse(key, f"is no key of this table{hint(key, self.asked)}")


def read_all(rows: Iterable[Row], read: Callable[[Row], T], problems: list[str]) -> tuple[T, ...]:
    """What `read` makes of each row; a row it refuses is left out and its problem added to `problems`.

    `read` may raise `RowRefused`, or `Inconsistent` for a value that cannot be.
    """
    made: list[T] = []
    for row in rows:
        try:
            made.append(read(row))
            row.close()
        except RowRefused as refused:
            problems.append(f"{row.file}: {refused}")
        except Inconsistent as error:
            problems.append(f"{row.file}: {row.where}.{error.field}: {error.why}")
    return tuple(made)


def refuse_any(problems: Sequence[str]) -> None:
    """Raises `Misconfigured` with every problem on a line of its own, if there is one."""
    if problems:
        raise Misconfigured("\n".join(problems))


def hint(key: str, known: Iterable[str]) -> str:
    """ ": did you mean ...?" when `key` resembles one of `known`, else empty."""
    close = difflib.get_close_matches(key, list(known), n=1)
    return f": did you mean {close[0]}?" if close else ""
