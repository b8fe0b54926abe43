"""What every page of a story is held to: axe-core in light and dark, no sideways scroll, and a picture for the eye."""

from pathlib import Path
from typing import Any, Final

from playwright.async_api import Error, Page

from tests.pages.windows import AXE

FOLDER: Final = Path(__file__).parents[2] / "build" / "screenshots" / "stories"
SIZES: Final = ((320, 640), (768, 1024), (1280, 900))
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
EXPLAINED: Final = "stripes"  # a gradient, which axe cannot read; the words on it stand on plain yellow, 12 to 1
ASK: Final = """tags => axe.run(document, {
  runOnly: {type: 'tag', values: tags}, resultTypes: ['violations', 'incomplete']
}).then(found => [...found.violations, ...found.incomplete].flatMap(
  rule => rule.nodes.map(node => rule.id + ': ' + node.html.slice(0, 200))))"""


class Judge:
    """Looks at each page once in each language, with and without script; `seen` are those it looked at."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str, bool]] = set()
        self._axe = AXE.read_text()

    async def look(self, page: Page, name: str, *, script: bool) -> None:
        """Fails for a page that breaks a rule. Leaves the window as it found it; axe runs where scripts do."""
        language = str(await page.get_attribute("html", "lang"))
        if (name, language, script) in self.seen:
            return
        self.seen.add((name, language, script))
        before = page.viewport_size
        FOLDER.mkdir(parents=True, exist_ok=True)
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, width)
            path = FOLDER / f"{name}-{language}-{width}x{height}{'' if script else '-without-script'}.png"
            await _take_picture(page, path)
        if script:
            await self._ask_axe(page, name)
        if before is not None:
            await page.set_viewport_size(before)

    async def _ask_axe(self, page: Page, name: str) -> None:
        await page.evaluate(self._axe)  # here, not in every page: compiling it takes as long as the page
        dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found: list[Any] = await page.evaluate(ASK, list(TAGS))
            assert [each for each in found if EXPLAINED not in each] == [], (name, scheme)
        await page.emulate_media(color_scheme="dark" if dark else "light")


async def _take_picture(page: Page, path: Path) -> None:
    """A picture for the eye. Chromium can be too busy for one at the moment it is asked: then it is asked once more."""
    try:
        await page.screenshot(path=path, full_page=True, caret="initial")
    except Error:
        await page.wait_for_load_state()
        await page.screenshot(path=path, full_page=True, caret="initial")
