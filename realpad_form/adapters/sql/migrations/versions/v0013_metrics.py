"""Counters for whoever watches the service, added up by all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; an older version counts nothing there."""
    op.create_table(
        "metric",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", "part", name=op.f("metric_pk")),
        sqlite_with_rowid=False,
    )
