"""The journal (verwerkingenlog): what was decided and refused, and why. Appended to, never changed; sealed where it is
about people. What cannot be written here did not happen: `record` raises, and the decision is not given (P3).
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Column, ColumnElement, Index, LargeBinary, String, Text, insert
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.database import Database, Instant
from runtime.sealing import Sealer
from runtime.settings import Clock
from runtime.telemetry import masked, trace_id
from stelsel.failures import DatabaseUnavailable

CODE_ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""What is not mistaken when it is read out: no vowels, hence no words; no 0, 1 or L (PAGES M)."""
CODE_LENGTH: Final = 8
NOTHING: Final = bytes(32)
NOBODY: Final = ""
BATCH: Final = 200
# How often the log hears how far a chain is: a journal that was cut short there is found out by those lines.
ANCHOR_EVERY: Final = 1_000


class JournalRow(SQLModel, table=True):
    """One entry as SQL keeps it. Entries of one writer form a chain: each marks its own contents and the one before."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("journal_entry_kind_at", "kind", "at"),
        Index("journal_entry_about_at", "about", "at"),
    )

    chain: str = Field(primary_key=True, max_length=22)
    sequence: int = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    kind: str = Field(max_length=64)
    code: str = Field(max_length=CODE_LENGTH, index=True)
    trace: str = Field(max_length=32, index=True)
    service: str = Field(max_length=64)
    facts: str = Field(sa_column=Column(Text, nullable=False))
    sealed: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    previous: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    mark: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    about: str = Field(
        default=NOBODY, sa_column=Column(String(64), nullable=False, server_default=NOBODY), max_length=64
    )


_INSERT: Final = insert(JournalRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is read. `code` is what people read out; `facts` hold no personal data, `sealed` may."""

    id: str
    at: datetime
    kind: str
    code: str
    trace: str
    service: str
    facts: Mapping[str, str]
    sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain, as the log hears it."""

    chain: str
    sequence: int
    mark: bytes

    @classmethod
    def opening(cls, newest: bytes) -> "Head":
        """A new chain, tied to the `newest` entry of the journal, so that no whole chain can vanish unseen."""
        return cls(secrets.token_urlsafe(16), 0, newest)


class JournalBroken(Exception):
    """An entry was changed, or entries are missing; says which."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is to be written, and who waits for it."""

    at: datetime
    kind: str
    code: str
    trace: str
    facts: str
    sealed: bytes | None
    about: str
    written: asyncio.Future[None]


