"""What the register of voluntary mandates still has to tell; and requests of which nobody knows yet who will act."""

import sqlalchemy as sa
from alembic import op

from runtime.database import Instant

revision = "0015_outbox"
down_revision = "0014_clients"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Notes are found by when they are due, and of one mandate in their order."""
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.CHAR(36), nullable=False, unique=True),
        sa.Column("mandate", sa.CHAR(36), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("taken_at", Instant),
    )
    op.create_index("outbox_due", "outbox", ["taken_at", "due_at"])
    op.create_index("outbox_order", "outbox", ["mandate", "channel", "number"])
    with op.batch_alter_table("machtigingen") as table:
        table.alter_column("receiver", existing_type=sa.LargeBinary(32), nullable=True)


def downgrade() -> None:
    """Undoes it; a request without a receiver is over then."""
    op.execute(sa.text("DELETE FROM machtigingen WHERE receiver IS NULL"))
    with op.batch_alter_table("machtigingen") as table:
        table.alter_column("receiver", existing_type=sa.LargeBinary(32), nullable=False)
    op.drop_table("outbox")
