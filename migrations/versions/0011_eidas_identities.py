"""By what services know people who log in with eIDAS, and the keys that DVs have at BSNk."""

import sqlalchemy as sa
from alembic import op

revision = "0011_eidas_identities"
down_revision = "0010_machtigingen"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Services that are there take the BSN as text, as before; no DV that is there is a recipient of BSNk."""
    with op.batch_alter_table("providers") as providers:
        providers.add_column(sa.Column("bsnk_key_set", sa.Integer))
        providers.add_column(sa.Column("bsnk_holder", sa.String(16)))
    with op.batch_alter_table("services") as services:
        services.add_column(sa.Column("eidas", sa.JSON, nullable=False, server_default='["legacy-bsn"]'))


def downgrade() -> None:
    """Undoes it."""
    with op.batch_alter_table("services") as services:
        services.drop_column("eidas")
    with op.batch_alter_table("providers") as providers:
        providers.drop_column("bsnk_holder")
        providers.drop_column("bsnk_key_set")
