"""One pilot network for all relying parties, each of which joins it while it runs."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from pilot.pki import Pki, make_pki
from tests.clients.programs import RunningPilot, pilot_command, running
from tests.flows.pilots import free_ports


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """An authority that the network does not know: relying parties come with their own."""
    return make_pki(tmp_path_factory.mktemp("clients"), datetime.now(UTC))


@pytest.fixture(scope="session")
async def pilot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPilot]:
    """The demo world, at today's clock: foreign software reads no other."""
    port = free_ports()
    log = tmp_path_factory.mktemp("pilot") / "log"
    async with running(log, sys.executable, "-m", "pilot", "run", env={"PORT": str(port)}):
        _, described = await pilot_command(port, "network", "--json")
        yield RunningPilot(port, described)
