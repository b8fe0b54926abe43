"""A gateway among its parties."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.party import Self
from runtime.database import Database
from runtime.http import HttpClient
from tests.exchange.conftest import http, offload, router
from tests.gateway.factories import House, a_house

__all__ = ["http", "offload", "router"]


@pytest.fixture
async def house(router: Self, http: HttpClient, sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The gateway, its DV's service open."""
    database = Database(sqlite_url)
    async with a_house(router, http, database, tmp_path) as built:
        yield built
    await database.close()
