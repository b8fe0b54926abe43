"""An office with 500 clients, in the last minute of a day: scenarios 2 and 28 of mandates 8."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from pilot.browser import Browser
from pilot.preparation import Prepared
from pilot.steps import find, search_for
from stelsel.identifiers import Bsn
from tests.flows.outcomes import NO_REPRESENTATION, refusal
from tests.flows.pilots import Pilot, start

CLIENTS = 500


def numbers() -> Iterator[str]:
    """BSNs that pass the eleven test, and that no other world has."""
    for number in range(100_200_000, 101_000_000):
        digits = f"{number}"
        if sum(int(each) * weight for each, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0:
            yield Bsn(digits).value


def rows() -> str:
    """The office, an employee, and everybody under its bewind."""
    people = [
        f"""[[person]]
name = "Client {number:03}"
bsn = "{bsn}"
[[measure]]
name = "Client {number:03}"
person = "Client {number:03}"
kind = "BEWIND"
from = 2024-01-01
representatives = [{{who = "Groot", role = "bewindvoerder"}}]
"""
        for number, bsn in zip(range(CLIENTS), numbers(), strict=False)
    ]
    office = """[[organisation]]
name = "Groot"
kvk = "90000749"
[[employee]]
name = "g1"
organisation = "Groot"
authorised = [{for = "bewindvoering"}]
"""
    return office + "".join(people)


def patient(prepared: Prepared) -> Prepared:
    """With all the time that the stubs, in this very process, may need for 500 people on a busy machine."""
    return replace(prepared, bvd=replace(prepared.bvd, register_seconds=60.0, deadline_seconds=60.0))


@pytest.fixture(scope="module")
async def evening(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("evening")
        at = "2026-03-09T23:59:00+01:00"
        yield await start(stack, folder, pilot_keys, rows(), at=at, changed=patient)


@pytest.mark.clause("R-CHOICE")
async def test_scenario_28_a_long_list_is_turned_and_searched_and_holds_no_bsn(evening: Pilot) -> None:
    async with Browser() as browser:
        page = await evening.walk(browser, evening.wish("g1", "S1", "nobody", means="eherkenning"), until="B1")
        assert page.name == "B1.big"
        assert len(page.texts("//main//button[starts-with(@value, 'pick:')]")) == 20
        onward = find(page, "page:1")
        assert onward is not None
        page = await browser.submit(onward.form, onward.button)
        assert "Client 020" in " ".join(page.texts("//main//button[starts-with(@value, 'pick:')]"))
        searched = search_for(page, "client 499")
        assert searched is not None
        page = await browser.submit(searched.form, searched.button, searched.fill)
        assert page.name == "B1.found"
        assert len(page.texts("//main//button[starts-with(@value, 'pick:')]")) == 1
        assert not re.search(r"(?<![0-9])[0-9]{9}(?![0-9])", " ".join(page.texts("//body")))


@pytest.mark.clause("R-CHOICE", "M1")
async def test_scenario_28_a_choice_of_another_visit_is_no_choice(evening: Pilot) -> None:
    wish = evening.wish("g1", "S1", "nobody", means="eherkenning")
    async with Browser() as mine, Browser() as anothers:
        page, other = await evening.walk(mine, wish, until="B1"), await evening.walk(anothers, wish, until="B1")
        foreign = next(each for form in other.forms for each in form.buttons if each.value.startswith("pick:"))
        form = next(each for each in page.forms if any(button.value.startswith("pick:") for button in each.buttons))
        told = await mine.submit(form, replace(form.buttons[0], value=foreign.value))
        assert (told.name, told.status) == ("E3", 400)


@pytest.mark.clause("R-CHOICE")
async def test_scenario_28_the_last_of_500_clients_is_found_and_represented(evening: Pilot) -> None:
    outcome = await evening.log_in("g1", "S1", f"Client {CLIENTS - 1}")
    assert outcome["outcome"] == "success", outcome
    assert outcome["via"] == [{"type": "KvKnr", "value": "90000749"}]


@pytest.mark.clause("R-TIME", "R-OUT")
async def test_scenario_2_a_bewind_that_ends_at_midnight_counts_until_then(evening: Pilot) -> None:
    outcome = await evening.log_in("e1", "S1", "C3")
    assert (outcome["outcome"], outcome["session_until"]) == ("success", "2026-03-09T23:00:00Z"), outcome
    evening.clock.advance(seconds=61)
    assert refusal(await evening.log_in("e1", "S1", "C3")) == (*NO_REPRESENTATION, "EXPIRED")
