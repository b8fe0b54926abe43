"""What services are told of people beside who they are, and what for."""

import sqlalchemy as sa
from alembic import op

revision = "0013_personal_facts"
down_revision = "0012_recalled_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Services that are there are told nothing more, as before."""
    with op.batch_alter_table("services") as services:
        services.add_column(sa.Column("attributes", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Undoes it."""
    with op.batch_alter_table("services") as services:
        services.drop_column("attributes")
