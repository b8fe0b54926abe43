"""The SQL tables of parties: each verified document as received, and which party stands in which."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field, SQLModel

from runtime.database import Instant


class DocumentRow(SQLModel, table=True):
    """A metadata document that was verified at `imported_at`, and until when it may be believed."""

    __tablename__ = "metadata_documents"

    publisher: str = Field(sa_column=Column(String(1024), primary_key=True))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    imported_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    valid_until: datetime = Field(sa_column=Column(Instant, nullable=False))


class PartyRow(SQLModel, table=True):
    """A party, and whose document it stands in: no other publisher can bring the same one in."""

    __tablename__ = "parties"

    entity_id: str = Field(sa_column=Column(String(1024), primary_key=True))
    publisher: str = Field(
        sa_column=Column(String(1024), ForeignKey("metadata_documents.publisher"), nullable=False, index=True)
    )
