"""The SQL table of what is still to be told. What a note says is sealed, and gone once it was taken."""

from datetime import datetime

from sqlalchemy import CHAR, BigInteger, Column, Index, Integer, LargeBinary, String
from sqlmodel import Field, SQLModel

from runtime.database import Instant


class OutboxRow(SQLModel, table=True):
    """One note. `number` is the order in which they were written; `taken_at` None: still to be handed out."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_due", "taken_at", "due_at"),
        Index("outbox_order", "mandate", "channel", "number"),
    )

    number: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )
    id: str = Field(sa_column=Column(CHAR(36), nullable=False, unique=True))
    mandate: str = Field(sa_column=Column(CHAR(36), nullable=False))
    channel: str = Field(sa_column=Column(String(16), nullable=False))
    what: str = Field(sa_column=Column(String(24), nullable=False))
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    tries: int = Field(sa_column=Column(Integer, nullable=False))
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    taken_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
