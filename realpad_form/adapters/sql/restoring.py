"""A log restored from a backup: it cannot know what was sent after the backup was made, so it has to ask."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, select, update

from realpad_form.adapters.sql import lanes, rows
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import attempt, lead, revision
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Event, Outcome, Status, next_status
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Route

WHY: Final = "restored from a backup; it may have been sent since"

_LOST: Final = next_status(next_status(Status.QUEUED, Event.CLAIMED), Event.LOST)
_IN_DOUBT: Final = (
    select(
        lead.c.id,
        lead.c.status,
        lead.c.revision,
        lead.c.attempts,
        revision.c.created_at,
        attempt.c.started_at,
        attempt.c.ended_at,
    )
    .join(revision, and_(revision.c.lead_id == lead.c.id, revision.c.number == lead.c.revision))
    .outerjoin(attempt, and_(attempt.c.lead_id == lead.c.id, attempt.c.number == lead.c.attempts))
    .where(
        lead.c.credential == bindparam("credential"),
        lead.c.account.in_(bindparam("accounts", expanding=True)),
        lead.c.status.in_([Status.QUEUED, Status.UNKNOWN]),
    )
    .with_for_update(of=lead)
)
_MARK: Final = update(lead).where(lead.c.id == bindparam("of_id"))


def doubt(database: Database, keys: Iterable[LaneKey], *, clock: Callable[[], datetime] | None = None) -> int:
    """Make queued leads of lanes unknown, as if a call of each had lasted until now; return how many.

    Realpad's list then decides: there → delivered, proved absent → queued. Those that were unknown before
    may have been sent again since, too. What was being sent becomes unknown by itself. Leads of an account
    that is not configured any more may have been sent to it while it was; no list can tell.

    Raises: StorageUnavailableError.
    """
    with database.write() as connection:
        tx = Transaction(connection, database, Vault(), clock)
        return sum(
            _doubt(tx, key, row)
            for key, accounts in _called(tx, keys)
            for row in tx.rows(_IN_DOUBT, credential=key.credential, accounts=accounts)
        )


def _called(tx: Transaction, keys: Iterable[LaneKey]) -> Iterator[tuple[LaneKey, list[str]]]:
    """Yield lanes through which leads may have been sent since, and the accounts of these leads."""
    configured = list(keys)
    yield from ((key, ["", key.account]) for key in configured)
    routes = {Route(credential=key.credential) for key in configured} | {key.route for key in configured}
    for lane in lanes.every(tx):
        if lane.key.route not in routes:
            routes.add(lane.key.route)
            yield lane.key, [lane.key.account]


def _doubt(tx: Transaction, key: LaneKey, row: Row[Any]) -> int:
    """Write down the call that may have been made."""
    number = row.attempts + 1
    marked = {"of_id": row.id, "status": _LOST, "attempts": number, "absent_at": None, "due_at": tx.now}
    tx.change(_MARK, marked)
    ended = {
        "lead_id": row.id,
        "number": number,
        "revision": row.revision,
        "fingerprint": key.fingerprint,
        "started_at": _earliest(row),
        "ended_at": tx.now,
        "outcome": Outcome.UNKNOWN,
        "answer": rows.from_answer(tx, WHY, lead_id=row.id, number=number),
    }
    tx.add(attempt, ended)
    return 1


def _earliest(row: Row[Any]) -> datetime:
    """Return when a lead can first have been sent without this log's knowledge.

    A call whose end nobody knew may be the one that arrived; one that ended otherwise is settled.
    """
    last: datetime | None = row.started_at if row.status == Status.UNKNOWN else row.ended_at
    written: datetime = row.created_at
    return max(written, last or written)
