"""What is to be published at a time."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; an older version publishes nothing by itself."""
    op.create_table(
        "scheduled_publication",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("began_with", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("scheduled_at", UtcDateTime(), nullable=False),
        sa.Column("failed_at", UtcDateTime()),
        sa.Column("failure", sa.String(16)),
        sa.PrimaryKeyConstraint("slug", name=op.f("scheduled_publication_pk")),
    )
