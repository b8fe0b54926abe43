"""A BVD that is killed in the middle of a login, of two (P4).

They are processes of their own, as the gateways of test_killed_workers.py.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pilot.browser import Browser
from pilot.places import BVD
from tests.attacks.workers import Carried, Workers, two_workers
from tests.flows.outcomes import NO_RESPONSE, told, who

ANNA_AND_BRAM = ("999991000", "999991127")


@pytest.fixture(scope="module")
async def workers(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    """One network for all. A test begins what it needs, for the one before may have killed it."""
    async with two_workers(tmp_path_factory.mktemp("bvds"), pilot_keys, BVD) as running:
        yield running


@pytest.mark.clause("P4", "M9", "S18")
@pytest.mark.parametrize("page_name", ["S1", "B1", "B3"], ids=["before the visit", "at the choice", "at the summary"])
async def test_a_login_goes_on_at_the_other_bvd(workers: Workers, page_name: str) -> None:
    await workers.begin()
    carried = Carried()
    async with Browser(carried.note) as browser:
        await workers.walk_past_a_kill(browser, carried, page_name)
        assert who(await workers.result(browser)) == ANNA_AND_BRAM
        assert told(await workers.resolved_again(browser)) == NO_RESPONSE
