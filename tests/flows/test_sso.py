"""Single sign-on and logout through a whole network: one login at DigiD, a choice per client, and an end for all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from pilot.browser import Browser
from pilot.loopback import LoopbackTransport
from pilot.places import DIGID, GATEWAY, entity_of
from pilot.steps import carries_a_message
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from tests.flows.outcomes import TOO_LOW, told, who
from tests.flows.pilots import Pilot, start
from tests.flows.rows import FEDERATED
from tests.flows.sent import all_in


@pytest.fixture(scope="module")
async def federated(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The scenarios with shared logins. A browser is what tells tests apart; the clock only goes on."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("federated"), pilot_keys, FEDERATED)


def logins_at_digid(pilot: Pilot) -> int:
    """How often somebody pressed a button on DigiD's page."""
    digid = pilot.places.host(DIGID)
    return sum(each.host == digid and each.method == "POST" and "/inloggen/" in each.path for each in pilot.wire)


@pytest.mark.clause("SSO-01", "SSO-02", "UC-03", "DV-ASR-03", "R-CHOICE")
async def test_the_next_client_of_a_bewindvoerder_is_a_new_choice_without_a_new_login(
    federated: Pilot, tmp_path: Path
) -> None:
    pilot = federated
    browser, before = tmp_path / "cookies", logins_at_digid(pilot)
    first = await pilot.log_in("F1", "S1", "C2", browser=browser)
    asked = logins_at_digid(pilot)
    second = await pilot.log_in("F1", "S1", "Tweede", browser=browser)
    assert (who(first), who(second)) == (
        (pilot.bsn("F1"), pilot.bsn("C2")),
        (pilot.bsn("F1"), pilot.bsn("Tweede")),
    )
    assert (asked, logins_at_digid(pilot)) == (before + 1, before + 1)
    alone = await pilot.log_in("F1", "S1", browser=browser)
    assert (who(alone), logins_at_digid(pilot)) == ((pilot.bsn("F1"), None), before + 1)


@pytest.mark.clause("SSO-01", "SSO-02")
async def test_another_dv_asks_for_a_login_under_the_same_name_too(federated: Pilot, tmp_path: Path) -> None:
    pilot = federated
    browser, before = tmp_path / "cookies", logins_at_digid(pilot)
    await pilot.log_in("F1", "S1", browser=browser)
    await pilot.log_in("F1", "S4", browser=browser, dv="ziekenhuis")
    assert logins_at_digid(pilot) == before + 2
    await pilot.log_in("F1", "S1", browser=browser)
    assert logins_at_digid(pilot) == before + 2


@pytest.mark.clause("SSO-02")
async def test_a_session_of_sixteen_minutes_ago_asks_for_a_login(federated: Pilot, tmp_path: Path) -> None:
    pilot = federated
    browser, before = tmp_path / "cookies", logins_at_digid(pilot)
    await pilot.log_in("F1", "S1", browser=browser)
    pilot.clock.advance(minutes=16)
    await pilot.log_in("F1", "S1", browser=browser)
    assert logins_at_digid(pilot) == before + 2


@pytest.mark.clause("SSO-02", "UC-02")
async def test_a_level_above_the_sessions_asks_for_a_login(federated: Pilot, tmp_path: Path) -> None:
    pilot = federated
    browser, before = tmp_path / "cookies", logins_at_digid(pilot)
    await pilot.log_in("F1", "S2", browser=browser, level="midden")
    outcome = await pilot.log_in("F1", "S1", browser=browser, level="substantieel")
    assert outcome["loa"] == LevelOfAssurance.SUBSTANTIEEL.uri
    assert logins_at_digid(pilot) == before + 2
    assert told(await pilot.log_in("F1", "S1", browser=tmp_path / "another", level="midden")) == TOO_LOW


@pytest.mark.clause("SSO-02")
async def test_without_a_federation_everybody_logs_in_each_time(scenarios: Pilot, tmp_path: Path) -> None:
    before = logins_at_digid(scenarios)
    for _ in range(2):
        await scenarios.log_in("F1", "S1", browser=tmp_path / "cookies")
    assert logins_at_digid(scenarios) == before + 2


@pytest.mark.clause("SSO-03", "SSO-04", "SSO-05", "SSO-06", "LGO-01", "LGO-02", "DV-VAL-10")
async def test_a_logout_reaches_the_gateway_then_digid_and_then_the_dv(federated: Pilot) -> None:
    pilot = federated
    wish = pilot.wish("F1", "S1")
    async with Browser() as browser:
        page = await pilot.walk(browser, wish)
        before = len(pilot.wire)
        page = await browser.post(f"{page.url.rpartition('/')[0]}/logout")
        while (press := carries_a_message(page)) is not None:
            page = await browser.submit(press.form, press.button)
        dv = pilot.world.dv("gemeente").entity_id.value
        gateway, digid = entity_of(GATEWAY).value, entity_of(DIGID).value
        assert [(each.name, each.issuer) for each in all_in(pilot.wire[before:])] == [
            ("LogoutRequest", dv),
            ("LogoutRequest", gateway),
            ("LogoutResponse", digid),
            ("LogoutResponse", gateway),
        ]
        assert (page.name, page.status) == ("D1", 200)
        again = await pilot.walk(browser, wish, until="S1")
    assert again.name.startswith("S1")


@pytest.mark.clause("SSO-04", "DV-VAL-10")
async def test_who_comes_back_from_a_digid_that_does_not_answer_goes_on_to_a_dv_that_says_what_to_do(
    federated: Pilot,
) -> None:
    pilot = federated
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1"))
        page = await browser.post(f"{page.url.rpartition('/')[0]}/logout")
        while page.url.partition("/logout/")[0] != pilot.places.front(GATEWAY):
            press = carries_a_message(page)
            assert press is not None
            page = await browser.submit(press.form, press.button)
        assert page.name == "G3"
        page = await browser.open(page.url)  # Back, from a page that never came
        assert (page.name, page.status) == ("L2", 200)
        assert "Bij DigiD lukte uitloggen niet." in " ".join(page.texts("//main//p"))
        (form,) = (each for each in page.forms if each.action == page.url)
        page = await browser.submit(form, form.buttons[0])
        while (press := carries_a_message(page)) is not None:
            page = await browser.submit(press.form, press.button)
    assert page.name.startswith("D3")
    assert "Sluit alle vensters van uw browser." in " ".join(page.texts("//main//p"))
    (answer,) = [each for each in all_in(pilot.wire[-6:]) if each.name == "LogoutResponse"]
    assert answer.issuer == entity_of(GATEWAY).value


@pytest.mark.clause("MD-RD-04", "MD-RS-03", "MD-AD-04", "BVD-01", "MD-DV-03")
async def test_everybody_who_shares_logins_listens_for_logout_and_the_bvd_does_not(federated: Pilot) -> None:
    pilot = federated
    gateway, bvd = pilot.places.front(GATEWAY), pilot.places.front("bvd")
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        for url in (f"{gateway}/metadata", f"{gateway}/metadata/sp", f"{pilot.places.front(DIGID)}/metadata"):
            assert f'SingleLogoutService Binding="{urns.HTTP_POST}"' in (await client.get(url)).text
        quiet = (await client.get(f"{bvd}/metadata")).text
    assert "SingleLogoutService" not in quiet
    assert 'KeyDescriptor use="encryption"' in quiet
