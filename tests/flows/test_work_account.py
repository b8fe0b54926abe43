"""The work account of world `work`: an OpenID provider in the pilot's own network, by Authlib's server parts."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pilot.places import GATEWAY, WERKACCOUNT
from pilot.world import WORLDS
from runtime.http import Answer, HttpClient
from tests.flows.outcomes import CANCELLED, TOO_LOW, told
from tests.flows.pilots import Pilot, start

LEAVE = "verlof"


@pytest.fixture(scope="module")
async def work(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The network, once the gateway has asked the provider what it publishes."""
    async with AsyncExitStack() as stack:
        pilot = await start(stack, tmp_path_factory.mktemp("work"), pilot_keys, base=WORLDS / "work.toml")
        await rounds(pilot)
        yield pilot


async def rounds(pilot: Pilot) -> None:
    """What the gateway does in the background every few seconds."""
    for each in pilot.network.services[GATEWAY].assembly.rounds:
        await each()


async def asked(method: str, url: str, content: bytes = b"") -> Answer:
    http = HttpClient(None, loopback=True)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if content else {}
    try:
        return await http.send(method, url, content=content, headers=headers, deadline_seconds=30, max_bytes=65536)
    finally:
        await http.close()


async def signers(pilot: Pilot) -> list[str]:
    """The names of our keys, as the provider reads them."""
    answer = await asked("GET", f"{pilot.places.front(GATEWAY)}/means/{WERKACCOUNT}/jwks")
    return [row["kid"] for row in json.loads(answer.content)["keys"]]


async def logs_in(pilot: Pilot) -> None:
    outcome = await pilot.log_in("Wessel", LEAVE, means=WERKACCOUNT)
    assert outcome["outcome"] == "success", outcome
    assert outcome["acting"] == {"type": "legacy-BSN", "value": pilot.bsn("Wessel")}
    assert outcome["authorities"] == [pilot.places.front(WERKACCOUNT)]
    assert outcome["signatures"] == {"artifact_response": True, "assertion": True, "advice": []}


@pytest.mark.clause("UC-01", "DV-ASR-14", "O7", "O9", "O11")
async def test_somebody_logs_in_with_a_work_account(work: Pilot) -> None:
    await logs_in(work)


@pytest.mark.clause("UC-02", "O17", "ERR-03", "ERR-04")
async def test_whoever_has_too_low_an_account_or_stops_comes_back_to_the_dv(work: Pilot) -> None:
    assert told(await work.log_in("Wietske", LEAVE, means=WERKACCOUNT, level="midden")) == TOO_LOW
    assert told(await work.log_in("Wietske", LEAVE, means=WERKACCOUNT)) == CANCELLED
    assert told(await work.log_in("Wessel", LEAVE, means=WERKACCOUNT, cancel="ad")) == CANCELLED


@pytest.mark.clause("O7")
async def test_the_provider_takes_no_request_without_our_signature(work: Pilot) -> None:
    issuer = work.places.front(WERKACCOUNT)
    for path in ("/par", "/token"):
        answer = await asked("POST", issuer + path, b"client_id=namens")
        assert (answer.status, json.loads(answer.content)) == (400, {"error": "invalid_client"})


async def test_a_next_key_of_ours_signs_without_a_restart(work: Pilot) -> None:
    folder = work.network.prepared.pki.folder / WERKACCOUNT / "client"
    (first,) = await signers(work)
    new = generate_private_key(65537, 2048)
    (folder / "2.pem").write_bytes(new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    await rounds(work)
    assert (await signers(work))[0] == first
    assert len(await signers(work)) == 2
    (folder / "1.pem").unlink()
    await rounds(work)
    (second,) = await signers(work)
    assert second != first
    await logs_in(work)
