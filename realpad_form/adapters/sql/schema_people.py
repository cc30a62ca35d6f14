"""Tables of who signs in, what people did, and what visitors asked for about their data."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    true,
)

from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.schema import metadata

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),  # lower case
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("projects", Text),  # JSON; null for all
    Column("language", String(8)),
    Column("is_masked", Boolean, nullable=False),
    Column("may_publish", Boolean, nullable=False, server_default=true()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("summary_since", UtcDateTime),
    Column("password", String(255)),  # Argon2id, with its costs and salt
    Column("subject", String(767), unique=True),  # `issuer sub` at the OpenID provider
)

weekly_summary = Table(
    "weekly_summary",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("week", String(10), primary_key=True),  # its Monday, ISO 8601
    Column("tries", Integer, nullable=False),
    Column("claimed_until", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # when it was sent, or refused for good
)
"""Who got the summary of which week by mail."""

session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("reauthenticated_at", UtcDateTime, nullable=False),
    Column("passkey_at", UtcDateTime),
    Column("provider_at", UtcDateTime),
    Index("session_person_idx", "person_id"),
)

known_place = Table(
    "known_place",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("hash", String(64), primary_key=True),  # of the address, keyed: nobody can try all addresses
    Column("seen_at", UtcDateTime, nullable=False),
)

privacy_request = Table(
    "privacy_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),  # a keyed hash of an e-mail or a phone
    Column("at", UtcDateTime, nullable=False),
    Column("by", Uuid),  # no foreign key: as in the audit log
    Column("finished_at", UtcDateTime),
    Index("privacy_request_subject_idx", "subject", "kind"),
)

privacy_receipt = Table(
    "privacy_receipt",
    metadata,
    Column("request_id", ForeignKey("privacy_request.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("place", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: a `Message`
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", LargeBinary(1023), primary_key=True),  # Source: W3C, Web Authentication 3, "Credential ID"
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("uses", BigInteger, nullable=False),
    Column("name", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("passkey_person_idx", "person_id"),
)

saved_filter = Table(
    "saved_filter",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("name", String(60), nullable=False),
    Column("query", Text, nullable=False),  # as in an address: what was typed is sealed for the person
    UniqueConstraint("person_id", "name"),
)

ticket = Table(
    "ticket",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("person_id", ForeignKey("person.id")),
    Column("content", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ticket_person_idx", "person_id"),
)

failure = Table(
    "failure",
    metadata,
    Column("key", String(128), primary_key=True),  # of a limit, hashed
    Column("failures", Integer, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
    Column("wait_until", UtcDateTime, nullable=False),
    Index("failure_time_idx", "failed_at"),
)

audit_entry = Table(
    "deed",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("deed", String(32), nullable=False),
    Column("by", Uuid),  # no foreign key: what was done outlives who did it
    Column("subject", String(255), nullable=False),
    Column("detail", String(255), nullable=False),
    Column("project", String(64)),  # null: of no project, of several, or older than the column
    Column("link", Integer),  # of `evidence_link`; null until it is in the chain
    Index("deed_by_idx", "by", "number"),
    Index("deed_subject_idx", "subject", "number"),
    Index("deed_project_idx", "project", "number"),
    Index("deed_by_deed_idx", "by", "deed", "number"),
    Index("deed_deed_idx", "deed", "number"),
    Index("deed_time_idx", "at"),
)
