"""Somebody is named by BSN, and the user learns nothing of people who are no clients (R-ORACLE, mandates 8)."""

import re
from collections.abc import Sequence

import pytest

from bvd.naming import MISSES
from pilot.browser import Browser, Page
from pilot.steps import find
from tests.flows.outcomes import NO_REPRESENTATION, refusal, who
from tests.flows.pilots import Pilot, Start

BESIDE = """
[[person]]
name = "Moeder"
bsn = "999990214"
[[person]]
name = "Kind ver weg"
bsn = "999990226"
born = 2018-05-01
abroad = true
[[gezag]]
name = "Kind ver weg"
child = "Kind ver weg"
type = "GezagNietTeBepalen"
parents = ["Moeder"]
explanation = "woont niet in Nederland"
[[measure]]
name = "V2"
person = "V2"
kind = "BEWIND"
from = 2020-01-01
until = 2025-01-01
representatives = [{who = "F1", role = "bewindvoerder"}]
"""


@pytest.fixture
async def pilot(start_pilot: Start) -> Pilot:
    return await start_pilot(BESIDE)


async def named(pilot: Pilot, browser: Browser, page: Page, typed: str) -> Page:
    """The page after a BSN was typed, from one that has the button for it."""
    if not page.name.startswith("B2"):
        way = find(page, "bybsn")
        assert way is not None, page.name
        page = await browser.submit(way.form, way.button)
    form = page.form_with("bsn")
    assert form is not None
    return await browser.submit(form, form.buttons[0], {"bsn": typed})


def without_tokens(page: Page) -> str:
    """The bytes of a page, one-time tokens apart."""
    return re.sub(r'(name="csrf" value|action|href)="[^"]*"', "", page.content.decode())


@pytest.mark.clause("R-ORACLE", "R-REQ")
async def test_scenario_11_a_number_that_is_no_bsn_is_a_form_error_and_no_register_is_asked(pilot: Pilot) -> None:
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1", "*"), until="B")
        before = len(pilot.calls())
        page = await named(pilot, browser, page, "999 990 021")
        assert page.name == "B2.form"
        assert len(pilot.calls()) == before
        page = await named(pilot, browser, page, "12.345.67.2")
        assert page.name == "B4.named"


@pytest.mark.clause("R-ORACLE", "M4")
async def test_whoever_is_no_client_gets_one_page_whatever_the_cause_and_after_the_same_questions(pilot: Pilot) -> None:
    """What is waited for is what the registers are asked: the same of each, so that the time tells nothing either."""
    no_client = ["C1", "C4", "V2", "Kind ver weg"]  # another office's, dead, ended, not determinable
    numbers: Sequence[str] = ["000000012", *(pilot.bsn(name) for name in no_client)]
    pages: set[str] = set()
    lengths: set[int] = set()
    questions: set[tuple[str, ...]] = set()
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1", "*"), until="B")
        for number in numbers:
            before = len(pilot.calls())
            page = await named(pilot, browser, page, number)
            assert (page.name, page.status) == ("B4.named", 200)
            assert number not in page.content.decode()
            pages.add(without_tokens(page))
            lengths.add(len(page.content))
            questions.add(tuple(sorted(source for source, _ in pilot.calls()[before:])))
    assert len(pages) == 1
    assert len(lengths) == 1
    (asked,) = questions
    assert "rechtspraak" in asked


@pytest.mark.clause("R-ORACLE", "M4")
async def test_ten_misses_in_an_hour_are_enough(pilot: Pilot) -> None:
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1", "*"), until="B")
        for _ in range(MISSES):
            page = await named(pilot, browser, page, "000000012")
            assert page.name == "B4.named"
        page = await named(pilot, browser, page, pilot.bsn("C2"))
        assert page.name == "E7"
    async with Browser() as another:
        page = await pilot.walk(another, pilot.wish("F1", "S1", "*"), until="B")
        assert (await named(pilot, another, page, pilot.bsn("C2"))).name == "E7"
    pilot.clock.advance(minutes=61)
    assert who(await pilot.log_in("F1", "S1", "C2"))[1] == pilot.bsn("C2")


@pytest.mark.clause("R-DET", "R-ORACLE")
async def test_scenario_17_a_child_whose_gezag_cannot_be_determined_is_told_of_when_it_is_named(pilot: Pilot) -> None:
    assert (await pilot.choices("Moeder", "S4"))["choices"] == []
    outcome = await pilot.log_in("Moeder", "S4", "Kind ver weg")
    assert refusal(outcome) == (*NO_REPRESENTATION, "AUTHORITY_UNDETERMINED")


async def test_who_is_named_and_may_be_represented_is_confirmed_on_the_summary(pilot: Pilot) -> None:
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1", "*"), until="B")
        page = await named(pilot, browser, page, pilot.bsn("C2"))
        assert page.name == "B3"
        back = find(page, "another")
        assert back is not None
        page = await browser.submit(back.form, back.button)
        assert page.name == "B3"  # the only one of the own list


@pytest.mark.clause("R-QUERY")
async def test_a_register_that_is_away_when_somebody_is_named_is_told_and_can_be_asked_again(pilot: Pilot) -> None:
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1", "*"), until="B")
        pilot.take_away("rechtspraak")
        page = await named(pilot, browser, page, pilot.bsn("C2"))
        assert page.name == "B5"
        pilot.give_back()
        retry = find(page, "retry")
        assert retry is not None
        assert (await browser.submit(retry.form, retry.button)).name == "B3"
