"""Good versions of project files, so that a broken one takes no form down.

The key is a number of its own and not the text's hash: a history of what was published, which may hold one
text twice, needs no other table.
"""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "project_version",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("adopted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("slug", "number", name=op.f("project_version_pk")),
    )
