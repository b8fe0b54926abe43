"""The SQL tables of parties: verified documents, where they come from, what they replaced, and revocation lists."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, text
from sqlmodel import Field, SQLModel

from runtime.database import Instant


class DocumentRow(SQLModel, table=True):
    """A metadata document that was verified at `imported_at`, and until when it may be believed.

    `profile` other than `st-saml`: nobody vouched for it but the operator who handed it in. `recalled` is what it said
    then (`metadata.recalled`); None: kept before there was such a thing.
    """

    __tablename__ = "metadata_documents"

    publisher: str = Field(sa_column=Column(String(1024), primary_key=True))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    imported_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    valid_until: datetime = Field(sa_column=Column(Instant, nullable=False))
    profile: str = Field(
        default="st-saml", sa_column=Column(String(40), nullable=False, server_default=text("'st-saml'"))
    )
    recalled: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class PartyRow(SQLModel, table=True):
    """A party, and whose document it stands in: no other publisher can bring the same one in."""

    __tablename__ = "parties"

    entity_id: str = Field(sa_column=Column(String(1024), primary_key=True))
    publisher: str = Field(
        sa_column=Column(String(1024), ForeignKey("metadata_documents.publisher"), nullable=False, index=True)
    )


class RevisionRow(SQLModel, table=True):
    """One row, counted up by whatever changes a party or a revocation list: who has the same number has it all."""

    __tablename__ = "metadata_revision"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, nullable=False))


class SourceRow(SQLModel, table=True):
    """Where a publisher's document is fetched, when next (`due`), and what went wrong the last time."""

    __tablename__ = "metadata_sources"

    publisher: str = Field(sa_column=Column(String(1024), primary_key=True))
    url: str = Field(sa_column=Column(String(2048), nullable=False))
    due: datetime = Field(sa_column=Column(Instant, nullable=False))
    fetched_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    error: str = Field(default="", sa_column=Column(String(500), nullable=False, server_default=""))


class ReplacedRow(SQLModel, table=True):
    """A document that another took the place of, by the digest that was signed; it may not come back."""

    __tablename__ = "metadata_replaced"

    digest: str = Field(sa_column=Column(String(64), primary_key=True))
    publisher: str = Field(sa_column=Column(String(1024), nullable=False))
    valid_until: datetime = Field(sa_column=Column(Instant, nullable=False))


class RevocationRow(SQLModel, table=True):
    """An authority's last good list, by the address its certificates name; `raw` None: not fetched yet."""

    __tablename__ = "revocation_lists"

    url: str = Field(sa_column=Column(String(2048), primary_key=True))
    raw: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    next_update: datetime | None = Field(default=None, sa_column=Column(Instant))
    due: datetime = Field(sa_column=Column(Instant, nullable=False))
    fetched_at: datetime | None = Field(default=None, sa_column=Column(Instant))
    error: str = Field(default="", sa_column=Column(String(500), nullable=False, server_default=""))
