"""Chromium windows for the tests of pages: one browser, a window per size, scheme and script setting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NODE: Final = Path(__file__).parents[2] / "build" / "node"
AXE: Final = NODE / "node_modules" / "axe-core" / "axe.min.js"

STYLED: Final = """() => new Promise(done => {
  const look = () => {
    const styled = document.readyState !== "loading" && document.styleSheets[0]?.cssRules.length;
    styled ? done() : setTimeout(look, 5);
  };
  look();
})"""


@dataclass(frozen=True, slots=True)
class View:
    """How somebody looks at a page."""

    width: int = 1280
    height: int = 900
    scheme: Literal["light", "dark"] = "light"
    script: bool = True
    forced_colors: bool = False


@dataclass(slots=True)
class Window:
    """A page in Chromium, with all it complained about since it was opened."""

    page: Page
    script: bool = True
    complaints: list[str] = field(default_factory=list)

    async def open(self, url: str) -> None:
        """Shows a page. One that goes on by itself never counts as loaded, so its parts are waited for instead."""
        self.complaints.clear()
        if not self.script:
            await self.page.goto(url, wait_until="load")
            return
        await self.page.goto(url, wait_until="commit")
        await self.page.evaluate(STYLED)

    def hear(self, message: ConsoleMessage) -> None:
        """What the browser wrote on its console: blocked by a policy, not found, a script that failed."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


class Windows:
    """Opens one window per view, and keeps it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: dict[View, tuple[BrowserContext, Window]] = {}

    async def window(self, view: View) -> Window:
        """The window of that view."""
        if view not in self._open:
            context = await self._browser.new_context(
                viewport={"width": view.width, "height": view.height},
                color_scheme=view.scheme,
                java_script_enabled=view.script,
                forced_colors="active" if view.forced_colors else "none",
                reduced_motion="reduce",
            )
            await context.add_init_script(path=AXE)  # so every page brings its judge, under any policy
            window = Window(await context.new_page(), view.script)
            window.page.on("console", lambda message: window.hear(message))
            window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
            self._open[view] = (context, window)
        return self._open[view][1]

    async def close(self) -> None:
        """Closes them all."""
        for context, _ in self._open.values():
            await context.close()


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser without a past."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        yield browser
        await browser.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Windows]:
    """Windows of a browser without a past."""
    async with launched() as browser:
        windows = Windows(browser)
        yield windows
        await windows.close()
