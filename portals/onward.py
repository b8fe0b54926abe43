"""Messages of ours that the browser is about to post to the gateway: each is handed out once (spec/security S18)."""

from typing import Final

from pydantic import TypeAdapter

from exchange.ask import Posted
from runtime.handles import Handle
from runtime.store import ShortLived
from stelsel.failures import LoginOvertaken

WAITS_SECONDS: Final = 5 * 60  # longer than a message may be under way (GEN-22)
_POSTED: Final = TypeAdapter(Posted)


class Onward:
    """Keeps a form between the press that made it and the page that posts it (PAGES 2, rules a and b)."""

    def __init__(self, store: ShortLived) -> None:
        self._store = store

    async def keep(self, handle: Handle, posted: Posted) -> None:
        """Until it is asked for."""
        await self._store.put(_key(handle), _POSTED.dump_json(posted), WAITS_SECONDS)

    async def take(self, handle: Handle) -> Posted:
        """The form, once. Raises `LoginOvertaken` for a second time: reload and Back send no second message."""
        stored = await self._store.take(_key(handle))
        if stored is None:
            raise LoginOvertaken("this message was sent before, or too late", clause="GEN-24")
        return _POSTED.validate_json(stored)


def _key(handle: Handle) -> str:
    return f"portal-onward:{handle.flow}"
