"""Hands out the notes of the outbox: each until somebody took it, on every channel by itself."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from registers.machtigingen.outbox.note import Channel, Note
from registers.machtigingen.outbox.repository import Outbox
from stelsel.failures import Failure

LOG: Final = logging.getLogger("namens.outbox")
# Returns when the note was taken; raises the `Failure` for which it was not.
Taker = Callable[[Note], Awaitable[None]]


class Deliveries:
    """The way out. Run in rounds (`Assembly.rounds`), by any number of processes."""

    def __init__(self, outbox: Outbox, takers: Mapping[Channel, Taker]) -> None:
        self._outbox = outbox
        self._takers = takers

    async def round(self) -> int:
        """Hands out all that is due; how many notes were taken. Raises `DatabaseUnavailable`.

        A channel that failed once is left alone until the next round: whoever is down is not asked fifty times.
        """
        taken, down = 0, set[Channel]()
        while notes := await self._outbox.claim():
            for note in notes:
                if note.channel not in down and await self._hand_out(note):
                    await self._outbox.taken(note)
                    taken += 1
                else:
                    down.add(note.channel)
                    await self._outbox.not_taken(note)
        return taken

    async def _hand_out(self, note: Note) -> bool:
        taker = self._takers.get(note.channel)
        if taker is None:
            LOG.error("nobody is set for this channel", extra={"channel": note.channel.value})
            return False
        try:
            await taker(note)
        except Failure as failure:
            LOG.warning(
                "a note was not taken", extra={**failure.facts(), "channel": note.channel.value, "note": note.id}
            )
            return False
        return True
