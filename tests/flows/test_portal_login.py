"""People log in at a portal through our own gateway, as at any DV, and out again."""

from datetime import timedelta
from typing import Any

import pytest

from pilot.browser import Browser, Page
from pilot.places import MACHTIGEN
from pilot.steps import Wish
from tests.flows.pilots import Pilot, Start, walk_on


def to_portal(person: str, **more: Any) -> Wish:
    return Wish(person=person, dv=MACHTIGEN, service=MACHTIGEN, level="midden", **more)


async def enter(pilot: Pilot, browser: Browser, person: str, **more: Any) -> Page:
    """From the portal's start page to where a login ends."""
    start = await browser.open(pilot.places.front(MACHTIGEN) + "/")
    return await walk_on(browser, await browser.submit(start.forms[0]), to_portal(person, **more))


async def press(browser: Browser, page: Page, action: str) -> Page:
    """The form with that address, and on through the messages behind it."""
    form = next(each for each in page.forms if each.action.endswith(action))
    return await walk_on(browser, await browser.submit(form), to_portal("nobody"))


@pytest.mark.clause("DV-REQ-01", "DV-ART-01", "SSO-03")
async def test_who_logs_in_reads_her_name_and_her_mandates_and_who_logs_out_is_out(scenarios: Pilot) -> None:
    async with Browser() as browser:
        page = await enter(scenarios, browser, "V1")
        assert page.name == "M1"
        assert scenarios.bsn("V1") not in page.content.decode()
        (header,) = page.texts("//header//div/p[1]")
        person = next(each for each in scenarios.world.persons if each.name == "V1")
        assert header == f"Machtigen. U bent ingelogd als {person.full_name}."
        out = await press(browser, page, "/logout")
        assert (out.name, out.status) == ("L1", 200)
        assert (await browser.open(scenarios.places.front(MACHTIGEN) + "/")).name == "D1"


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        pytest.param({"cancel": "ad"}, "D3.cancelled", marks=pytest.mark.clause("ERR-03")),
    ],
)
async def test_a_login_that_gives_nothing_is_told_where_it_began(
    scenarios: Pilot, wish: dict[str, str], name: str
) -> None:
    async with Browser() as browser:
        page = await enter(scenarios, browser, "V1", **wish)
        assert page.name == name
        assert (await browser.open(page.url)).name == name


async def test_a_reload_on_the_way_sends_no_second_message(scenarios: Pilot) -> None:
    async with Browser() as browser:
        start = await browser.open(scenarios.places.front(MACHTIGEN) + "/")
        on_the_way = await browser.submit(start.forms[0])
        assert on_the_way.name == "G3"
        assert (await browser.open(on_the_way.url)).name == "E3"


async def test_a_portal_whose_brp_is_away_lets_people_in_without_their_names(start_pilot: Start) -> None:
    pilot = await start_pilot()
    pilot.take_away("brp")
    async with Browser() as browser:
        page = await enter(pilot, browser, "V1")
        assert page.name == "M1"
        assert page.texts("//header//div/p[1]") == ("Machtigen. U bent ingelogd.",)
        pilot.give_back()
        pilot.clock.advance(seconds=timedelta(minutes=15, seconds=1).total_seconds())
        assert (await browser.open(page.url)).name == "D1"


async def test_the_language_of_a_page_stays_for_the_next(scenarios: Pilot) -> None:
    async with Browser() as browser:
        page = await enter(scenarios, browser, "V1")
        page = await browser.open(page.url + "?lang=en")
        assert page.texts("//h1") == ("Authorisations",)
        assert (await browser.open(scenarios.places.front(MACHTIGEN) + "/")).texts("//h1") == ("Authorisations",)
