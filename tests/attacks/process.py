"""A gateway in a process of its own, as it is run, with little patience; everybody else is in the test's process."""

import asyncio
import os
import ssl
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.surroundings import environment_of
from pilot.browser import Browser, Page
from pilot.login import KnownNetwork, log_in
from pilot.loopback import LoopbackTransport, NetworkAway
from pilot.network import build_network
from pilot.places import BACK_CHANNEL_OFFSET, GATEWAY, Places
from pilot.preparation import Prepared
from pilot.running import Running
from pilot.steps import Wish
from pilot.world import DEMO, read_world
from runtime.settings import ServerLimits, StoreSettings, system_clock
from tests.flows.pilots import free_ports, prepared_with, walk_on
from tests.flows.speakers import tls_of

ROOT: Final = Path(__file__).parents[2]
HASTY: Final = ServerLimits(header_seconds=5.0, body_seconds=6.0)
HOST: Final = "127.0.0.1"
ANNA: Final = Wish(person="Anna", dv="gemeente", service="bijzondere-bijstand", level="substantieel")


@dataclass(frozen=True, slots=True)
class Ports:
    """The gateway's two ports, and TLS for the second."""

    front: int
    back: int
    tls: ssl.SSLContext = field(repr=False)


@dataclass(slots=True)
class OwnProcess:
    """The network, and the process in it."""

    prepared: Prepared = field(repr=False)
    known: KnownNetwork = field(repr=False)
    running: Running = field(repr=False)
    ports: Ports
    process: Process = field(repr=False)
    log: Path

    async def log_in(self) -> dict[str, Any]:
        """Somebody logs in for themselves."""

        async def decision_of(trace: str) -> tuple[str | None, str | None]:
            return await self.running.decision(trace, None)

        return await log_in(ANNA, self.known, decision_of)

    async def opened(self, browser: Browser, until: str) -> Page:
        """Anna's login from the DV on, up to the page whose name begins with `until`."""
        dv, service = self.known.dv(ANNA.dv), self.known.service(ANNA.service)
        return await walk_on(browser, await browser.open(f"{dv.login}?service={service.uuid}"), ANNA, until)

    def memory_peak(self) -> int:
        """What the process held at most so far, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    async def begin(self) -> None:
        """Starts the process, once more after it was killed."""
        self.process = await _begun(self.prepared, self.log)
        await _answers(self.prepared.places)

    async def kill(self) -> None:
        """As when the power fails: nothing is finished, nothing is said."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def own_process(folder: Path, keys: Path, store: str = "memory:") -> AsyncIterator[OwnProcess]:
    """A gateway from the demo world, on ports of its own; ended with the block, by its own id. `store` is a URL."""
    port = own = free_ports()
    while abs(own - port) in (0, BACK_CHANNEL_OFFSET):
        own = free_ports()
    places = Places(port, ((GATEWAY, own),))
    world = read_world(DEMO, now=datetime.now(UTC))
    prepared = await asyncio.to_thread(prepared_with, world, folder, places, keys)
    kept = StoreSettings(url=store, key=prepared.gateway.store.key)
    prepared = replace(prepared, gateway=replace(prepared.gateway, server=HASTY, store=kept))
    async with AsyncExitStack() as stack:
        network = await build_network(prepared, system_clock)
        await network.serve(stack)
        running = Running(places)
        stack.push_async_callback(running.close)
        known = KnownNetwork.read(await running.get("/network"), await running.get("/names"))
        log = folder / "gateway.log"
        tls = tls_of(prepared.pki.anchors, prepared.pki.ring("gemeente") / "tls-1.pem")
        ports = Ports(own, own + BACK_CHANNEL_OFFSET, tls)
        held = OwnProcess(prepared, known, running, ports, await _begun(prepared, log), log)
        try:
            await _answers(places)
            yield held
        finally:
            if held.process.returncode is None:
                held.process.terminate()
            await held.process.wait()


async def _begun(prepared: Prepared, log: Path) -> Process:
    told = {name: text for name, text in os.environ.items() if not name.startswith("GATEWAY_")}
    told |= dict(environment_of(prepared.gateway, "GATEWAY"))
    with log.open("ab") as lines:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", stdin=DEVNULL, stdout=lines, stderr=lines, cwd=ROOT, env=told
        )


async def _answers(places: Places) -> None:
    """Returns when the gateway can serve a login."""
    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client,
    ):
        while True:
            try:
                if (await client.get(f"{places.front(GATEWAY)}/health")).is_success:
                    return
            except NetworkAway:
                await asyncio.sleep(0.1)
