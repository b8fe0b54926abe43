"""What a user meets who waits, goes back, opens a second window or keeps cookies out (PAGES 2.1 E2 to E6)."""

from dataclasses import replace

import pytest

from pilot.browser import Browser, Button, Form, Page
from pilot.places import BVD, GATEWAY
from runtime.settings import StoreSettings
from tests.conftest import RedisServer
from tests.flows.outcomes import CANCELLED, told, who
from tests.flows.pilots import Pilot, Start, walk_on

PLACES = {"G1": "localhost", "B3": "bvd.localhost"}


async def walked_to(pilot: Pilot, browser: Browser, place: str) -> Page:
    """F1 on her way to C2: at the gateway's first question (G1), or at the BVD's summary (B3)."""
    wish = pilot.wish("F1", "S1", None if place == "G1" else "C2")
    page = await pilot.walk(browser, wish, until=place)
    assert page.name.startswith(place)
    return page


def pressed(page: Page, value: str) -> tuple[Form, Button]:
    """The button with that value, and its form."""
    return next((form, button) for form in page.forms for button in form.buttons if button.value == value)


def onward(page: Page) -> tuple[Form, Button]:
    """The button that leads on."""
    return pressed(page, "self" if page.name.startswith("G1") else "go")


def is_an_end(pilot: Pilot, page: Page, name: str, http: int = 400) -> None:
    """The page of that name, with a code and the way back to the DV."""
    assert (page.name, page.status) == (name, http)
    assert any("Code " in text for text in page.texts("//main//p"))
    back = {str(each) for each in page.tree.xpath("//main//a/@href")}
    assert any(each.startswith(pilot.known.dv("gemeente").origin) for each in back), back


@pytest.mark.clause("DV-REQ-25")
@pytest.mark.parametrize("place", ["G1", "B3"])
async def test_after_sixteen_minutes_a_login_is_over(start_pilot: Start, place: str) -> None:
    pilot = await start_pilot()
    async with Browser() as browser:
        page = await walked_to(pilot, browser, place)
        pilot.clock.advance(minutes=16)
        is_an_end(pilot, await browser.submit(*onward(page)), "E2")
        is_an_end(pilot, await browser.open(page.url), "E2")
    assert told_nothing(pilot)


def told_nothing(pilot: Pilot) -> bool:
    """Whether no DV got an artifact so far."""
    return not any(each.path.startswith("/acs") for each in pilot.wire)


@pytest.mark.parametrize("place", ["G1", "B3"])
async def test_going_back_and_pressing_again_is_told_as_going_on_elsewhere(scenarios: Pilot, place: str) -> None:
    async with Browser() as browser:
        page = await walked_to(scenarios, browser, place)
        gone_on = await browser.submit(*onward(page))
        assert not gone_on.name.startswith("E")
        again = await browser.submit(*onward(page))
        if place == "G1":
            is_an_end(scenarios, again, "E3")
        else:
            # The artifact was used: the DV says so, and nothing is declared twice (PAGES 2.2, B3).
            assert not again.name.startswith(("B", "G"))


async def test_back_to_a_page_that_passed_the_browser_on_sends_no_second_message(scenarios: Pilot) -> None:
    async with Browser() as browser:
        page = await browser.submit(*onward(await walked_to(scenarios, browser, "G1")))
        page = await browser.submit(*pressed(page, "means:digid"))
        assert page.name == "G3"
        is_an_end(scenarios, await browser.open(page.url), "E3")


async def test_two_windows_take_one_step_once(scenarios: Pilot) -> None:
    async with Browser() as browser:
        first = await walked_to(scenarios, browser, "G1")
        second = await browser.open(first.url)
        assert second.name == first.name
        await browser.submit(*pressed(first, "other"))
        is_an_end(scenarios, await browser.submit(*pressed(second, "self")), "E3")


@pytest.mark.clause("R-CHOICE")
@pytest.mark.parametrize("value", ["pick:nobody", "pick:", "go:now", "", "page:99999999999999999999"])
async def test_a_choice_that_was_not_offered_is_no_choice(scenarios: Pilot, value: str) -> None:
    async with Browser() as browser:
        page = await scenarios.walk(browser, scenarios.wish("Josephien", "S4", "*"), until="B1")
        form, button = next((form, each) for form in page.forms for each in form.buttons if each.value[:4] == "pick")
        end = await browser.submit(form, replace(button, value=value))
    assert (end.name, end.status) in (("E3", 400), ("B1", 200))
    if value.startswith("pick"):
        assert end.name == "E3"


