"""A pilot network in the test's own event loop: all parties, real ports, real mutual TLS, a clock the test sets."""

import asyncio
import fcntl
import random
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pilot.browser import Browser, Page
from pilot.login import KnownNetwork, list_choices, log_in
from pilot.network import Network, build_network
from pilot.places import BACK_CHANNEL_OFFSET, BRP, KVK, MACHTIGEN, MR, RECHTSPRAAK, Places
from pilot.preparation import Prepared, prepare
from pilot.running import Running
from pilot.steps import Press, Wish, next_press
from pilot.world import SCENARIOS, World, read_world
from tests.conftest import SettableClock
from tests.flows.wire import Exchange, Watched

# Keys are made once for all networks of a test run: their certificates hold from here on.
OLDEST_WORLD = datetime(2026, 1, 1, tzinfo=UTC)
Decided = tuple[str | None, str | None]
Happening = Callable[[], None]
REGISTERS = {"brp": BRP, "kvk": KVK, "machtigingen": MACHTIGEN, "rechtspraak": RECHTSPRAAK, "mr": MR}


@dataclass(slots=True)
class Pilot:
    """One running network. `wire` is what its parties said so far, `doors` where they say it by host name (`.../back`
    for the back channel); its clock goes forward only."""

    network: Network = field(repr=False)
    clock: SettableClock = field(repr=False)
    known: KnownNetwork = field(repr=False)
    running: Running = field(repr=False)
    wire: list[Exchange] = field(repr=False)
    away: set[str]
    doors: dict[str, Watched] = field(repr=False)

    @property
    def world(self) -> World:
        """What it was started from."""
        return self.network.prepared.world

    @property
    def places(self) -> Places:
        """Where its parties are."""
        return self.network.prepared.places

    def calls(self) -> list[tuple[str, str]]:
        """What the registers were asked so far: source and outcome, the newest last."""
        return [(call["source"], call["outcome"]) for call in self.network.calls.entries()]

    def take_away(self, source: str) -> None:
        """From now on a register answers 503."""
        self.away.add(f"{self.places.host(REGISTERS[source])}/back")

    def give_back(self) -> None:
        """All registers answer again."""
        self.away.clear()

    def bsn(self, name: str) -> str:
        """The number of somebody of this world."""
        return self.known.identifier(name) or ""

    def wish(self, person: str, service: str, for_whom: str | None = None, **more: Any) -> Wish:
        """What `person` wants; the DV is the one whose service it is, unless it is given."""
        dv = next((each.name for each in self.known.dvs for one in each.services if one.name == service), "gemeente")
        return Wish(**{"person": person, "dv": dv, "service": service, "for_whom": for_whom, **more})

    async def log_in(
        self,
        person: str,
        service: str,
        for_whom: str | None = None,
        *,
        before_resolve: Happening | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """One headless login, as `pilot login` does it. `before_resolve` happens when the DV holds the artifact."""
        wish = self.wish(person, service, for_whom, **more)
        if before_resolve is not None:
            wish = replace(wish, resolve_after=1.0)
        represented = self.known.identifier(wish.for_whom) if wish.for_whom else None

        async def decision_of(trace: str) -> Decided:
            return await self.running.decision(trace, represented)

        async def wait(seconds: float) -> None:
            if before_resolve is None:
                self.clock.advance(seconds=seconds)
            else:
                before_resolve()

        return await log_in(wish, self.known, decision_of, wait=wait)

    async def choices(self, person: str, service: str, for_whom: str | None = None, **more: Any) -> dict[str, Any]:
        """The choice page as data, as `pilot choices` gives it."""
        return await list_choices(self.wish(person, service, for_whom, **more), self.known)

    async def walk(self, browser: Browser, wish: Wish, until: str = "") -> Page:
        """From the DV's start page to the first page whose name begins with `until`, or to the end."""
        dv, service = self.known.dv(wish.dv), self.known.service(wish.service)
        identifier = self.known.identifier(wish.for_whom) if wish.for_whom else None
        wish = replace(wish, level=wish.level or service.minimum, identifier=identifier)
        other = "&for=other" if wish.for_whom else ""
        return await walk_on(browser, await browser.open(f"{dv.login}?service={service.uuid}{other}"), wish, until)


async def walk_on(browser: Browser, page: Page, wish: Wish, until: str = "") -> Page:
    """Presses what the wish says, from `page` to one whose name begins with `until`, or to the end."""
    walked: list[str] = []
    while not (until and page.name.startswith(until)):
        press: Press | None = next_press(page, wish, walked)
        if press is None:
            return page
        walked.append(page.name)
        page = await browser.submit(press.form, press.button, press.fill)
    return page


def world_of(text: str, folder: Path, base: Path) -> Path:
    """A world file: that of `base` with the rows of `text`."""
    if not text:
        return base
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "world.toml"
    path.write_text(f'extends = "{base.stem}"\n{text}')
    return path


async def start(
    stack: AsyncExitStack,
    folder: Path,
    keys: Path,
    rows: str = "",
    *,
    base: Path = SCENARIOS,
    at: str | None = None,
    settings: Sequence[str] = (),
    changed: Callable[[Prepared], Prepared] = lambda prepared: prepared,
) -> Pilot:
    """A network from the world of `base` with `rows` over it, until `stack` is closed."""
    moment = datetime.fromisoformat(at) if at else None
    path = await asyncio.to_thread(world_of, rows, folder, base)
    world = read_world(path, now=datetime.now(UTC), at=moment, settings=list(settings))
    places = Places(free_ports())
    prepared = changed(await asyncio.to_thread(prepared_with, world, folder, places, keys))
    clock = SettableClock(world.at.astimezone(UTC))
    wire: list[Exchange] = []
    away: set[str] = set()
    network = await build_network(prepared, clock)
    fronts = {host: Watched(app, host, wire, away) for host, app in network.fronts.items()}
    backs = {host: Watched(app, f"{host}/back", wire, away) for host, app in network.backs.items()}
    network = replace(network, fronts=fronts, backs=backs)
    await network.serve(stack)
    running = Running(places)
    stack.push_async_callback(running.close)
    known = KnownNetwork.read(await running.get("/network"), await running.get("/names"))
    doors = {**fronts, **{f"{host}/back": door for host, door in backs.items()}}
    return Pilot(network, clock, known, running, wire, away, doors)


def prepared_with(world: World, folder: Path, places: Places, keys: Path) -> Prepared:
    """As `pilot.preparation.prepare`, with keys that hold from the oldest world on."""
    keys.mkdir(parents=True, exist_ok=True)
    with (keys / "first").open("a+") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        if first.tell() == 0:
            prepare(replace(world, at=OLDEST_WORLD), folder, places, keys)
            first.write("made")
    return prepare(world, folder, places, keys)


def free_ports() -> int:
    """A front port whose back channel port is free too; none of those that the system gives to callers."""
    while True:
        front = random.randrange(20_000, 30_000)
        if _is_free(front) and _is_free(front + BACK_CHANNEL_OFFSET):
            return front


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


Start = Callable[..., Awaitable[Pilot]]
