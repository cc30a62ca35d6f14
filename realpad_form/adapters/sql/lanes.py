"""Lanes in SQL: opened, locked, stored."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, select, update

from realpad_form.adapters.sql import leads
from realpad_form.adapters.sql.schema import lane
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.lane import Lane, LaneKey
from realpad_form.domain.reason import Reason, read_reason

_THIS: Final = and_(
    lane.c.credential == bindparam("of_credential"), lane.c.fingerprint == bindparam("of_fingerprint")
)
_EVERY: Final = select(lane).order_by(lane.c.credential, lane.c.fingerprint)
_LOCK: Final = select(lane).where(_THIS).with_for_update()
_TRY_LOCK: Final = select(lane).where(_THIS).with_for_update(skip_locked=True)
_LOCK_HOST: Final = _EVERY.where(lane.c.host == bindparam("of_host")).with_for_update()
_LOCK_ALL: Final = _EVERY.with_for_update()
_SAVE: Final = update(lane).where(_THIS)
_COLUMNS: Final = [field.name for field in fields(Lane) if field.name not in ("key", "reason")]
_KNOWN: Final = select(lane.c.credential, lane.c.fingerprint, lane.c.account, lane.c.host)


def missing(tx: Transaction, keys: Iterable[LaneKey]) -> list[LaneKey]:
    """Return which lanes do not exist or lack their account or host, in the order in which to make them."""
    known = set(map(tuple, tx.rows(_KNOWN)))
    return sorted((key for key in keys if (*_name(key), key.account, key.host) not in known), key=_name)


def add(tx: Transaction, keys: Iterable[LaneKey]) -> None:
    """Make open lanes, leaving those that exist as they are but for the account and host they lack."""
    for key in keys:
        tx.add_new(lane, to_row(tx, Lane(key=key, next_send_at=tx.now)))
        tx.change(_SAVE, {"account": key.account, "host": key.host, **_of(key)})


def every(tx: Transaction) -> list[Lane]:
    """Return all lanes, by name."""
    return [_to_lane(tx, row) for row in tx.rows(_EVERY)]


def try_lock(tx: Transaction, key: LaneKey) -> Lane | None:
    """Return a locked lane, or None at once if another transaction holds it."""
    row = tx.row(_TRY_LOCK, **_of(key))
    return row and _to_lane(tx, row)


def lock(tx: Transaction, key: LaneKey, *, with_host: bool = False) -> tuple[Lane | None, list[Lane]]:
    """Return a lane, None without it, and the others of its host if wanted; nobody else can change them.

    Locks are taken in the order of the lanes' names, so that no two transactions wait for each other.
    """
    locked = tx.rows(_LOCK_HOST, of_host=key.host) if with_host else tx.rows(_LOCK, **_of(key))
    found = [_to_lane(tx, row) for row in locked]
    mine = next((each for each in found if each.key == key), None)
    return mine, [each for each in found if each.key != key]


def lock_all(tx: Transaction) -> list[Lane]:
    """Return every lane; nobody else can change them, or claim anything."""
    return [_to_lane(tx, row) for row in tx.rows(_LOCK_ALL)]


def save(tx: Transaction, lanes: Sequence[Lane]) -> None:
    """Store lanes that this transaction has locked."""
    for each in lanes:
        tx.change(_SAVE, {**to_row(tx, each), **_of(each.key)})


def to_row(tx: Transaction, lane: Lane) -> dict[str, Any]:
    """Return the row of a lane."""
    name, fingerprint = lane.key.credential, lane.key.fingerprint
    reason = None if lane.reason is None else tx.seal(lane.reason.stored(), "lane", name, fingerprint)
    return {**asdict(lane.key), **{each: getattr(lane, each) for each in _COLUMNS}, "reason": reason}


def _to_lane(tx: Transaction, row: Row[Any]) -> Lane:
    """Return the lane of a row of `lane`."""
    key = LaneKey(credential=row.credential, fingerprint=row.fingerprint, host=row.host, account=row.account)
    reason = None
    if row.reason is not None:
        about = ("lane", row.credential, row.fingerprint)
        reason = read_reason(leads.open_or_reason(tx, row.reason, *about, instead=Reason.stored))
    return Lane(key=key, reason=reason, **{each: getattr(row, each) for each in _COLUMNS})


def _of(key: LaneKey) -> dict[str, str]:
    return {"of_credential": key.credential, "of_fingerprint": key.fingerprint}


def _name(key: LaneKey) -> tuple[str, str]:
    return key.credential, key.fingerprint
