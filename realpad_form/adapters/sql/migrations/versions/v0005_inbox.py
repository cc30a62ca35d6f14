"""What lists, searches and figures need: terms that find leads, counts, which leads are in neither yet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the indexes and the tables."""
    op.add_column("lead", sa.Column("digested", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("lead", sa.Column("tallied", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("lead", sa.Column("terms", sa.LargeBinary()))
    _index("lead_open_idx", ["status", "created_at", "id", "project"], where="status <> 'delivered'")
    undigested = (
        "digested < revision OR status = 'delivered' AND tallied & 4 = 0"
        " OR status = 'rejected' AND tallied & 8 = 0 OR status = 'erased' AND terms IS NOT NULL"
    )
    _index("lead_digest_idx", ["created_at"], where=undigested)
    op.create_table(
        "term",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("term", "created_at", "lead_id", name=op.f("term_pk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("campaign", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "project", "campaign", "unit", "step", name=op.f("tally_pk")),
        sqlite_with_rowid=False,
    )


def _index(name: str, columns: list[str], *, where: str) -> None:
    op.create_index(name, "lead", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
