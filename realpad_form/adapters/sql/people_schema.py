"""The tables of people who sign in, on the same database as the lead log.

What browsers and links hold is kept as SHA-256 in hex; a copy of the database signs nobody in.
"""

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
    Uuid,
)

from realpad_form.adapters.sql.schema import UtcDateTime, metadata

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
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("password", String(255)),  # Argon2id, with its costs and salt
    Column("subject", String(767), unique=True),  # `issuer sub` at the OpenID provider
)

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

deed = Table(
    "deed",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("deed", String(32), nullable=False),
    Column("by", Uuid),  # no foreign key: what was done outlives who did it
    Column("subject", String(255), nullable=False),
    Column("detail", String(255), nullable=False),
    Column("project", String(64)),  # null: of no project, of several, or older than the column
    Index("deed_by_idx", "by", "number"),
    Index("deed_subject_idx", "subject", "number"),
    Index("deed_project_idx", "project", "number"),
    Index("deed_by_deed_idx", "by", "deed", "number"),
)
