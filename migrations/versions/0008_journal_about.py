"""Whom a journal entry is about, so that a party finds what was refused of its own messages."""

import sqlalchemy as sa
from alembic import op

revision = "0008_journal_about"
down_revision = "0007_metadata_sources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries that are there are about nobody. Not in a batch: on SQLite that would drop the journal's triggers."""
    op.add_column("journal_entry", sa.Column("about", sa.String(64), nullable=False, server_default=""))
    op.create_index("journal_entry_about_at", "journal_entry", ["about", "at"])


def downgrade() -> None:
    """Undoes it. Entries with a column `about` no longer verify then."""
    op.drop_index("journal_entry_about_at", "journal_entry")
    op.drop_column("journal_entry", "about")
