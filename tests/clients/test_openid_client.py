"""openid-client logs people in at a running pilot network that it joined by `pilot connect --oidc`."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pilot.pki import Pki
from stelsel import urns
from tests.clients.programs import NODE, NODE_MODULES, RunningPilot, keys_of, running
from tests.clients.walking import log_in, wish
from tests.flows.pilots import free_ports

SCRIPT = Path(__file__).parent / "node_rp.mjs"
BRAM = "999991127"
Start = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
async def start(pilot: RunningPilot, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Start]:
    """Starts a relying party and lets it join; its origin."""
    async with AsyncExitStack() as stack, httpx.AsyncClient() as http:

        async def started(name: str, profile: str, service: str, **settings: Any) -> str:
            folder, port = tmp_path_factory.mktemp(name), free_ports()
            own = {
                "port": port,
                "client_id": name,
                "issuer": pilot.described["gateway"]["issuer"],
                "key": str(keys_of(pki, name).key),
                "modules": str(NODE_MODULES),
                **settings,
            }
            (folder / "settings.json").write_text(json.dumps(own))
            await stack.enter_async_context(running(folder / "log", NODE, SCRIPT, folder / "settings.json"))
            origin = f"http://127.0.0.1:{port}"
            metadata = folder / "client.json"
            metadata.write_bytes((await http.get(f"{origin}/registration")).content)
            code, answer = await pilot.connect("--oidc", metadata, "--profile", profile, "--service", service)
            assert code == 0, answer
            assert (answer["issuer"], answer["client_id"], answer["gives_up"]) == (own["issuer"], name, [])
            return origin

        yield started


@pytest.fixture(scope="module")
async def rp(start: Start) -> str:
    """One of FAPI 2.0: it pushes its requests."""
    return await start("pushing", "fapi2", "bijstand", pushes=True)


def numbers(party: dict[str, Any]) -> list[tuple[str, str]]:
    """What a claim says of one party, beside the pairwise `sub`."""
    return [(each["sub_id_type"], each["sub"]) for each in party["alt_sub"]]


@pytest.mark.clause("OIDC-25", "OIDC-43", "FAPI-02")
async def test_it_logs_somebody_in(rp: str) -> None:
    got = await log_in(f"{rp}/login", wish("Bram"))
    claims = got["claims"]
    assert numbers(claims) == [(urns.LEGACY_BSN, BRAM)]
    assert "represents" not in claims
    assert claims["acr"] == "http://eidas.europa.eu/LoA/substantial"
    assert (got["userinfo"]["sub"], numbers(got["userinfo"])) == (claims["sub"], numbers(claims))


@pytest.mark.clause("OIDC-43", "OIDC-47")
async def test_it_knows_for_whom_somebody_acts(rp: str) -> None:
    anna = replace(wish("Anna"), for_whom="Bram", identifier=BRAM)
    got = await log_in(f"{rp}/login", anna)
    assert numbers(got["claims"]["represents"]) == [(urns.LEGACY_BSN, BRAM)]
    assert (urns.LEGACY_BSN, BRAM) not in numbers(got["claims"])
    assert "represents" not in got["userinfo"]
    bram = await log_in(f"{rp}/login", wish("Bram"))
    assert got["claims"]["represents"]["sub"] == bram["claims"]["sub"] != got["claims"]["sub"]


async def test_it_sees_that_the_user_stopped(rp: str) -> None:
    got = await log_in(f"{rp}/login", wish("Bram", cancel="ad"))
    assert got == {"refused": "access_denied", "description": "Authentication cancelled"}


async def test_it_logs_somebody_in_without_a_pushed_request(start: Start) -> None:
    rp = await start("walking", "nlgov", "bijstand")
    got = await log_in(f"{rp}/login?scope=openid%20bsn", wish("Bram"))
    assert got["claims"]["bsn"] == BRAM
