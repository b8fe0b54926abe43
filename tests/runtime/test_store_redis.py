"""What only the store in Redis must hold: it is lost, flushed, brought back, slow, read and tampered with by others."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runtime.sealing import Sealer
from runtime.settings import StoreLimits
from runtime.store import RedisStore
from stelsel.failures import StoreUnavailable
from tests.conftest import RedisServer, SettableClock


@asynccontextmanager
async def opened(url: str, sealer: Sealer, clock: SettableClock) -> AsyncIterator[RedisStore]:
    store = RedisStore(url, sealer, clock, StoreLimits(deadline_seconds=1))
    yield store
    await store.close()


async def test_what_one_process_puts_another_takes(redis_url: str, clock: SettableClock) -> None:
    key = secrets.token_bytes(32)
    async with opened(redis_url, Sealer(key), clock) as first, opened(redis_url, Sealer(key), clock) as second:
        await first.put("login:1", b"anna", 60)
        assert await second.take("login:1") == b"anna"
        assert await first.take("login:1") is None
        assert await first.claim("id:1", 60)
        assert not await second.claim("id:1", 60)
        assert (await first.new_handle())[:12] == (await second.new_handle())[:12]


async def test_redis_itself_forgets_what_is_over(
    redis_url: str, shared_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(redis_url, sealer, clock) as store:
        await store.put("login:1", b"anna", 60)
        await store.claim("id:1", 70)
        await store.count("misses:1", 80)
        await store.count("misses:1", 900)
        lives = sorted(int(shared_redis.command("TTL", name)) for name in shared_redis.command("KEYS", "*").split())
    assert lives[0] == -1  # the birth record
    assert [-(-life // 10) * 10 for life in lives[1:]] == [60, 70, 80]


async def test_neither_values_nor_keys_can_be_read_in_redis(
    redis_url: str, shared_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(redis_url, sealer, clock) as store:
        await store.put("login:handle-of-anna", b"anna logs in", 60)
        await store.claim("id:urn:dv:_1", 60)
        names = shared_redis.command("KEYS", "*").split()
        values = [shared_redis.command("GET", name) for name in names]
    assert "anna" not in "".join(names + values)
    assert "urn:dv" not in "".join(names)


async def test_a_value_that_somebody_moved_or_changed_is_not_believed(
    redis_url: str, shared_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(redis_url, sealer, clock) as store:
        await store.put("login:1", b"anna", 60)
        (anna,) = value_names(shared_redis)
        await store.put("login:2", b"bram", 60)
        (bram,) = set(value_names(shared_redis)) - {anna}
        shared_redis.command("COPY", anna, bram, "REPLACE")
        with pytest.raises(StoreUnavailable, match="does not open"):
            await store.get("login:2")
        shared_redis.command("SETRANGE", anna, "40", "x")
        with pytest.raises(StoreUnavailable, match="does not open"):
            await store.take("login:1")


def value_names(redis: RedisServer) -> list[str]:
    return [name for name in redis.command("KEYS", "*").split() if "birth" not in name]


async def test_after_a_flush_nothing_of_before_can_be_used(
    redis_url: str, shared_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(redis_url, sealer, clock) as store:
        issued_at = clock.now
        clock.advance(minutes=1)
        handle = await store.new_handle()
        await store.put(f"login:{handle}", b"anna", 60)
        assert await store.claim("id:1", 600, clock.now)
        shared_redis.command("FLUSHALL")
        assert await store.take(f"login:{handle}") is None
        assert not await store.claim("id:1", 600, clock.now), "dated before the flush"
        assert not await store.claim("id:2", 600, issued_at)
        assert (await store.new_handle())[:12] != handle[:12]
        clock.advance(seconds=5)
        assert await store.claim("id:3", 600, clock.now), "five seconds later logins go on"


async def test_what_a_restart_brings_back_cannot_be_used_again(
    own_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    """Redis comes back with what it had saved: also what was taken since."""
    async with opened(own_redis.url, sealer, clock) as store:
        await store.put("artifact:1", b"answer", 600)
        await store.put("login:1", b"anna", 600)
        assert await store.claim("id:1", 600, clock.now)
        saved = own_redis.command("SAVE")
        assert await store.take("artifact:1") == b"answer"
        own_redis.command("CONFIG", "SET", "save", "")
        await asyncio.to_thread(own_redis.stop)
        await asyncio.to_thread(own_redis.start)
        assert saved == "OK"
        assert len(value_names(own_redis)) == 3, "it did bring it back"
        assert await store.take("artifact:1") is None
        assert await store.get("login:1") is None
        assert not await store.claim("id:1", 600, clock.now)
        clock.advance(seconds=5)
        assert await store.claim("id:2", 600, clock.now)


async def test_a_process_that_starts_after_a_restart_begins_the_same_epoch(
    own_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(own_redis.url, sealer, clock) as first, opened(own_redis.url, sealer, clock) as second:
        await first.put("login:1", b"anna", 60)
        await asyncio.to_thread(own_redis.stop)
        await asyncio.to_thread(own_redis.start)
        await first.put("login:2", b"bram", 60)
        assert await second.get("login:1") is None
        assert await second.get("login:2") == b"bram"


async def test_a_redis_that_is_away_is_unavailable_at_once_and_found_again_when_it_is_back(
    own_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(own_redis.url, sealer, clock) as store:
        await store.put("login:1", b"anna", 60)
        await asyncio.to_thread(own_redis.stop)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.get("login:1")
        assert time.monotonic() - began < 3
        await asyncio.to_thread(own_redis.start)
        await store.put("login:2", b"bram", 60)
        assert await store.get("login:2") == b"bram"


async def test_a_redis_that_does_not_answer_is_unavailable_within_the_deadline(
    own_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(own_redis.url, sealer, clock) as known, opened(own_redis.url, sealer, clock) as new:
        await known.put("login:1", b"anna", 60)
        own_redis.command("CLIENT", "PAUSE", "2500", "ALL")
        began = time.monotonic()
        for store in (known, new):
            with pytest.raises(StoreUnavailable):
                await store.get("login:1")
        assert time.monotonic() - began < 3
        own_redis.command("PING")  # answers when the pause is over
        assert await known.get("login:1") == b"anna"
        assert await new.get("login:1") == b"anna"


async def test_a_redis_that_is_full_refuses_and_forgets_nothing(
    own_redis: RedisServer, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(own_redis.url, sealer, clock) as store:
        assert await store.claim("id:1", 60)
        own_redis.command("CONFIG", "SET", "maxmemory", "1mb")
        with pytest.raises(StoreUnavailable):
            await store.put("login:1", bytes(100_000), 60)
        with pytest.raises(StoreUnavailable):
            await store.claim("id:1", 60)
        own_redis.command("CONFIG", "SET", "maxmemory", "0")
        assert not await store.claim("id:1", 60)


async def test_a_redis_that_was_never_there_is_unavailable(
    tmp_path: Path, sealer: Sealer, clock: SettableClock
) -> None:
    async with opened(f"unix://{tmp_path}/nobody.sock", sealer, clock) as store:
        with pytest.raises(StoreUnavailable):
            await store.ready()


async def test_answers_never_reach_another_asker_after_one_was_cancelled(
    redis_url: str, sealer: Sealer, clock: SettableClock
) -> None:
    """redis-py CVE-2023-28858: the answer of a cancelled command was read as that of the next (spec/security M6)."""
    async with opened(redis_url, sealer, clock) as store:
        for number in range(20):
            await store.put(f"login:{number}", b"%d" % number, 60)
        for number in range(200):
            asking = asyncio.create_task(store.get(f"login:{number % 20}"))
            for _ in range(number % 7):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait({asking})
            assert await store.get(f"login:{(number + 1) % 20}") == b"%d" % ((number + 1) % 20)
