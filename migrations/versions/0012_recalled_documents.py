"""What a metadata document said when it was verified, beside its bytes: a start need not read it again."""

import sqlalchemy as sa
from alembic import op

revision = "0012_recalled_documents"
down_revision = "0011_eidas_identities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Documents that are there are read from their bytes at each start, until they are taken once more."""
    op.add_column("metadata_documents", sa.Column("recalled", sa.LargeBinary))


def downgrade() -> None:
    """Undoes it."""
    op.drop_column("metadata_documents", "recalled")
