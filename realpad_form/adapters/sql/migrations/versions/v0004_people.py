"""People who sign in: what they prove who they are with, sessions, one-time tickets, deeds."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_person()
    _make_session()
    _make_passkey()
    _make_ticket()
    _make_failure()
    _make_deed()


def _make_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("projects", sa.Text()),
        sa.Column("language", sa.String(8)),
        sa.Column("is_masked", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime()),
        sa.Column("password", sa.String(255)),
        sa.Column("subject", sa.String(767)),
        sa.PrimaryKeyConstraint("id", name=op.f("person_pk")),
        sa.UniqueConstraint("email", name=op.f("person_email_key")),
        sa.UniqueConstraint("subject", name=op.f("person_subject_key")),
    )


def _make_session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("reauthenticated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("session_person_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("session_pk")),
        sa.UniqueConstraint("hash", name=op.f("session_hash_key")),
    )
    op.create_index("session_person_idx", "session", ["person_id"])


def _make_passkey() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.LargeBinary(1023), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("passkey_person_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("passkey_pk")),
    )
    op.create_index("passkey_person_idx", "passkey", ["person_id"])


def _make_ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("ticket_person_id_fk")),
        sa.PrimaryKeyConstraint("hash", name=op.f("ticket_pk")),
    )
    op.create_index("ticket_person_idx", "ticket", ["person_id"])


def _make_failure() -> None:
    op.create_table(
        "failure",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=False),
        sa.Column("wait_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("failure_pk")),
    )
    op.create_index("failure_time_idx", "failure", ["failed_at"])


def _make_deed() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "deed",
        sa.Column("number", number, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("detail", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("deed_pk")),
    )
    op.create_index("deed_by_idx", "deed", ["by", "number"])
    op.create_index("deed_subject_idx", "deed", ["subject", "number"])