@pytest.mark.clause("R-CHOICE", "S16")
async def test_a_form_or_a_choice_of_another_visit_is_refused(scenarios: Pilot) -> None:
    async with Browser() as mother, Browser() as father:
        hers = await scenarios.walk(mother, scenarios.wish("Josephien", "S4", "*"), until="B1")
        his = await scenarios.walk(father, scenarios.wish("Joop", "S4", "*"), until="B3")
        form, button = next((form, each) for form in hers.forms for each in form.buttons if each.value[:4] == "pick")
        his_form = his.forms[0]
        stolen_choice = await father.submit(his_form, Button("choice", button.value, ""))
        stolen_form = await father.submit(replace(form, page=his.url), button)
        wrong_token = await mother.submit(replace(form, fields={**form.fields, **his_form.fields}), button)
        assert {(each.name, each.status) for each in (stolen_choice, stolen_form, wrong_token)} <= {
            ("E3", 400),
            ("E4", 400),
        }
        # Hers goes on as if nothing happened.
        assert (await mother.submit(form, button)).name.startswith("B3")


@pytest.mark.parametrize("place", ["G1", "B3"])
async def test_a_browser_that_brings_no_cookie_back_is_told_so(scenarios: Pilot, place: str) -> None:
    async with Browser() as browser, Browser() as without:
        page = await walked_to(scenarios, browser, place)
        is_an_end(scenarios, await without.submit(*onward(page)), "E4")
        is_an_end(scenarios, await without.open(page.url), "E4")
        # The login itself is none the worse.
        assert not (await browser.submit(*onward(page))).name.startswith("E")


@pytest.mark.parametrize("party", [GATEWAY, BVD])
@pytest.mark.parametrize("path", ["/elders", "/login/abc", "/choose/abc", "/metadata/elders", "/static/%2e%2e/x"])
async def test_an_unknown_page_says_so_in_both_languages(scenarios: Pilot, party: str, path: str) -> None:
    async with Browser() as browser:
        page = await browser.open(scenarios.places.front(party) + path)
    assert (page.name, page.status) == ("E6", 404)
    said = " ".join(page.texts("//main"))
    assert "Deze pagina bestaat niet" in said
    assert "This page does not exist" in said


@pytest.mark.parametrize("place", ["G1", "B3"])
async def test_another_language_is_the_same_login(scenarios: Pilot, place: str) -> None:
    async with Browser() as browser:
        page = await walked_to(scenarios, browser, place)
        english = await browser.open(f"{page.url.partition('?')[0]}?lang=en")
        assert english.name == page.name
        assert english.tree.get("lang") == "en"
        assert english.texts("//h1") != page.texts("//h1")
        again = await browser.open(page.url.partition("?")[0])
        assert again.texts("//h1") == english.texts("//h1")
        wish = scenarios.wish("F1", "S1", None if place == "G1" else "C2", level="substantieel")
        wish = replace(wish, identifier=scenarios.bsn("C2"))
        if place == "G1":
            end = await walk_on(browser, english, wish)
        else:
            end = await browser.submit(*onward(english))
        assert end.name == "D2"


async def test_a_failed_login_at_digid_goes_back_to_the_dv(scenarios: Pilot) -> None:
    async with Browser() as browser:
        page = await scenarios.walk(browser, scenarios.wish("F1", "S1"), until="S1")
        form, button = next(
            (form, button) for form in page.forms for button in form.buttons if button.value in ("fail", "failed")
        )
        end = await browser.submit(form, button)
        outcome = await browser.json("GET", f"{scenarios.known.dv('gemeente').origin}/result?format=json")
    assert end.url.startswith(scenarios.known.dv("gemeente").origin)
    assert outcome["message"] == "Authentication failed"


@pytest.mark.clause("ERR-03", "ERR-05")
async def test_after_stopping_the_dv_says_that_nothing_changed_and_a_new_login_works(scenarios: Pilot) -> None:
    async with Browser() as browser:
        page = await scenarios.walk(browser, scenarios.wish("F1", "S1", "C2", cancel="bvd"))
        outcome = await browser.json("GET", f"{scenarios.known.dv('gemeente').origin}/result?format=json")
        assert told(outcome) == CANCELLED
        assert "U bent gestopt met inloggen. Er is niets veranderd." in " ".join(page.texts("//main"))
        await scenarios.walk(browser, scenarios.wish("F1", "S1", "C2"))
        outcome = await browser.json("GET", f"{scenarios.known.dv('gemeente').origin}/result?format=json")
    assert who(outcome)[1] == scenarios.bsn("C2")


@pytest.mark.clause("P2")
async def test_without_its_store_the_gateway_says_that_the_fault_is_ours(
    start_pilot: Start, own_redis: RedisServer
) -> None:
    pilot = await start_pilot(
        changed=lambda prepared: replace(
            prepared,
            gateway=replace(prepared.gateway, store=StoreSettings(url=own_redis.url, key=prepared.gateway.store.key)),
        )
    )
    async with Browser() as browser:
        page = await walked_to(pilot, browser, "G1")
        own_redis.stop()
        end = await browser.submit(*onward(page))
        is_an_end(pilot, end, "E5", 503)
    assert told_nothing(pilot)
