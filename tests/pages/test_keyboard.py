"""Pages without a mouse: the order of Tab, a focus that shows, forms that go without script (PAGES 2 i, 5.4)."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.pages.windows import View, Windows

WALKED = ("G1", "G2.last", "B1.60", "B2.form", "B3", "B4.named", "E2", "D1.acting", "D2.role", "S1")

# All that Tab should stop at, in the order of the document; of a group of radios the first.
STOPS = """() => {
  const seen = new Set();
  const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), summary, [tabindex="0"]');
  return [...all].filter(one => one.checkVisibility()).filter(one => {
    if (one.type !== 'radio') return true;
    return !seen.has(one.name) && seen.add(one.name);
  }).map((one, at) => { one.dataset.stop = at; return at; });
}"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const shown = one.classList.contains('skip') || one.contains(document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1), box.top + Math.min(box.height / 2, 10)));
  return {stop: Number(one.dataset.stop ?? -1), outline: style.outlineWidth + ' ' + style.outlineStyle,
          whole: box.top >= 0 && box.bottom <= innerHeight + 1 || box.height > innerHeight, shown};
}"""
START = "() => { document.activeElement.blur(); window.getSelection().removeAllRanges(); scrollTo(0, 0); }"


async def walk(windows: Windows, url: str) -> tuple[list[int], list[dict[str, Any]]]:
    """The stops there are, and what Tab gave."""
    window = await windows.window(View())
    await window.open(url)
    stops: list[int] = await window.page.evaluate(STOPS)
    await window.page.evaluate("() => { const top = document.body; top.tabIndex = -1; top.focus(); }")
    found = []
    for _ in stops:
        await window.page.keyboard.press("Tab")
        found.append(await window.page.evaluate(FOCUSED))
    return stops, found


@pytest.mark.parametrize("name", WALKED)
async def test_tab_visits_all_there_is_in_the_order_of_the_page_and_shows_where_it_is(
    site: str, windows: Windows, name: str
) -> None:
    stops, found = await walk(windows, f"{site}/state/{name}/nl")
    assert [each["stop"] for each in found] == stops
    assert {each["outline"] for each in found} == {"3px solid"}
    assert all(each["whole"] and each["shown"] for each in found)


async def test_a_page_of_twenty_people_has_at_most_thirty_two_stops(site: str, windows: Windows) -> None:
    window = await windows.window(View())
    for name in ("B1.60", "B1.second_page", "B1.500"):
        await window.open(f"{site}/state/{name}/nl")
        assert len(await window.page.evaluate(STOPS)) <= 32


async def test_an_error_summary_has_the_focus_and_its_link_lands_in_the_field(site: str, windows: Windows) -> None:
    window = await windows.window(View())
    for name, field in (("B2.form", "bsn"), ("S1.no_level", "level-basis")):
        await window.open(f"{site}/state/{name}/nl")
        assert "error" in await window.page.evaluate("document.activeElement.className")
        await window.page.keyboard.press("Tab")
        await window.page.keyboard.press("Enter")
        await window.page.keyboard.press("Tab")
        await window.page.keyboard.press("Shift+Tab")
        assert await window.page.evaluate("document.activeElement.id") == field


async def test_the_skip_link_is_first_and_leads_to_the_content(site: str, windows: Windows) -> None:
    window = await windows.window(View())
    await window.open(f"{site}/state/G1/nl")
    await window.page.keyboard.press("Tab")
    assert await window.page.evaluate("document.activeElement.className") == "skip"
    await window.page.keyboard.press("Enter")
    await window.page.keyboard.press("Tab")
    assert await window.page.evaluate("document.activeElement.value") == "self"


async def test_the_language_switch_shows_the_same_page_in_the_other_language(site: str, windows: Windows) -> None:
    window = await windows.window(View())
    await window.open(f"{site}/state/B3/nl")
    await window.page.get_by_role("link", name="English").click()
    assert await window.page.text_content("h1") == "Is this correct?"


@pytest.mark.parametrize("script", [True, False])
async def test_a_button_sends_its_choice_with_and_without_script(site: str, windows: Windows, script: bool) -> None:
    window = await windows.window(View(script=script))
    await window.open(f"{site}/state/B1.2/nl")
    await window.page.locator("button[value^='pick:']").first.press("Enter")
    sent = await window.page.locator("body").text_content()
    assert parse_qs(str(sent).strip('"'))["choice"][0].startswith("pick:token")


async def test_passing_on_presses_its_own_button_where_scripts_run(site: str, windows: Windows) -> None:
    window = await windows.window(View())
    async with window.page.expect_request("**/gone") as request:
        await window.open(f"{site}/state/G3/nl")
    sent = await request.value
    assert (sent.method, parse_qs(str(sent.post_data))["SAMLRequest"]) == ("POST", ["PHg+"])


async def test_passing_on_waits_with_the_focus_on_its_button_where_they_do_not(site: str, windows: Windows) -> None:
    window = await windows.window(View(script=False))
    await window.open(f"{site}/state/G3/nl")
    assert await window.page.evaluate("document.activeElement.textContent") == "Ga naar DigiD"
    async with window.page.expect_request("**/gone"):
        await window.page.keyboard.press("Space")


async def test_going_on_leaves_for_another_site_by_itself_without_script(site: str, windows: Windows) -> None:
    window = await windows.window(View(script=False))
    async with window.page.expect_request("**/gone") as request:
        await window.page.goto(f"{site}/state/G3.back/nl", wait_until="commit")
    assert (await request.value).method == "GET"