class Journal:
    """The journal as one process writes it; `service` names the process's part. Many processes may write at once.

    Each has a chain of its own, so that none waits for another. What is recorded at the same moment goes to the
    database in one transaction.
    """

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, service: str) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._service = service
        self._head: Head | None = None
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._log = logging.getLogger("namens.journal")

    async def record(
        self,
        kind: str,
        *,
        trace: str | None = None,
        facts: Mapping[str, str] | None = None,
        sealed: Mapping[str, object] | None = None,
        about: str = NOBODY,
    ) -> str:
        """The code of the new entry, which is durable by then.

        `facts` are open and hold no personal data; `sealed` is JSON that may. Without `trace` it is that of the
        request. `about` is the digest by which `newest_about` finds it. Raises `DatabaseUnavailable`: then there is no
        entry, and nothing may follow from it. Who stops waiting leaves the entry to be written.
        """
        waiting = _Waiting(
            at=self._clock(),
            kind=kind,
            code=new_code(),
            trace=trace or trace_id(),
            facts=masked(_canonical(facts or {})),
            sealed=None if sealed is None else _canonical(sealed).encode(),
            about=about,
            written=asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_waiting())
        await asyncio.shield(waiting.written)
        return waiting.code

    async def find(self, code: str) -> Entry | None:
        """The entry with `code`, spelled with spaces, dashes or small letters; the newest if there are more."""
        spelled = "".join(code.split()).replace("-", "").upper()
        found = await self._read(col(JournalRow.code) == spelled)
        return found[-1] if found else None

    async def entries(self, kind: str, since: datetime, at_most: int = 1_000) -> tuple[Entry, ...]:
        """Entries of `kind` from `since` on, oldest first."""
        return await self._read(col(JournalRow.kind) == kind, col(JournalRow.at) >= since, at_most=at_most)

    async def newest_about(self, about: str, kind: str, at_most: int) -> tuple[Entry, ...]:
        """The last entries of `kind` about somebody, newest first."""
        return await self._read(
            col(JournalRow.about) == about, col(JournalRow.kind) == kind, at_most=at_most, newest_first=True
        )

    async def story(self, trace: str) -> tuple[Entry, ...]:
        """All entries of one trace, oldest first."""
        return await self._read(col(JournalRow.trace) == trace)

    def open_sealed(self, entry: Entry) -> dict[str, Any]:
        """The sealed part of `entry`, empty when it has none. Raises `SealBroken`."""
        if entry.sealed is None:
            return {}
        return cast(dict[str, Any], json.loads(self._sealer.open(entry.sealed, _bound_to(entry.id, entry.kind))))

    async def verify_chain(self, heads: Iterable[Head] = ()) -> int:
        """How many entries there are, all of them as they were written. Raises `JournalBroken`.

        `heads` come from the log: entries that the journal had, and must have still.
        """
        count = 0
        last = Head("", 0, NOTHING)
        async with self._database.session() as session:
            rows = await session.stream_scalars(
                select(JournalRow)
                .order_by(col(JournalRow.chain), col(JournalRow.sequence))
                .execution_options(yield_per=500)
            )
            async for row in rows:
                if row.chain != last.chain:
                    last = await _beginning(session, row)
                self._check(row, last)
                last = Head(row.chain, row.sequence, row.mark)
                count += 1
            for head in heads:
                kept = await session.get(JournalRow, (head.chain, head.sequence))
                if kept is None or kept.mark != head.mark:
                    raise JournalBroken(f"entry {head.chain}.{head.sequence} is gone or another")
        return count

    async def close(self) -> None:
        """Waits until everything is written."""
        if self._writer is not None:
            await self._writer
        if self._head is not None:
            self._anchor(self._head)

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await self._write(batch)
            except Exception as error:
                # Whether the database kept it is not known: this chain ends here, and a new one will be tied to it.
                self._head = None
                self._log.exception("entries could not be written")
                for waiting in batch:
                    refusal = DatabaseUnavailable("the journal cannot be written")
                    refusal.__cause__ = error
                    _settle(waiting.written, refusal)
            else:
                for waiting in batch:
                    _settle(waiting.written, None)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        async with self._database.session(writes=True) as session:
            head = self._head or Head.opening(await _newest(session))
            rows = []
            for waiting in batch:
                row, head = self._row(waiting, head)
                rows.append(row)
            connection = await session.connection()
            await connection.execute(_INSERT, rows)
            await session.commit()
        if self._head is None or head.sequence // ANCHOR_EVERY > self._head.sequence // ANCHOR_EVERY:
            self._anchor(head)
        self._head = head

    def _row(self, waiting: _Waiting, after: Head) -> tuple[dict[str, Any], Head]:
        """The values of an entry, and the head that it is."""
        sequence = after.sequence + 1
        bound_to = _bound_to(f"{after.chain}.{sequence}", waiting.kind)
        row = {
            "chain": after.chain,
            "sequence": sequence,
            "at": waiting.at,
            "kind": waiting.kind,
            "code": waiting.code,
            "trace": waiting.trace,
            "service": self._service,
            "facts": waiting.facts,
            "sealed": None if waiting.sealed is None else self._sealer.seal(waiting.sealed, bound_to),
            "previous": after.mark,
            "about": waiting.about,
        }
        mark = self._sealer.mark(_marked(row))
        return row | {"mark": mark}, Head(after.chain, sequence, mark)

    def _check(self, row: JournalRow, last: Head) -> None:
        if row.sequence != last.sequence + 1 or row.previous != last.mark:
            raise JournalBroken(f"what stood before entry {row.chain}.{row.sequence} is gone or another")
        if not self._sealer.is_marked(_marked(row.model_dump()), row.mark):
            raise JournalBroken(f"entry {row.chain}.{row.sequence} was changed")

    def _anchor(self, head: Head) -> None:
        self._log.info("journal", extra={"chain": head.chain, "sequence": head.sequence, "mark": head.mark.hex()})

    async def _read(
        self, *conditions: ColumnElement[bool] | bool, at_most: int = 1_000, newest_first: bool = False
    ) -> tuple[Entry, ...]:
        columns = (col(JournalRow.at), col(JournalRow.chain), col(JournalRow.sequence))
        order = [column.desc() if newest_first else column.asc() for column in columns]
        async with self._database.session() as session:
            rows = await session.exec(select(JournalRow).where(*conditions).order_by(*order).limit(at_most))
            return tuple(_entry(row) for row in rows)


def new_code() -> str:
    """Eight characters that can be read out over the telephone."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


async def _newest(session: AsyncSession) -> bytes:
    """The mark of the newest entry of the whole journal."""
    newest = select(JournalRow.mark).order_by(col(JournalRow.at).desc(), col(JournalRow.sequence).desc()).limit(1)
    return (await session.exec(newest)).first() or NOTHING


async def _beginning(session: AsyncSession, row: JournalRow) -> Head:
    """Where the chain of `row`, its first entry, must have begun: at nothing, or at an entry that is there."""
    tied = select(JournalRow.sequence).where(JournalRow.mark == row.previous)
    if row.previous != NOTHING and (await session.exec(tied)).first() is None:
        raise JournalBroken(f"chain {row.chain} began after an entry that is gone")
    return Head(row.chain, 0, row.previous)


def _entry(row: JournalRow) -> Entry:
    return Entry(
        id=f"{row.chain}.{row.sequence}",
        at=row.at,
        kind=row.kind,
        code=row.code,
        trace=row.trace,
        service=row.service,
        facts=json.loads(row.facts),
        sealed=row.sealed,
    )


def _marked(row: Mapping[str, Any]) -> bytes:
    """Everything an entry says, and what stood before it, as the bytes that its mark is made over.

    `about` is of a later version than the oldest entries, which must verify still: it stands there when it says
    something.
    """
    said = [row["chain"], row["sequence"], row["at"].isoformat()]
    said += [row[name] for name in ("kind", "code", "trace", "service", "facts")]
    said += [row["sealed"].hex() if row["sealed"] is not None else None, row["previous"].hex()]
    return _canonical([*said, row["about"]] if row["about"] else said).encode()


def _bound_to(entry_id: str, kind: str) -> bytes:
    return f"{entry_id} {kind}".encode()


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _settle(written: asyncio.Future[None], refusal: Exception | None) -> None:
    """Tells who waits, unless nobody does any more."""
    if written.done():
        return
    if refusal is None:
        written.set_result(None)
    else:
        written.set_exception(refusal)
        written.exception()  # seen: whoever was cancelled will not look
