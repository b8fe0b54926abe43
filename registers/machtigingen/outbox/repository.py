"""Outbox: the only door to what is still to be told."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from registers.machtigingen.outbox.note import Channel, Note, What
from registers.machtigingen.outbox.tables import OutboxRow
from runtime.database import Database
from runtime.sealing import Sealer
from runtime.settings import Clock

AT_ONCE: Final = 50
CLAIMED: Final = timedelta(minutes=1)  # longer than a delivery may last; whoever died with one lets it go then
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=1)


async def add(session: AsyncSession, notes: Sequence[Note], sealer: Sealer) -> None:
    """Writes notes in the transaction of the change that they tell: both, or neither."""
    if notes:
        await session.exec(insert(OutboxRow), params=[_values(note, sealer) for note in notes])


class Outbox:
    """The notes of one database that nobody took yet."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def put(self, note: Note) -> None:
        """Adds a note that tells of no change here. Raises `DatabaseUnavailable`."""
        async with self._database.session(writes=True) as session:
            await add(session, [note], self._sealer)
            await session.commit()

    async def claim(self) -> tuple[Note, ...]:
        """Notes to hand out now, and nobody else meanwhile; none that an earlier one of its mandate waits before.

        Raises `DatabaseUnavailable`.
        """
        now = self._clock()
        earlier = aliased(OutboxRow)
        waits = (
            select(col(earlier.number))
            .where(
                col(earlier.mandate) == col(OutboxRow.mandate),
                col(earlier.channel) == col(OutboxRow.channel),
                col(earlier.number) < col(OutboxRow.number),
                col(earlier.taken_at).is_(None),
            )
            .exists()
        )
        due = (col(OutboxRow.taken_at).is_(None), col(OutboxRow.due_at) <= now, ~waits)
        async with self._database.session(writes=True) as session:
            query = select(OutboxRow).where(*due).order_by(col(OutboxRow.number)).limit(AT_ONCE)
            rows = (await session.exec(query)).all()
            claimed = [row for row in rows if await self._claimed(session, row, now)]
            await session.commit()
        return tuple(self._read(row) for row in claimed)

    async def taken(self, note: Note) -> None:
        """It was handed out: what it said is forgotten. Raises `DatabaseUnavailable`."""
        await self._write(note, {"taken_at": self._clock(), "content": None})

    async def not_taken(self, note: Note) -> None:
        """It was not: once more later, each time later still. Raises `DatabaseUnavailable`."""
        wait = min(FIRST_WAIT * 2 ** min(note.tries, 16), LONGEST_WAIT)
        await self._write(note, {"tries": note.tries + 1, "due_at": self._clock() + wait})

    async def _claimed(self, session: AsyncSession, row: OutboxRow, now: datetime) -> bool:
        """Of two processes that read the same row one may have it."""
        same = (col(OutboxRow.number) == row.number, col(OutboxRow.due_at) == row.due_at)
        result = await session.exec(update(OutboxRow).where(*same).values(due_at=now + CLAIMED))
        return bool(result.rowcount)

    async def _write(self, note: Note, values: dict[str, Any]) -> None:
        async with self._database.session(writes=True) as session:
            await session.exec(update(OutboxRow).where(col(OutboxRow.number) == note.number).values(**values))
            await session.commit()

    def _read(self, row: OutboxRow) -> Note:
        return Note(
            id=row.id,
            mandate=row.mandate,
            channel=Channel(row.channel),
            what=What(row.what),
            at=row.at,
            content=json.loads(self._sealer.open(row.content or b"", _about(row.id))),
            number=row.number or 0,
            tries=row.tries,
        )


def _values(note: Note, sealer: Sealer) -> dict[str, Any]:
    return {
        "id": note.id,
        "mandate": note.mandate,
        "channel": note.channel.value,
        "what": note.what.value,
        "at": note.at,
        "content": sealer.seal(json.dumps(dict(note.content)).encode(), _about(note.id)),
        "tries": note.tries,
        "due_at": note.at,
        "taken_at": None,
    }


def _about(identifier: str) -> bytes:
    return b"outbox\0" + identifier.encode()
