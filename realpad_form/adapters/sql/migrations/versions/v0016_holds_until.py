"""Until when a restored copy holds what happened, by the clocks of those who wrote it."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.schema import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older versions leave it alone, and none of their restores says anything by it."""
    op.add_column("log_state", sa.Column("holds_until", UtcDateTime()))
