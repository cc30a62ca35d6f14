"""The relay's work in SQL: leads claimed and ended, bound to an account, and set right.

A lead is in the hands of one relay: claimed under a lease, ended once. Locks are always taken in the same
order, lane before lead, so that no two transactions wait for each other.

A queued lead is sent to the first account that its credentials get, or to one that a person decides on. Times
that no schedule sets, written while the clock was ahead, would hold leads until then: they are set right.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, and_, bindparam, func, literal_column, or_, select, tuple_, update

from realpad_form.adapters.sql import audit, lanes, leads
from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.schema import attempt, lane, lead, log_state, revision
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Answer, Event, Outcome, Status, next_status
from realpad_form.domain.errors import LeadNotFoundError, SealBrokenError
from realpad_form.domain.lane import LATEST_DUE, LONGEST_CALL, Lane, LaneKey, LaneState
from realpad_form.domain.lead import Lead, Route
from realpad_form.domain.payload import consents_given, without_consents
from realpad_form.domain.people import REVOCATIONS, revocation_of
from realpad_form.domain.reason import reason_unreadable
from realpad_form.ports import Claim

GONE: Final = Answer(
    outcome=Outcome.UNKNOWN, text="the relay did not come back before its lease ran out", is_interrupted=True
)

UNREADABLE_FOR: Final = timedelta(minutes=15)
"""When a lead is tried again whose data key is missing."""

UNREADABLE_AT_ONCE: Final = 50
"""How many such leads are put off before others' turns."""

logger = logging.getLogger(__name__)

# Literally as in the index of leads without an account, so that it is used.
_IS_UNBOUND: Final = and_(
    lead.c.account == literal_column("''"),
    or_(
        lead.c.status == literal_column("'queued'"),
        lead.c.status == literal_column("'quarantined'"),
        lead.c.status == literal_column("'unknown'"),
    ),
)
_UNBOUND: Final = (
    select(lead.c.credential)
    .where(_IS_UNBOUND, lead.c.credential.in_(bindparam("names", expanding=True)))
    .distinct()
)
_BIND: Final = update(lead).where(_IS_UNBOUND, lead.c.credential == bindparam("of_credential"))
# Of a lane, and due to be sent.
_OLDEST_UNBOUND: Final = select(func.min(lead.c.due_at)).where(
    _IS_UNBOUND,
    lead.c.status == literal_column("'queued'"),
    lead.c.credential == lane.c.credential,
)
_OF_LANE: Final = lead.c.credential == lane.c.credential
_NOW: Final = bindparam("now", type_=UtcDateTime())
# coalesce() hides the column from an index that knows no accounts, by which the whole backlog of another
# account would be read. min(), which PostgreSQL reads off the index; EXISTS may become a join over it.
_OLDEST: Final = select(func.min(lead.c.due_at)).where(
    func.coalesce(lead.c.credential, "") == lane.c.credential, lead.c.status == Status.QUEUED
)
_IN_FLIGHT: Final = select(func.count()).where(_OF_LANE, lead.c.status == Status.SENDING)
_CANDIDATES: Final = (
    select(lane.c.credential, lane.c.fingerprint)
    .where(
        tuple_(lane.c.credential, lane.c.fingerprint).in_(bindparam("names", expanding=True)),
        lane.c.is_stopped.is_(False),
        lane.c.looks_left == 0,
        or_(lane.c.paused_until.is_(None), lane.c.paused_until <= _NOW),
        lane.c.next_send_at <= _NOW,
        _IN_FLIGHT.scalar_subquery() < bindparam("width"),
        or_(
            _OLDEST.where(lead.c.account == lane.c.account).scalar_subquery() <= _NOW,
            _OLDEST_UNBOUND.scalar_subquery() <= _NOW,
        ),
    )
    .order_by(lane.c.next_send_at, lane.c.credential)
)
_SENT: Final = lead.alias("sent")
_SENDING: Final = select(func.count()).where(
    _SENT.c.credential == bindparam("credential"), _SENT.c.status == Status.SENDING
)
_IS_COPY: Final = select(log_state.c.number).where(log_state.c.copied_at.is_not(None)).exists()
_LOG_ID: Final = select(log_state.c.log_id).scalar_subquery()
_OLDEST_DUE: Final = (
    select(lead.c.status, lead.c.attempts, lead.c.customer_id, revision, _LOG_ID.label("log_id"))
    .join(revision, and_(revision.c.lead_id == lead.c.id, revision.c.number == lead.c.revision))
    .where(
        lead.c.account == bindparam("account"),
        func.coalesce(lead.c.credential, "") == bindparam("credential"),
        lead.c.status == Status.QUEUED,
        lead.c.due_at <= _NOW,
        _SENDING.scalar_subquery() < bindparam("width"),
        ~_IS_COPY,
    )
    .order_by(lead.c.due_at)
    .limit(1)
    .with_for_update(of=lead, skip_locked=True)
)
_HELD: Final = (
    select(lead)
    .where(lead.c.id == bindparam("lead_id"), lead.c.claim_token == bindparam("token"))
    .with_for_update()
)
_EXPIRED: Final = (
    select(lead.c.id, lead.c.claim_token, lane.c.credential, lane.c.fingerprint, lane.c.host)
    .select_from(lead)
    .join(attempt, and_(attempt.c.lead_id == lead.c.id, attempt.c.number == lead.c.attempts))
    # coalesce() hides the column from its index, by which old SQLite would read every call of a lane.
    .join(lane, and_(_OF_LANE, lane.c.fingerprint == func.coalesce(attempt.c.fingerprint, "")))
    .where(lead.c.lease_until <= _NOW)
)
_MARK: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_END: Final = update(attempt).where(
    attempt.c.lead_id == bindparam("of_id"),
    attempt.c.number == bindparam("of_number"),
    attempt.c.ended_at.is_(None),
)

