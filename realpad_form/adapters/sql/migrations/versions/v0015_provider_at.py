"""When the OpenID provider vouched for two factors in a session."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an older version neither reads nor writes it, and its sessions prove one factor."""
    op.add_column("session", sa.Column("provider_at", UtcDateTime()))
