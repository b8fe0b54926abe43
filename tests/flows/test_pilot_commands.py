"""The commands of CONTRACT as people type them, against networks that run as processes of their own."""

import asyncio
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.flows.pilots import free_ports

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed."""
        return json.loads(self.out)


async def pilot(port: int, *words: str) -> Done:
    """`python -m pilot` with these words, at the network of this port."""
    process = await begun(port, *words)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return Done(process.returncode or 0, out.decode(), err.decode())


async def begun(port: int, *words: str) -> Process:
    """The same, not waited for."""
    environment = {**os.environ, "PORT": str(port)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pilot", *words, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )


async def ready(process: Process) -> list[str]:
    """The lines until `ready`."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(120):
        while not lines or lines[-1] != "ready":
            line = await process.stdout.readline()
            assert line, (await process.stderr.read()).decode() if process.stderr else ""
            lines.append(line.decode().strip())
    return lines


async def ended(process: Process, port: int) -> int:
    """The exit code after Ctrl-C; nothing of that network stays behind."""
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 30)
    await asyncio.to_thread(shutil.rmtree, ROOT / "run" / str(port))
    return process.returncode or 0


@asynccontextmanager
async def running(port: int, *words: str) -> AsyncIterator[None]:
    """A network that `run` starts with these words, and that ends well."""
    process = await begun(port, "run", *words)
    try:
        await ready(process)
        yield
    finally:
        code = await ended(process, port)
    assert code == 0


@pytest.fixture(scope="module")
async def two_networks() -> AsyncIterator[tuple[int, int]]:
    """The world of the scenarios, and beside it one at another time in which the court does not answer."""
    ports = free_ports(), free_ports()
    at_noon = await begun(ports[0], "run", "--world", "scenarios")
    without_court = ("--at", "2026-03-11T09:00:00+01:00", "--set", "fault.rechtspraak.mode=503")
    await ready(at_noon)
    later = await begun(ports[1], "run", "--world", "scenarios", *without_court)
    await ready(later)
    yield ports
    assert [await ended(process, port) for process, port in zip((at_noon, later), ports, strict=True)] == [0, 0]


async def test_the_network_is_described_with_its_clock(two_networks: tuple[int, int]) -> None:
    told = [(await pilot(port, "network", "--json")).json for port in two_networks]
    for port, network in zip(two_networks, told, strict=True):
        assert set(network) >= {"ca", "gateway", "bvd", "dvs", "portals", "backchannel", "now"}
        assert set(network["gateway"]) >= {"entity_id", "metadata", "metadata_generic", "sso", "issuer"}
        assert set(network["bvd"]) >= {"entity_id", "metadata", "sso", "authzen"}
        assert [dv["name"] for dv in network["dvs"]] == ["gemeente", "ziekenhuis"]
        assert all({"name", "entity_id", "login", "services"} <= set(dv) for dv in network["dvs"])
        assert all({"name", "uuid", "title"} <= set(each) for dv in network["dvs"] for each in dv["services"])
        assert network["gateway"]["sso"].startswith(f"http://localhost:{port}/")
        assert (await asyncio.to_thread(Path(network["ca"]).read_text)).startswith("-----BEGIN CERTIFICATE")
    assert told[0]["now"].startswith("2026-03-10T11:")
    assert told[1]["now"].startswith("2026-03-11T08:")


async def test_people_and_for_whom_they_may_act(two_networks: tuple[int, int]) -> None:
    here, later = [
        {person["name"]: person for person in (await pilot(port, "people", "--json")).json} for port in two_networks
    ]
    assert here["F1"]["identifiers"] == [{"type": "legacy-BSN", "value": "999990123"}]
    assert {"means": "digid", "loa": ["basis", "midden", "substantieel", "hoog"]} in here["F1"]["means"]
    row = {
        "name": "C2",
        "identifier": {"type": "legacy-BSN", "value": "999990032"},
        "service": "S1",
        "dv": "gemeente",
        "ground": "BEWIND",
        "means": "digid",
        "loa": "substantieel",
    }
    assert row in here["F1"]["may_act_for"]
    assert later["F1"]["may_act_for"] == []


async def test_a_login_prints_one_outcome_and_says_by_its_exit_code_which(two_networks: tuple[int, int]) -> None:
    here, later = two_networks
    login = ("login", "--as", "F1", "--service", "S1", "--dv", "gemeente")
    done = await pilot(here, *login, "--for", "C2", "--resolve-twice")
    assert (done.code, done.json["outcome"], done.json["ground"]) == (0, "success", "BEWIND")
    assert done.json["again"]["outcome"] == "status"
    refused = await pilot(later, *login, "--for", "C2")
    assert (refused.code, refused.json["outcome"], refused.json["reason"]) == (1, "status", "REGISTER_UNAVAILABLE")
    calls = (await pilot(later, "calls", "--json")).json
    assert calls
    assert all(set(each) >= {"source", "at", "about", "outcome"} for each in calls)
    assert ("rechtspraak", "503") in {(each["source"], each["outcome"]) for each in calls}


