"""Anna at DVs that are connected otherwise, in a real browser: behind a supplier, and by each profile."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pilot.world import WORLDS
from tests.flows.pilots import Pilot, start
from tests.stories.conftest import NOON, Visit


@pytest.fixture(scope="module")
async def cluster(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world with a supplier."""
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("cluster")
        yield await start(stack, folder, pilot_keys, base=WORLDS / "cluster.toml", at=NOON)


@pytest.fixture(scope="module")
async def profiles(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world with a DV for each profile."""
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("profiles")
        yield await start(stack, folder, pilot_keys, base=WORLDS / "profiles.toml", at=NOON)


@pytest.mark.clause("UC-04", "SSO-03", "LGO-02")
@pytest.mark.parametrize("script", [True, False])
async def test_a_bewindvoerder_acts_at_a_dv_behind_a_supplier_and_sees_the_dv_only(
    visit: Visit, cluster: Pilot, script: bool
) -> None:
    anna = await visit(pilot=cluster, script=script)
    await anna.begin("kwijtschelding")
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Bram Visser", "B3")
    assert "Alles wat u hierna bij Waterschap Noorderdiep doet, geldt voor Bram Visser." in await anna.text()
    await anna.press("go", "D2")
    assert "Anna van den Berg is ingelogd namens Bram Visser, als bewindvoerder." in await anna.text()
    assert "fout" not in await anna.page.locator("td.short").all_inner_texts()
    assert anna.hosts >= {"leverancier.localhost", "noorderdiep.localhost"}
    await anna.page.locator("header form[action='/logout'] button").click()
    await anna.at("D1")
    assert "noorderdiep.localhost" in anna.page.url
    await anna.log_in_at_dv("S1", for_other=True)


@pytest.mark.parametrize(
    ("service", "script"), [("afvalheffing", True), ("afvalheffing", False), ("milieumelding", True)]
)
async def test_a_bewindvoerder_acts_at_a_dv_outside_the_standard(
    visit: Visit, profiles: Pilot, service: str, script: bool
) -> None:
    anna = await visit(pilot=profiles, script=script)
    await anna.begin(service)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Chris de Wit", "B3")
    await anna.press("go", "D2")
    assert "U regelt dit namens Chris de Wit." in await anna.text("header")
    assert "fout" not in await anna.page.locator("td.short").all_inner_texts()


@pytest.mark.clause("TYP-09")
async def test_a_dv_of_digids_own_saml_logs_in_whoever_comes_for_herself(visit: Visit, profiles: Pilot) -> None:
    ria = await visit(pilot=profiles)
    await ria.begin("studiebeurs")
    await ria.log_in_at_dv("S1")
    await ria.log_in("Ria", "D2")
    assert "Ria ter Horst is ingelogd." in await ria.text()
    assert "Smartcard (substantieel)" in await ria.text()


@pytest.mark.clause("SSO-01", "SSO-03", "UC-03", "LGO-02")
@pytest.mark.parametrize("service", ["bijzondere-bijstand", "afvalheffing"])
async def test_a_shared_login_asks_for_the_next_client_only_until_she_logs_out(
    visit: Visit, profiles: Pilot, service: str
) -> None:
    anna = await visit(pilot=profiles)
    await anna.begin(service)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Bram Visser", "B3")
    await anna.press("go", "D2")
    await anna.page.locator("header button[name=for]").click()
    await anna.at("B1")
    await anna.choose("Dirkje Postma", "B3")
    await anna.press("go", "D2")
    assert "U regelt dit namens Dirkje Postma." in await anna.text("header")
    await anna.page.locator("header form[action='/logout'] button").click()
    await anna.at("D1")
    await anna.log_in_at_dv("S1", for_other=True)


async def test_the_first_page_tells_what_each_dv_gives_up_and_through_whom_it_is_connected(
    visit: Visit, profiles: Pilot, cluster: Pilot
) -> None:
    reader = await visit(pilot=profiles, language="en")
    await reader.page.goto(profiles.places.front("pilot") + "/")
    await reader.at("P1")
    shown = await reader.text()
    lezer = await visit(pilot=profiles)
    await lezer.page.goto(profiles.places.front("pilot") + "/")
    await lezer.at("P1")
    in_dutch = await lezer.text()
    for dv in (await profiles.running.get("/network"))["dvs"]:
        assert bool(dv["gives_up"]) == (dv["profile"] != "st-saml")
        assert all(sentence in shown for sentence in dv["gives_up"])
        assert not any(sentence in in_dutch for sentence in dv["gives_up"])
    other = await visit(pilot=cluster, language="en")
    await other.page.goto(cluster.places.front("pilot") + "/")
    await other.at("P1")
    assert (await other.text()).count("Connected through Supplier of water boards.") == 2
