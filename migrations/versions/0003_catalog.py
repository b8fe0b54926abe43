"""The dienstencatalogus: providers and their services."""

import sqlalchemy as sa
from alembic import op

from runtime.database import Instant

revision = "0003_catalog"
down_revision = "0002_parties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A service is found by its UUID, and listed per provider."""
    op.create_table(
        "providers",
        sa.Column("entity_id", sa.String(1024), primary_key=True),
        sa.Column("oin", sa.CHAR(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("profile", sa.String(32), nullable=False),
        sa.Column("interfaces", sa.JSON, nullable=False),
    )
    op.create_index("ix_providers_oin", "providers", ["oin"])
    op.create_table(
        "services",
        sa.Column("uuid", sa.String(64), primary_key=True),
        sa.Column("provider", sa.String(1024), sa.ForeignKey("providers.entity_id"), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("upl", sa.String(512)),
        sa.Column("action", sa.String(16)),
        sa.Column("minimum", sa.SmallInteger, nullable=False),
        sa.Column("eherkenning_minimum", sa.SmallInteger),
        sa.Column("raised_to", sa.SmallInteger),
        sa.Column("raised_at", Instant),
        sa.Column("raised_message", sa.JSON),
        sa.Column("grounds", sa.JSON, nullable=False),
        sa.Column("interests", sa.JSON, nullable=False),
        sa.Column("max_age", sa.JSON, nullable=False),
        sa.Column("under_investigation", sa.String(16), nullable=False),
        sa.Column("joint", sa.String(16), nullable=False),
        sa.Column("chain", sa.SmallInteger, nullable=False),
        sa.Column("vestiging", sa.Boolean, nullable=False),
        sa.Column("by_bsn", sa.Boolean, nullable=False),
        sa.Column("means", sa.JSON, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("active_from", sa.Date),
        sa.Column("active_until", sa.Date),
    )
    op.create_index("ix_services_provider", "services", ["provider"])


def downgrade() -> None:
    """Undoes it."""
    op.drop_table("services")
    op.drop_table("providers")
