"""Cluster connections: the suppliers, and which DVs and services go through them."""

import sqlalchemy as sa
from alembic import op

revision = "0005_clusters"
down_revision = "0004_connections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A registration is found by supplier and DV."""
    op.create_table(
        "suppliers",
        sa.Column("entity_id", sa.String(1024), primary_key=True),
        sa.Column("oin", sa.CHAR(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("hosting", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("active_from", sa.Date),
        sa.Column("active_until", sa.Date),
    )
    op.create_table(
        "clusters",
        sa.Column("lc", sa.String(1024), sa.ForeignKey("suppliers.entity_id"), primary_key=True),
        sa.Column("dv", sa.String(1024), sa.ForeignKey("providers.entity_id"), primary_key=True),
        sa.Column("services", sa.JSON),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("active_from", sa.Date),
        sa.Column("active_until", sa.Date),
    )


def downgrade() -> None:
    """Undoes it."""
    op.drop_table("clusters")
    op.drop_table("suppliers")
