"""Two gateways or two BVDs, each in a process of its own, on one Redis and one PostgreSQL; everybody else is in the
test's process.

Browsers and parties reach whichever of the two has the turn.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from exchange.settings import PartySettings
from pilot.browser import Browser, Page
from pilot.login import KnownDv, KnownNetwork
from pilot.network import build_network
from pilot.places import BACK_CHANNEL_OFFSET, BVD, DIGID, GATEWAY, RECHTSPRAAK, Places
from pilot.preparation import Prepared
from pilot.running import Running
from pilot.steps import MESSAGES, Press, Wish, next_press
from pilot.world import DEMO, read_world
from runtime.database import upgrade
from runtime.settings import system_clock
from tests.attacks.balancer import Balancer
from tests.attacks.process import Worker, free_fronts
from tests.conftest import PostgresServer, RedisServer, a_postgres, a_redis
from tests.flows.pilots import prepared_with

WISH: Final = Wish(
    person="Anna",
    dv="gemeente",
    service="bijstand",
    for_whom="Bram",
    identifier="999991127",
    level="substantieel",
)


class Gate:
    """ASGI: a party that answers, but while its gate is shut: then it hears who knocks, and says nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = asyncio.Event()
        self._open.set()
        self.knocked = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange."""
        if not self._open.is_set():
            self.knocked.set()
            await self._open.wait()
        await self._app(scope, receive, send)

    def shut(self) -> None:
        """From now on nobody is answered."""
        self.knocked.clear()
        self._open.clear()

    def open(self) -> None:
        """From now on everybody is, who waits too."""
        self._open.set()


@dataclass(slots=True)
class Carried:
    """What one browser carried from party to party in one login: messages in forms, artifacts in addresses."""

    forms: list[Press] = field(default_factory=list, repr=False)
    addresses: list[str] = field(default_factory=list, repr=False)

    async def note(self, method: str, url: str) -> None:
        """Whether the browser goes there with an artifact: to be called before each request."""
        if "SAMLart=" in url:
            self.addresses.append(url)


@dataclass(slots=True)
class Workers:
    """The network, and the two processes in it. `gates` are the back channels of those that they ask."""

    prepared: Prepared = field(repr=False)
    known: KnownNetwork = field(repr=False)
    both: tuple[Worker, Worker]
    entrances: tuple[Balancer, Balancer]
    gates: Mapping[str, Gate]
    redis: RedisServer = field(repr=False)
    postgres: PostgresServer = field(repr=False)
    turn: int = 0

    @property
    def dv(self) -> KnownDv:
        """Where Anna logs in."""
        return self.known.dv(WISH.dv)

    async def begin(self) -> None:
        """Starts who does not run, the one on turn first."""
        for worker in (self.both[self.turn], self.both[1 - self.turn]):
            if not worker.runs:
                await worker.begin()

    async def begin_one(self) -> None:
        """Starts the one on turn, if it does not run."""
        if not self.both[self.turn].runs:
            await self.both[self.turn].begin()

    async def kill_one(self) -> None:
        """Kills the worker that has the turn; from then on the other one answers."""
        await self.both[self.turn].kill()
        await self.turn_to(1 - self.turn)

    async def kill_all(self) -> None:
        """Kills both."""
        await asyncio.gather(*(worker.kill() for worker in self.both))

    async def turn_to(self, number: int) -> None:
        """From now on this one answers, at both ports."""
        self.turn = number
        settings = self.both[number].settings
        for entrance, port in zip(self.entrances, (settings.port, settings.back_channel_port), strict=True):
            await entrance.turn_to(port)

    async def opened(self, browser: Browser) -> Page:
        """Anna at the door of the DV, which leaves the choice for whom to the gateway."""
        return await browser.open(f"{self.dv.login}?service={self.known.service(WISH.service).uuid}")

    async def walk(self, browser: Browser, page: Page, carried: Carried, until: str = "") -> Page:
        """Presses on as Anna would, to a page whose name begins with `until`, or to the end."""
        walked: list[str] = []
        while not (until and page.name.startswith(until)):
            press = next_press(page, WISH, walked)
            if press is None:
                break
            if any(name in press.form.fields for name in MESSAGES):
                carried.forms.append(press)
            walked.append(page.name)
            page = await browser.submit(press.form, press.button, press.fill)
        return page

    async def walk_past_a_kill(self, browser: Browser, carried: Carried, page_name: str) -> None:
        """To the page of that name with one worker, which is killed then, and to the end with the other."""
        page = await self.walk(browser, await self.opened(browser), carried, until=page_name)
        assert page.name.startswith(page_name)
        await self.kill_one()
        await self.walk(browser, page, carried)

    async def result(self, browser: Browser) -> dict[str, Any]:
        """What the DV received last for this browser."""
        return await browser.json("GET", f"{self.dv.origin}/result?format=json")

    async def resolved_again(self, browser: Browser) -> dict[str, Any]:
        """What the DV hears when it resolves the last artifact of this browser once more."""
        return await browser.json("POST", f"{self.dv.origin}/resolve-again")


@asynccontextmanager
async def two_workers(folder: Path, keys: Path, name: str = GATEWAY) -> AsyncIterator[Workers]:
    """The demo world, with two of `name`; every process is ended with the block, by its own id."""
    front, moved, *own = free_fronts(4)
    places = Places(front, ((name, moved),))
    world = read_world(DEMO, now=datetime.now(UTC))
    async with AsyncExitStack() as stack:
        redis, postgres = stack.enter_context(a_redis()), stack.enter_context(a_postgres())
        prepared = await asyncio.to_thread(prepared_with, world, folder, places, keys)
        prepared = await asyncio.to_thread(_on_servers, prepared, redis.url, postgres, name)
        network = await build_network(prepared, system_clock)
        asked = (DIGID, BVD) if name == GATEWAY else (RECHTSPRAAK,)
        gates = {each: Gate(network.backs[places.host(each)]) for each in asked}
        backs: dict[str, ASGIApp] = {**network.backs, **{places.host(each): gate for each, gate in gates.items()}}
        await replace(network, backs=backs).serve(stack)
        running = Running(places)
        stack.push_async_callback(running.close)
        known = KnownNetwork.read(await running.get("/network"), await running.get("/names"))
        both = (_worker(prepared, own[0], folder, name), _worker(prepared, own[1], folder, name))
        for worker in both:
            stack.push_async_callback(worker.end)
        entrances = (Balancer(places.front_port(name)), Balancer(places.back_port(name)))
        # Closed first: a TLS server that ends waits for its clients to say goodbye.
        for entrance in entrances:
            await stack.enter_async_context(entrance.listening())
        workers = Workers(prepared, known, both, entrances, gates, redis, postgres)
        await workers.begin_one()
        await workers.turn_to(0)
        yield workers


def _settings(prepared: Prepared, name: str) -> PartySettings:
    settings: PartySettings = getattr(prepared, name)
    return settings


def _on_servers(prepared: Prepared, redis: str, postgres: PostgresServer, name: str) -> Prepared:
    """With the state of that service where two processes reach it."""
    postgres.command(f"CREATE DATABASE {name}")
    url = postgres.url(name)
    upgrade(url)
    settings = _settings(prepared, name)
    there = replace(settings, store=replace(settings.store, url=redis), database_url=url)
    changes: dict[str, Any] = {name: there}
    return replace(prepared, **changes)


def _worker(prepared: Prepared, port: int, folder: Path, name: str) -> Worker:
    settings = replace(_settings(prepared, name), port=port, back_channel_port=port + BACK_CHANNEL_OFFSET)
    return Worker(name, settings, folder / f"{name}-{port}.log")
