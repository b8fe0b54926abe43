"""Screenshots of every state for the eye, in `build/screenshots`: `python -m tests.pages.screenshots [NAME...]`."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from tests.pages.site import page_site
from tests.pages.states import STATES
from tests.pages.test_access import VIEWS
from tests.pages.windows import chromium

FOLDER: Final = Path(__file__).parents[2] / "build" / "screenshots"


async def take(names: list[str]) -> None:
    """One file per state and view, the whole page long."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with page_site() as site, chromium() as windows:
        for name in names:
            for label, view in VIEWS.items():
                window = await windows.window(view)
                await window.open(f"{site}/state/{name}/{label[:2]}")
                await window.page.screenshot(path=FOLDER / f"{name}-{label}.png", full_page=True)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1:] or list(STATES)))
