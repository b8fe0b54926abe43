"""A user's way from a relying party's page through gateway and DigiD and back, without JavaScript."""

import json
from collections.abc import Mapping
from typing import Any

from pilot.browser import Browser, Page
from pilot.steps import MESSAGES, Wish, next_press

MOST_PAGES = 20


def wish(person: str, level: str = "substantieel", cancel: str | None = None) -> Wish:
    """Who logs in, how surely, and where he stops."""
    return Wish(person=person, dv="", service="", level=level, cancel=cancel)


async def walk(browser: Browser, url: str, wanted: Wish) -> tuple[Page, list[Mapping[str, str]]]:
    """The page where it ends, and the messages that went through the browser's forms on the way."""
    page = await browser.open(url)
    walked: list[str] = []
    carried: list[Mapping[str, str]] = []
    for _ in range(MOST_PAGES):
        form = next((each for each in page.forms if not {*MESSAGES}.isdisjoint(each.fields)), None)
        press = next_press(page, wanted, walked)
        if form is not None:
            carried.append(form.fields)
            page = await browser.submit(form)
        elif press is not None:
            walked.append(page.name)
            page = await browser.submit(press.form, press.button, press.fill)
        else:
            return page, carried
    raise AssertionError(f"more than {MOST_PAGES} pages, the last {page.url}")


async def log_in(url: str, wanted: Wish) -> dict[str, Any]:
    """What the relying party tells in the end, in JSON."""
    async with Browser() as browser:
        return told((await walk(browser, url, wanted))[0])


def told(page: Page) -> dict[str, Any]:
    """The JSON on a relying party's page."""
    found: dict[str, Any] = json.loads(page.content)
    return found
