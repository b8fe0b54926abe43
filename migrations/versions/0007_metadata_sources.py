"""Sources of metadata, documents that were replaced, revocation lists, and a count of all changes."""

import sqlalchemy as sa
from alembic import op

from runtime.database import Instant

revision = "0007_metadata_sources"
down_revision = "0005_clusters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Parties that are there keep their document, without a source."""
    op.create_table(
        "metadata_revision",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO metadata_revision (id, number) VALUES (1, 0)")
    op.create_table(
        "metadata_sources",
        sa.Column("publisher", sa.String(1024), primary_key=True),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("due", Instant, nullable=False),
        sa.Column("fetched_at", Instant),
        sa.Column("error", sa.String(500), nullable=False, server_default=""),
    )
    op.create_table(
        "metadata_replaced",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("publisher", sa.String(1024), nullable=False),
        sa.Column("valid_until", Instant, nullable=False),
    )
    op.create_table(
        "revocation_lists",
        sa.Column("url", sa.String(2048), primary_key=True),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("next_update", Instant),
        sa.Column("due", Instant, nullable=False),
        sa.Column("fetched_at", Instant),
        sa.Column("error", sa.String(500), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Undoes it."""
    for table in ("revocation_lists", "metadata_replaced", "metadata_sources", "metadata_revision"):
        op.drop_table(table)
