"""What alerts say, as codes."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an older version leaves it as it was, which is noticed by the text."""
    op.add_column("alert", sa.Column("details", sa.Text()))
