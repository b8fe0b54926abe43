"""`make bench`: CPU per login of the gateway and the BVD, each in a process of its own, beside its floor (CONTRACT).

Browser, DV, DigiD and registers run in other processes. The last line is JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx

from benchmarks.floor import Cast, Floor, Stopwatch, in_a_loop
from benchmarks.surroundings import DV, places_from
from pilot.browser import Browser, Page
from pilot.login import MOST_PAGES
from pilot.pki import make_pki
from pilot.places import BVD, GATEWAY, Places
from pilot.steps import Wish, next_press
from pilot.world import DEMO, read_world
from runtime.settings import system_clock

PORT: Final = int(os.environ.get("BENCH_PORT", "8700"))
LOGINS: Final = int(os.environ.get("BENCH_LOGINS", "150"))
WARM_UP: Final = 20
AT_ONCE: Final = 8
FLOOR_ROUNDS: Final = 200
PATIENCE_SECONDS: Final = 60
TICKS: Final = os.sysconf("SC_CLK_TCK")

PLAIN: Final = Wish(person="Anna", dv=DV, service="bijstand", level="substantieel")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is measured."""

    name: str
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time so far, of all its threads (proc(5))."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process of ours, ended by its pid when the block ends; its log is shown when something fails."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield process
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-4000:])
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)


async def log_in(places: Places, wish: Wish) -> None:
    """One login by a browser without JavaScript, up to the DV's own page. Raises when it ends elsewhere."""
    query = "?for=other" if wish.for_whom else ""
    async with Browser() as browser:
        page = await browser.open(f"{places.front(DV)}/login{query}")
        walked: list[str] = []
        for _ in range(MOST_PAGES):
            press = next_press(page, wish, walked)
            if press is None:
                break
            walked.append(page.name)
            page = await browser.submit(press.form, press.button, press.fill)
        _check(page, wish)


async def log_in_often(places: Places, wish: Wish, times: int, floors: Sequence[Stopwatch]) -> None:
    """That many logins, AT_ONCE under way at any moment, as a gateway has it in life."""
    left = iter(range(times))

    async def one_after_another() -> None:
        for _ in left:
            await log_in(places, wish)
            for floor in floors:
                floor.once()

    async with asyncio.TaskGroup() as users:
        for _ in range(AT_ONCE):
            users.create_task(one_after_another())


def _check(page: Page, wish: Wish) -> None:
    expected = "2 in Advice" if wish.for_whom else "1 in Advice"
    if page.name != "done" or page.texts("//main") != (expected,):
        raise RuntimeError(f"the login ended at {page.name} ({page.status}): {page.texts('//main')}")


async def measured(
    places: Places, wish: Wish, processes: dict[str, Process], floors: Sequence[Stopwatch]
) -> dict[str, float]:
    """CPU milliseconds per login of each process, after a warm-up; each floor is counted once beside each login."""
    await log_in_often(places, wish, WARM_UP, ())
    before = {name: process.cpu_seconds() for name, process in processes.items()}
    await log_in_often(places, wish, LOGINS, floors)
    return {name: (process.cpu_seconds() - before[name]) * 1000 / LOGINS for name, process in processes.items()}


def wait_for(url: str) -> None:
    """Returns once `url` answers 200."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer in {PATIENCE_SECONDS} s")


def figures(ms: float, floor: Stopwatch, work: Callable[[], None]) -> dict[str, float]:
    """The shape of CONTRACT, and beside it the floor in a loop of its own."""
    floor_ms = floor.milliseconds()
    return {
        "ms": round(ms, 2),
        "floor_ms": round(floor_ms, 2),
        "ratio": round(ms / floor_ms, 2),
        "floor_in_a_loop_ms": round(in_a_loop(work, FLOOR_ROUNDS), 2),
    }


def main() -> None:
    """Starts the processes, logs in, counts the floor in the same run, and prints the figures."""
    now = system_clock()
    world = read_world(DEMO, now=now)
    for_another = replace(PLAIN, for_whom="Bram", identifier=world.person("Bram").bsn.value)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "network"
        places = places_from(PORT)
        python = sys.executable
        with started([python, "-m", "benchmarks.surroundings", str(folder), str(PORT)], {}) as others:
            if others.stdout is None or others.stdout.readline() != "ready\n":
                raise RuntimeError("the surroundings did not start")
            environments = json.loads((folder / "environment.json").read_text())
            with (
                started([python, "-m", "gateway"], environments[GATEWAY]) as gateway,
                started([python, "-m", "bvd"], environments[BVD]) as bvd,
            ):
                for name in (GATEWAY, BVD):
                    wait_for(f"http://127.0.0.1:{places.front_port(name)}/health")
                processes = {GATEWAY: Process(GATEWAY, gateway.pid), BVD: Process(BVD, bvd.pid)}
                print(f"{LOGINS} logins for oneself, {LOGINS} for another", flush=True)
                floor = Floor(Cast.of(make_pki(folder.parent / "keys", world.at), world.dv(DV).entity_id, DV, now))
                plain_floor, mandate_floor, bvd_floor = map(Stopwatch, (floor.plain, floor.mandate, floor.bvd))
                plain = asyncio.run(measured(places, PLAIN, processes, (plain_floor,)))
                mandate = asyncio.run(measured(places, for_another, processes, (mandate_floor, bvd_floor)))
        result = {
            "gateway": figures(plain[GATEWAY], plain_floor, floor.plain),
            "gateway_mandate": figures(mandate[GATEWAY], mandate_floor, floor.mandate),
            "gateway_oidc": None,
            "bvd": figures(mandate[BVD], bvd_floor, floor.bvd),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
