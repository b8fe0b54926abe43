"""One network with the demo world and one browser for all stories; each story has a browser context of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser

from pilot.world import DEMO
from tests.flows.pilots import Pilot, start
from tests.pages.windows import launched
from tests.stories.judge import Judge
from tests.stories.visitor import Visitor
from tests.stories.wire import must_be_well_dressed

NOON: Final = "2026-03-10T12:00:00+01:00"
Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
async def demo(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world of `make run`."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("demo"), pilot_keys, base=DEMO, at=NOON)


@pytest.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    """Chromium."""
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Who looks at every page that a story comes by."""
    return Judge()


@pytest.fixture
async def visit(chrome: Browser, judge: Judge, demo: Pilot) -> AsyncIterator[Visit]:
    """Somebody opens a browser: `pilot=`, `language=`, `script=`, `width=`, `height=`, `scheme=`.

    At the end of the test the browser must have had nothing to complain of, and every answer was dressed as it should.
    """
    visitors: list[Visitor] = []
    heard: dict[int, tuple[Pilot, int]] = {}

    async def open_browser(
        *,
        pilot: Pilot = demo,
        language: str = "nl",
        script: bool = True,
        width: int = 1280,
        height: int = 900,
        scheme: Any = "light",
    ) -> Visitor:
        heard.setdefault(id(pilot), (pilot, len(pilot.wire)))
        context = await chrome.new_context(
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        visitor = Visitor(pilot, judge, context, await context.new_page(), script=script)
        visitors.append(visitor)
        return visitor

    yield open_browser
    for visitor in visitors:
        await visitor.context.close()
    for visitor in visitors:
        visitor.must_be_content()
    for pilot, start_of_test in heard.values():
        must_be_well_dressed(pilot.wire[start_of_test:])
