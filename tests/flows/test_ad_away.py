"""An AD that fails in the middle of a login, or refuses: the user has other ways, and the DV hears how it ended."""

from dataclasses import replace

import pytest

from pilot.browser import Browser, Page
from pilot.places import DIGID, GATEWAY
from pilot.steps import Wish, must_find
from stelsel.failures import OUTCOMES
from tests.flows.pilots import Pilot, Start, walk_on


async def at_digid(pilot: Pilot, browser: Browser) -> Page:
    """F1 on her way to C2, at DigiD's own page."""
    page = await pilot.walk(browser, pilot.wish("F1", "S1", "C2"), until="S1")
    assert page.name == "S1"
    return page


def wish_of(pilot: Pilot) -> Wish:
    """What she wants, with the number and the level that the pages ask."""
    wish = pilot.wish("F1", "S1", "C2")
    return replace(wish, level=pilot.known.service("S1").minimum, identifier=pilot.bsn("C2"))


async def press(browser: Browser, page: Page, value: str) -> Page:
    """The page after the button of that value."""
    found = must_find(page, value)
    return await browser.submit(found.form, found.button, found.fill)


@pytest.mark.clause("P1", "ERR-08")
async def test_when_digid_does_not_answer_one_may_try_again_and_then_it_works(start_pilot: Start) -> None:
    pilot = await start_pilot()
    async with Browser() as browser:
        page = await at_digid(pilot, browser)
        pilot.away.add(f"{pilot.places.host(DIGID)}/back")
        page = await walk_on(browser, page, wish_of(pilot), until="G2")
        assert page.name == "G2.retry"
        refusals = await pilot.network.services[GATEWAY].assembly.journal.entries("refusal", pilot.clock())
        assert [entry.facts["failure"] for entry in refusals] == ["MeansUnavailable"]
        assert len(refusals[0].code) == 8
        pilot.give_back()
        page = await press(browser, page, "means:digid")
        page = await walk_on(browser, page, wish_of(pilot))
        assert page.name == "D2"


@pytest.mark.clause("P1", "ERR-01")
async def test_who_stops_after_digid_did_not_answer_is_back_at_the_dv_which_hears_that(start_pilot: Start) -> None:
    pilot = await start_pilot()
    async with Browser() as browser:
        page = await at_digid(pilot, browser)
        pilot.away.add(f"{pilot.places.host(DIGID)}/back")
        page = await walk_on(browser, page, wish_of(pilot), until="G2")
        page = await press(browser, page, "cancel")
        assert page.name == "D3.other"
    answers = [each.answer for each in pilot.wire if each.host == f"{pilot.places.host(GATEWAY)}/back"]
    assert any(b"Internal error" in answer for answer in answers)


@pytest.mark.clause("ERR-06", "ERR-07")
async def test_a_request_that_digid_does_not_support_shows_the_user_no_detail_and_a_way_to_stop(
    start_pilot: Start,
) -> None:
    pilot = await start_pilot()
    async with Browser() as browser:
        page = await press(browser, await at_digid(pilot, browser), "refuse")
        assert page.name == "G2.retry"
        said = " ".join(page.texts("//main"))
        told = [outcome.message for outcome in OUTCOMES.values() if outcome.message]
        assert not any(word in said for word in ("urn:", "SAML", "Status", *told))
        assert (await press(browser, page, "cancel")).name.startswith("D3")
