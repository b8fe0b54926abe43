"""Any worker serves any request: a login that began at one goes on at another (DESIGN 3.4 and 5)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bvd.app import build_app as build_bvd
from exchange.service import Service
from gateway.app import build_app as build_gateway
from pilot.browser import Browser
from pilot.places import BVD, GATEWAY
from pilot.preparation import Prepared
from runtime.settings import StoreSettings
from tests.flows.outcomes import who
from tests.flows.pilots import Pilot, Start


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is closed after the test."""
    async with AsyncExitStack() as held:
        yield held


async def other_workers(stack: AsyncExitStack, pilot: Pilot) -> dict[str, Service]:
    """A second worker of gateway and of BVD: the same settings, and nothing else in common."""
    prepared = pilot.network.prepared
    workers = {
        GATEWAY: build_gateway(prepared.gateway, pilot.clock),
        BVD: build_bvd(prepared.bvd, pilot.clock),
    }
    for worker in workers.values():
        stack.push_async_callback(worker.assembly.close)
        await worker.assembly.load()
    return workers


def on_redis(url: str) -> "_OnRedis":
    """Settings with the short-lived store of gateway and BVD in Redis."""
    return _OnRedis(url)


class _OnRedis:
    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, prepared: Prepared) -> Prepared:
        gateway, bvd = prepared.gateway, prepared.bvd
        return replace(
            prepared,
            gateway=replace(gateway, store=StoreSettings(url=self._url, key=gateway.store.key)),
            bvd=replace(bvd, store=StoreSettings(url=self._url, key=bvd.store.key)),
        )


def turn(pilot: Pilot, workers: dict[str, Service]) -> None:
    """From now on these workers answer."""
    for name, worker in workers.items():
        host = pilot.places.host(name)
        pilot.doors[host].app = worker.front
        pilot.doors[f"{host}/back"].app = worker.back


@pytest.mark.clause("P1")
async def test_a_login_goes_on_at_another_worker_after_each_request(
    start_pilot: Start, stack: AsyncExitStack, redis_url: str
) -> None:
    pilot = await start_pilot(changed=on_redis(redis_url))
    first = {name: pilot.network.services[name] for name in (GATEWAY, BVD)}
    second = await other_workers(stack, pilot)
    turns: list[str] = []

    async def next_worker(method: str, url: str) -> None:
        turns.append(url)
        turn(pilot, second if len(turns) % 2 else first)

    async with Browser(next_worker) as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S1", "C2"))
        outcome = await browser.json("GET", f"{pilot.known.dv('gemeente').origin}/result?format=json")
    assert page.name == "D2"
    assert who(outcome) == (pilot.bsn("F1"), pilot.bsn("C2"))


@pytest.mark.parametrize("moment", ["/saml/acs/ad", "/acs?"])
async def test_a_worker_that_dies_in_the_middle_of_a_login_loses_nothing(
    start_pilot: Start, stack: AsyncExitStack, redis_url: str, moment: str
) -> None:
    pilot = await start_pilot(changed=on_redis(redis_url))
    second = await other_workers(stack, pilot)
    died: list[str] = []

    async def die(method: str, url: str) -> None:
        if moment in url and not died:
            died.append(url)
            turn(pilot, second)

    async with Browser(die) as browser:
        await pilot.walk(browser, pilot.wish("F1", "S1", "C2"))
        outcome = await browser.json("GET", f"{pilot.known.dv('gemeente').origin}/result?format=json")
    assert len(died) == 1
    assert who(outcome) == (pilot.bsn("F1"), pilot.bsn("C2"))
