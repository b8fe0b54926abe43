"""Machtigingen: the only door to the table of voluntary mandates. Every change is recorded before it counts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, insert, or_, update
from sqlmodel import col, select

from registers.dates import day_of
from registers.machtigingen.codes import hash_code, is_code, new_code
from registers.machtigingen.machtiging import (
    Machtiging,
    Refused,
    Side,
    Status,
    StepRefused,
    activate,
    agree,
    ask,
    end,
    lapse,
    why_closed,
)
from registers.machtigingen.notes import notes_of
from registers.machtigingen.outbox.note import Channel, What
from registers.machtigingen.outbox.repository import add
from registers.machtigingen.tables import MachtigingRow, key_of, read_row, step_values, values_of
from runtime.database import Database
from runtime.journal import Journal
from runtime.sealing import Sealer
from runtime.settings import Clock
from stelsel.identifiers import ServiceUuid, Subject

CHANGE: Final = "machtiging"
AT_ONCE: Final = 500  # rows in one statement


class Machtigingen:
    """The mandates of one database, as of now: nothing is kept in memory.

    A step is written only where the one before it still stands; of two at once one finds that it came too late. With it
    goes what has to be told of it, on the channels of `tells`.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        journal: Journal,
        clock: Clock,
        tells: frozenset[Channel] = frozenset(),
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._journal = journal
        self._clock = clock
        self._tells = tells

    async def of_receiver(self, receiver: Subject, giver: Subject | None = None) -> tuple[Machtiging, ...]:
        """Every mandate by which `receiver` may, might or might have acted; of one giver where that is named."""
        wanted = [col(MachtigingRow.receiver) == key_of(self._sealer, receiver)]
        if giver is not None:
            wanted.append(col(MachtigingRow.giver) == key_of(self._sealer, giver))
        return await self._select(*wanted)

    async def of_giver(self, giver: Subject) -> tuple[Machtiging, ...]:
        """Every mandate that `giver` gave or was asked for."""
        return await self._select(col(MachtigingRow.giver) == key_of(self._sealer, giver))

    async def find(self, identifier: str, who: Subject) -> Machtiging | None:
        """One mandate, for either of the two; None for anybody else, whether it exists or not."""
        found = await self._select(col(MachtigingRow.id) == identifier)
        return next((one for one in found if who in (one.giver, one.receiver)), None)

    async def ask(
        self,
        giver: Subject,
        receiver: Subject | None,
        services: frozenset[ServiceUuid],
        *,
        asked_by: Side,
        first: date | None = None,
        last: date | None = None,
        identifier: str = "",
    ) -> tuple[Machtiging, str]:
        """A new request and its code, which is not told again but in a letter, where the receiver asked.

        `identifier`: who may have to ask twice gives one of his own. Raises `ValueError`, `DatabaseUnavailable`.
        """
        identifier, code = identifier or str(uuid4()), new_code()
        request = ask(
            identifier=identifier,
            giver=giver,
            receiver=receiver,
            services=services,
            code=hash_code(self._sealer, identifier, code),
            asked_by=asked_by,
            at=self._clock(),
            first=first,
            last=last,
        )
        await self._record(request, "asked", asked_by)
        async with self._database.session(writes=True) as session:
            await session.exec(insert(MachtigingRow), params=[values_of(request, self._sealer)])
            await add(session, notes_of(request, What.ASKED, request.asked_at, self._tells, code), self._sealer)
            await session.commit()
        return request, code

    async def activate(self, receiver: Subject, giver: Subject, typed: str) -> Machtiging:
        """Puts the request in force whose code was typed, by whoever will act, who also named the giver.

        A try is spent before the code is looked at, at every request that is open between the two: however many try at
        once, none gets more. Raises `StepRefused`.
        """
        at = self._clock()
        found = (*await self.of_receiver(receiver, giver), *await self._open_to_anybody(giver, receiver))
        tried = [one for one in found if await self._spend(one, at)]
        for one in tried:
            if is_code(self._sealer, one.id, typed, one.code):
                active = activate(one, at, receiver)
                await self._record(active, "activated", Side.RECEIVER)
                await self._replace(one, active, What.ACTIVATED)
                return active
        if not tried:
            raise StepRefused(_why_closed(found, at))
        for one in tried:
            await self._record(one, "wrong code", Side.RECEIVER)
        raise StepRefused(Refused.WRONG_CODE)

    async def end(self, identifier: str, by: Subject) -> Machtiging:
        """Withdraws a mandate, or turns a request down; by either of the two. Raises `StepRefused`.

        From the moment this returns no declaration is built on it: whoever declares asks anew (R-REISSUE).
        """
        one = await self.find(identifier, by)
        if one is None:
            raise StepRefused(Refused.NOT_OPEN)
        side = Side.GIVER if by == one.giver else Side.RECEIVER
        ended = end(one, side, self._clock())
        await self._record(ended, "ended", side)
        await self._replace(one, ended, What.ENDED)
        return ended

    async def agree(self, identifier: str, giver: Subject) -> Machtiging:
        """Puts a request in force that somebody asked of `giver`, without the code. Raises `StepRefused`."""
        one = await self.find(identifier, giver)
        if one is None or giver != one.giver:
            raise StepRefused(Refused.NOT_OPEN)
        active = agree(one, self._clock())
        await self._record(active, "agreed", Side.GIVER)
        await self._replace(one, active, What.ACTIVATED)
        return active

    async def lapse(self) -> int:
        """Stores what days made of mandates and requests, and tells it; how many there were.

        Nothing waits for this: whoever asks is answered by the day (`status_at`). Raises `DatabaseUnavailable`.
        """
        at = self._clock()
        day = day_of(at)
        over = and_(col(MachtigingRow.status) == Status.ACTIEF.value, col(MachtigingRow.last) < day)
        late = and_(col(MachtigingRow.status) == Status.AANGEVRAAGD.value, col(MachtigingRow.open_until) <= day)
        done = 0
        for one in await self._select(or_(over, late), at_most=AT_ONCE):
            lapsed = lapse(one, at)
            if lapsed is not None and await self._update(one, lapsed, What.LAPSED):
                await self._record(lapsed, "lapsed", one.asked_by)
                done += 1
        return done

    async def store(self, mandates: Sequence[Machtiging]) -> None:
        """Adds mandates as they are, to fill a register."""
        async with self._database.session(writes=True) as session:
            for start in range(0, len(mandates), AT_ONCE):
                rows = [values_of(one, self._sealer) for one in mandates[start : start + AT_ONCE]]
                await session.exec(insert(MachtigingRow), params=rows)
            await session.commit()

    async def _open_to_anybody(self, giver: Subject, receiver: Subject) -> tuple[Machtiging, ...]:
        """Requests of `giver` that name nobody; his own code is of no use to himself."""
        if giver == receiver:
            return ()
        return await self._select(
            col(MachtigingRow.giver) == key_of(self._sealer, giver), col(MachtigingRow.receiver).is_(None)
        )

    async def _select(self, *wanted: ColumnElement[bool], at_most: int | None = None) -> tuple[Machtiging, ...]:
        async with self._database.session() as session:
            query = select(MachtigingRow).where(*wanted).order_by(col(MachtigingRow.asked_at)).limit(at_most)
            rows = await session.exec(query)
            return tuple(read_row(row, self._sealer) for row in rows.all())

    async def _spend(self, one: Machtiging, at: datetime) -> bool:
        """Takes one try of a request; False when it is not open, or has none left."""
        if why_closed(one, at) is not None:
            return False
        row = _unchanged(one)
        async with self._database.session(writes=True) as session:
            spent = update(MachtigingRow).where(*row, col(MachtigingRow.tries) > 0)
            result = await session.exec(spent.values(tries=MachtigingRow.tries - 1))
            await session.commit()
        return bool(result.rowcount)

    async def _replace(self, one: Machtiging, other: Machtiging, what: What) -> None:
        """Writes a step. Raises `StepRefused` when another was taken since `one` was read."""
        if not await self._update(one, other, what):
            await self._record(one, "overtaken", one.asked_by)
            raise StepRefused(Refused.NOT_OPEN)

    async def _update(self, one: Machtiging, other: Machtiging, what: What) -> bool:
        """A step and what has to be told of it: both, or neither."""
        async with self._database.session(writes=True) as session:
            step = update(MachtigingRow).where(*_unchanged(one)).values(**step_values(other, self._sealer))
            result = await session.exec(step)
            if result.rowcount:
                await add(session, notes_of(other, what, self._clock(), self._tells), self._sealer)
            await session.commit()
        return bool(result.rowcount)

    async def _record(self, one: Machtiging, step: str, by: Side) -> None:
        await self._journal.record(
            CHANGE,
            facts={"machtiging": one.id, "step": step, "by": by.value, "status": one.status.value},
            sealed={
                "giver": one.giver.value,
                "receiver": one.receiver.value if one.receiver else None,
                "services": sorted(service.value for service in one.services),
            },
        )


def _unchanged(one: Machtiging) -> tuple[ColumnElement[bool], ...]:
    return col(MachtigingRow.id) == one.id, col(MachtigingRow.status) == one.status.value


def _why_closed(found: Sequence[Machtiging], at: datetime) -> Refused:
    """Of several requests the reason of the one that was blocked, else of the newest."""
    reasons = [why_closed(one, at) or Refused.BLOCKED for one in found]
    return Refused.BLOCKED if Refused.BLOCKED in reasons else (reasons or [Refused.NOT_OPEN])[-1]
