"""The register of voluntary mandates."""

import sqlalchemy as sa
from alembic import op

from runtime.database import Instant

revision = "0010_machtigingen"
down_revision = "0009_pinned_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A mandate is found by a keyed hash of whoever acts, or of whoever gave it."""
    op.create_table(
        "machtigingen",
        sa.Column("id", sa.CHAR(36), primary_key=True),
        sa.Column("giver", sa.LargeBinary(32), nullable=False),
        sa.Column("receiver", sa.LargeBinary(32), nullable=False),
        sa.Column("parties", sa.LargeBinary, nullable=False),
        sa.Column("services", sa.JSON, nullable=False),
        sa.Column("first", sa.Date),
        sa.Column("last", sa.Date),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(10), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("open_until", sa.Date),
        sa.Column("code", sa.LargeBinary(32)),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("activated_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("ended_by", sa.String(10)),
        sa.Column("loa", sa.SmallInteger),
    )
    op.create_index("machtigingen_receiver", "machtigingen", ["receiver", "giver"])
    op.create_index("machtigingen_giver", "machtigingen", ["giver"])


def downgrade() -> None:
    """Undoes it."""
    op.drop_table("machtigingen")
