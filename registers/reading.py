"""Reads a source's JSON field by field: what is not as agreed makes the whole answer `RegisterUnavailable`.

The failure names the path of the field (`maatregelen[2].datumIngang`) and never what stood there.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from registers.dates import IncompleteDate
from stelsel.failures import BadIdentifier, RegisterUnavailable
from stelsel.identifiers import Bsn, KvkNummer
from stelsel.subjects import Representation

_MAX_TEXT = 400
_MAX_ITEMS = 20_000


@dataclass(frozen=True, slots=True, repr=False)
class Field:
    """One value of an answer and where it stood."""

    source: str
    path: str
    value: object

    def __repr__(self) -> str:
        return f"Field({self.source}, {self.path})"

    def refused(self, why: str) -> RegisterUnavailable:
        """The failure to raise when this value cannot be true."""
        return RegisterUnavailable(self.source, f"nonsense in its answer: {self.path or 'the whole'} {why}")

    def find(self, key: str) -> "Field | None":
        """The member `key`, or None where it is absent or null."""
        if not isinstance(self.value, dict):
            raise self.refused("is no object")
        value = self.value.get(key)
        return None if value is None else Field(self.source, f"{self.path}.{key}" if self.path else key, value)

    def at(self, key: str) -> "Field":
        """The member `key`, which must be there."""
        found = self.find(key)
        if found is None:
            raise self.refused(f"lacks {key}")
        return found

    def items(self) -> tuple["Field", ...]:
        """The members of a list, in order."""
        if not isinstance(self.value, list) or len(self.value) > _MAX_ITEMS:
            raise self.refused("is no list, or too long a one")
        return tuple(Field(self.source, f"{self.path}[{index}]", value) for index, value in enumerate(self.value))

    def found_items(self, key: str) -> tuple["Field", ...]:
        """The members of the list `key`; none where it is absent."""
        found = self.find(key)
        return () if found is None else found.items()

    def text(self) -> str:
        """A text of bounded length, in which nothing is unprintable."""
        if not isinstance(self.value, str) or len(self.value) > _MAX_TEXT or not self.value.isprintable():
            raise self.refused("is no text")
        return self.value

    def found_text(self, key: str) -> str:
        """The text `key`, or an empty one where it is absent."""
        found = self.find(key)
        return "" if found is None else found.text()

    def flag(self) -> bool:
        """A boolean; numbers are none."""
        if not isinstance(self.value, bool):
            raise self.refused("is neither true nor false")
        return self.value

    def found_flag(self, key: str) -> bool:
        """The boolean `key`; absent means false, as the BRP leaves out what does not hold."""
        found = self.find(key)
        return False if found is None else found.flag()

    def one_of(self, words: Collection[str]) -> str:
        """A text that is one of `words`."""
        text = self.text()
        if text not in words:
            raise self.refused("is a word that is not agreed")
        return text

    def day(self) -> date:
        """A whole date, `2026-03-10`."""
        text = self.text()
        try:
            if len(text) != len("2026-03-10"):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise self.refused("is no date") from None

    def found_day(self, key: str) -> date | None:
        """The date `key`, or None where it is absent."""
        found = self.find(key)
        return None if found is None else found.day()

    def incomplete_date(self) -> IncompleteDate:
        """A date that may lack its day or month, written as text."""
        try:
            return IncompleteDate.from_text(self.text())
        except ValueError:
            raise self.refused("is no date") from None

    def bsn(self) -> Bsn:
        """A BSN."""
        try:
            return Bsn(self.text())
        except BadIdentifier:
            raise self.refused("is no BSN") from None

    def kvk_nummer(self) -> KvkNummer:
        """A KvK number."""
        try:
            return KvkNummer(self.text())
        except BadIdentifier:
            raise self.refused("is no KvK number") from None


def each_once(answer: Field, stated: Iterable[Representation]) -> tuple[Representation, ...]:
    """The statements, once each: an answer that states one relation twice may be two answers, and is refused whole."""
    found = tuple(stated)
    keys = {(each.reference, each.ground, each.acting.subject, each.represented.subject) for each in found}
    if len(keys) < len(found):
        raise answer.refused("states one relation twice")
    return found
