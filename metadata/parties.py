"""Parties: metadata that was verified when it came in, kept in SQL: a service that starts need not judge it again."""

import contextlib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from metadata.certificates import Anchors
from metadata.changes import changes
from metadata.descriptors import Recalled, Terms, Verified, read_document, recall_document, recall_metadata
from metadata.descriptors.findings import STANDARD, pinned_for
from metadata.entities import Entity
from metadata.recalled import keep, recall
from metadata.revocation import RevocationList, Revocations, read_list
from metadata.tables import DocumentRow, PartyRow, ReplacedRow, RevisionRow, RevocationRow, SourceRow
from metadata.trust import SHRINKS_TO
from runtime.database import Database
from runtime.offload import Offload
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId

AT_ONCE: Final = 500  # documents in one statement
REVISION: Final = select(RevisionRow.number)


@dataclass(frozen=True, slots=True)
class Taken:
    """A document that was verified: its parties, its publisher first, and what it changes, as lines.

    `change` names that document and what it does to what we had: who approves it has seen these lines, and no others.
    Empty where nothing changes.
    """

    entities: tuple[Entity, ...]
    changed: tuple[str, ...]
    cache_duration: str | None = None
    change: str = ""

    @property
    def publisher(self) -> str:
        """Whose it is."""
        return self.entities[0].entity_id.value