REPAIRED_AT_ONCE: Final = 500
"""How many leads are set right in one transaction."""

_LATEST: Final = bindparam("latest", type_=UtcDateTime())
_LATE: Final = (
    lead.c.account.in_(bindparam("accounts", expanding=True)),
    lead.c.status == Status.QUEUED,
    lead.c.due_at > _LATEST,
)
_COUNT_LATE: Final = select(func.count()).where(*_LATE)
_LATE_LEADS: Final = (
    select(lead.c.id).where(*_LATE).order_by(lead.c.due_at, lead.c.id).limit(REPAIRED_AT_ONCE)
)
_MAKE_DUE: Final = update(lead).where(
    lead.c.id == bindparam("of_id"), lead.c.status == Status.QUEUED, lead.c.due_at > _LATEST
)
_LEASED: Final = lead.c.lease_until > _LATEST
_COUNT_LEASED: Final = select(func.count()).where(_LEASED)
_SHORTEN: Final = update(lead).where(_LEASED)


@dataclass(frozen=True, slots=True)
class Counted:
    """A claim, and the number of its call among all that were ever made through its lane."""

    claim: Claim
    number: int
    log_id: UUID | None  # None if nobody has looked yet whether this log is a restored copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a lead is claimed."""

    lease: timedelta
    pace: timedelta  # to the lane's next call
    width: int  # most calls in flight per lane


def candidates(tx: Transaction, keys: Sequence[LaneKey], *, width: int) -> list[LaneKey]:
    """Return the lanes that seem to have a lead to send, the one that waited longest first.

    Takes no lock, so that idle relays disturb nobody; `claim` looks again.
    """
    named = {(key.credential, key.fingerprint): key for key in keys}
    found = tx.rows(_CANDIDATES, names=list(named), width=width, now=tx.now)
    return [named[row.credential, row.fingerprint] for row in found]


def claim(tx: Transaction, key: LaneKey, terms: Terms) -> Counted | None:
    """Claim the oldest due lead of a lane, or return None if there is none or no room."""
    mine = lanes.try_lock(tx, key)
    if mine is None or mine.state(tx.now) is not LaneState.OPEN or mine.next_send_at > tx.now:
        return None
    if mine.looks_left:
        return None
    values = {**asdict(mine.key.route), "now": tx.now, "width": mine.width(terms.width)}
    for _ in range(UNREADABLE_AT_ONCE):
        row = tx.row(_OLDEST_DUE, **values)
        if row is None:
            bind(tx, [mine.key])
            row = tx.row(_OLDEST_DUE, **values)
        if row is None:
            return None
        if (payload := _readable_payload(tx, row)) is not None:
            claim = Claim(token=uuid4(), lead_id=row.lead_id, lane=key, payload=payload)
            _open_attempt(tx, claim, row=row, lease=terms.lease)
            lanes.save(tx, [replace(mine, next_send_at=tx.now + terms.pace, calls=mine.calls + 1)])
            return Counted(claim, mine.calls + 1, row.log_id)
    return None


def held(tx: Transaction, claim: Claim, *, is_expired: bool = False) -> Lead | None:
    """Return the lead that a claim holds, locked, or None if the claim was lost.

    With `is_expired`, also None if the lease has not run out.
    """
    row = tx.row(_HELD, lead_id=claim.lead_id, token=claim.token)
    if row is None or (is_expired and row.lease_until > tx.now):
        return None
    return leads.to_lead(tx, row)


def end_attempt(tx: Transaction, lead: Lead, answer: Answer) -> None:
    """Write down how the open attempt of a lead ended."""
    values = {
        "of_id": lead.id,
        "of_number": lead.attempts,
        "ended_at": tx.now,
        "outcome": answer.outcome,
        "status": answer.status,
        "answer": leads.from_answer(tx, answer.text, lead_id=lead.id, number=lead.attempts),
    }
    tx.change(_END, values)


def expired(tx: Transaction) -> list[Claim]:
    """Return the claims whose lease has run out, to be ended; what was sent does not matter any more."""
    return [
        Claim(
            token=row.claim_token,
            lead_id=row.id,
            lane=LaneKey(credential=row.credential, fingerprint=row.fingerprint, host=row.host),
            payload={},
        )
        for row in tx.rows(_EXPIRED, now=tx.now)
    ]


