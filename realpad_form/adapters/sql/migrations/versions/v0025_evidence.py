"""The chain over consents and the audit log, into which services put what is stored already, by and by."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_IN_NO_LINK = sa.text("link IS NULL")
_IN_A_LINK = sa.text("link IS NOT NULL")
_KEYS = {"consent": ["lead_id", "position"], "deed": ["number"]}


def upgrade() -> None:
    """Add the table of links, and to rows the number of theirs, which an older version leaves empty."""
    op.create_table(
        "evidence_link",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("consents", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("evidence_link_pk")),
    )
    for table, key in _KEYS.items():
        op.add_column(table, sa.Column("link", sa.Integer()))
        indexes = {"unchained": (key, _IN_NO_LINK), "link": (["link"], _IN_A_LINK)}
        for name, (columns, where) in indexes.items():
            op.create_index(f"{table}_{name}_idx", table, columns, sqlite_where=where, postgresql_where=where)
