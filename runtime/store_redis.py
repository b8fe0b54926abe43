"""The short-lived store of many processes: Redis, from version 7, with `maxmemory-policy noeviction`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from runtime.epoch import Epoch, check_fits
from runtime.sealing import SealBroken, Sealer
from runtime.settings import STORE_LIMITS, Clock, StoreLimits
from stelsel.failures import Misconfigured, StoreUnavailable

PREFIX: Final = "namens:"
ATTEMPTS: Final = 3

Command = Callable[[Pipeline, str], object]


@dataclass(frozen=True, slots=True)
class _Answer:
    """A reply, the name it is about, and the epoch in which it was given."""

    reply: Any
    name: str
    epoch: Epoch


class RedisStore:
    """`ShortLived` in Redis. One round trip per call, and no scripts: the server may refuse EVAL to us.

    The epoch stands under the `run_id` of the server, which is another one after each start: data that a restart or a
    failover brings back has lost what was taken since it was saved, so it belongs to an epoch that is over. Each call
    reads the epoch after its own command; when that changed meanwhile, the answer is thrown away and it asks again.
    """

    def __init__(self, url: str, sealer: Sealer, clock: Clock, limits: StoreLimits = STORE_LIMITS) -> None:
        self._sealer = sealer
        self._clock = clock
        self._limits = limits
        self._epoch: Epoch | None = None  # the last one known
        self._present_epoch: Epoch | None = None  # the same, until there is reason to doubt it
        self._run_id: str | None = None
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=limits.connections,
                timeout=limits.deadline_seconds,
                socket_connect_timeout=limits.deadline_seconds,
                socket_timeout=limits.deadline_seconds,
                retry=Retry(NoBackoff(), 0),
                redis_connect_func=self._greet,
                maint_notifications_config=MaintNotificationsConfig(enabled=False),
            )
        except ValueError as error:
            raise Misconfigured("the URL of the store must be memory:, redis://, rediss:// or unix://") from error
        self._redis = Redis.from_pool(pool)

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        """See `ShortLived.put`."""
        check_fits(value, seconds, self._limits)
        await self._ask(
            "value", key, lambda pipe, name: pipe.set(name, self._sealer.seal(value, name.encode()), ex=seconds)
        )

    async def get(self, key: str) -> bytes | None:
        """See `ShortLived.get`."""
        return self._open(await self._ask("value", key, lambda pipe, name: pipe.get(name)))

    async def take(self, key: str) -> bytes | None:
        """See `ShortLived.take`."""
        return self._open(await self._ask("value", key, lambda pipe, name: pipe.getdel(name)))

    async def claim(self, key: str, seconds: int, issued_at: datetime | None = None) -> bool:
        """See `ShortLived.claim`."""
        check_fits(b"", seconds, self._limits)
        answer = await self._ask("claim", key, lambda pipe, name: pipe.set(name, b"", nx=True, ex=seconds))
        return bool(answer.reply) and answer.epoch.precedes(issued_at)

    async def count(self, key: str, seconds: int) -> int:
        """See `ShortLived.count`."""
        check_fits(b"", seconds, self._limits)

        def counted(pipe: Pipeline, name: str) -> None:
            pipe.incr(name)
            pipe.expire(name, seconds, nx=True)  # the window begins at the first count

        # As a transaction: a counter that lost its expiry would never forget.
        return int((await self._ask("count", key, counted, transaction=True)).reply)

    async def drop(self, key: str) -> None:
        """See `ShortLived.drop`."""
        await self._ask("value", key, lambda pipe, name: pipe.delete(name))

    async def new_handle(self) -> str:
        """See `ShortLived.new_handle`."""
        return (self._present_epoch or await self._confirmed()).handle()

    async def ready(self) -> None:
        """See `ShortLived.ready`."""
        await self._confirmed()

    async def close(self) -> None:
        """See `ShortLived.close`."""
        await self._redis.aclose()

    async def _ask(self, family: str, key: str, command: Command, *, transaction: bool = False) -> _Answer:
        """The reply to `command`, given while one epoch lasted. Raises `StoreUnavailable`, within the deadline."""
        try:
            async with asyncio.timeout(self._limits.deadline_seconds):
                for _ in range(ATTEMPTS):
                    epoch, run_id = await self._present()
                    name = PREFIX + epoch.name_of(family, key, self._sealer)
                    pipe = self._redis.pipeline(transaction=transaction)
                    command(pipe, name)
                    pipe.get(self._birth_name(run_id))
                    replies = await pipe.execute()
                    if replies[-1] == epoch.write() and self._run_id == run_id:
                        return _Answer(replies[0], name, epoch)
                    self._present_epoch = None
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"Redis: {type(error).__name__}") from error
        raise StoreUnavailable("Redis loses its birth record again and again")

    async def _confirmed(self) -> Epoch:
        """The epoch that lasts, as the server has it now."""
        return (await self._ask("value", "", lambda pipe, name: pipe.exists(name))).epoch

    async def _present(self) -> tuple[Epoch, str]:
        """The epoch that lasts, begun by us if the server knows none, and the run of the server it is in."""
        if self._run_id is None:
            await self._redis.ping()  # connects, and so greets
        run_id = self._run_id
        if run_id is None:
            raise StoreUnavailable("Redis does not tell its run_id")
        if self._present_epoch is None:
            begun = Epoch.begin(self._clock(), after=self._epoch)
            pipe = self._redis.pipeline(transaction=False)
            pipe.set(self._birth_name(run_id), begun.write(), nx=True)
            pipe.get(self._birth_name(run_id))
            _, record = await pipe.execute()
            if record is None:
                raise StoreUnavailable("Redis does not keep its birth record")
            self._epoch = self._present_epoch = Epoch.read(record)
        return self._present_epoch, run_id

    def _birth_name(self, run_id: str) -> str:
        return f"{PREFIX}birth:{self._sealer.digest(run_id.encode()).hex()}"

    async def _greet(self, connection: AbstractConnection) -> None:
        """What a new connection begins with: the usual, and which run of the server this is."""
        try:
            await connection.on_connect()
            await connection.send_command("INFO", "server")
            run_id = read_run_id(await connection.read_response())
        except BaseException:
            # Whoever gets this connection next would read the rest of these answers as its own (spec/security M6).
            await connection.disconnect(nowait=True)
            raise
        if run_id != self._run_id:
            self._run_id = run_id
            self._present_epoch = None

    def _open(self, answer: _Answer) -> bytes | None:
        if answer.reply is None:
            return None
        try:
            return self._sealer.open(answer.reply, answer.name.encode())
        except SealBroken as error:
            raise StoreUnavailable("a value in the store does not open") from error


def read_run_id(info: bytes) -> str:
    """The `run_id` in the answer to INFO."""
    for line in info.decode().splitlines():
        name, _, value = line.partition(":")
        if name == "run_id":
            return value
    raise StoreUnavailable("Redis does not tell its run_id")
