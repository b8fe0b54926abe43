"""A router among parties it knows, at noon, with a store that is older than any message."""

from collections.abc import AsyncIterator, Iterator

import pytest

from exchange.party import Self
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.sealing import Sealer
from tests.conftest import SettableClock
from tests.exchange.factories import a_party, an_old_store
from tests.stelsel.saml.factories import RD


@pytest.fixture(scope="session")
def offload() -> Iterator[Offload]:
    """Threads for cryptography."""
    pool = Offload()
    yield pool
    pool.close()


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """The way out, to this machine."""
    client = HttpClient(None, loopback=True)
    yield client
    await client.close()


@pytest.fixture
def router(clock: SettableClock, sealer: Sealer, offload: Offload) -> Self:
    """The RD."""
    return a_party(RD, clock, an_old_store(clock, sealer), offload)
