"""The clock by which a sample DV judges is the network's, however far it stands from the system's (DESIGN 3.10)."""

from datetime import timedelta

import pytest

from pilot.browser import Browser
from tests.pilot.dv_site import Site


@pytest.mark.parametrize("drift", [timedelta(hours=-1), timedelta(hours=1)], ids=["behind", "ahead"])
async def test_a_clock_that_drifts_after_the_start_is_the_one_that_counts(site: Site, drift: timedelta) -> None:
    site.clock.now += drift
    async with Browser() as browser:
        page = await site.log_in(browser)
    assert page.name == "D2"
