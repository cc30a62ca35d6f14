"""The account that each lead was accepted for: a login at an address of Realpad, not only their name."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_LISTED = timedelta(days=8)
"""Realpad's list shows 7 days; delivered leads are looked for in it."""

_OF_CALL = sa.text(
    "UPDATE lead SET account = (SELECT lane.account FROM lane JOIN attempt"
    " ON attempt.fingerprint = lane.fingerprint WHERE lane.credential = lead.credential"
    " AND attempt.lead_id = lead.id AND attempt.number = lead.attempts)"
    " WHERE status IN ('sending', 'unknown') AND EXISTS (SELECT 1 FROM lane JOIN attempt"
    " ON attempt.fingerprint = lane.fingerprint WHERE lane.credential = lead.credential"
    " AND attempt.lead_id = lead.id AND attempt.number = lead.attempts)"
)
"""Leads whose call may have arrived belong to the account that was called."""

_OF_NAME = sa.text(
    "UPDATE lead SET account = (SELECT MIN(lane.account) FROM lane"
    " WHERE lane.credential = lead.credential AND lane.account <> '')"
    " WHERE account = '' AND (status IN ('quarantined', 'queued', 'sending', 'unknown', 'rejected')"
    " OR status = 'delivered' AND created_at >= :since)"
    " AND credential IN (SELECT credential FROM lane WHERE account <> ''"
    " GROUP BY credential HAVING COUNT(DISTINCT account) = 1)"
).bindparams(sa.bindparam("since", type_=UtcDateTime()))
"""All others belong to the account of their credentials, where only one was ever known."""

_UNBOUND = sa.text("account = '' AND (status = 'queued' OR status = 'quarantined' OR status = 'unknown')")


def upgrade() -> None:
    """Add the column and its indexes; an older version writes leads of no account."""
    op.add_column("lead", sa.Column("account", sa.String(64), nullable=False, server_default=""))
    op.execute(_OF_CALL)
    op.execute(_OF_NAME.bindparams(since=datetime.now(UTC) - _LISTED))
    op.create_index("lead_account_idx", "lead", ["account", "status", "due_at", "credential"])
    op.create_index("lead_unbound_idx", "lead", ["credential", "status", "due_at"],
                    sqlite_where=_UNBOUND, postgresql_where=_UNBOUND)  # fmt: skip
