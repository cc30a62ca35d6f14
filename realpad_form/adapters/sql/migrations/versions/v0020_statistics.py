"""Indexes for the filters of the audit log."""

from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes: entries of one kind, and those of some days."""
    op.create_index("deed_deed_idx", "deed", ["deed", "number"])
    op.create_index("deed_time_idx", "deed", ["at"])
