"""A process of its own that takes every value it can get from a Redis, and tells which."""

import asyncio
import sys

from runtime.sealing import Sealer
from runtime.settings import StoreLimits, system_clock
from runtime.store import RedisStore


async def race(url: str, key: str, values: int) -> None:
    """Takes `artifact:0` to `artifact:<values - 1>`, many at once, once it is told to go."""
    store = RedisStore(url, Sealer(bytes.fromhex(key)), system_clock, StoreLimits(deadline_seconds=60))
    await store.get("anything")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    taken = await asyncio.gather(*(store.take(f"artifact:{number}") for number in range(values)))
    print(*(value.decode() for value in taken if value is not None))
    await store.close()


asyncio.run(race(sys.argv[1], sys.argv[2], int(sys.argv[3])))
