"""What people do besides going on: tabs, Back, reload, waiting, blocking cookies (issue 7, PAGES 5.9)."""

import json
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.flows.pilots import Pilot
from tests.pages.windows import CHROMIUM, FLAGS
from tests.stories.conftest import Visit
from tests.stories.judge import Judge
from tests.stories.visitor import Visitor

BIJSTAND = "bijzondere-bijstand"
PORTAL = "zorgportaal"


def messages_to(pilot: Pilot, host: str) -> int:
    """How many requests of ours a party got so far."""
    return sum(each.host == f"{host}.localhost" and each.path == "/saml/sso" for each in pilot.wire)


async def test_two_logins_in_two_tabs_both_succeed(visit: Visit) -> None:
    anna = await visit()
    other = await anna.another_tab()
    for tab in (anna, other):
        await tab.begin(BIJSTAND)
        await tab.log_in_at_dv("G1")
        await tab.press("other", "S1")
    for tab in (other, anna):
        await tab.log_in("Anna", "B1")
    await anna.choose("Bram Visser", "B3")
    await other.choose("Chris de Wit", "B3")
    await anna.press("go", "D2")
    assert "Anna van den Berg is ingelogd namens Bram Visser" in await anna.text()
    await other.press("go", "D2")
    assert "Anna van den Berg is ingelogd namens Chris de Wit" in await other.text()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_login_that_went_on_in_one_tab_says_so_in_the_other(visit: Visit, language: str) -> None:
    anna = await visit(language=language)
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    other = await anna.another_tab()
    await other.page.goto(anna.page.url)
    await other.at("G1")
    await anna.press("other", "S1")
    await other.press("self", "E3")
    assert language != "nl" or "Dit inloggen is al afgerond of loopt in een ander venster." in await other.text()
    await anna.log_in("Anna", "B1")
    await other.page.goto(anna.page.url)
    await other.at("B1")
    await anna.choose("Bram Visser", "B3")
    await other.choose("Chris de Wit", "E3")
    await anna.press("go", "D2")
    await other.page.locator("main a.primary").click()
    await other.at("D1")


async def test_reload_shows_the_same_page(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    await anna.reload("G1")
    await anna.press("other", "S1")
    await anna.reload("S1")
    await anna.log_in("Anna", "B1")
    await anna.reload("B1")
    await anna.choose("Bram Visser", "B3")
    await anna.reload("B3")
    await anna.press("go", "D2")
    await anna.reload("D2")


async def test_the_language_can_be_changed_in_the_middle(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    await anna.switch_language("G1")
    assert await anna.text("h1") == "Who are you doing this for?"
    await anna.press("other", "S1")
    await anna.log_in("Anna", "B1")
    await anna.switch_language("B1")
    await anna.choose("Bram Visser", "B3")
    assert await anna.text("h1") == "Is this correct?"
    await anna.switch_language("B3")
    await anna.press("go", "D2")


@pytest.mark.clause("RD-REQ-01")
async def test_back_from_digid_says_that_the_login_went_on_and_sends_no_second_message(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    await anna.press("other", "S1")
    sent = messages_to(anna.pilot, "digid")
    await anna.page.go_back(wait_until="commit")
    await anna.at("E3")
    assert messages_to(anna.pilot, "digid") == sent
    await anna.page.go_forward(wait_until="commit")
    await anna.at("S1")
    await anna.log_in("Anna", "B1")
    await anna.page.locator("button.quiet").focus()
    await anna.press("cancel", "D3.cancelled")


async def test_back_from_the_dv_after_a_login_never_logs_in_again(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Bram Visser", "B3")
    await anna.press("go", "D2")
    sent = messages_to(anna.pilot, "bvd")
    await anna.page.go_back(wait_until="commit")
    await anna.page.locator("main[data-page]:not([data-page='D2'])").wait_for()
    assert messages_to(anna.pilot, "bvd") == sent


@pytest.mark.clause("R-CHOICE")
async def test_pressing_twice_gives_one_declaration(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Bram Visser", "B3")
    before = len(anna.pilot.wire)
    await anna.button("go").dblclick()
    await anna.at("D2")
    back = [each.path for each in anna.pilot.wire[before:] if each.path.startswith("/saml/acs/bvd")]
    assert len(back) == 1
    resolved = [each for each in anna.pilot.wire[before:] if each.host == "bvd.localhost/back"]
    assert len(resolved) == 1


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_whoever_waits_sixteen_minutes_begins_again_with_one_press(visit: Visit, language: str) -> None:
    anna = await visit(language=language)
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    anna.pilot.clock.advance(minutes=16)
    await anna.press("other", "E2")
    await anna.begin_again()
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    anna.pilot.clock.advance(minutes=16)
    await anna.choose("Bram Visser", "E2")
    await anna.begin_again()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_whoever_comes_back_from_digid_too_late_still_finds_the_way_back(visit: Visit, language: str) -> None:
    anna = await visit(language=language)
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    anna.pilot.clock.advance(minutes=14)
    await anna.press("self", "G2")
    await anna.press("means:digid", "S1")
    anna.pilot.clock.advance(minutes=2)
    await anna.log_in("Anna", "E2")
    assert "/saml/acs/ad" in anna.page.url
    await anna.begin_again()


async def test_an_answer_of_digid_that_comes_twice_finds_the_way_back(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    async with anna.page.expect_request("**/saml/acs/ad*") as arrived:
        await anna.log_in("Anna", "B1")
    await anna.page.goto((await arrived.value).url)
    await anna.at("E3")
    await anna.begin_again()


async def test_another_browser_with_the_same_address_gets_no_further(visit: Visit) -> None:
    anna, thief = await visit(), await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    await thief.page.goto(anna.page.url)
    await thief.at("E4")
    await thief.begin(BIJSTAND)
    await thief.log_in_at_dv("G1")
    await thief.page.goto(anna.page.url)
    await thief.at("E3")
    await anna.press("other", "S1")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_browser_that_refuses_cookies_is_told_so(
    demo: Pilot, judge: Judge, tmp_path: Path, language: str
) -> None:
    refusing = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(refusing))
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path,
            executable_path=CHROMIUM,
            headless=True,
            args=list(FLAGS),
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
        )
        anna = Visitor(demo, judge, context, await context.new_page(), script=True)
        await anna.begin(BIJSTAND)
        await anna.log_in_at_dv("G1")
        await anna.press("other", "E4")
        assert await context.cookies() == []
        await anna.begin_again()
        await anna.begin(PORTAL)  # where nothing is left to choose, nothing of ours needs a cookie before DigiD
        await anna.log_in_at_dv("S1", for_other=True)
        await context.close()
        anna.must_be_content()
