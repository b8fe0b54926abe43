"""On whose word a metadata document is held: its authority's, or its operator's alone."""

import sqlalchemy as sa
from alembic import op

revision = "0009_pinned_documents"
down_revision = "0008_journal_about"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Documents that are there were verified as ST-SAML has it; whoever pinned one hands it in again."""
    op.add_column(
        "metadata_documents", sa.Column("profile", sa.String(40), nullable=False, server_default=sa.text("'st-saml'"))
    )


def downgrade() -> None:
    """Undoes it. What is held on an operator's word goes: nobody could tell it from what was signed."""
    op.execute(
        "DELETE FROM parties WHERE publisher IN (SELECT publisher FROM metadata_documents WHERE profile <> 'st-saml')"
    )
    op.execute("DELETE FROM metadata_documents WHERE profile <> 'st-saml'")
    op.drop_column("metadata_documents", "profile")