class Parties:
    """The metadata of all parties that were let in. What goes into a `TrustStore` comes from `load`."""

    def __init__(self, database: Database, offload: Offload, *, crl_required: bool = True) -> None:
        self._database = database
        self._offload = offload
        self._crl_required = crl_required

    async def accept(
        self,
        data: bytes,
        anchors: Anchors,
        at: datetime,
        *,
        loopback: bool = False,
        profile: str = STANDARD,
    ) -> tuple[Entity, ...]:
        """Verifies a document and keeps it, in the place of its publisher's last one; the parties in it. See `take`.

        Of files that are pinned the one that is handed in last counts: nothing in them tells which is newer.
        """
        pinned = profile != STANDARD
        taken = await self.take(data, anchors, at, loopback=loopback, profile=profile, even_if_older=pinned)
        return taken.entities

    async def take(
        self,
        data: bytes,
        anchors: Anchors,
        at: datetime,
        *,
        publisher: str | None = None,
        loopback: bool = False,
        even_if_smaller: bool = False,
        even_if_older: bool = False,
        only_looking: bool = False,
        profile: str = STANDARD,
        approved: str | None = None,
    ) -> Taken:
        """Verifies a document, and keeps it unless `only_looking`; what it changes.

        Raises `MessageRefused` or a kin of it, and keeps what was there: when `read_metadata` refuses, when it is
        another publisher's than `publisher`, when a party in it was brought in by another, when far fewer parties stand
        in it than before, or when it is older than what we have (spec/security S24).

        `profile`: with another than `st-saml` it is pinned, on its operator's word; such a file takes the name of
        nobody whose metadata is signed. With `approved` only the change of that name is kept: see `Taken.change`.
        """
        terms = Terms(
            anchors=anchors,
            at=at,
            loopback=loopback,
            revocations=await self.revocations(anchors),
            pinned_for=pinned_for(profile),
            profile=profile,
        )
        read, recalled = await self._offload(_read, data, terms)
        entities, owner = read.entities, read.entities[0].entity_id.value
        if publisher not in (None, owner):
            raise MessageRefused("of another publisher", clause="MD-GEN-01", expected=publisher, found=owner)
        names = {entity.entity_id.value for entity in entities}
        ends = [entity.valid_until for entity in entities if entity.valid_until is not None]
        async with self._database.session(writes=True) as session:
            concerned = (col(PartyRow.publisher) == owner) | col(PartyRow.entity_id).in_(names)
            present = (await session.exec(select(PartyRow).where(concerned))).all()
            others = sorted(row.entity_id for row in present if row.publisher != owner)
            if others:
                raise MessageRefused(
                    "a party of another publisher", clause="MD-GEN-01", expected=f"parties of {owner}", found=others[0]
                )
            document = await session.get(DocumentRow, owner)
            before = await self._offload(_before, document) if document else None
            count, found = (sum(1 + len(each.providers) for each in known) for known in (_parties(before), entities))
            if found < count * SHRINKS_TO and not even_if_smaller:
                raise MessageRefused("far fewer parties than before", clause="MD-GEN-01", expected=count, found=found)
            if profile != STANDARD:
                await self._check_free(session, document, owner)
            same = document is not None and document.profile == profile and before and before.digest == read.digest
            renewed = profile != STANDARD and document is not None and max(ends) > document.valid_until
            if same and not renewed:
                return Taken(entities, (), read.cache_duration)
            if not even_if_older:
                await _check_newer(session, read, before)
            changed = changes(_parties(before), entities)
            if renewed:
                changed = (*changed, f"  + {owner}: believed until {max(ends).date().isoformat()}")
            taken = Taken(entities, changed, read.cache_duration, _change(owner, read.digest, profile, changed))
            if approved is not None and approved != taken.change:
                raise MessageRefused(
                    "not the change that was approved", clause="S24", expected=approved[:100], found=taken.change
                )
            if only_looking:
                return taken
            if document and before and not same and await session.get(ReplacedRow, before.digest) is None:
                session.add(ReplacedRow(digest=before.digest, publisher=owner, valid_until=document.valid_until))
            await session.exec(delete(ReplacedRow).where(col(ReplacedRow.digest) == read.digest))
            await session.exec(delete(PartyRow).where(col(PartyRow.publisher) == owner))
            await session.exec(delete(DocumentRow).where(col(DocumentRow.publisher) == owner))
            session.add(
                DocumentRow(
                    publisher=owner,
                    raw=data,
                    imported_at=at,
                    valid_until=max(ends),
                    profile=profile,
                    recalled=recalled,
                )
            )
            await session.flush()
            session.add_all(PartyRow(entity_id=name, publisher=owner) for name in names)
            await count_change(session)
            await session.commit()
        return taken

    async def remove(self, publisher: str) -> Taken:
        """Forgets a document with its parties and its source. Raises `MessageRefused` when there is none."""
        async with self._database.session(writes=True) as session:
            document = await session.get(DocumentRow, publisher)
            if document is None:
                raise MessageRefused(
                    "no document of this publisher",
                    clause="MD-GEN-01",
                    expected="a publisher of a document that we have",
                    found=publisher[:200],
                )
            before = await self._offload(_before, document)
            await session.merge(
                ReplacedRow(digest=before.digest, publisher=publisher, valid_until=document.valid_until)
            )
            for table in (PartyRow, SourceRow, DocumentRow):
                await session.exec(delete(table).where(col(table.publisher) == publisher))
            await count_change(session)
            await session.commit()
        return Taken(before.entities, changes(before.entities, ()))

    async def pinned(self) -> tuple[tuple[str, str], ...]:
        """Name and profile of every party that we have on its operator's word alone, by name."""
        async with self._database.session() as session:
            rows = await session.exec(
                select(DocumentRow.publisher, DocumentRow.profile)
                .where(col(DocumentRow.profile) != STANDARD)
                .order_by(col(DocumentRow.publisher))
            )
            return tuple((publisher, profile) for publisher, profile in rows.all())

    async def _check_free(self, session: AsyncSession, document: DocumentRow | None, name: str) -> None:
        """Raises `MessageRefused` when a file that nobody vouches for but its operator takes a name that is in use.

        That is the name of whoever has signed metadata here, and of every DV that an LC lists: what is encrypted for it
        would be encrypted for the keys of the file (spec/security S24).
        """
        if document is not None and document.profile == STANDARD:
            raise MessageRefused(
                "a file on an operator's word takes no place of signed metadata",
                clause="MD-GEN-02",
                expected="a name without signed metadata here",
                found=name,
            )
        signed = await session.exec(select(DocumentRow).where(col(DocumentRow.profile) == STANDARD))
        for other in signed.all():
            if EntityId(other.publisher).is_supplier:
                listed = _parties(await self._offload(_before, other))
                if name in {each.entity_id.value for entity in listed for each in entity.providers}:
                    raise MessageRefused(
                        "a DV that a supplier lists",
                        clause="MD-LC-04",
                        expected="a name that no supplier lists",
                        found=other.publisher,
                    )

    async def revocations(self, anchors: Anchors) -> Revocations:
        """What the authorities took back, as far as we fetched it."""
        async with self._database.session() as session:
            rows = await session.exec(
                select(RevocationRow.raw, RevocationRow.url).where(col(RevocationRow.raw).is_not(None))
            )
            found = rows.all()
        lists = await self._offload(_lists, found, anchors)
        return Revocations(anchors, lists, required=self._crl_required)

    async def revision(self) -> int:
        """A number that is another one as soon as anything was accepted, by whichever process."""
        (row,) = await self._database.look(REVISION)
        return int(row.number)

    async def load(self, at: datetime) -> tuple[Entity, ...]:
        """Every party whose metadata holds at `at`, from what was verified when it came in."""
        holding = col(DocumentRow.valid_until) > at
        async with self._database.session() as session:
            rows = await session.exec(select(DocumentRow.publisher, DocumentRow.recalled).where(holding))
            known = await self._offload(_recalled, rows.all())
            unread = [publisher for publisher, entities in known.items() if entities is None]
            for first in range(0, len(unread), AT_ONCE):
                some = col(DocumentRow.publisher).in_(unread[first : first + AT_ONCE])
                documents = await session.exec(
                    select(DocumentRow.publisher, DocumentRow.raw, DocumentRow.valid_until).where(some)
                )
                known |= await self._offload(_read_again, documents.all())
        entities = (entity for publisher in sorted(known) for entity in known[publisher] or ())
        return tuple(entity for entity in entities if entity.valid_until is None or entity.valid_until > at)


