"""Services in processes of their own, as they are run: a gateway with little patience, everybody else in the test's
process.
"""

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
from exchange.settings import PartySettings
from pilot.login import KnownNetwork, log_in
from pilot.loopback import LoopbackTransport, NetworkAway
from pilot.network import build_network
from pilot.places import BACK_CHANNEL_OFFSET, GATEWAY, Places
from pilot.preparation import Prepared
from pilot.running import Running
from pilot.steps import Wish
from pilot.world import DEMO, read_world
from runtime.settings import ServerLimits, system_clock
from tests.flows.pilots import free_ports, prepared_with
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
class Worker:
    """One process of the service `name`, which is its folder, and what it was told at its start."""

    name: str
    settings: PartySettings = field(repr=False)
    log: Path
    process: Process | None = field(default=None, repr=False)

    @property
    def runs(self) -> bool:
        """Whether it was started, and has not ended."""
        return self.process is not None and self.process.returncode is None

    async def begin(self) -> None:
        """Starts it, once more after it was killed; returns when it can serve a login."""
        prefix = self.name.upper()
        told = {name: text for name, text in os.environ.items() if not name.startswith(f"{prefix}_")}
        told |= dict(environment_of(self.settings, prefix))
        with self.log.open("ab") as lines:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.name, stdin=DEVNULL, stdout=lines, stderr=lines, cwd=ROOT, env=told
            )
        await self._answers(self.process)

    async def kill(self) -> None:
        """As when the power fails: nothing is finished, nothing is said."""
        if self.process is not None and self.runs:
            self.process.kill()
            await self.process.wait()

    async def end(self) -> None:
        """Tells it to stop, and waits."""
        if self.process is not None and self.runs:
            self.process.terminate()
            await self.process.wait()

    async def _answers(self, process: Process) -> None:
        async with (
            asyncio.timeout(60),
            httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client,
        ):
            while process.returncode is None:
                try:
                    if (await client.get(f"http://localhost:{self.settings.port}/health")).is_success:
                        return
                except NetworkAway:
                    await asyncio.sleep(0.1)
            raise AssertionError(f"{self.name} ended at its start: {self.log.read_text(errors='replace')[-2000:]}")


@dataclass(slots=True)
class OwnProcess:
    """The network, and the process in it."""

    prepared: Prepared = field(repr=False)
    known: KnownNetwork = field(repr=False)
    running: Running = field(repr=False)
    ports: Ports
    worker: Worker = field(repr=False)

    async def log_in(self) -> dict[str, Any]:
        """Somebody logs in for themselves."""

        async def decision_of(trace: str) -> tuple[str | None, str | None]:
            return await self.running.decision(trace, None)

        return await log_in(ANNA, self.known, decision_of)

    def memory_peak(self) -> int:
        """What the process held at most so far, in bytes."""
        assert self.worker.process is not None
        status = Path(f"/proc/{self.worker.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@asynccontextmanager
async def own_process(folder: Path, keys: Path) -> AsyncIterator[OwnProcess]:
    """A gateway from the demo world, on ports of its own; ended with the block, by its own id."""
    port, own = free_fronts(2)
    places = Places(port, ((GATEWAY, own),))
    # DigiD alone: which means there are is more than an environment variable says in one line.
    world = replace(read_world(DEMO, now=datetime.now(UTC)), employees=())
    prepared = await asyncio.to_thread(prepared_with, world, folder, places, keys)
    prepared = replace(prepared, gateway=replace(prepared.gateway, server=HASTY))
    async with AsyncExitStack() as stack:
        network = await build_network(prepared, system_clock)
        await network.serve(stack)
        running = Running(places)
        stack.push_async_callback(running.close)
        known = KnownNetwork.read(await running.get("/network"), await running.get("/names"))
        tls = tls_of(prepared.pki.anchors, prepared.pki.ring("gemeente") / "tls-1.pem")
        worker = Worker(GATEWAY, prepared.gateway, folder / "gateway.log")
        stack.push_async_callback(worker.end)
        await worker.begin()
        yield OwnProcess(prepared, known, running, Ports(own, own + BACK_CHANNEL_OFFSET, tls), worker)


def free_fronts(count: int) -> list[int]:
    """So many front ports, whose back channel ports are free too; no two of all these are the same."""
    found: list[int] = []
    while len(found) < count:
        front = free_ports()
        if all(abs(front - other) not in (0, BACK_CHANNEL_OFFSET) for other in found):
            found.append(front)
    return found
