"""What several tests of the pilot share: keys, and a sample DV with a pretend gateway."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from pilot.pki import Pki, make_pki
from runtime.offload import Offload
from tests.pilot.dv_site import Site, started
from tests.pilot.pretend_gateway import issue_keys


@pytest.fixture(scope="session")
def dv_pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Keys of a gateway, an AD, a BVD and a DV, good now and in March 2026."""
    made = make_pki(tmp_path_factory.mktemp("pki"), datetime(2026, 3, 10, 11, tzinfo=UTC))
    issue_keys(made)
    return made


@pytest.fixture(scope="session")
async def offload() -> AsyncIterator[Offload]:
    """Threads for cryptography."""
    pool = Offload()
    yield pool
    pool.close()


@pytest.fixture(scope="session")
async def running_site(dv_pki: Pki, offload: Offload) -> AsyncIterator[Site]:
    """A DV and a gateway, kept for all tests."""
    async with AsyncExitStack() as stack:
        yield await started(stack, dv_pki, offload, datetime.now(UTC))


@pytest.fixture
def site(running_site: Site) -> Site:
    """The same as if it had just started: a browser is what tells tests apart."""
    running_site.clock.now = datetime.now(UTC)
    running_site.gateway.forget()
    return running_site
