"""What people write down about leads, and who looks after which."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.schema import UtcDateTime

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; an older version shows neither, and leaves the notes of a lead that it erases."""
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
    op.add_column("lead", sa.Column("assignee", sa.Uuid()))
    is_assigned = sa.text("assignee IS NOT NULL")
    op.create_index(
        "lead_assignee_idx",
        "lead",
        ["assignee", "created_at", "id"],
        sqlite_where=is_assigned,
        postgresql_where=is_assigned,
    )
