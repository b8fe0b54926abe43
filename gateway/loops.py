"""Stops a browser that goes round and round: it was logged in, and its DV asks for a login again at once."""

from runtime.store import ShortLived
from stelsel.failures import TooManyTries
from stelsel.identifiers import EntityId


class LoopGuard:
    """So many logins may one browser begin for one DV in so many seconds, all workers together.

    With single sign-on no page stops such a loop, and each round costs every party its work.
    """

    def __init__(self, store: ShortLived, logins: int, seconds: int) -> None:
        self._store = store
        self._logins = logins
        self._seconds = seconds

    async def count(self, browser: str, dv: EntityId) -> None:
        """One more login of `browser` (`runtime.web.binding.hashed`). Raises `TooManyTries`."""
        begun = await self._store.count(f"loop:{browser}:{dv.value}", self._seconds)
        if begun > self._logins:
            raise TooManyTries("a browser began too many logins for one DV", retry_after_seconds=self._seconds)
