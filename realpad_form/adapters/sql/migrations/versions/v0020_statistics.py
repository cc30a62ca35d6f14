"""What keeps visitors from becoming leads, by day; indexes for the filters of the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, where an older version counts nothing, and the indexes."""
    op.create_table(
        "form_event",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "project", "event", "name", name=op.f("form_event_pk")),
        sqlite_with_rowid=False,
    )
    op.create_index("deed_deed_idx", "deed", ["deed", "number"])
    op.create_index("deed_time_idx", "deed", ["at"])