async def test_choices_are_data(two_networks: tuple[int, int]) -> None:
    done = await pilot(two_networks[0], "choices", "--as", "Joop", "--service", "S4", "--dv", "ziekenhuis")
    assert done.code == 0
    assert [set(each) for each in done.json["choices"]] == [{"label", "ground", "usable", "note"}]
    assert done.json["choices"][0]["label"] == "Janneke Janssen"
    assert done.json["notices"] == []


async def test_a_browser_file_is_the_same_browser(two_networks: tuple[int, int], tmp_path: Path) -> None:
    kept = tmp_path / "browser.json"
    login = ("login", "--as", "F1", "--service", "S1", "--dv", "gemeente", "--browser", str(kept))
    for _ in range(2):
        assert (await pilot(two_networks[0], *login)).code == 0
    assert {each["domain"] for each in json.loads(kept.read_text())} >= {"gemeente.localhost"}


@pytest.mark.parametrize(
    "words",
    [
        ("login", "--as", "Niemand", "--service", "S1", "--dv", "gemeente"),
        ("login", "--as", "F1", "--service", "S99", "--dv", "gemeente"),
        ("login", "--as", "F1", "--service", "S1", "--dv", "provincie"),
        ("network",),
    ],
)
async def test_a_usage_error_is_2_and_says_what(two_networks: tuple[int, int], words: tuple[str, ...]) -> None:
    done = await pilot(two_networks[0], *words)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


async def test_no_network_is_2() -> None:
    done = await pilot(free_ports(), "network", "--json")
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


async def test_a_world_of_ones_own_by_its_path_starts(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text(
        'extends = "scenarios"\nat = 2026-04-01T12:00:00+02:00\n[[person]]\nname = "X"\nbsn = "999990391"\n'
    )
    port = free_ports()
    async with running(port, "--world", str(world)):
        network = (await pilot(port, "network", "--json")).json
    assert network["now"].startswith("2026-04-01T10:")


# By the handle of the DV: a service, for whom Anna acts there, and whether the answer comes by HTTP-POST.
LOGINS = {
    "profiles": {
        "gemeente": ("bijstand", "Bram", False),
        "ziekenhuis": ("zorgportaal", None, False),
        "afvaldienst": ("afvalheffing", "Bram", True),
        "sportbedrijf": ("sportbijdrage", "Bram", False),
        "studiefonds": ("studiebeurs", None, False),
        "bibliotheek": ("bibliotheekpas", None, True),
        "omgevingsdienst": ("milieumelding", "Bram", False),
        "havendienst": ("havengeld", "Bram", True),
    },
    "cluster": {
        "gemeente": ("bijstand", "Bram", False),
        "ziekenhuis": ("zorgportaal", None, False),
        "noorderdiep": ("kwijtschelding", "Bram", False),
        "zuiderkolk": ("aanslag", "Bram", False),
    },
}


@pytest.mark.parametrize("world", LOGINS)
async def test_somebody_logs_in_at_every_dv_of_a_world_that_comes_with_the_pilot(world: str) -> None:
    port = free_ports()
    async with running(port, "--world", world, "--at", "2026-03-10T12:00:00+01:00"):
        assert {dv["name"] for dv in (await pilot(port, "network", "--json")).json["dvs"]} == set(LOGINS[world])
        for dv, (service, client, posted) in LOGINS[world].items():
            for_whom = ("--for", client) if client else ()
            done = await pilot(port, "login", "--as", "Anna", "--dv", dv, "--service", service, *for_whom)
            assert (done.code, done.err) == (0, ""), dv
            assert (done.json["outcome"], done.json["represented"] is not None) == ("success", client is not None), dv
            assert done.json["signatures"]["artifact_response"] is (None if posted else True), dv


async def test_a_world_that_is_wrong_is_2_and_names_the_place(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text('extends = "scenarios"\n[[person]]\nname = "X"\nbsn = "999990021"\n')
    done = await pilot(free_ports(), "run", "--world", str(world))
    assert done.code == 2
    assert "bsn" in done.err
    assert "Traceback" not in done.err


async def test_a_reader_that_has_enough_ends_a_command_without_a_word_of_python(two_networks: tuple[int, int]) -> None:
    """As `python -m pilot people --json | head` does."""
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PORT": str(two_networks[0])}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pilot", "people", "--json", cwd=ROOT, env=environment, stdout=write, stderr=PIPE
    )
    os.close(write)
    _, told = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, told) == (1, b"")
