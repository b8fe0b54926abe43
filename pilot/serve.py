"""`python -m pilot run`: reads a world, prepares and builds its network, and serves it until Ctrl-C."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

from exchange.upkeep import kept_up
from pilot.network import Network, build_network, clock_from
from pilot.places import Places
from pilot.preparation import Prepared, prepare
from pilot.running import port
from pilot.world import WORLDS, read_world
from runtime.serving import run
from runtime.settings import system_clock
from runtime.telemetry import configure_logging

FOLDER: Final = Path(__file__).parent.parent / "run"


def serve_world(file: str, at: datetime | None, settings: Sequence[str], *, verbose: bool) -> int:
    """Serves the world in `file`, or the one of ours of that name; 0 once it was stopped. Raises `Misconfigured`."""
    ours = WORLDS / f"{file}.toml"
    chosen = ours if file == Path(file).name and ours.exists() else Path(file)
    world = read_world(chosen, now=system_clock(), at=at, settings=settings)
    configure_logging("pilot", "INFO" if verbose else "WARNING")
    places = Places(port())
    run(_serve(prepare(world, FOLDER / str(places.port), places, keys=FOLDER / "keys")))
    return 0


async def _serve(prepared: Prepared) -> None:
    network = await build_network(prepared, clock_from(prepared.world.at))
    stopping = asyncio.Event()
    _on_signals(stopping)
    async with AsyncExitStack() as stack:
        await network.serve(stack)
        for service in network.services.values():
            await stack.enter_async_context(kept_up(service.assembly))
        print(_where_to_click(network), flush=True)
        print("ready", flush=True)
        await stopping.wait()


def _on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for caught in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(caught, stopping.set)


def _where_to_click(network: Network) -> str:
    """The addresses a person opens, with who may log in there in one line each."""
    described = network.description
    lines = ["", "A pilot network with made-up people. Open one of these in a browser:", ""]
    for dv in described["dvs"]:
        lines.append(f"  {dv['login'].rsplit('/', 1)[0]}/")
    lines += ["", f"Everything else about it: {described['control']}/", "Ctrl-C stops it.", ""]
    return "\n".join(lines)
