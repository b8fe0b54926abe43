"""The answers to the questions of a request, read and kept for one person."""

from datetime import date
from typing import Any, Final

import pytest

from portals.machtigen.drafts import Draft, Drafts, Step, longest_from, read_day, read_other, read_period
from registers.machtigingen.machtiging import Side
from runtime.sealing import Sealer
from runtime.store_memory import MemoryStore
from stelsel.failures import PageUnknown
from stelsel.identifiers import Bsn
from tests.conftest import SettableClock
from tests.stelsel.saml.factories import NOON

ME, OTHER = Bsn("999990111"), Bsn("999990093")
TODAY: Final = date(2026, 3, 10)


def a_draft(side: Side = Side.RECEIVER, **changes: Any) -> Draft:
    return Draft(owner=ME, side=side, **changes)


def keys(draft: Draft) -> list[tuple[str, str]]:
    return [(each.field, each.key) for each in draft.mistakes]


@pytest.mark.parametrize("text", ["31 12 2026", "31-12-2026", " 31.12.2026 ", "31/12/2026"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert read_day(text) == date(2026, 12, 31)


@pytest.mark.parametrize(
    "text", ["", "31 13 2026", "2026-12-31", "31 december 2026", "٣١ ١٢ ٢٠٢٦", "1 1 99", "1 1 0000"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


def test_a_number_that_is_none_is_told_by_its_last_digits_and_not_kept() -> None:
    draft = read_other(a_draft(step=Step.OTHER), "123 456 789", "1 1 1980")
    assert (keys(draft), draft.mistakes[0].value, draft.step) == ([("bsn", "b2.form")], "789", Step.OTHER)
    assert draft.other is None
    assert keys(read_other(a_draft(step=Step.OTHER), "", "x")) == [("bsn", "b2.empty"), ("born", "period.form")]
    assert keys(read_other(a_draft(step=Step.OTHER), "12345678x", "1 1 1980")) == [("bsn", "b2.letters")]
    assert keys(read_other(a_draft(step=Step.OTHER), ME.value, "1 1 1980")) == [("bsn", "m3.yourself")]


def test_a_number_is_read_with_whatever_stands_between_its_digits() -> None:
    draft = read_other(a_draft(step=Step.OTHER), "9999.90-093", "1 1 1980")
    assert (draft.other, draft.born, draft.step, draft.mistakes) == (OTHER, "1980-01-01", Step.PERIOD, ())


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("10 3 2026", "11 3 2026", []),
        ("10 3 2026", "9 3 2029", []),
        ("10 3 2026", "10 3 2029", [("last", "period.late")]),
        ("10 3 2026", "10 3 2026", [("last", "period.order")]),
        ("9 3 2026", "11 3 2026", [("first", "period.past")]),
        ("morgen", "", [("first", "period.form"), ("last", "period.form")]),
    ],
)
def test_a_period_begins_today_or_later_and_is_no_longer_than_three_years(
    first: str, last: str, wrong: list[tuple[str, str]]
) -> None:
    draft = read_period(a_draft(step=Step.PERIOD), first, last, TODAY)
    assert keys(draft) == wrong
    assert dict(draft.typed) == ({"first": first, "last": last} if wrong else {})
    assert draft.step is (Step.PERIOD if wrong else Step.CHECK)


def test_the_longest_period_from_a_leap_day_ends_on_the_last_of_february() -> None:
    assert longest_from(date(2028, 2, 29)) == date(2031, 2, 28)


def test_who_gives_is_not_asked_for_anybodys_number_and_back_leads_back() -> None:
    draft = a_draft(Side.GIVER).onward()
    assert draft.step is Step.PERIOD
    assert draft.back().step is Step.SERVICE
    assert a_draft().onward().step is Step.OTHER
    assert a_draft(step=Step.CHECK).onward().step is Step.CHECK


async def test_a_draft_is_of_one_person_and_taken_once() -> None:
    drafts = Drafts(MemoryStore(SettableClock(NOON), Sealer(b"k" * 32)))
    name = await drafts.new(ME, Side.GIVER)
    for wrong in (drafts.find(name, OTHER), drafts.take(name, OTHER), drafts.find("another", ME)):
        with pytest.raises(PageUnknown):
            await wrong
    assert await drafts.take(name, ME) == a_draft(Side.GIVER)
    with pytest.raises(PageUnknown):
        await drafts.take(name, ME)


def test_the_repr_of_a_draft_names_nobody() -> None:
    draft = read_other(a_draft(step=Step.OTHER), OTHER.value, "1 1 1980")
    assert not any(secret in repr(draft) for secret in (ME.value, OTHER.value, "1980"))
