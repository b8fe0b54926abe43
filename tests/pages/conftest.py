"""One site and one browser for all tests of pages."""

from collections.abc import AsyncIterator

import pytest

from tests.pages.site import page_site
from tests.pages.windows import Windows, chromium


@pytest.fixture(scope="session")
async def site() -> AsyncIterator[str]:
    """The origin of a site that shows every state."""
    async with page_site() as origin:
        yield origin


@pytest.fixture(scope="session")
async def windows() -> AsyncIterator[Windows]:
    """Chromium."""
    async with chromium() as opened:
        yield opened
