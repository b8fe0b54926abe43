"""Which ADs did not answer just now, known to all workers: the page where one chooses leads past them (PAGES 2.1)."""

from collections.abc import Iterable
from typing import Final

from runtime.store import ShortLived
from stelsel.identifiers import EntityId

SECONDS: Final = 60
_ANY: Final = "outages"
_ONCE: Final = b"once"
_DOWN: Final = b"down"
NOBODY: Final[frozenset[EntityId]] = frozenset()


class Outages:
    """An AD is down after two failures with less than `SECONDS` between them, and as long after the last of them.

    An answer ends it at once, where this worker knew; other workers cost an answer nothing. It takes away a button
    where there is another (`gateway.questions`): who comes to that AD all the same is sent there.
    """

    def __init__(self, store: ShortLived) -> None:
        self._store = store
        self._noticed: set[EntityId] = set()

    async def failed(self, authority: EntityId) -> None:
        """It gave no answer. Of two at the same moment one may go uncounted: the next is not."""
        self._noticed.add(authority)
        key = _key(authority)
        before = await self._store.get(key)
        await self._store.put(key, _ONCE if before is None else _DOWN, SECONDS)
        if before is not None:
            await self._store.put(_ANY, _DOWN, SECONDS)

    async def answered(self, authority: EntityId) -> None:
        """It answered somebody: what failed before counts no more."""
        if authority in self._noticed:
            self._noticed.discard(authority)
            await self._store.drop(_key(authority))

    async def among(self, authorities: Iterable[EntityId]) -> frozenset[EntityId]:
        """Those that are down: one question to the store while nobody is."""
        if await self._store.get(_ANY) is None:
            return NOBODY
        down = frozenset([each for each in authorities if await self._store.get(_key(each)) == _DOWN])
        self._noticed |= down
        return down


def _key(authority: EntityId) -> str:
    return f"outage:{authority.value}"
