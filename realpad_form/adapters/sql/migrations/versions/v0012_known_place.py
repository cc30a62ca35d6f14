"""Where people signed in before, and when they showed a passkey for a session."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add table and column; an older version neither reads nor writes them."""
    op.add_column("session", sa.Column("passkey_at", UtcDateTime()))
    op.create_table(
        "known_place",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("known_place_person_id_fk")),
        sa.PrimaryKeyConstraint("person_id", "hash", name=op.f("known_place_pk")),
    )