async def count_change(session: AsyncSession) -> None:
    """Tells every process that shares the database that parties or revocation lists changed; part of the change."""
    await session.exec(update(RevisionRow).values(number=col(RevisionRow.number) + 1))


async def _check_newer(session: AsyncSession, read: Verified, before: Recalled | None) -> None:
    """Raises `MessageRefused` for a document that was replaced before, or that ends before the one we have."""
    if await session.get(ReplacedRow, read.digest) is not None:
        raise MessageRefused(
            "a document that was replaced by a newer one",
            clause="MD-GEN-01",
            expected="the newest",
            found=f"digest {read.digest}",
        )
    if before and before.valid_until and read.valid_until and read.valid_until < before.valid_until:
        raise MessageRefused(
            "ends before the document that we have: it is older",
            clause="MD-GEN-01",
            expected=before.valid_until.isoformat(),
            found=read.valid_until.isoformat(),
        )


def _change(publisher: str, digest: str, profile: str, changed: Iterable[str]) -> str:
    return hashlib.sha256("\n".join((publisher, digest, profile, *changed)).encode()).hexdigest()[:16]


def _before(document: DocumentRow) -> Recalled:
    return recall_document(document.raw, document.valid_until)


def _parties(before: Recalled | None) -> tuple[Entity, ...]:
    return before.entities if before else ()


def _lists(rows: Iterable[tuple[bytes | None, str]], anchors: Anchors) -> list[RevocationList]:
    """Those that our anchors still vouch for; the others were verified by anchors that we no longer have."""
    found = []
    for raw, url in rows:
        with contextlib.suppress(MessageRefused):
            found.append(read_list(raw or b"", url, anchors))
    return found


def _read(data: bytes, terms: Terms) -> tuple[Verified, bytes]:
    """In `offload`: a document, verified, and what is kept of what it says."""
    read = read_document(data, terms)
    return read, keep(read.entities)


def _recalled(rows: Iterable[tuple[str, bytes | None]]) -> dict[str, tuple[Entity, ...] | None]:
    """By publisher; None for what was kept by another release."""
    return {publisher: recall(kept) for publisher, kept in rows}


def _read_again(documents: Iterable[tuple[str, bytes, datetime]]) -> dict[str, tuple[Entity, ...]]:
    return {publisher: recall_metadata(raw, until) for publisher, raw, until in documents}
