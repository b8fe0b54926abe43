"""A BVD among its parties, its court's register in a script."""

from collections.abc import AsyncIterator

import pytest

from runtime.database import Database
from runtime.offload import Offload
from runtime.sealing import Sealer
from tests.bvd.visits import Visits
from tests.conftest import SettableClock
from tests.exchange.conftest import offload
from tests.exchange.factories import a_party, an_old_store
from tests.stelsel.saml.factories import BVD

__all__ = ["offload"]


@pytest.fixture
async def visits(clock: SettableClock, sealer: Sealer, offload: Offload, sqlite_url: str) -> AsyncIterator[Visits]:
    """The BVD, with Anna as bewindvoerder of Bram."""
    database = Database(sqlite_url)
    built = Visits(a_party(BVD, clock, an_old_store(clock, sealer), offload), database, sealer)
    await built.offers()
    yield built
    await built.close()
    await database.close()
