"""What people write down about leads, who looks after which, and the filters that people save."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add all three; an older version shows none, and leaves the notes of a lead that it erases."""
    op.create_table(
        "lead_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("lead_note_lead_idx", "lead_note", ["lead_id", "at", "id"])
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "name"),
    )
    op.add_column("lead", sa.Column("assignee", sa.Uuid()))
    is_assigned = sa.text("assignee IS NOT NULL")
    op.create_index(
        "lead_assignee_idx",
        "lead",
        ["assignee", "created_at", "id"],
        sqlite_where=is_assigned,
        postgresql_where=is_assigned,
    )
