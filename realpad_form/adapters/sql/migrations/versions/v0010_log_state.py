"""Whether this log is a restored copy: its identity, the calls of each lane, lists to be looked at first."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns; an older version neither counts its calls nor looks first."""
    op.create_table(
        "log_state",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.Uuid(), nullable=False),
        sa.Column("copied_at", UtcDateTime()),
        sa.Column("suspected_at", UtcDateTime()),
        sa.Column("restored_at", UtcDateTime()),
        sa.Column("sign", sa.String(16)),
        sa.Column("dismissed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("number", name=op.f("log_state_pk")),
    )
    op.add_column("lane", sa.Column("calls", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("lane", sa.Column("looks_left", sa.Integer(), nullable=False, server_default="0"))
