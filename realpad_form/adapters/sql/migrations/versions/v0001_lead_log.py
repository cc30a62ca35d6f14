"""The lead log: leads with revisions and attempts, lanes, evidence of consent, spent ids."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_lead()
    _make_revision()
    _make_attempt()
    _make_lane()
    _make_consent()
    _make_spent()


def _make_lead() -> None:
    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("credential", sa.String(64), nullable=False),
        sa.Column("submission_key", sa.Uuid()),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", UtcDateTime()),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim_token", sa.Uuid()),
        sa.Column("lease_until", UtcDateTime()),
        sa.CheckConstraint("(status = 'sending') = (claim_token IS NOT NULL)", name=op.f("lead_claim_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("lead_pk")),
        sa.UniqueConstraint("project", "submission_key", name=op.f("lead_project_submission_key_key")),
    )
    op.create_index("lead_claim_idx", "lead", ["credential", "status", "due_at"])
    op.create_index("lead_time_idx", "lead", ["created_at", "id"])
    leased = sa.text("lease_until IS NOT NULL")
    op.create_index("lead_lease_idx", "lead", ["lease_until"], sqlite_where=leased, postgresql_where=leased)
    op.create_index("lead_project_idx", "lead", ["project", "created_at", "id"])


def _make_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("revision_lead_id_fk")),
        sa.PrimaryKeyConstraint("lead_id", "number", name=op.f("revision_pk")),
    )


def _make_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("outcome", sa.String(16)),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("attempt_lead_id_fk")),
        sa.PrimaryKeyConstraint("lead_id", "number", name=op.f("attempt_pk")),
    )


def _make_lane() -> None:
    op.create_table(
        "lane",
        sa.Column("credential", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("next_send_at", UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("throttles", sa.Integer(), nullable=False),
        sa.Column("is_on_trial", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime()),
        sa.Column("paused_until", UtcDateTime()),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("credential", "fingerprint", name=op.f("lane_pk")),
    )


def _make_consent() -> None:
    op.create_table(
        "wording",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("wording_pk")),
    )
    op.create_table(
        "consent",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("consent_id", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("wording_hash", sa.String(64), nullable=False),
        sa.Column("form_version", sa.String(64), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["wording_hash"], ["wording.hash"], name=op.f("consent_wording_hash_fk")),
        sa.PrimaryKeyConstraint("lead_id", "position", name=op.f("consent_pk")),
    )


def _make_spent() -> None:
    op.create_table(
        "spent",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("spent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("spent_pk")),
    )
