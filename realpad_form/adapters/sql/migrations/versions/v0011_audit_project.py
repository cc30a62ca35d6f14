"""Which project an entry of the audit log belongs to; an index to count what a person did lately."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes; entries of before, and of an older version, belong to no project."""
    op.add_column("deed", sa.Column("project", sa.String(64)))
    op.create_index("deed_project_idx", "deed", ["project", "number"])
    op.create_index("deed_by_deed_idx", "deed", ["by", "deed", "number"])
