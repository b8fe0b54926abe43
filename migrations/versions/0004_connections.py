"""How each DV is connected over SAML, as agreed with it."""

import sqlalchemy as sa
from alembic import op

revision = "0004_connections"
down_revision = "0003_catalog"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every DV that is there keeps the terms of ST-SAML."""
    with op.batch_alter_table("providers") as providers:
        providers.add_column(sa.Column("connection", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Undoes it."""
    with op.batch_alter_table("providers") as providers:
        providers.drop_column("connection")
