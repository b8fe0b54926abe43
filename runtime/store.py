"""The short-lived store: logins, artifacts, codes and replay, in memory for one process, in Redis for many.

Both stores keep the contract of `tests/runtime/test_store.py`.
"""

from datetime import datetime
from typing import Protocol

from runtime.sealing import sealer_of
from runtime.settings import Clock, StoreSettings
from runtime.store_memory import MemoryStore
from runtime.store_redis import RedisStore

__all__ = ["MemoryStore", "RedisStore", "ShortLived", "open_store"]


class ShortLived(Protocol):
    """What lives for minutes (DESIGN 3.4). Every call may raise `StoreUnavailable`; then nothing was promised.

    Values are sealed and keys are known to the store by a keyed hash only, so that who reads the store learns nothing.
    The three families (values, claims, counts) do not meet: the same key may serve in each.
    A store that lost what it knew (flushed, restarted, failed over) begins a new epoch: what was put, claimed or
    counted before is gone for good, even if the server brings it back (spec/security P2).
    """

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keeps `value` under `key` for `seconds`, in place of what was there."""

    async def get(self, key: str) -> bytes | None:
        """The value under `key`, which stays."""

    async def take(self, key: str) -> bytes | None:
        """The value under `key`, which is then gone: a second call answers None. Atomic over all processes."""

    async def claim(self, key: str, seconds: int, issued_at: datetime | None = None) -> bool:
        """True for the first who claims `key` within `seconds`, over all processes; False for everybody after.

        False also when `issued_at` lies before the birth of this store: it may have been claimed in the one before.
        """

    async def count(self, key: str, seconds: int) -> int:
        """How often `count` was called for `key`, this call included, in a window of `seconds` since the first."""

    async def drop(self, key: str) -> None:
        """Forgets the value under `key`, if any."""

    async def new_handle(self) -> str:
        """A name nobody can guess: the epoch and 160 random bits, in characters that fit a URL and a cookie."""

    async def ready(self) -> None:
        """Raises `StoreUnavailable` unless the store answers.

        A service asks at its start: the store is born then, and not at the first message, which would be dated before.
        """

    async def close(self) -> None:
        """Lets go of connections."""


def open_store(settings: StoreSettings, clock: Clock) -> ShortLived:
    """The store that `settings` name. Nothing is connected yet: a Redis that is away shows at the first call."""
    sealer = sealer_of(settings)
    if settings.url == "memory:":
        return MemoryStore(clock, sealer, settings.limits)
    return RedisStore(settings.url, sealer, clock, settings.limits)
