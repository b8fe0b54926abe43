"""Parties: metadata that was verified when it came in, kept in SQL: a service that starts need not judge it again."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from metadata.certificates import Anchors
from metadata.descriptors import read_metadata, recall_metadata
from metadata.entities import Entity
from metadata.tables import DocumentRow, PartyRow, RevisionRow
from metadata.trust import SHRINKS_TO
from runtime.database import Database
from runtime.offload import Offload
from stelsel.failures import MessageRefused


class Parties:
    """The metadata of all parties that were let in. What goes into a `TrustStore` comes from `load`."""

    def __init__(self, database: Database, offload: Offload) -> None:
        self._database = database
        self._offload = offload

    async def accept(
        self, data: bytes, anchors: Anchors, at: datetime, *, loopback: bool = False
    ) -> tuple[Entity, ...]:
        """Verifies a document and keeps it, in the place of its publisher's last one; the parties in it.

        Raises `MessageRefused` or a kin of it, and keeps what was there: when `read_metadata` refuses, when a party in
        it was brought in by another publisher, or when far fewer parties stand in it than before (spec/security S24).
        """
        entities = await self._offload(read_metadata, data, anchors, at, loopback=loopback)
        publisher = entities[0].entity_id.value
        names = {entity.entity_id.value for entity in entities}
        ends = [entity.valid_until for entity in entities if entity.valid_until is not None]
        async with self._database.session(writes=True) as session:
            concerned = (col(PartyRow.publisher) == publisher) | col(PartyRow.entity_id).in_(names)
            present = (await session.exec(select(PartyRow).where(concerned))).all()
            taken = sorted(row.entity_id for row in present if row.publisher != publisher)
            if taken:
                raise MessageRefused("a party of another publisher", clause="MD-GEN-01", found=taken[0])
            before = sum(row.publisher == publisher for row in present)
            if len(names) < before * SHRINKS_TO:
                raise MessageRefused(
                    "far fewer parties than before", clause="MD-GEN-01", expected=before, found=len(names)
                )
            await session.exec(delete(PartyRow).where(col(PartyRow.publisher) == publisher))
            await session.exec(delete(DocumentRow).where(col(DocumentRow.publisher) == publisher))
            session.add(DocumentRow(publisher=publisher, raw=data, imported_at=at, valid_until=max(ends)))
            await session.flush()
            session.add_all(PartyRow(entity_id=name, publisher=publisher) for name in names)
            await count_change(session)
            await session.commit()
        return entities

    async def revision(self) -> int:
        """A number that is another one as soon as anything was accepted, by whichever process."""
        async with self._database.session() as session:
            return (await session.exec(select(RevisionRow.number))).one()

    async def load(self, at: datetime) -> tuple[Entity, ...]:
        """Every party whose metadata holds at `at`, from what was verified when it came in."""
        async with self._database.session() as session:
            found = await session.exec(
                select(DocumentRow.raw, DocumentRow.valid_until)
                .where(col(DocumentRow.valid_until) > at)
                .order_by(col(DocumentRow.publisher))
            )
            documents = found.all()
        return await self._offload(_recalled, documents, at)


async def count_change(session: AsyncSession) -> None:
    """Tells every process that shares the database that parties or revocation lists changed; part of the change."""
    await session.exec(update(RevisionRow).values(number=col(RevisionRow.number) + 1))


def _recalled(documents: Iterable[tuple[bytes, datetime]], at: datetime) -> tuple[Entity, ...]:
    entities = (entity for raw, until in documents for entity in recall_metadata(raw, until))
    return tuple(entity for entity in entities if entity.valid_until is None or entity.valid_until > at)
