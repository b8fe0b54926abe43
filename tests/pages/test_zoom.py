"""Pages stay whole when they are enlarged, spaced out, recoloured or stripped of their looks (PAGES 5.5)."""

import pytest

from tests.pages.states import STATES
from tests.pages.windows import View, Windows

PHONE = View(320, 640)
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""
LARGE = "html { font-size: 200% !important }"
ADD = "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }"
CUT = """() => [...document.querySelectorAll('button, a, p, h1, h2, dt, dd, label, td, summary')]
  .filter(one => one.checkVisibility() && !one.closest('.skip'))
  .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'
              || one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))"""
PARTS = ("G1", "G2.last", "B1.60", "B1.partial", "B2.form", "B3", "B4.hidden", "E1", "E7", "D1.acting", "D2.role", "S1")


@pytest.mark.parametrize("css", [SPACED, LARGE], ids=["spaced", "large"])
@pytest.mark.parametrize("name", PARTS)
async def test_nothing_is_cut_off(site: str, windows: Windows, name: str, css: str) -> None:
    window = await windows.window(PHONE if css == SPACED else View(768, 1024))
    await window.open(f"{site}/state/{name}/nl")
    await window.page.evaluate(ADD, css)
    assert await window.page.evaluate(CUT) == []
    assert await window.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_every_page_fits_a_window_of_320_pixels_in_english_too(site: str, windows: Windows) -> None:
    window = await windows.window(PHONE)
    wide = []
    for name in STATES:
        await window.open(f"{site}/state/{name}/en")
        if await window.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
    assert wide == []


async def test_controls_are_at_least_three_rem_high(site: str, windows: Windows) -> None:
    window = await windows.window(PHONE)
    for name in PARTS:
        await window.open(f"{site}/state/{name}/nl")
        low = await window.page.evaluate(
            """() => [...document.querySelectorAll('main button, main input[type=text], summary')]
                .filter(one => one.getBoundingClientRect().height < 48).map(one => one.outerHTML.slice(0, 120))"""
        )
        assert low == []


async def test_forced_colours_keep_borders_and_focus(site: str, windows: Windows) -> None:
    window = await windows.window(View(forced_colors=True))
    await window.open(f"{site}/state/B2.form/nl")
    styles = await window.page.evaluate(
        """() => ['button.second', '#bsn', '.notice'].map(one => getComputedStyle(document.querySelector(one)))
                .map(style => style.borderTopWidth + ' ' + style.borderTopStyle)"""
    )
    assert styles == ["2px solid"] * 3
    assert await window.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


async def test_print_shows_the_summary_without_buttons_and_bands(site: str, windows: Windows) -> None:
    window = await windows.window(View())
    await window.open(f"{site}/state/B3/nl")
    await window.page.emulate_media(media="print")
    shown = "name => [...document.querySelectorAll(name)].some(one => one.checkVisibility())"
    hidden = [await window.page.evaluate(shown, name) for name in ("header", "footer", "button", "details")]
    assert hidden == [False] * 4
    assert await window.page.evaluate(shown, "dl")
    await window.page.emulate_media(media="screen")