def _readable_payload(tx: Transaction, row: Row[Any]) -> dict[str, str] | None:
    """Return the body to send, without consents that were revoked in Realpad since it was composed.

    None, and the lead is put off, if its key is missing: the others go on.
    """
    try:
        payload = leads.to_payload(tx, row)
    except SealBrokenError as error:
        logger.error("lead %s cannot be sent: %s", row.lead_id, error)
        reasons = tx.seal([reason_unreadable(error).stored()], "lead", row.lead_id, "reasons")
        tx.change(_MARK, {"of_id": row.lead_id, "due_at": tx.now + UNREADABLE_FOR, "reasons": reasons})
        return None
    given = consents_given(payload)
    entries = audit.entries_about(tx.connection, str(row.lead_id), REVOCATIONS) if given else []
    revoked = [each for each in given if revocation_of(each, entries, customer_id=row.customer_id)]
    return without_consents(payload, revoked)


def _open_attempt(tx: Transaction, claim: Claim, *, row: Row[Any], lease: timedelta) -> None:
    """Mark a lead as being sent and open the attempt, before anything leaves."""
    number = row.attempts + 1
    marked = {
        "of_id": claim.lead_id,
        "status": next_status(Status(row.status), Event.CLAIMED),
        "claim_token": claim.token,
        "lease_until": tx.now + lease,
        "attempts": number,
    }
    tx.change(_MARK, marked)
    opened = {
        "lead_id": claim.lead_id,
        "number": number,
        "revision": row.number,
        "fingerprint": claim.lane.fingerprint,
        "started_at": tx.now,
        "answer": leads.from_answer(tx, "", lead_id=claim.lead_id, number=number),
    }
    tx.add(attempt, opened)


def unbound(tx: Transaction, keys: Iterable[LaneKey]) -> list[LaneKey]:
    """Return the lanes whose credentials have leads without an account; takes no lock."""
    known = {key.credential: key for key in keys if key.account}
    return [known[row.credential] for row in tx.rows(_UNBOUND, names=sorted(known))]


def bind(tx: Transaction, keys: Iterable[LaneKey]) -> None:
    """Give leads without an account the one that their credentials have now."""
    for key in keys:
        if key.account:
            tx.change(_BIND, {"of_credential": key.credential, "account": key.account})


def adopt(tx: Transaction, queued: Sequence[Lead], route: Route) -> list[UUID]:
    """Let queued leads be sent elsewhere, those that are as they were seen; return which were."""
    adopted = []
    for seen in sorted(queued, key=lambda each: each.id.hex):  # one order, so that nobody deadlocks
        try:
            current = leads.lock(tx, seen.id)
        except LeadNotFoundError:
            continue
        if current.version == seen.version and current.route == seen.route:
            leads.save_lead(tx, current.adopted(route, now=tx.now), before=current.status)
            adopted.append(current.id)
    return adopted


def count_misdated(tx: Transaction, *, pace: timedelta) -> int:
    """Return how many lanes and leads there are; takes no lock."""
    known = lanes.every(tx)
    late = tx.number(_COUNT_LATE, accounts=_accounts(known), latest=tx.now + LATEST_DUE)
    leased = tx.number(_COUNT_LEASED, latest=tx.now + LONGEST_CALL)
    return late + leased + len(list(_wrong(tx, known, pace)))


def repair_lanes(tx: Transaction, *, pace: timedelta) -> int:
    """Set lanes and leases right; return how many."""
    keys = [each.key for each in _wrong(tx, lanes.every(tx), pace)]
    locked = [mine for key in keys if (mine := lanes.lock(tx, key)[0])]
    lanes.save(tx, [each.repaired(now=tx.now, pace=pace) for each in locked])
    leased = tx.number(_COUNT_LEASED, latest=tx.now + LONGEST_CALL)
    if leased:
        longest = tx.now + LONGEST_CALL
        tx.change(_SHORTEN, {"latest": longest, "lease_until": longest})
    return len(locked) + leased


def repair_leads(tx: Transaction) -> int:
    """Make some queued leads due now, the first ones first; return how many."""
    latest = tx.now + LATEST_DUE
    rows = tx.rows(_LATE_LEADS, accounts=_accounts(lanes.every(tx)), latest=latest)
    places: Sequence[tuple[UUID, int]] = [(row.id, place) for place, row in enumerate(rows)]
    for lead_id, place in sorted(places, key=lambda each: each[0].hex):  # one order: nobody deadlocks
        due_at = tx.now - timedelta(microseconds=len(rows) - place)
        tx.change(_MAKE_DUE, {"of_id": lead_id, "latest": latest, "due_at": due_at})
    return len(rows)


def _wrong(tx: Transaction, known: Iterable[Lane], pace: timedelta) -> Iterable[Lane]:
    return (each for each in known if each != each.repaired(now=tx.now, pace=pace))


def _accounts(known: Iterable[Lane]) -> list[str]:
    """Return the accounts whose leads a lane may send; leads of others become due when they are adopted."""
    return sorted({"", *(each.key.account for each in known)})
