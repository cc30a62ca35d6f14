"""Where a discarded lead stood before, and which calls a restored copy only presumes."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what an older version writes has neither, and is judged by its calls and reasons."""
    op.add_column("lead", sa.Column("discarded_from", sa.String(16)))
    op.add_column(
        "attempt", sa.Column("is_presumed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
