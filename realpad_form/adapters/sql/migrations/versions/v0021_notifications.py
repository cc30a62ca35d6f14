"""What alerts say, as codes; who wants the weekly summary by mail, and who got it."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and a table; an older version leaves details as they were, which is noticed by the text."""
    op.add_column("alert", sa.Column("details", sa.Text()))
    op.add_column("person", sa.Column("summary_since", UtcDateTime()))
    op.create_table(
        "weekly_summary",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id", "week", name=op.f("weekly_summary_pk")),
    )
