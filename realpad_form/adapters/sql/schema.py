"""The tables of the lead log; `schema_people` has those of people, `evidence` that of the chain over both.

Uniqueness carries idempotency: `submission_key` is unique per project, a token or captcha is spent once.
Columns that may hold personal data are texts of JSON, sealed by the vault. What browsers and links hold is
kept as SHA-256 in hex: a copy of the database signs nobody in.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from realpad_form.adapters.sql.column_types import Micros, UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_LEASED = text("lease_until IS NOT NULL")
_NOT_DELIVERED = text("status <> 'delivered'")
_UNBOUND = text(
    "account = '' AND (status = 'queued' OR status = 'quarantined' OR status = 'unknown')"
)  # fmt: skip

_WAITING = text("status = 'queued'")
_CLAIMED = text("claim_token IS NOT NULL")
_FAILED = text("status = 'failed'")

_NOT_ERASED = text("status <> 'erased'")
_ASSIGNED = text("assignee IS NOT NULL")

DATA_KEY = text("substr(context, 1, 12)")
"""The name of the data key that a lead was sealed with when it came in: `Vault` begins a text with it."""

NOT_INDEXED = text(
    "digested < revision OR status = 'delivered' AND tallied & 4 = 0"
    " OR status = 'rejected' AND tallied & 8 = 0 OR status = 'erased' AND terms IS NOT NULL"
)
"""Leads with something that lists and statistics do not know; the numbers are those of `Tallied`."""

lead = Table(
    "lead",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("credential", String(64), nullable=False),
    Column("submission_key", Uuid),
    Column("language", String(8), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("first_failed_at", UtcDateTime),
    Column("customer_id", BigInteger),
    Column("reasons", Text, nullable=False),  # sealed
    Column("context", Text, nullable=False),  # sealed
    Column("attempts", Integer, nullable=False),
    Column("claim_token", Uuid),
    Column("lease_until", UtcDateTime),
    Column("absent_at", UtcDateTime),
    Column("digested", Integer, nullable=False, server_default="0"),  # the last revision that was
    Column("tallied", Integer, nullable=False, server_default="0"),  # flags of `Tallied`
    Column("terms", LargeBinary),  # of `term`, 8 bytes each
    Column("account", String(64), nullable=False, server_default=""),  # of the lane it was accepted for
    Column("discarded_from", String(16)),  # its status before
    Column("assignee", Uuid),  # the person who looks after it
    UniqueConstraint("project", "submission_key"),
    CheckConstraint("(status = 'sending') = (claim_token IS NOT NULL)", name="claim"),
    Index("lead_claim_idx", "credential", "status", "due_at"),
    # Claims read this one, and never compare `credential` plainly: beside another index with due_at that
    # begins with it, PostgreSQL picks the wrong one.
    Index("lead_account_idx", "account", "status", "due_at", "credential"),
    Index("lead_unbound_idx", "credential", "status", "due_at",
          sqlite_where=_UNBOUND, postgresql_where=_UNBOUND),
    Index("lead_time_idx", "created_at", "id"),
    Index("lead_lease_idx", "lease_until", sqlite_where=_LEASED, postgresql_where=_LEASED),
    Index("lead_project_idx", "project", "created_at", "id"),
    Index("lead_open_idx", "status", "created_at", "id", "project",
          sqlite_where=_NOT_DELIVERED, postgresql_where=_NOT_DELIVERED),
    Index("lead_digest_idx", "created_at", sqlite_where=NOT_INDEXED, postgresql_where=NOT_INDEXED),
    Index("lead_assignee_idx", "assignee", "created_at", "id",
          sqlite_where=_ASSIGNED, postgresql_where=_ASSIGNED),
    Index("lead_data_key_idx", DATA_KEY, "created_at", "id",
          sqlite_where=_NOT_ERASED, postgresql_where=_NOT_ERASED),
)  # fmt: skip

revision = Table(
    "revision",
    metadata,
    Column("lead_id", ForeignKey("lead.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("author", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("answers", Text, nullable=False),  # sealed
    Column("payload", Text, nullable=False),  # sealed
)

attempt = Table(
    "attempt",
    metadata,
    Column("lead_id", ForeignKey("lead.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of the lane
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(16)),
    Column("status", Integer),
    Column("answer", Text, nullable=False),  # sealed
    Column("is_presumed", Boolean, nullable=False, server_default=false()),  # by a restored copy
    Index("attempt_time_idx", "fingerprint", "ended_at"),
)

lane = Table(
    "lane",
    metadata,
    Column("credential", String(64), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("next_send_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("throttles", Integer, nullable=False),
    Column("is_on_trial", Boolean, nullable=False),
    Column("since", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("is_stopped", Boolean, nullable=False),
    Column("last_status", Integer),
    Column("listed_at", UtcDateTime),
    Column("is_list_refused", Boolean, nullable=False, server_default=false()),
    Column("account", String(64), nullable=False, server_default=""),
    Column("calls", BigInteger, nullable=False, server_default="0"),  # ever made, by all machines
    Column("looks_left", Integer, nullable=False, server_default="0"),  # tries to look at its list first
    Column("reason", Text),  # sealed, since an answer may quote the lead
)

log_state = Table(
    "log_state",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("log_id", Uuid, nullable=False),  # the same in every copy of this log
    Column("copied_at", UtcDateTime),  # only in a copy that `db backup` made
    Column("suspected_at", UtcDateTime),
    Column("restored_at", UtcDateTime),  # when it was last noticed to be a restored copy
    Column("sign", String(16)),  # a `Sign`: by what
    Column("dismissed_at", UtcDateTime),  # by a person
)

wording = Table(
    "wording",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256, in hex
    Column("words", Text, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("lead_id", Uuid, primary_key=True),  # no foreign key: evidence outlives the lead
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("consent_id", BigInteger, nullable=False),  # Realpad's
    Column("given", Boolean, nullable=False),
    Column("language", String(8), nullable=False),
    Column("wording_hash", ForeignKey("wording.hash"), nullable=False),
    Column("form_version", String(64), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("context", Text, nullable=False),  # sealed: page and address
    Column("link", Integer),  # of `evidence_link`; null until it is in the chain
)

lead_note = Table(
    "lead_note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_id", ForeignKey("lead.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Uuid),  # None for a command
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),  # sealed
    Index("lead_note_lead_idx", "lead_id", "at", "id"),
)
"""What people write down about leads at the desk."""

alert = Table(
    "alert",
    metadata,
    Column("kind", String(64), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("text", Text, nullable=False),  # without personal data
    Column("since", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("is_over", Boolean, nullable=False),
    Column("details", Text),  # JSON: the text as codes and what fills them in
)

spent = Table(
    "spent",
    metadata,
    Column("key", Text, primary_key=True),  # `token:…` or `captcha:…`
    Column("lead_id", Uuid, nullable=False),
    Column("spent_at", UtcDateTime, nullable=False),
)

probe = Table(
    "probe",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("written_at", UtcDateTime, nullable=False),
    Column("filler", LargeBinary, nullable=False),  # random, so that nothing can compress it
)
"""Rows that are written to see whether a lead could be, and removed at once."""

term = Table(
    "term",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),  # a word, blinded by the vault
    Column("created_at", Micros, primary_key=True),  # of the lead
    Column("lead_id", Uuid, primary_key=True),  # no foreign key: none is looked for by lead
    sqlite_with_rowid=False,
)

tally = Table(
    "tally",
    metadata,
    Column("day", String(10), primary_key=True),  # local, ISO 8601
    Column("project", String(64), primary_key=True),
    Column("campaign", String(100), primary_key=True),
    Column("unit", String(100), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

facet = Table(
    "facet",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),  # a `Facet`
    Column("name", String(500), primary_key=True),  # without accents and case
    Column("written", String(500), nullable=False),
    Column("leads", BigInteger, nullable=False),  # how many came with it
    Column("seen_on", String(10), nullable=False),  # the day of the newest of these; local, ISO 8601
    sqlite_with_rowid=False,
)
"""The campaigns and units that leads came with."""

form_event = Table(
    "form_event",
    metadata,
    Column("day", String(10), primary_key=True),  # local, ISO 8601
    Column("project", String(64), primary_key=True),
    Column("event", String(16), primary_key=True),
    Column("name", String(100), primary_key=True),  # of a question, or why a submission was refused
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What keeps visitors from becoming leads, counted by day; nothing in it is about one visitor."""

