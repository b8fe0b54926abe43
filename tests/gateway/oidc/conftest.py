"""A gateway with a DV that is connected over OpenID Connect."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.conftest import house, http, offload, router
from tests.gateway.factories import House
from tests.gateway.oidc.factories import Rp

__all__ = ["house", "http", "offload", "router"]


@pytest.fixture
async def rp(house: House) -> AsyncIterator[Rp]:
    """Its client, registered."""
    rp = Rp(house)
    await rp.joins()
    yield rp
    await rp.http.aclose()
