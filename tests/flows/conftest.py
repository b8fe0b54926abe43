"""Networks for the tests of whole logins: one that all share, others for tests with a world or time of their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.flows.pilots import Pilot, Start, start
from tests.flows.rows import BEWIND_BESIDE, CARE_BESIDE, CHILDREN_BESIDE, EMPLOYEES_BESIDE, FUNCTIONARISSEN_BESIDE


@pytest.fixture(scope="session")
async def scenarios(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world of mandates 7 at its own noon. Everybody uses it: leave its clock and its registers alone."""
    async with AsyncExitStack() as stack:
        rows = "".join((BEWIND_BESIDE, CHILDREN_BESIDE, EMPLOYEES_BESIDE, FUNCTIONARISSEN_BESIDE, CARE_BESIDE))
        yield await start(stack, tmp_path_factory.mktemp("scenarios"), pilot_keys, rows)


@pytest.fixture
async def start_pilot(pilot_keys: Path, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a network of the test's own: its rows over the scenarios, `at=`, `settings=`, `changed=`."""
    async with AsyncExitStack() as stack:
        started = 0

        async def another(rows: str = "", **more: Any) -> Pilot:
            nonlocal started
            started += 1
            return await start(stack, tmp_path / str(started), pilot_keys, rows, **more)

        yield another
