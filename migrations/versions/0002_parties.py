"""The parties: verified metadata as it was received, and whose document names whom."""

import sqlalchemy as sa
from alembic import op

from runtime.database import Instant

revision = "0002_parties"
down_revision = "0001_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A document belongs to its publisher; a party stands in one document only."""
    op.create_table(
        "metadata_documents",
        sa.Column("publisher", sa.String(1024), primary_key=True),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("imported_at", Instant, nullable=False),
        sa.Column("valid_until", Instant, nullable=False),
    )
    op.create_table(
        "parties",
        sa.Column("entity_id", sa.String(1024), primary_key=True),
        sa.Column("publisher", sa.String(1024), sa.ForeignKey("metadata_documents.publisher"), nullable=False),
    )
    op.create_index("ix_parties_publisher", "parties", ["publisher"])


def downgrade() -> None:
    """Undoes it."""
    op.drop_table("parties")
    op.drop_table("metadata_documents")
