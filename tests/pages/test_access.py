"""Every state before axe-core, at the three widths, light and dark, in both languages (PAGES 5.2, 5.3)."""

import json
from typing import Any

import pytest

from tests.pages.states import STATES
from tests.pages.windows import View, Windows

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PHONE, TABLET, DESK = (320, 640), (768, 1024), (1280, 900)

# Each width, scheme and language, not each combination: what goes wrong in one goes wrong in its like. A tablet shows
# what a desk does, so there every page is judged once and its states are not.
VIEWS = {
    "nl-320-dark": View(*PHONE, scheme="dark"),
    "en-768-light": View(*TABLET),
    "nl-1280-light": View(*DESK),
}

# What axe could not decide, and why it is right here. Anything else it cannot decide is a failure too.
EXPLAINED = {
    "color-contrast": ("stripes",),  # stripes are a gradient; the words on them stand on plain yellow, 12 to 1
}


async def judged(windows: Windows, view: View) -> dict[str, Any]:
    """What axe says of the page in that window."""
    page = (await windows.window(view)).page
    found: dict[str, Any] = await page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations', 'incomplete']})",
        list(TAGS),
    )
    return found


def said(results: list[dict[str, Any]]) -> list[str]:
    """Rule and place, one line each."""
    return [f"{rule['id']}: {node['html'][:200]}" for rule in results for node in rule["nodes"]]


def unexplained(results: list[dict[str, Any]]) -> list[str]:
    """What axe could not decide and nobody explained."""
    return [
        line
        for line in said(results)
        if not any(line.startswith(rule) and any(sign in line for sign in signs) for rule, signs in EXPLAINED.items())
    ]


JUDGED = [(name, view) for name in STATES for view in VIEWS if "768" not in view or "." not in name]


@pytest.mark.parametrize(("name", "view"), JUDGED)
async def test_a_page_holds_before_axe_fits_its_window_and_breaks_no_policy(
    site: str, windows: Windows, name: str, view: str
) -> None:
    window = await windows.window(VIEWS[view])
    await window.open(f"{site}/state/{name}/{view[:2]}")
    results = await judged(windows, VIEWS[view])
    assert said(results["violations"]) == []
    assert unexplained(results["incomplete"]) == []
    wide = await window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert [line for line in window.complaints if "status of 4" not in line and "status of 5" not in line] == []


async def test_the_judge_finds_a_page_that_breaks_the_rules(site: str, windows: Windows) -> None:
    view = VIEWS["nl-320-dark"]
    window = await windows.window(view)
    await window.open(f"{site}/state/G1/nl")
    await window.page.evaluate("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in json.dumps((await judged(windows, view))["violations"])
