"""What other systems are told of leads, and whether their endpoints can be called."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; of what an older version does to a lead, other systems hear nothing."""
    _add_messages()
    _add_lanes()


def _add_messages() -> None:
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("lead_status", sa.String(16), nullable=False),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", UtcDateTime()),
        sa.Column("last_status", sa.Integer()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("claim_token", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_message_pk")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("webhook_message_lead_id_fk")),
    )
    for name, columns, condition in (
        ("due", ["project", "name", "due_at"], "status = 'queued'"),
        ("claim", ["project", "name"], "claim_token IS NOT NULL"),
        ("failed", ["project", "name", "ended_at"], "status = 'failed'"),
        ("lead", ["lead_id"], None),
        ("time", ["at", "id"], None),
    ):
        where = sa.text(condition) if condition else None
        op.create_index(
            f"webhook_message_{name}_idx",
            "webhook_message",
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )


def _add_lanes() -> None:
    op.create_table(
        "webhook_lane",
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("paused_until", UtcDateTime()),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("webhook_lane_pk")),
    )
