"""The short-lived store of a single process: dies with it, and refuses rather than forget when it is full."""

import heapq
from dataclasses import dataclass
from datetime import datetime

from runtime.epoch import Epoch, check_fits
from runtime.sealing import SealBroken, Sealer
from runtime.settings import STORE_LIMITS, Clock, StoreLimits, elapsed_by
from stelsel.failures import StoreUnavailable


@dataclass(slots=True)
class _Entry:
    """Changed in place by `count` only."""

    until: float
    value: bytes
    count: int = 0


class MemoryStore:
    """`ShortLived` in a dictionary. It seals as Redis does: one contract for both.

    What is over is counted in seconds that passed, so that a clock which is set forward and back frees no claim
    (spec/security P10); the clock tells only when the store was born.
    """

    def __init__(self, clock: Clock, sealer: Sealer, limits: StoreLimits = STORE_LIMITS) -> None:
        self._elapsed = elapsed_by(clock)
        self._sealer = sealer
        self._limits = limits
        self._epoch = Epoch.begin(clock(), after=None)
        self._entries: dict[str, _Entry] = {}
        self._ends: list[tuple[float, str]] = []

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        """See `ShortLived.put`."""
        name = self._name("value", key)
        self._keep(name, self._sealer.seal(value, name.encode()), seconds)

    async def get(self, key: str) -> bytes | None:
        """See `ShortLived.get`."""
        name = self._name("value", key)
        entry = self._alive(name)
        return self._open(name, entry) if entry else None

    async def take(self, key: str) -> bytes | None:
        """See `ShortLived.take`. Nothing awaits between looking and removing: atomic in one event loop."""
        name = self._name("value", key)
        entry = self._alive(name)
        self._entries.pop(name, None)
        return self._open(name, entry) if entry else None

    async def claim(self, key: str, seconds: int, issued_at: datetime | None = None) -> bool:
        """See `ShortLived.claim`."""
        name = self._name("claim", key)
        if self._alive(name):
            return False
        self._keep(name, b"", seconds)
        return self._epoch.precedes(issued_at)

    async def count(self, key: str, seconds: int) -> int:
        """See `ShortLived.count`."""
        name = self._name("count", key)
        entry = self._alive(name) or self._keep(name, b"", seconds)
        entry.count += 1
        return entry.count

    async def drop(self, key: str) -> None:
        """See `ShortLived.drop`."""
        self._entries.pop(self._name("value", key), None)

    async def new_handle(self) -> str:
        """See `ShortLived.new_handle`."""
        return self._epoch.handle()

    async def ready(self) -> None:
        """See `ShortLived.ready`."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def __len__(self) -> int:
        """How many entries are held, those included whose time is over and that nobody asked for since."""
        return len(self._entries)

    def _name(self, family: str, key: str) -> str:
        return self._epoch.name_of(family, key, self._sealer)

    def _alive(self, name: str) -> _Entry | None:
        entry = self._entries.get(name)
        return entry if entry and self._elapsed() < entry.until else None

    def _open(self, name: str, entry: _Entry) -> bytes:
        try:
            return self._sealer.open(entry.value, name.encode())
        except SealBroken as error:
            raise StoreUnavailable("a value in the store does not open") from error

    def _keep(self, name: str, value: bytes, seconds: int) -> _Entry:
        check_fits(value, seconds, self._limits)
        now = self._elapsed()
        self._sweep(now)
        if name not in self._entries and len(self._entries) >= self._limits.max_entries:
            # Making room would forget a login, or a claim, and then what it guards could be used again.
            raise StoreUnavailable(f"the store is full: {self._limits.max_entries} entries")
        entry = _Entry(now + seconds, value)
        self._entries[name] = entry
        heapq.heappush(self._ends, (entry.until, name))
        return entry

    def _sweep(self, now: float) -> None:
        """Removes what is over; each entry is looked at once, so a write costs little however much is held."""
        while self._ends and self._ends[0][0] <= now:
            _, name = heapq.heappop(self._ends)
            entry = self._entries.get(name)
            if entry and entry.until <= now:
                del self._entries[name]
        if len(self._ends) > 2 * len(self._entries) + 1_000:  # what was taken or replaced early
            self._ends = [(entry.until, name) for name, entry in self._entries.items()]
            heapq.heapify(self._ends)
