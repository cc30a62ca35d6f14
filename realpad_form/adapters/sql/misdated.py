"""Times that no schedule sets: written while the clock was ahead, they would hold leads until then."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from realpad_form.adapters.sql import lanes
from realpad_form.adapters.sql.schema import UtcDateTime, lead
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.lane import LATEST_DUE, LONGEST_CALL, Lane

AT_ONCE: Final = 500
"""How many leads are set right in one transaction."""

_LATEST: Final = bindparam("latest", type_=UtcDateTime())
_LATE: Final = (
    lead.c.account.in_(bindparam("accounts", expanding=True)),
    lead.c.status == Status.QUEUED,
    lead.c.due_at > _LATEST,
)
_COUNT_LATE: Final = select(func.count()).where(*_LATE)
_LATE_LEADS: Final = select(lead.c.id).where(*_LATE).order_by(lead.c.due_at, lead.c.id).limit(AT_ONCE)
_MAKE_DUE: Final = update(lead).where(
    lead.c.id == bindparam("of_id"), lead.c.status == Status.QUEUED, lead.c.due_at > _LATEST
)
_LEASED: Final = lead.c.lease_until > _LATEST
_COUNT_LEASED: Final = select(func.count()).where(_LEASED)
_SHORTEN: Final = update(lead).where(_LEASED)


def count(tx: Transaction, *, pace: timedelta) -> int:
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
