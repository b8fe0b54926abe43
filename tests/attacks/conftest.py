"""One running network for all attacks on whole doors; its clock stands still."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.attacks.canary import Canary
from tests.attacks.parties import Attacked
from tests.flows.pilots import start
from tests.flows.rows import FEDERATED


@pytest.fixture(scope="session")
async def attacked(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The scenarios' network with shared logins. Everybody uses it: leave its clock alone, and give back its doors."""
    async with AsyncExitStack() as stack:
        network = Attacked(await start(stack, tmp_path_factory.mktemp("attacked"), pilot_keys, FEDERATED))
        stack.push_async_callback(network.close)
        yield network


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Somewhere that nobody may go."""
    listening = Canary()
    yield listening
    assert listening.close() == 0
