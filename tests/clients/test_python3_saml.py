"""python3-saml with its own defaults at a running pilot network: metadata read by its parser, Redirect in and out."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from pilot.browser import Browser
from pilot.pki import Pki
from stelsel import urns
from tests.clients.programs import DJANGO, RunningPilot, keys_of, running
from tests.clients.walking import log_in, told, walk, wish
from tests.flows.pilots import free_ports

SCRIPT = Path(__file__).parent / "python3_sp.py"
BRAM = "999991127"


@pytest.fixture(scope="module")
async def sp(pilot: RunningPilot, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The origin of one that runs and has joined with the file that the library makes."""
    folder, port, keys = tmp_path_factory.mktemp("python3-saml"), free_ports(), keys_of(pki, "python3-saml")
    async with httpx.AsyncClient() as http:
        own = {
            "port": port,
            "entity_id": f"http://127.0.0.1:{port}/metadata",
            "key": str(keys.key),
            "certificate": str(keys.certificate),
            "gateway": (await http.get(pilot.described["gateway"]["metadata_generic"])).text,
        }
        (folder / "settings.json").write_text(json.dumps(own))
        async with running(folder / "log", DJANGO, SCRIPT, folder / "settings.json"):
            origin, metadata = f"http://127.0.0.1:{port}", folder / "metadata.xml"
            metadata.write_bytes((await http.get(f"{origin}/metadata")).content)
            code, answer = await pilot.connect("--saml", metadata, "--profile", "generic", "--service", "bijstand")
            assert code == 0, answer
            assert answer["consumers"] == [f"{origin}/acs"]
            yield origin


async def test_it_logs_somebody_in_and_out_again(sp: str) -> None:
    async with Browser() as browser:
        page, _ = await walk(browser, f"{sp}/login?to=http://127.0.0.1/a%20b%2Bc%C3%A9", wish("Bram"))
        assert told(page)["attributes"][urns.ACTING_SUBJECT_ID] == [BRAM]
        assert told(page)["relay_state"] == "http://127.0.0.1/a b+cé"
        assert told(await browser.open(f"{sp}/logout")) == {"logged_out": True, "errors": []}


async def test_it_sees_that_the_user_stopped(sp: str) -> None:
    assert "Authentication cancelled" in (await log_in(f"{sp}/login", wish("Bram", cancel="ad")))["refused"]
