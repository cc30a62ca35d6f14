"""Leads of a restored copy, and the one row that says which log this is and whether it is such a copy.

A copy cannot know what was sent after it was made: its leads are put in doubt, and Realpad's list is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, and_, bindparam, func, or_, select, update

from realpad_form.adapters.sql import lanes, leads
from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.schema import attempt, lane, lead, log_state, revision
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Event, Outcome, Status, next_status
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.hints import RESTORED_FROM_BACKUP
from realpad_form.domain.lane import Lane, LaneKey
from realpad_form.domain.lead import Route
from realpad_form.domain.restored import KnownCall, Unsent
from realpad_form.ports import NewLead

_ONE: Final = 1

_GET_STATE: Final = select(log_state).where(log_state.c.number == _ONE)
_LOCK_STATE: Final = _GET_STATE.with_for_update()
_SAVE_STATE: Final = update(log_state).where(log_state.c.number == _ONE)

WHY: Final = RESTORED_FROM_BACKUP

LOOKS: Final = 3
"""How often a list that cannot be had for an outage is asked for before its lane sends all the same."""

_LOST: Final = next_status(next_status(Status.QUEUED, Event.CLAIMED), Event.LOST)
_UNSETTLED: Final = [Status.QUEUED, Status.UNKNOWN]
_FOR_A_PERSON: Final = [Status.QUARANTINED, Status.REJECTED]
_WITH_LAST_CALL: Final = (
    select(
        lead.c.id,
        lead.c.status,
        lead.c.credential,
        lead.c.account,
        lead.c.revision,
        lead.c.attempts,
        lead.c.context,
        revision.c.created_at,
        attempt.c.started_at,
        attempt.c.ended_at,
        attempt.c.outcome,
    )
    .join(revision, and_(revision.c.lead_id == lead.c.id, revision.c.number == lead.c.revision))
    .outerjoin(attempt, and_(attempt.c.lead_id == lead.c.id, attempt.c.number == lead.c.attempts))
    .with_for_update(of=lead)
)
_TO_DOUBT: Final = _WITH_LAST_CALL.where(lead.c.status.in_(_UNSETTLED))
_DECIDABLE: Final = _WITH_LAST_CALL.where(lead.c.status.in_([*_FOR_A_PERSON, Status.DISCARDED]))
_SPOOLED: Final = _WITH_LAST_CALL.where(
    lead.c.status == bindparam("status"), lead.c.id.in_(bindparam("ids", expanding=True))
)
_MOVED: Final = _WITH_LAST_CALL.where(lead.c.id == bindparam("of_id"))
_PRESUMED: Final = select(func.count()).where(
    attempt.c.lead_id == bindparam("of_id"),
    attempt.c.fingerprint == bindparam("fingerprint"),
    attempt.c.is_presumed,
    attempt.c.ended_at == bindparam("at", type_=UtcDateTime()),
)
_CALLED_AGAIN: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_MARK: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_IN_DOUBT: Final = (
    select(func.count())
    .select_from(lead)
    .join(attempt, and_(attempt.c.lead_id == lead.c.id, attempt.c.number == lead.c.attempts))
    .where(lead.c.status == Status.UNKNOWN, attempt.c.ended_at == bindparam("at", type_=UtcDateTime()))
)
_WAITING: Final = select(lead.c.credential).where(lead.c.status.in_(_UNSETTLED)).distinct()
_OLDER: Final = (
    select(func.count())
    .select_from(lead)
    .where(
        lead.c.credential == bindparam("credential"),
        lead.c.status.in_(_UNSETTLED),
        lead.c.created_at <= bindparam("at", type_=UtcDateTime()),
    )
)
_CHECK_LIST_FIRST: Final = update(lane).where(
    lane.c.credential == bindparam("of_credential"), lane.c.fingerprint == bindparam("of_fingerprint")
)
_UNSENT: Final = (
    select(lead.c.status, revision.c.lead_id, revision.c.number, revision.c.payload)
    .join(revision, and_(revision.c.lead_id == lead.c.id, revision.c.number == lead.c.revision))
    .where(
        lead.c.credential.in_(bindparam("credentials", expanding=True)),
        lead.c.status.in_([*_UNSETTLED, *_FOR_A_PERSON]),
    )
)
_CALLS: Final = (
    select(
        lead.c.status,
        lead.c.attempts,
        lead.c.customer_id,
        attempt.c.number.label("call"),
        attempt.c.started_at,
        attempt.c.ended_at,
        attempt.c.outcome,
        revision.c.lead_id,
        revision.c.number,
        revision.c.payload,
    )
    .join(attempt, attempt.c.lead_id == lead.c.id)
    .join(revision, and_(revision.c.lead_id == lead.c.id, revision.c.number == attempt.c.revision))
    .where(
        attempt.c.fingerprint.in_(bindparam("fingerprints", expanding=True)),
        or_(attempt.c.ended_at.is_(None), attempt.c.ended_at >= bindparam("since", type_=UtcDateTime())),
        or_(attempt.c.outcome.is_(None), attempt.c.outcome.in_([Outcome.ACCEPTED, Outcome.UNKNOWN])),
    )
)
_ADOPT: Final = update(attempt).where(
    attempt.c.fingerprint == "",
    attempt.c.lead_id.in_(
        select(lead.c.id).where(
            lead.c.credential == bindparam("of_credential"),
            lead.c.account.in_(["", bindparam("of_account")]),
        )
    ),
)


def find_state(tx: Transaction) -> Row[Any] | None:
    """Return the row; None if nobody has named this log yet."""
    return tx.row(_GET_STATE)


def lock_state(tx: Transaction) -> Row[Any]:
    """Return the row, naming the log if nobody has; nobody else can change it."""
    tx.add_new(log_state, {"number": _ONE, "log_id": uuid4()})
    return tx.connection.execute(_LOCK_STATE).one()


def save_state(tx: Transaction, **values: Any) -> None:
    """Change the row, which this transaction has locked."""
    tx.connection.execute(_SAVE_STATE.values(values))


def put_in_doubt(tx: Transaction, every: Iterable[Lane], keys: Iterable[LaneKey]) -> int:
    """Make all that is queued unknown, as if a call of each lead had lasted until now; return how many.

    Realpad's list then decides: there → delivered, proved absent → queued. Those that were unknown before
    may have been sent again since, too. What was being sent becomes unknown by itself. Leads of an account
    that is not configured any more may have been sent to it while it was; no list can tell.

    What waits for a person, or was discarded, keeps its status with such a call: they may have had it sent
    since. It counts when the list is compared, and when a person decides the same again.

    The list is asked through the lane of the lead's account: one of `keys`, which are configured, or the
    one used last; if there is none yet, through the one that is opened for it (`join`).
    """
    fingerprints = _by_route((*_used_last(every), *keys))
    unsettled, decidable = tx.rows(_TO_DOUBT), tx.rows(_DECIDABLE)
    _doubt(tx, unsettled, until=tx.now, fingerprints=fingerprints)
    _doubt(tx, decidable, until=tx.now, fingerprints=fingerprints, status=None)
    return len(unsettled)


def put_spooled_in_doubt(tx: Transaction, leads: Iterable[NewLead]) -> None:
    """Put stored submissions in doubt that were waiting in a spool when this restored copy was noticed.

    The spool may have been restored with it, and they may have been sent since.
    """
    state = find_state(tx)
    if state is None or state.restored_at is None:
        return
    older = [each.lead_id for each in leads if each.submission.context.submitted_at <= state.restored_at]
    if older:
        fingerprints = _by_route(_used_last(lanes.every(tx)))
        for before, after in ((Status.QUEUED, _LOST), *((each, None) for each in _FOR_A_PERSON)):
            found = tx.rows(_SPOOLED, ids=older, status=before)
            _doubt(tx, found, until=state.restored_at, fingerprints=fingerprints, status=after)


def presume_call(tx: Transaction, lead_id: UUID, route: Route) -> None:
    """Write down, once for each restore, that a lead may have been sent by another route than the copy has.

    So an entry of that account's list that may be its own is not taken for that of another lead.
    """
    state = find_state(tx)
    fingerprint = _by_route(_used_last(lanes.every(tx))).get(route, "")
    if state is None or state.restored_at is None:
        return
    if tx.number(_PRESUMED, of_id=lead_id, fingerprint=fingerprint, at=state.restored_at):
        return
    (row,) = tx.rows(_MOVED, of_id=lead_id)
    tx.change(_CALLED_AGAIN, {"of_id": lead_id, "attempts": row.attempts + 1})
    tx.add(attempt, _call(tx, row, until=state.restored_at, fingerprint=fingerprint))


def count_in_doubt(tx: Transaction, restored_at: datetime) -> int:
    """Return how many leads that one restore put in doubt still are."""
    return tx.number(_IN_DOUBT, at=restored_at)


def waiting(tx: Transaction) -> set[str]:
    """Return the names of the credentials with leads that would be sent, now or once they are settled."""
    return {row.credential for row in tx.rows(_WAITING)}


def join(tx: Transaction, keys: Iterable[LaneKey]) -> None:
    """Let new lanes take over what was put in doubt before they were there, and be as careful as others."""
    state = find_state(tx)
    suspected_at = state and state.suspected_at
    for key in keys:
        name = {"of_credential": key.credential}
        tx.change(_ADOPT, {"fingerprint": key.fingerprint, "of_account": key.account, **name})
        if suspected_at and tx.number(_OLDER, credential=key.credential, at=suspected_at):
            tx.change(_CHECK_LIST_FIRST, {"looks_left": LOOKS, "of_fingerprint": key.fingerprint, **name})


def unsent(tx: Transaction, credentials: Iterable[str]) -> list[Unsent]:
    """Return the leads of credentials that are not known to have been sent, as far as they can be read."""
    found = tx.rows(_UNSENT, credentials=list(credentials))
    return [
        Unsent(**_person(payload), is_due=row.status in _UNSETTLED)
        for row in found
        if (payload := _payload(tx, row)) is not None
    ]


def calls(tx: Transaction, fingerprints: Iterable[str], *, since: datetime) -> list[KnownCall]:
    """Return the calls through lanes that may have arrived since a time; of what cannot be read, no name."""
    known = []
    for row in tx.rows(_CALLS, fingerprints=list(fingerprints), since=since):
        # The customer's number of a lead comes from the call that was accepted, or was found in the list.
        is_found = row.status == Status.DELIVERED and row.call == row.attempts
        known.append(
            KnownCall(
                **_person(_payload(tx, row) or {}),
                started_at=row.started_at,
                ended_at=row.ended_at,
                customer_id=row.customer_id if row.outcome == Outcome.ACCEPTED or is_found else None,
            )
        )
    return known


def _person(payload: Mapping[str, str]) -> dict[str, Any]:
    contacts = frozenset(filter(None, (payload.get("email"), payload.get("phone"))))
    return {"name": f"{payload.get('name', '')} {payload.get('surname', '')}", "contacts": contacts}


def _payload(tx: Transaction, row: Row[Any]) -> dict[str, str] | None:
    try:
        return leads.to_payload(tx, row)
    except SealBrokenError:
        return None


def _used_last(every: Iterable[Lane]) -> list[LaneKey]:
    return [each.key for each in sorted(every, key=lambda each: each.next_send_at)]


def _by_route(keys: Iterable[LaneKey]) -> dict[Route, str]:
    """Return the fingerprint of the last lane of each account, and of each name for leads without one."""
    found: dict[Route, str] = {}
    for key in keys:
        found[key.route] = found[Route(credential=key.credential)] = key.fingerprint
    return found


def _doubt(
    tx: Transaction,
    found: Sequence[Row[Any]],
    *,
    until: datetime,
    fingerprints: Mapping[Route, str],
    status: Status | None = _LOST,
) -> None:
    """Write down the calls that may have been made, and what becomes of their leads; None for nothing."""
    if not found:
        return
    tx.connection.execute(
        _MARK,
        [
            {"of_id": row.id, "status": status or row.status, "attempts": row.attempts + 1, "absent_at": None,
             "due_at": tx.now}
            for row in found
        ],
    )  # fmt: skip
    routes = [Route(credential=row.credential, account=row.account) for row in found]
    calls_made = (
        _call(tx, row, until=until, fingerprint=fingerprints.get(route, ""))
        for row, route in zip(found, routes, strict=True)
    )
    tx.add(attempt, *calls_made)


def _call(tx: Transaction, row: Row[Any], *, until: datetime, fingerprint: str) -> dict[str, Any]:
    """Return the call of a lead that may have been made by this log's original."""
    number = row.attempts + 1
    return {
        "lead_id": row.id,
        "number": number,
        "revision": row.revision,
        "fingerprint": fingerprint,
        "started_at": min(_earliest(tx, row), until),
        "ended_at": until,
        "outcome": Outcome.UNKNOWN,
        "is_presumed": True,
        "answer": leads.from_answer(tx, WHY, lead_id=row.id, number=number),
    }


def _earliest(tx: Transaction, row: Row[Any]) -> datetime:
    """Return when a lead can first have been sent without this log's knowledge.

    A call whose end nobody knew may be the one that arrived; one that ended otherwise is settled.
    """
    last: datetime | None = row.started_at if row.outcome in (None, Outcome.UNKNOWN) else row.ended_at
    written: datetime = row.created_at
    if row.revision == 1:  # it may have come by a spool, long after the visitor was thanked
        with suppress(SealBrokenError):
            submitted = str(tx.open(row.context, "lead", row.id, "context")["submitted_at"])
            written = min(written, datetime.fromisoformat(submitted))
    return max(written, last or written)
