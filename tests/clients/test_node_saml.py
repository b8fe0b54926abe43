"""@node-saml/node-saml logs people in at a running pilot network that it joined by `pilot connect`."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from pilot.browser import Browser
from pilot.pki import Pki
from stelsel import urns
from tests.clients.programs import NODE, NODE_MODULES, RunningPilot, keys_of, running
from tests.clients.walking import log_in, told, walk, wish
from tests.flows.pilots import free_ports

SCRIPT = Path(__file__).parent / "node_sp.mjs"
ENTITY = "https://node.example/saml"
Start = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
async def start(pilot: RunningPilot, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Start]:
    """Starts a service provider and lets it join; its origin."""
    async with AsyncExitStack() as stack, httpx.AsyncClient() as http:

        async def started(name: str, **settings: Any) -> str:
            folder, port, keys = tmp_path_factory.mktemp(name), free_ports(), keys_of(pki, name)
            own = {
                "port": port,
                "entity_id": f"{ENTITY}/{name}",
                "key": str(keys.key),
                "certificate": str(keys.certificate),
                "modules": str(NODE_MODULES),
                "gateway": read_gateway((await http.get(pilot.described["gateway"]["metadata_generic"])).content),
                **settings,
            }
            (folder / "settings.json").write_text(json.dumps(own))
            await stack.enter_async_context(running(folder / "log", NODE, SCRIPT, folder / "settings.json"))
            origin = f"http://127.0.0.1:{port}"
            metadata = folder / "metadata.xml"
            metadata.write_bytes((await http.get(f"{origin}/metadata")).content)
            code, answer = await pilot.connect("--saml", metadata, "--profile", "generic", "--service", "bijstand")
            assert code == 0, answer
            return origin

        yield started


def read_gateway(metadata: bytes) -> dict[str, Any]:
    """What a developer copies into node-saml, which reads no metadata (clients 4.7)."""
    root = etree.fromstring(metadata)
    sign_on = [each for each in root.iter(f"{{{urns.MD}}}SingleSignOnService") if each.get("Binding") == urns.HTTP_POST]
    keys = [each for each in root.iter(f"{{{urns.MD}}}KeyDescriptor") if each.get("use") == "signing"]
    certificates = [each.text for key in keys for each in key.iter(f"{{{urns.DS}}}X509Certificate")]
    sign_off = [
        each for each in root.iter(f"{{{urns.MD}}}SingleLogoutService") if each.get("Binding") == urns.HTTP_REDIRECT
    ]
    addresses = {"sso": sign_on[0].get("Location"), "slo": sign_off[0].get("Location")}
    return {"entity_id": root.get("entityID"), "certificates": certificates, **addresses}


@pytest.fixture(scope="module")
async def sp(start: Start) -> str:
    """One that posts its requests and asks for no level."""
    return await start("posting")


async def test_it_logs_somebody_in(sp: str) -> None:
    got = await log_in(f"{sp}/login", wish("Bram"))
    assert got["attributes"][urns.ACTING_SUBJECT_ID] == "999991127"
    assert got["attributes"][urns.LEVEL_OF_ASSURANCE] == "http://eidas.europa.eu/LoA/substantial"
    assert got["name_id_format"] == urns.TRANSIENT
    assert got["relay_state"] == "from-here"


async def test_its_answer_is_encrypted_on_its_way_through_the_browser(sp: str) -> None:
    async with Browser() as browser:
        page, carried = await walk(browser, f"{sp}/login", wish("Bram"))
    response = base64.b64decode(carried[-1]["SAMLResponse"])
    assert b"EncryptedAssertion" in response
    assert b"999991127" not in response
    assert "attributes" in told(page)


async def test_it_logs_him_out(sp: str) -> None:
    async with Browser() as browser:
        await walk(browser, f"{sp}/login", wish("Bram"))
        page, _ = await walk(browser, f"{sp}/logout", wish("Bram"))
        assert told(page) == {"logged_out": True}


async def test_it_sees_that_the_user_stopped(sp: str) -> None:
    assert (await log_in(f"{sp}/login", wish("Bram", cancel="ad")))["refused"].endswith("Authentication cancelled")


async def test_it_sees_that_the_level_was_too_low(sp: str) -> None:
    assert (await log_in(f"{sp}/login", wish("Bram", "midden")))["refused"].endswith("Level of assurance not met")


async def test_it_logs_somebody_in_by_redirect(start: Start) -> None:
    sp = await start("redirecting", binding="HTTP-Redirect")
    assert "attributes" in await log_in(f"{sp}/login", wish("Bram"))


async def test_the_level_that_it_asks_for_raises_that_of_the_service(start: Start) -> None:
    sp = await start("asking", loa="http://eidas.europa.eu/LoA/high")
    assert (await log_in(f"{sp}/login", wish("Bram")))["refused"].endswith("Level of assurance not met")
    assert "attributes" in await log_in(f"{sp}/login", wish("Bram", "hoog"))


async def test_metadata_of_another_party_is_not_replaced(pilot: RunningPilot, tmp_path: Path) -> None:
    async with httpx.AsyncClient() as http:
        metadata = (await http.get(pilot.described["gateway"]["metadata"])).content
    file = tmp_path / "gateway.xml"
    file.write_bytes(metadata)
    code, answer = await pilot.connect("--saml", file, "--profile", "generic", "--service", "bijstand")
    assert code == 1
    assert answer["refused"][0].startswith("MD-GEN-01")
