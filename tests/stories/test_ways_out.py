"""How a login ends otherwise, told in words that people understand (issue 7; PAGES 2.1 to 2.3, mandates 6)."""

import pytest

from tests.stories.conftest import Visit
from tests.stories.visitor import Visitor

BIJSTAND = "bijzondere-bijstand"
STOPPED = {
    "nl": "U bent gestopt met inloggen. Er is niets veranderd.",
    "en": "You stopped logging in. Nothing has changed.",
}


async def to_the_list(anna: Visitor) -> None:
    """As far as the choice of a client."""
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("place", ["G1", "S1", "B1", "B3"])
async def test_whoever_stops_is_back_at_the_dv_and_reads_so(visit: Visit, place: str, language: str) -> None:
    anna = await visit(language=language)
    if place in ("B1", "B3"):
        await to_the_list(anna)
        if place == "B3":
            await anna.choose("Bram Visser", "B3")
    else:
        await anna.begin(BIJSTAND)
        await anna.log_in_at_dv("G1")
        if place == "S1":
            await anna.press("self", "G2")
            await anna.press("means:digid", "S1")
    await anna.press("cancel", "D3.cancelled")
    assert STOPPED[language] in await anna.text()
    await anna.log_in_at_dv("G1")


async def test_a_level_below_the_one_of_the_service_is_told_with_what_one_needs(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "D3.level", level="midden")
    assert "sterker inloggen voor deze dienst: U hebt de DigiD app met ID-check nodig." in await anna.text()


async def test_a_login_that_fails_at_digid_is_told_as_failed(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.press("fail", "D3.failed")
    assert "Inloggen is niet gelukt. Probeer het nog een keer." in await anna.text()


@pytest.mark.clause("ERR-08")
async def test_after_digid_refused_the_request_one_may_try_again(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.press("refuse", "G2.retry")
    assert "Inloggen met DigiD ging niet door." in await anna.text()
    await anna.press("means:digid", "S1")
    await anna.log_in("Anna", "B1")


async def test_a_name_pressed_without_a_level_asks_for_the_level(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.button("person:Anna").click()
    await anna.page.locator(".notice.error").wait_for()
    await anna.at("S1")
    await anna.log_in("Anna", "B1")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_whoever_acts_for_nobody_reads_where_we_looked_and_what_now(visit: Visit, language: str) -> None:
    willem = await visit(language=language)
    await willem.begin(BIJSTAND)
    await willem.log_in_at_dv("S1", for_other=True)
    await willem.log_in("Willem", "B4.empty")
    if language == "nl":
        assert (
            "Wij keken in: het machtigingenregister en de rechtbank. Denkt u dat dit niet klopt?" in await willem.text()
        )
    await willem.press("back", "D3.no_mandate")
    if language == "nl":
        assert "U kunt dit niet online regelen voor een ander. Bel ons of kom langs." in await willem.text()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_message_that_nobody_signed_and_a_page_that_is_none_end_here(visit: Visit, language: str) -> None:
    anna = await visit(language=language)
    gateway = anna.pilot.places.front("gateway")
    form = f'<form method="post" action="{gateway}/saml/sso"><input name="SAMLRequest" value="PHg+"><button>Go</button>'
    await anna.page.set_content(form)
    await anna.page.locator("button").click()
    await anna.at("E1")
    assert await anna.page.locator("main a").count() == 0
    await anna.page.goto(f"{gateway}/nergens")
    await anna.at("E6")
    assert await anna.page.locator("main [lang=en], main [lang=nl]").count() >= 1


async def test_help_privacy_and_accessibility_open_in_the_same_tab_and_back_returns(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("G1")
    for name in ("hulp", "privacy", "toegankelijkheid"):
        await anna.page.locator(f"footer a[href^='/{name}']").click()
        await anna.at(name)
        await anna.page.go_back()
        await anna.at("G1")
    await anna.press("self", "G2")
    await anna.press("means:digid", "S1")
