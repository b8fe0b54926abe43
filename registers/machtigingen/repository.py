"""Machtigingen: the only door to the table of voluntary mandates. Every change is recorded before it counts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, insert, update
from sqlmodel import col, select

from registers.machtigingen.codes import hash_code, is_code, new_code
from registers.machtigingen.machtiging import Machtiging, Refused, Side, StepRefused, activate, ask, end, why_closed
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

    A step is written only where the one before it still stands; of two at once one finds that it came too late.
    """

    def __init__(self, database: Database, sealer: Sealer, journal: Journal, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._journal = journal
        self._clock = clock

    async def of_receiver(self, receiver: Subject, giver: Subject | None = None) -> tuple[Machtiging, ...]:
        """Every mandate by which `receiver` may, might or might have acted; of one giver where that is named."""
        wanted = [col(MachtigingRow.receiver) == key_of(self._sealer, receiver)]
        if giver is not None:
            wanted.append(col(MachtigingRow.giver) == key_of(self._sealer, giver))
        return await self._select(*wanted)

    async def of_giver(self, giver: Subject) -> tuple[Machtiging, ...]:
        """Every mandate that `giver` gave or was asked for."""
        return await self._select(col(MachtigingRow.giver) == key_of(self._sealer, giver))

    async def ask(
        self,
        giver: Subject,
        receiver: Subject,
        services: frozenset[ServiceUuid],
        *,
        asked_by: Side,
        first: date | None = None,
        last: date | None = None,
    ) -> tuple[Machtiging, str]:
        """A new request and its code, which is not told again. Raises `ValueError`, `DatabaseUnavailable`."""
        identifier, code = str(uuid4()), new_code()
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
        await self.store([request])
        return request, code

    async def activate(self, receiver: Subject, giver: Subject, typed: str) -> Machtiging:
        """Puts the request in force whose code was typed, by whoever will act, who also named the giver.

        A try is spent before the code is looked at, at every request that is open between the two: however many try at
        once, none gets more. Raises `StepRefused`.
        """
        at = self._clock()
        found = await self.of_receiver(receiver, giver)
        tried = [one for one in found if await self._spend(one, at)]
        for one in tried:
            if is_code(self._sealer, one.id, typed, one.code):
                active = activate(one, at)
                await self._record(active, "activated", Side.RECEIVER)
                await self._replace(one, active)
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
        found = await self._select(col(MachtigingRow.id) == identifier)
        one = next((each for each in found if by in (each.giver, each.receiver)), None)
        if one is None:
            raise StepRefused(Refused.NOT_OPEN)
        side = Side.GIVER if by == one.giver else Side.RECEIVER
        ended = end(one, side, self._clock())
        await self._record(ended, "ended", side)
        await self._replace(one, ended)
        return ended

    async def store(self, mandates: Sequence[Machtiging]) -> None:
        """Adds mandates as they are, to fill a register."""
        async with self._database.session(writes=True) as session:
            for start in range(0, len(mandates), AT_ONCE):
                rows = [values_of(one, self._sealer) for one in mandates[start : start + AT_ONCE]]
                await session.exec(insert(MachtigingRow), params=rows)
            await session.commit()

    async def _select(self, *wanted: ColumnElement[bool]) -> tuple[Machtiging, ...]:
        async with self._database.session() as session:
            rows = await session.exec(select(MachtigingRow).where(*wanted).order_by(col(MachtigingRow.asked_at)))
            return tuple(read_row(row, self._sealer) for row in rows.all())

    async def _spend(self, one: Machtiging, at: datetime) -> bool:
        """Takes one try of a request; False when it is not open, or has none left."""
        if why_closed(one, at) is not None:
            return False
        spent = {"tries": MachtigingRow.tries - 1}
        return await self._update(one, spent, col(MachtigingRow.tries) > 0)

    async def _replace(self, one: Machtiging, other: Machtiging) -> None:
        """Writes a step. Raises `StepRefused` when another was taken since `one` was read."""
        if not await self._update(one, step_values(other, self._sealer)):
            await self._record(one, "overtaken", one.asked_by)
            raise StepRefused(Refused.NOT_OPEN)

    async def _update(self, one: Machtiging, values: Mapping[str, Any], *wanted: ColumnElement[bool]) -> bool:
        row = col(MachtigingRow.id) == one.id, col(MachtigingRow.status) == one.status.value
        async with self._database.session(writes=True) as session:
            result = await session.exec(update(MachtigingRow).where(*row, *wanted).values(**values))
            await session.commit()
        return bool(result.rowcount)

    async def _record(self, one: Machtiging, step: str, by: Side) -> None:
        await self._journal.record(
            CHANGE,
            facts={"machtiging": one.id, "step": step, "by": by.value, "status": one.status.value},
            sealed={
                "giver": one.giver.value,
                "receiver": one.receiver.value,
                "services": sorted(service.value for service in one.services),
            },
        )


def _why_closed(found: Sequence[Machtiging], at: datetime) -> Refused:
    """Of several requests the reason of the one that was blocked, else of the newest."""
    reasons = [why_closed(one, at) or Refused.BLOCKED for one in found]
    return Refused.BLOCKED if Refused.BLOCKED in reasons else (reasons or [Refused.NOT_OPEN])[-1]
