"""A DV that keeps no session sends its user round and round; the gateway stops it, for that browser and DV alone."""

import pytest

from pilot.browser import Page
from pilot.places import GATEWAY
from tests.attacks.parties import DV, Attacked, Visitor
from tests.flows.conftest import start_pilot
from tests.flows.pilots import Start
from tests.flows.speakers import Speaker

__all__ = ["start_pilot"]
MOST = 10


async def begun(browser: Visitor, dv: str = DV, service: str = "S1") -> Page:
    """The first page of one more login in this browser."""
    browser.dv = Speaker(browser.pilot, dv)
    answer = await browser.begin(service=service)
    return await browser.open(answer.headers["location"])


@pytest.fixture
async def network(start_pilot: Start) -> Attacked:
    """One whose clock a test may move."""
    return Attacked(await start_pilot())


async def test_a_browser_that_goes_round_is_stopped_and_goes_on_a_minute_later(network: Attacked) -> None:
    async with Visitor(network) as browser, Visitor(network) as another:
        pages = [await begun(browser) for _ in range(MOST + 2)]  # the first came without a cookie
        assert [page.status for page in pages] == [200] * (MOST + 1) + [429]
        stopped = pages[-1]
        assert stopped.name == "E7"
        back = {str(each) for each in stopped.tree.xpath("//main//a/@href")}
        assert any(each.startswith(network.pilot.known.dv(DV).origin) for each in back)
        # Another DV, another browser and another minute are no part of that circle.
        assert (await begun(browser, "ziekenhuis", "S4")).status == 200
        assert (await begun(another)).status == 200
        network.pilot.clock.advance(seconds=60)
        assert (await begun(browser)).status == 200


async def test_who_is_stopped_hears_for_how_long(network: Attacked) -> None:
    async with Visitor(network) as browser:
        for _ in range(MOST + 1):
            await begun(browser)
        location = (await browser.begin()).headers["location"]
        answer = await browser.http.get(network.pilot.places.front(GATEWAY) + location)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


async def test_logins_that_wait_are_not_counted_twice(network: Attacked) -> None:
    """Reloading a page, or going on in a login, begins none."""
    async with Visitor(network) as browser:
        await begun(browser)
        location = (await browser.begin()).headers["location"]
        for _ in range(MOST + 2):
            assert (await browser.open(location)).status == 200
