"""A mandate that is being asked for, question by question: what was answered so far, kept for the same person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from registers.machtigingen.machtiging import LONGEST_YEARS, Side
from runtime.store import ShortLived
from stelsel.failures import BadIdentifier, PageUnknown
from stelsel.identifiers import Bsn, ServiceUuid

KEPT_SECONDS: Final = 20 * 60 * 60  # WCAG 2.2.1: unfinished answers wait for the same person (PAGES 2, rule h)
MOST_TYPED: Final = 30
_DATE: Final = re.compile(r"\s*([0-9]{1,2})[\s./-]+([0-9]{1,2})[\s./-]+([0-9]{4})\s*")
_BETWEEN: Final = str.maketrans("", "", " .-\u00a0\t")


class Step(StrEnum):
    """The questions, in their order; `OTHER` for who wants to be mandated only."""

    SERVICE = "service"
    OTHER = "other"
    PERIOD = "period"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the answer in `field`: the key of its text, and what that fills in."""

    field: str
    key: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Of `owner`, who gives (route 1) or wants to receive (route 2).

    `mistakes` are of the question asked now, and `typed` is what was typed there, but for a number of somebody.
    """

    owner: Bsn = field(repr=False)
    side: Side
    step: Step = Step.SERVICE
    service: ServiceUuid | None = None
    other: Bsn | None = field(default=None, repr=False)
    born: str = field(default="", repr=False)
    first: date | None = None
    last: date | None = None
    mistakes: tuple[Mistake, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)

    def back(self) -> "Draft":
        """The question before this one, its answer as it was."""
        steps = steps_of(self.side)
        return replace(self, step=steps[max(0, steps.index(self.step) - 1)], mistakes=(), typed={})

    def onward(self) -> "Draft":
        """The next question."""
        steps = steps_of(self.side)
        return replace(self, step=steps[min(len(steps) - 1, steps.index(self.step) + 1)], mistakes=(), typed={})


def steps_of(side: Side) -> tuple[Step, ...]:
    """The questions of a route."""
    return tuple(step for step in Step if step is not Step.OTHER or side is Side.RECEIVER)


def read_other(draft: Draft, number: str, born: str) -> Draft:
    """The answers to who the other is; with mistakes where they are none. A bad number is not kept."""
    mistakes: list[Mistake] = []
    plain = number.translate(_BETWEEN)
    other: Bsn | None = None
    if not plain:
        mistakes.append(Mistake("bsn", "b2.empty"))
    elif not (plain.isascii() and plain.isdigit()):
        mistakes.append(Mistake("bsn", "b2.letters"))
    else:
        try:
            other = Bsn(plain)
        except BadIdentifier:
            mistakes.append(Mistake("bsn", "b2.form", plain[-3:]))
    if other is not None and other == draft.owner:
        mistakes.append(Mistake("bsn", "m3.yourself"))
    day = read_day(born)
    if day is None:
        mistakes.append(Mistake("born", "period.form"))
    answered = replace(draft, other=other, born=day.isoformat() if day else "")
    wrong = replace(answered, mistakes=tuple(mistakes), typed={"born": born[:MOST_TYPED]})
    return wrong if mistakes else answered.onward()


def read_period(draft: Draft, first: str, last: str, today: date) -> Draft:
    """The answers to from when until when; with mistakes where no mandate could last so."""
    begins, ends = read_day(first), read_day(last)
    latest = longest_from(begins or today)
    mistakes = [Mistake(name, "period.form") for name, day in (("first", begins), ("last", ends)) if day is None]
    if begins is not None and begins < today:
        mistakes.append(Mistake("first", "period.past"))
    if begins is not None and ends is not None:
        if ends <= begins:
            mistakes.append(Mistake("last", "period.order"))
        elif ends > latest:
            mistakes.append(Mistake("last", "period.late", (latest + timedelta(days=1)).isoformat()))
    answered = replace(draft, first=begins, last=ends)
    typed = {"first": first[:MOST_TYPED], "last": last[:MOST_TYPED]}
    return replace(answered, mistakes=tuple(mistakes), typed=typed) if mistakes else answered.onward()


def longest_from(first: date) -> date:
    """The last day that a mandate from `first` may have."""
    try:
        later = first.replace(year=first.year + LONGEST_YEARS)
    except ValueError:
        later = date(first.year + LONGEST_YEARS, 3, 1)
    return later - timedelta(days=1)


def read_day(text: str) -> date | None:
    """A day as people write it: `31 12 2026`, `31-12-2026`. None for anything else."""
    found = _DATE.fullmatch(text)
    if found is None or not text.isascii():
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


_DRAFT: Final = TypeAdapter(Draft)


class Drafts:
    """The drafts of all people, sealed in the store. Nobody has another's (PageUnknown, whether it exists or not)."""

    def __init__(self, store: ShortLived) -> None:
        self._store = store

    async def new(self, owner: Bsn, side: Side) -> str:
        """The name of a new one."""
        name = await self._store.new_handle()
        await self.keep(name, Draft(owner=owner, side=side))
        return name

    async def keep(self, name: str, draft: Draft) -> None:
        """Keeps it as it is now."""
        await self._store.put(_key(name), _DRAFT.dump_json(draft), KEPT_SECONDS)

    async def find(self, name: str, owner: Bsn) -> Draft:
        """The draft of that person. Raises `PageUnknown`."""
        return _owned(await self._store.get(_key(name)), owner)

    async def take(self, name: str, owner: Bsn) -> Draft:
        """The draft, which is then gone: of two presses one makes a mandate. Raises `PageUnknown`."""
        await self.find(name, owner)
        return _owned(await self._store.take(_key(name)), owner)


def _owned(stored: bytes | None, owner: Bsn) -> Draft:
    draft = None if stored is None else _DRAFT.validate_json(stored)
    if draft is None or draft.owner != owner:
        raise PageUnknown("no draft of this person")
    return draft


def _key(name: str) -> str:
    return f"portal-draft:{name}"
