"""Clients of DVs that are connected over OpenID Connect."""

import sqlalchemy as sa
from alembic import op

revision = "0014_clients"
down_revision = "0013_personal_facts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No DV that is there has a client."""
    op.create_table(
        "clients",
        sa.Column("client_id", sa.String(255), primary_key=True),
        sa.Column("dv", sa.String(1024), sa.ForeignKey("providers.entity_id"), nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
    )
    op.create_index("ix_clients_dv", "clients", ["dv"])


def downgrade() -> None:
    """Undoes it."""
    op.drop_index("ix_clients_dv", table_name="clients")
    op.drop_table("clients")
