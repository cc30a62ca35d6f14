"""Reconciling with Realpad's list: whose turn it is to ask, what was sent, what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, func, literal, not_, or_, select, tuple_, union_all

from realpad_form.adapters.sql import lanes, leads
from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.schema import attempt, lane, lead
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import SERVER_ERROR, Outcome, Status
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.domain.reconcile import ListMatch

# min() and not EXISTS, as for claims: it is read off the index.
_OLDEST: Final = select(func.min(lead.c.due_at)).where(
    lead.c.account == lane.c.account,
    func.coalesce(lead.c.credential, "") == lane.c.credential,
    lead.c.status == bindparam("status"),
)
_NOW: Final = bindparam("now", type_=UtcDateTime())
_TO_READ: Final = (
    select(lane.c.credential, lane.c.fingerprint)
    .where(
        tuple_(lane.c.credential, lane.c.fingerprint).in_(bindparam("names", expanding=True)),
        lane.c.is_stopped.is_(False),
        lane.c.is_list_refused.is_(False),
        or_(lane.c.paused_until.is_(None), lane.c.paused_until <= _NOW),
        or_(
            lane.c.listed_at.is_(None),
            lane.c.listed_at <= bindparam("before", type_=UtcDateTime()),
            lane.c.listed_at > _NOW,  # written while the clock was ahead
        ),
        _OLDEST.scalar_subquery() <= bindparam("due_before", type_=UtcDateTime()),
    )
    .order_by(lane.c.credential)
)
_IN_FLIGHT: Final = select(func.count()).where(
    lead.c.credential == bindparam("credential"), lead.c.status == Status.SENDING
)
_CALLED: Final = (
    select(lead)
    .join(attempt, and_(attempt.c.lead_id == lead.c.id, attempt.c.number == lead.c.attempts))
    .where(
        attempt.c.fingerprint == bindparam("fingerprint"),
        attempt.c.ended_at >= bindparam("since", type_=UtcDateTime()),
        lead.c.status == bindparam("status"),
    )
    .order_by(attempt.c.ended_at)
)
_OF_CREDENTIAL: Final = select(lane.c.fingerprint).where(lane.c.credential == bindparam("credential"))
_SHOWN_BY_CALLED: Final = and_(
    attempt.c.fingerprint == bindparam("fingerprint"),
    attempt.c.number == lead.c.attempts,
    lead.c.status.in_([Status.UNKNOWN, Status.DELIVERED]),
)
_ALSO_CALLED: Final = (
    select(lead)
    .join(attempt, attempt.c.lead_id == lead.c.id)
    .where(
        # Presumed calls through lanes that the copy did not know have no fingerprint.
        attempt.c.fingerprint.in_(union_all(_OF_CREDENTIAL, select(literal("")))),
        or_(attempt.c.fingerprint != "", lead.c.credential == bindparam("credential")),
        or_(attempt.c.ended_at.is_(None), attempt.c.ended_at >= bindparam("since", type_=UtcDateTime())),
        or_(
            attempt.c.outcome.is_(None),
            attempt.c.outcome.in_([Outcome.ACCEPTED, Outcome.UNKNOWN]),
            attempt.c.status >= SERVER_ERROR,
        ),
        not_(_SHOWN_BY_CALLED),
    )
    .distinct()
)


class Turn(NamedTuple):
    """On what terms a lane's list is asked for."""

    every: timedelta  # at most so often
    lease: timedelta  # nothing else is sent for so long, unless the reading has ended
    on_demand: bool  # of a person


def waiting(
    tx: Transaction, keys: Sequence[LaneKey], *, every: timedelta, status: Status, aged: timedelta
) -> list[LaneKey]:
    """Return the lanes with leads to ask about whose list was not read lately; takes no lock."""
    named = {(key.credential, key.fingerprint): key for key in keys}
    times = {"now": tx.now, "before": tx.now - every, "due_before": tx.now - aged}
    found = tx.rows(_TO_READ, names=list(named), status=status, **times)
    return [named[row.credential, row.fingerprint] for row in found]


def take(tx: Transaction, key: LaneKey, turn: Turn) -> bool:
    """Take the turn to ask for a lane's list; False if it may not be asked now, or a call is in flight."""
    mine = lanes.try_lock(tx, key)
    if mine is None:
        return False
    # What was read in the future was written while the clock was ahead.
    was_lately = mine.listed_at is not None and tx.now - turn.every < mine.listed_at <= tx.now
    if was_lately or not mine.may_list(tx.now, on_demand=turn.on_demand):
        return False
    if tx.number(_IN_FLIGHT, credential=key.credential):
        return False
    taken = replace(mine, listed_at=tx.now, next_send_at=tx.now + turn.lease, is_list_refused=False)
    lanes.save(tx, [taken])
    return True


def called(tx: Transaction, key: LaneKey, *, status: Status, since: datetime) -> list[LeadRecord]:
    """Return the leads of a status whose last call went through a lane and ended since a time."""
    return leads.records(tx, tx.rows(_CALLED, fingerprint=key.fingerprint, status=status, since=since))


def also_called(tx: Transaction, key: LaneKey, *, since: datetime) -> list[LeadRecord]:
    """Return the leads with any other call of the lane's credentials that may have arrived."""
    named = {"credential": key.credential, "fingerprint": key.fingerprint}
    return leads.records(tx, tx.rows(_ALSO_CALLED, since=since, **named))


def settle(
    tx: Transaction, seen: Lead, result: ListMatch, *, asked_at: datetime, apart: timedelta
) -> Lead | None:
    """Store what the list says about an unknown lead; None if it has changed since it was seen."""
    current = leads.lock(tx, seen.id)
    if (current.status, current.attempts) != (Status.UNKNOWN, seen.attempts):
        return None
    settled = current.reconciled(result, asked_at=asked_at, now=tx.now, apart=apart)
    leads.save_lead(tx, settled, before=current.status)
    return settled