spend = Table(
    "spend",
    metadata,
    Column("day", String(10), primary_key=True),  # local, ISO 8601
    Column("project", String(64), primary_key=True),
    Column("campaign", String(100), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("cents", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What campaigns cost, as somebody imported it."""

metric = Table(
    "metric",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("labels", Text, primary_key=True),  # their values in JSON, in their order
    Column("part", String(16), primary_key=True),  # of a histogram: a bucket, or the sum
    Column("total", Double, nullable=False),
    sqlite_with_rowid=False,
)
"""Counters for whoever watches the service, added up by all processes."""

webhook_message = Table(
    "webhook_message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lead_id", ForeignKey("lead.id"), nullable=False),
    Column("project", String(64), nullable=False),
    Column("name", String(64), nullable=False),  # of the endpoint, in the project file
    Column("url", Text, nullable=False),
    Column("event", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("lead_status", String(16), nullable=False),
    Column("customer_id", BigInteger),
    Column("revision", Integer, nullable=False),
    Column("place", Integer, nullable=False),  # among those of this lead for this endpoint
    Column("status", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # of one that is being sent: when its claim runs out
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("first_failed_at", UtcDateTime),
    Column("last_status", Integer),
    Column("ended_at", UtcDateTime),
    Column("claim_token", Uuid),
    Index("webhook_message_due_idx", "project", "name", "due_at",
          sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("webhook_message_claim_idx", "project", "name", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
    Index("webhook_message_failed_idx", "project", "name", "ended_at",
          sqlite_where=_FAILED, postgresql_where=_FAILED),
    Index("webhook_message_lead_idx", "lead_id"),
    Index("webhook_message_time_idx", "at", "id"),
)  # fmt: skip
"""What other systems are told: a row per event and endpoint. Nothing in it is personal."""

webhook_lane = Table(
    "webhook_lane",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),  # of the URL
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("is_gone", Boolean, nullable=False),
    Column("last_status", Integer),
)

project_version = Table(
    "project_version",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1 is the first that was kept
    Column("hash", String(64), nullable=False),  # SHA-256 of the text, in hex
    Column("text", Text, nullable=False),
    Column("adopted_at", UtcDateTime, nullable=False),  # the newest by this time is the project's file
)

publication = Table(
    "publication",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1 is the first; none is left out
    Column("hash", String(64), nullable=False),  # of a text in project_version; "" if the file was deleted
    Column("at", UtcDateTime, nullable=False),
    Column("origin", String(8), nullable=False),
    Column("by", Uuid),  # the person, if it came from the desk
    Column("note", Text, nullable=False),
    Column("folder_hash", String(64), nullable=False),  # of the file in the folder then; "" if there was none
)

scheduled_publication = Table(
    "scheduled_publication",
    metadata,
    Column("slug", String(64), primary_key=True),  # a project has one at most
    Column("id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),  # when it is to go live
    Column("text", Text, nullable=False),
    Column("began_with", String(64), nullable=False),  # the hash of the text that the change began with
    Column("note", Text, nullable=False),
    Column("by", Uuid, nullable=False),
    Column("scheduled_at", UtcDateTime, nullable=False),
    Column("failed_at", UtcDateTime),
    Column("failure", String(16)),  # a `ScheduleFailure`: why nothing was published
)
