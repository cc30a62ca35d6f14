"""The alerts' rows: raised, ended, given out to be told."""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import Row, and_, bindparam, delete, or_, select, update

from realpad_form.adapters.sql.schema import UtcDateTime, alert
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.alert import AGAIN_AFTER, CLOCK_TOLERANCE, Alert, Kind

_THIS: Final = and_(alert.c.kind == bindparam("of_kind"), alert.c.subject == bindparam("of_subject"))
_DUE: Final = (
    select(alert)
    .where(
        alert.c.kind.in_(list(Kind)),  # others are of a newer version, which tells them
        or_(
            alert.c.told_at.is_(None),
            and_(alert.c.is_over.is_(False), alert.c.told_at <= bindparam("before", type_=UtcDateTime())),
        ),
    )
    .order_by(alert.c.since, alert.c.kind, alert.c.subject)
    .with_for_update(skip_locked=True)
)
_CHANGE: Final = update(alert).where(_THIS)
_FORGET: Final = delete(alert).where(_THIS)


def repair(tx: Transaction) -> None:
    """Believe no time of the future, which would silence an alert until then: the clock was ahead."""
    later = tx.now + CLOCK_TOLERANCE
    ahead = or_(alert.c.since > later, alert.c.seen_at > later, alert.c.told_at > later)
    for row in tx.rows(select(alert).where(ahead).with_for_update()):
        is_told = row.told_at is not None and row.told_at <= later
        values = {"since": min(row.since, tx.now), "seen_at": min(row.seen_at, tx.now)}
        tx.change(_CHANGE, {**_of(row), **values, "told_at": row.told_at if is_told else None})


def raise_(tx: Transaction, alerts: Iterable[Alert]) -> None:
    """Note what is wrong now; what had been over begins anew."""
    for each in sorted(alerts, key=lambda each: (each.kind, each.subject)):
        new = {"kind": each.kind, "subject": each.subject, "text": each.text, "since": tx.now}
        if not tx.add_new(alert, {**new, "seen_at": tx.now, "is_over": False}):
            tx.change(_CHANGE.where(alert.c.is_over.is_(True)), {**_of(each), **_anew(tx)})
            tx.change(_CHANGE, {**_of(each), "text": each.text, "seen_at": tx.now})


def end(tx: Transaction, kinds: Collection[Kind], *, but: Iterable[Alert]) -> None:
    """End the alerts of these kinds that are not among others; those that nobody heard of are forgotten."""
    going_on = {(each.kind, each.subject) for each in but}
    open_ = select(alert).where(alert.c.kind.in_(list(kinds)), alert.c.is_over.is_(False)).with_for_update()
    for row in tx.rows(open_):
        if (row.kind, row.subject) not in going_on:
            _end(tx, row)


def end_one(tx: Transaction, kind: Kind, subject: str) -> None:
    """End one alert, if it is there and goes on."""
    going_on = select(alert).where(
        alert.c.kind == kind, alert.c.subject == subject, alert.c.is_over.is_(False)
    )
    for row in tx.rows(going_on.with_for_update()):
        _end(tx, row)


def end_passed(tx: Transaction, kinds: Collection[Kind]) -> None:
    """End the alerts of these kinds that nobody has raised for a day."""
    passed = select(alert).where(
        alert.c.kind.in_(list(kinds)), alert.c.is_over.is_(False), alert.c.seen_at <= tx.now - AGAIN_AFTER
    )
    for row in tx.rows(passed.with_for_update()):
        _end(tx, row)


def claim(tx: Transaction) -> list[Alert]:
    """Return the alerts to tell now: new, told a day ago, or over; nobody else gets them."""
    due = tx.rows(_DUE, before=tx.now - AGAIN_AFTER)
    for row in due:
        if row.is_over:
            tx.connection.execute(_FORGET, _of(row))
        else:
            tx.change(_CHANGE, {**_of(row), "told_at": tx.now})
    return [_to_alert(row) for row in due]


def give_back(tx: Transaction, alerts: Iterable[Alert]) -> None:
    """Let alerts that could not be told be claimed again."""
    for each in alerts:
        if each.is_over:
            row = {"kind": each.kind, "subject": each.subject, "text": each.text, "since": each.since}
            tx.add_new(alert, {**row, "seen_at": tx.now, "is_over": True})
        else:
            tx.change(_CHANGE, {**_of(each), "told_at": None})


def _end(tx: Transaction, row: Row[tuple[object, ...]]) -> None:
    if row.told_at is None:
        tx.connection.execute(_FORGET, _of(row))
    else:
        tx.change(_CHANGE, {**_of(row), "is_over": True, "told_at": None})


def _anew(tx: Transaction) -> dict[str, object]:
    return {"is_over": False, "told_at": None, "since": tx.now}


def _of(each: Alert | Row[tuple[object, ...]]) -> dict[str, object]:
    return {"of_kind": each.kind, "of_subject": each.subject}


def _to_alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert(
        kind=Kind(row.kind), subject=row.subject, text=row.text, since=row.since, is_over=row.is_over
    )
