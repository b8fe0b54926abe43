"""The contract of `ShortLived`, which the store in memory and the one in Redis both keep."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from runtime.sealing import Sealer
from runtime.settings import Secret, StoreLimits, StoreSettings
from runtime.store import MemoryStore, RedisStore, ShortLived, open_store
from stelsel.failures import Misconfigured, StoreUnavailable
from tests.conftest import SettableClock

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, clock: SettableClock, sealer: Sealer) -> AsyncIterator[ShortLived]:
    if request.param == "memory":
        opened: ShortLived = MemoryStore(clock, sealer)
    else:
        opened = RedisStore(request.getfixturevalue("redis_url"), sealer, clock)
    yield opened
    await opened.close()


async def test_what_was_put_is_found_until_it_is_dropped(store: ShortLived) -> None:
    await store.put("login:1", b"anna", 60)
    assert await store.get("login:1") == b"anna"
    assert await store.get("login:1") == b"anna"
    await store.drop("login:1")
    assert await store.get("login:1") is None


async def test_what_was_put_later_stands_in_place_of_the_first(store: ShortLived) -> None:
    await store.put("login:1", b"first", 60)
    await store.put("login:1", b"second", 60)
    assert await store.get("login:1") == b"second"


async def test_nothing_is_known_of_a_key_that_was_never_put(store: ShortLived) -> None:
    assert await store.get("login:1") is None
    assert await store.take("login:1") is None
    await store.drop("login:1")


@pytest.mark.clause("DV-ART-05")
async def test_a_value_is_taken_once(store: ShortLived) -> None:
    await store.put("artifact:1", b"answer", 60)
    assert await store.take("artifact:1") == b"answer"
    assert await store.take("artifact:1") is None
    assert await store.get("artifact:1") is None


async def test_of_many_who_take_at_the_same_moment_one_gets_the_value(store: ShortLived) -> None:
    await store.put("artifact:1", b"answer", 60)
    taken = await asyncio.gather(*(store.take("artifact:1") for _ in range(50)))
    assert taken.count(b"answer") == 1
    assert taken.count(None) == 49


@pytest.mark.clause("GEN-24")
async def test_an_id_is_claimed_once(store: ShortLived) -> None:
    assert await store.claim("id:1", 60)
    assert not await store.claim("id:1", 60)
    assert await store.claim("id:2", 60)


async def test_of_many_who_claim_at_the_same_moment_one_succeeds(store: ShortLived) -> None:
    assert sum(await asyncio.gather(*(store.claim("id:1", 60) for _ in range(50)))) == 1


async def test_a_message_from_before_the_birth_of_the_store_cannot_be_claimed(
    store: ShortLived, clock: SettableClock
) -> None:
    await store.get("anything")
    assert not await store.claim("id:1", 60, clock.now - timedelta(seconds=1))
    assert await store.claim("id:2", 60, clock.now)


async def test_a_message_dated_in_the_second_of_the_birth_can_be_claimed(
    store: ShortLived, clock: SettableClock
) -> None:
    """IssueInstant often has no fraction."""
    assert await store.claim("id:1", 60, clock.now.replace(microsecond=0))


async def test_counting_tells_how_often(store: ShortLived) -> None:
    assert [await store.count("misses:1", 60) for _ in range(3)] == [1, 2, 3]
    assert await store.count("misses:2", 60) == 1


async def test_values_claims_and_counts_under_one_key_do_not_meet(store: ShortLived) -> None:
    await store.put("1", b"value", 60)
    assert await store.claim("1", 60)
    assert await store.count("1", 60) == 1
    await store.drop("1")
    assert not await store.claim("1", 60)
    assert await store.count("1", 60) == 2


async def test_handles_differ_and_hold_160_random_bits_after_the_epoch(store: ShortLived) -> None:
    first, second = await store.new_handle(), await store.new_handle()
    assert first[:12] == second[:12]
    assert first[12:] != second[12:]
    assert len(first) - 12 == 27
    assert set(first) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


async def test_a_store_that_was_asked_at_the_start_is_born_before_the_first_message(
    store: ShortLived, clock: SettableClock
) -> None:
    await store.ready()
    issued_at = clock.now
    clock.advance(seconds=30)
    assert await store.claim("id:1", 60, issued_at)


async def test_an_empty_value_is_a_value(store: ShortLived) -> None:
    await store.put("login:1", b"", 60)
    assert await store.take("login:1") == b""


async def test_a_lifetime_is_at_least_a_second(store: ShortLived) -> None:
    with pytest.raises(ValueError, match="lifetime"):
        await store.put("login:1", b"anna", 0)


async def test_a_value_over_the_bound_is_refused(store: ShortLived) -> None:
    with pytest.raises(StoreUnavailable):
        await store.put("login:1", bytes(256 * 1024 + 1), 60)


# --- memory


async def test_memory_forgets_what_is_over(clock: SettableClock, sealer: Sealer) -> None:
    store = MemoryStore(clock, sealer)
    await store.put("login:1", b"anna", 60)
    await store.claim("id:1", 60)
    await store.count("misses:1", 60)
    clock.advance(seconds=59)
    assert await store.get("login:1") == b"anna"
    clock.advance(seconds=1)
    assert await store.get("login:1") is None
    assert await store.take("login:1") is None
    assert await store.claim("id:1", 60)
    assert await store.count("misses:1", 60) == 1


@pytest.mark.clause("P10", "S18")
async def test_a_clock_that_is_set_frees_no_claim_and_lengthens_no_life(
    store: ShortLived, clock: SettableClock
) -> None:
    await store.claim("id:1", 1_200)
    clock.step(days=1)
    assert await store.claim("id:2", 1_200)
    assert not await store.claim("id:1", 1_200)
    clock.step(days=-2)
    assert not await store.claim("id:1", 1_200)


@pytest.mark.clause("P10")
async def test_memory_counts_the_seconds_that_passed_and_not_those_of_the_clock(
    clock: SettableClock, sealer: Sealer
) -> None:
    store = MemoryStore(clock, sealer)
    await store.put("artifact:1", b"answer", 60)
    clock.step(hours=-1)
    clock.advance(seconds=59)
    assert await store.get("artifact:1") == b"answer"
    clock.advance(seconds=1)
    assert await store.get("artifact:1") is None


async def test_memory_gives_the_room_of_what_is_over_to_others(clock: SettableClock, sealer: Sealer) -> None:
    store = MemoryStore(clock, sealer, StoreLimits(max_entries=100))
    for number in range(10_000):
        await store.put(f"login:{number}", b"anna", 60)
        clock.advance(seconds=1)
    assert len(store) <= 60


async def test_memory_that_is_full_refuses_and_forgets_nothing(clock: SettableClock, sealer: Sealer) -> None:
    store = MemoryStore(clock, sealer, StoreLimits(max_entries=2))
    await store.claim("id:1", 60)
    await store.put("login:1", b"anna", 60)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.put("login:2", b"bram", 60)
    assert not await store.claim("id:1", 60)
    await store.put("login:1", b"again", 60)


async def test_memory_does_not_remember_how_often_a_login_was_written(clock: SettableClock, sealer: Sealer) -> None:
    store = MemoryStore(clock, sealer)
    for _ in range(5_000):
        await store.put("login:1", b"anna", 900)
    assert len(store) == 1
    assert len(store._ends) < 2_000


async def test_a_second_memory_knows_nothing_of_the_first(clock: SettableClock, sealer: Sealer) -> None:
    first, second = MemoryStore(clock, sealer), MemoryStore(clock, sealer)
    await first.put("login:1", b"anna", 60)
    assert await second.get("login:1") is None
    assert (await first.new_handle())[:12] != (await second.new_handle())[:12]


# --- which store


async def test_settings_name_the_store(clock: SettableClock, redis_url: str) -> None:
    key = Secret(secrets.token_bytes(32))
    assert isinstance(open_store(StoreSettings(key=key), clock), MemoryStore)
    opened = open_store(StoreSettings(url=redis_url, key=key), clock)
    assert isinstance(opened, RedisStore)
    await opened.put("login:1", b"anna", 60)
    await opened.close()


@pytest.mark.parametrize("url", ["memcached://localhost", "redis", ""])
async def test_a_store_of_another_kind_stops_the_start(clock: SettableClock, url: str) -> None:
    with pytest.raises(Misconfigured):
        open_store(StoreSettings(url=url, key=Secret(bytes(32))), clock)


async def test_two_processes_that_race_for_the_same_values_take_each_once(redis_url: str, clock: SettableClock) -> None:
    key = secrets.token_bytes(32)
    store = RedisStore(redis_url, Sealer(key), clock, StoreLimits(deadline_seconds=60))
    await asyncio.gather(*(store.put(f"artifact:{number}", b"%d" % number, 600) for number in range(2_000)))
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "tests/runtime/racer.py"),
            redis_url,
            key.hex(),
            "2000",
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"ready\n"
    taken = [(await racer.communicate(b"go\n"))[0].split() for racer in racers]
    await store.close()
    assert sorted(int(number) for each in taken for number in each) == list(range(2_000))
