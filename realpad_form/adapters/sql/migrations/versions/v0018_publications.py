"""Who published which version of a project, and when."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the right; an older version serves its own folder, and lets everybody publish."""
    op.create_table(
        "publication",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("folder_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("slug", "number", name=op.f("publication_pk")),
    )
    op.add_column("person", sa.Column("may_publish", sa.Boolean(), nullable=False, server_default=sa.true()))
