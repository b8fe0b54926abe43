"""Both stories for everybody: by keyboard alone, without JavaScript, on a phone, in English, in the dark (issue 7)."""

import pytest

from tests.stories.conftest import Visit
from tests.stories.visitor import Visitor

STORIES = {
    "bewindvoerder": ("bijzondere-bijstand", "Anna", "Bram Visser"),
    "mother": ("zorgportaal", "Fatima", None),
}
TOLD = {
    "nl": "is ingelogd namens",
    "en": "is logged in on behalf of",
}
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {value: one.value ?? '', text: one.innerText ?? '', name: one.name ?? '', form: one.form?.action ?? '',
          ring: style.outlineStyle + ' ' + style.outlineWidth,
          seen: box.bottom > 0 && box.top < innerHeight && box.width > 0};
}"""
MOST_STOPS = 60


async def tell(story: str, visitor: Visitor) -> None:
    """A whole story, by mouse."""
    service, person, client = STORIES[story]
    await visitor.begin(service)
    await visitor.log_in_at_dv("G1")
    await visitor.press("other", "S1")
    await visitor.log_in(person, "B1" if client else "B3")
    if client:
        await visitor.choose(client, "B3")
    await visitor.press("go", "D2")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("story", STORIES)
async def test_a_story_goes_without_javascript(visit: Visit, story: str, language: str) -> None:
    visitor = await visit(script=False, language=language)
    await tell(story, visitor)
    assert TOLD[language] in await visitor.text()
    assert visitor.pages.count("G3") == 3  # from the DV, to DigiD, to the BVD


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_goes_in_english_on_a_phone_in_the_dark(visit: Visit, story: str) -> None:
    visitor = await visit(language="en", width=320, height=640, scheme="dark")
    await tell(story, visitor)
    assert TOLD["en"] in await visitor.text()


async def tab_to(visitor: Visitor, value: str = "", *, text: str = "", action: str = "") -> None:
    """Presses Tab until the control that is meant has the focus, which must show at every stop."""
    for _ in range(MOST_STOPS):
        await visitor.page.keyboard.press("Tab")
        found = await visitor.page.evaluate(FOCUSED)
        assert found["ring"] == "solid 3px", found
        assert found["seen"], found
        if found["value"].startswith(value) and text in found["text"] and action in found["form"]:
            return
    raise AssertionError(f"no stop at {value or text or action}")


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize("story", STORIES)
async def test_a_story_goes_by_keyboard_alone(visit: Visit, story: str, key: str) -> None:
    service, person, client = STORIES[story]
    visitor = await visit()
    keyboard = visitor.page.keyboard
    await visitor.begin(service)
    await tab_to(visitor, text="Inloggen", action="/login")
    await keyboard.press(key)
    await visitor.at("G1")
    await tab_to(visitor, "other")
    await keyboard.press(key)
    if client:
        await visitor.at("G2")
        await tab_to(visitor, "means:digid")
        await keyboard.press(key)
    await visitor.at("S1")
    await tab_to(visitor, "basis")
    await keyboard.press("ArrowDown")
    await keyboard.press("ArrowDown")
    await tab_to(visitor, f"person:{person}")
    await keyboard.press(key)
    if client:
        await visitor.at("B1")
        await tab_to(visitor, "pick:", text=client)
        await keyboard.press(key)
    await visitor.at("B3")
    await tab_to(visitor, "go")
    await keyboard.press(key)
    await visitor.at("D2")
    assert TOLD["nl"] in await visitor.text()
    await tab_to(visitor, "other", text="Kies iemand anders")
    await keyboard.press(key)
    await visitor.at("G2" if client else "S1")
