"""What reconciling with Realpad's list needs: who was absent when, who was asked when, calls by time."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("lead", sa.Column("absent_at", UtcDateTime()))
    op.add_column("lane", sa.Column("listed_at", UtcDateTime()))
    op.create_index("attempt_time_idx", "attempt", ["fingerprint", "ended_at"])
