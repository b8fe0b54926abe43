"""Both parts of django-digid-eherkenning against a running pilot network that it joined by `pilot connect`."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pilot.browser import Browser
from pilot.pki import Pki
from pilot.steps import Wish
from stelsel.identifiers import EntityId
from tests.clients.programs import DJANGO, OIN, RunningPilot, keys_of, running
from tests.clients.walking import log_in, told, walk, wish
from tests.flows.pilots import free_ports

PARTS = {"digid": 9106, "eherkenning": 9107}
SCRIPT = Path(__file__).parent / "django_dv/serve.py"


@pytest.fixture(scope="module")
async def dv(pilot: RunningPilot, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The origin of a DV that runs and has joined."""
    folder, port, keys = tmp_path_factory.mktemp("django"), free_ports(), keys_of(pki, "django")
    own = {
        "folder": str(folder),
        "port": port,
        "entity_ids": {name: EntityId.of("DV", OIN, index).value for name, index in PARTS.items()},
        "oin": OIN.value,
        "key": str(keys.key),
        "certificate": str(keys.certificate),
        "gateway_metadata": pilot.described["gateway"]["metadata_generic"],
    }
    (folder / "settings.json").write_text(json.dumps(own))
    # The library verifies the back channel as `requests` does.
    env = {"REQUESTS_CA_BUNDLE": pilot.described["ca"]}
    async with running(folder / "log", DJANGO, SCRIPT, folder / "settings.json", env=env):
        origin = f"http://127.0.0.1:{port}"
        for part, profile in (("digid", "digid-legacy"), ("eherkenning", "etoegang")):
            metadata = folder / f"{part}.xml"
            async with httpx.AsyncClient() as http:
                metadata.write_bytes((await http.get(f"{origin}/metadata/{part}")).content)
            asked = ("--profile", profile, "--service", "bijstand", "--trust", keys.authority)
            code, answer = await pilot.connect("--saml", metadata, *asked)
            assert code == 0, answer
            assert (answer["response"], answer["back_channel"]) == ("artifact", "mutual-tls")
            assert any("MD-GEN-03" in each for each in answer["deviations"])
        yield origin


def login(dv: str) -> str:
    return f"{dv}/digid/login/?next=/"


async def test_it_logs_somebody_in(dv: str) -> None:
    assert await log_in(login(dv), wish("Bram")) == {"who": "bsn 999991127", "messages": []}


async def test_it_logs_him_out_over_redirect(dv: str) -> None:
    async with Browser() as browser:
        page, _ = await walk(browser, login(dv), wish("Bram"))
        assert told(page)["who"] == "bsn 999991127"
        assert told(await browser.open(f"{dv}/digid/logout/")) == {"who": None, "messages": []}


async def test_it_tells_a_user_who_stopped_that_he_did(dv: str) -> None:
    got = await log_in(login(dv), wish("Bram", cancel="ad"))
    assert got == {"who": None, "messages": ["You have cancelled logging in with DigiD."]}


async def test_a_level_that_is_too_low_logs_nobody_in(dv: str) -> None:
    got = await log_in(login(dv), wish("Bram", "midden"))
    assert got["who"] is None
    assert got["messages"] != ["You have cancelled logging in with DigiD."]


def at_eherkenning(dv: str) -> str:
    return f"{dv}/eherkenning/login/?next=/&attr_consuming_service_index=9052"


def employee(level: str = "loa3", cancel: str | None = None) -> Wish:
    return replace(wish("Evelien", level, cancel), means="eherkenning")


@pytest.mark.clause("DV-ATT-13")
async def test_an_employee_logs_in_for_his_organisation(dv: str) -> None:
    assert await log_in(at_eherkenning(dv), employee()) == {"who": "rsin 802345608", "messages": []}


@pytest.mark.parametrize("wanted", [employee(cancel="ad"), employee("loa2")], ids=["stopped", "too low"])
async def test_a_login_of_an_employee_that_ends_otherwise_logs_nobody_in(dv: str, wanted: Wish) -> None:
    got = await log_in(at_eherkenning(dv), wanted)
    assert got["who"] is None
    assert got["messages"] == ["Login to eHerkenning did not succeed. Please try again."]
