"""Which lanes are of one account, whatever its password, and which accounts may not list their leads."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; an older version leaves them as they are."""
    op.add_column("lane", sa.Column("account", sa.String(64), nullable=False, server_default=""))
    no = sa.false()
    op.add_column("lane", sa.Column("is_list_refused", sa.Boolean(), nullable=False, server_default=no))
