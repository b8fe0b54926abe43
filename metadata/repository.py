"""Where documents and revocation lists come from and when to fetch them again: the only door to those tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import col, select, update

from metadata.descriptors.findings import STANDARD
from metadata.parties import count_change
from metadata.revocation import RevocationList
from metadata.tables import DocumentRow, RevocationRow, SourceRow
from runtime.database import Database

ERROR_CHARS: Final = 500
DUE_DOCUMENT: Final = select(SourceRow.publisher).where(col(SourceRow.due) <= bindparam("at")).limit(1)
DUE_LIST: Final = select(RevocationRow.url).where(col(RevocationRow.due) <= bindparam("at")).limit(1)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a publisher's document, or (publisher empty) a revocation list, is fetched, and how that went.

    `until`: how long what we have is good; None when we have nothing. `profile` other than `st-saml`: on an operator's
    word.
    """

    publisher: str
    url: str
    due: datetime
    fetched_at: datetime | None
    error: str
    until: datetime | None
    profile: str = STANDARD


class Sources:
    """All sources. Processes that share the database divide the work: who claims one fetches it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, publisher: str, url: str, at: datetime, due: datetime) -> None:
        """From now on the publisher's document is fetched there; it was, at `at`."""
        async with self._database.session(writes=True) as session:
            await session.merge(SourceRow(publisher=publisher, url=url, due=due, fetched_at=at, error=""))
            await session.commit()

    async def documents(self) -> tuple[Source, ...]:
        """Every publisher we have a document of, with its source; `url` empty when it came from a file."""
        async with self._database.session() as session:
            rows = await session.exec(
                select(DocumentRow.publisher, DocumentRow.valid_until, DocumentRow.imported_at, SourceRow)
                .join(SourceRow, col(SourceRow.publisher) == col(DocumentRow.publisher), isouter=True)
                .order_by(col(DocumentRow.publisher))
            )
            found = rows.all()
            profiles = dict((await session.exec(select(DocumentRow.publisher, DocumentRow.profile))).all())
        return tuple(
            Source(name, row.url, row.due, row.fetched_at, row.error, until)
            if row
            else Source(name, "", imported, imported, "", until, profiles.get(name, STANDARD))
            for name, until, imported, row in found
        )

    async def lists(self) -> tuple[Source, ...]:
        """Every revocation list that some certificate named."""
        async with self._database.session() as session:
            rows = (await session.exec(select(RevocationRow).order_by(col(RevocationRow.url)))).all()
        return tuple(Source("", row.url, row.due, row.fetched_at, row.error, row.next_update) for row in rows)

    async def all_due(self, at: datetime) -> None:
        """Everything is fetched at the next round, however short ago it was."""
        async with self._database.session(writes=True) as session:
            await session.exec(update(SourceRow).values(due=at))
            await session.exec(update(RevocationRow).values(due=at))
            await session.commit()

    async def claim_document(self, at: datetime, lease: timedelta) -> Source | None:
        """A document that is due, for this process alone as long as `lease`; None when there is none."""
        if not await self._database.look(DUE_DOCUMENT, {"at": at}):
            return None  # without waiting for whoever writes, which mostly is for nothing
        async with self._database.session(writes=True) as session:
            due = (await session.exec(select(SourceRow).where(col(SourceRow.due) <= at))).all()
            for row in due:
                change = update(SourceRow).where(
                    col(SourceRow.publisher) == row.publisher, col(SourceRow.due) == row.due
                )
                if (await session.exec(change.values(due=at + lease))).rowcount:
                    await session.commit()
                    return Source(row.publisher, row.url, row.due, row.fetched_at, row.error, None)
        return None

    async def claim_list(self, at: datetime, lease: timedelta) -> str | None:
        """The address of a list that is due, as `claim_document`."""
        if not await self._database.look(DUE_LIST, {"at": at}):
            return None
        async with self._database.session(writes=True) as session:
            due = (await session.exec(select(RevocationRow).where(col(RevocationRow.due) <= at))).all()
            for row in due:
                change = update(RevocationRow).where(
                    col(RevocationRow.url) == row.url, col(RevocationRow.due) == row.due
                )
                if (await session.exec(change.values(due=at + lease))).rowcount:
                    await session.commit()
                    return row.url
        return None

    async def fetched(self, publisher: str, at: datetime, due: datetime) -> None:
        """The publisher's document was taken, or was what we have already."""
        async with self._database.session(writes=True) as session:
            change = update(SourceRow).where(col(SourceRow.publisher) == publisher)
            await session.exec(change.values(fetched_at=at, due=due, error=""))
            await session.commit()

    async def failed(self, publisher: str, error: str, due: datetime) -> None:
        """The publisher's document could not be taken; what we have stays."""
        async with self._database.session(writes=True) as session:
            change = update(SourceRow).where(col(SourceRow.publisher) == publisher)
            await session.exec(change.values(due=due, error=error[:ERROR_CHARS]))
            await session.commit()

    async def current_lists(self, urls: Iterable[str], at: datetime) -> frozenset[str]:
        """Those of `urls` whose list is there and has not ended."""
        async with self._database.session() as session:
            rows = await session.exec(
                select(RevocationRow.url).where(
                    col(RevocationRow.url).in_(list(urls)), col(RevocationRow.next_update) > at
                )
            )
            return frozenset(rows.all())

    async def keep_list(self, raw: bytes, read: RevocationList, at: datetime, due: datetime) -> bool:
        """Keeps a list that was verified; False, and the present one stays, when that one is of a later moment."""
        async with self._database.session(writes=True) as session:
            row = await session.get(RevocationRow, read.url)
            if row is not None and row.next_update is not None and row.next_update > read.until:
                return False
            if row is None or row.raw != raw:
                await count_change(session)
            await session.merge(
                RevocationRow(url=read.url, raw=raw, next_update=read.until, due=due, fetched_at=at, error="")
            )
            await session.commit()
        return True

    async def failed_list(self, url: str, error: str, due: datetime) -> None:
        """A list could not be fetched or was refused; the last good one stays until it ends."""
        async with self._database.session(writes=True) as session:
            row = await session.get(RevocationRow, url) or RevocationRow(url=url, due=due)
            row.due, row.error = due, error[:ERROR_CHARS]
            session.add(row)
            await session.commit()
