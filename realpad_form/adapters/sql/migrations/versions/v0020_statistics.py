"""What keeps visitors from becoming leads, what campaigns cost, and indexes for the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, where an older version keeps nothing, and the indexes."""
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
    op.create_table(
        "spend",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("campaign", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "project", "campaign", "currency", name=op.f("spend_pk")),
        sqlite_with_rowid=False,
    )
    op.create_index("deed_deed_idx", "deed", ["deed", "number"])
    op.create_index("deed_time_idx", "deed", ["at"])
