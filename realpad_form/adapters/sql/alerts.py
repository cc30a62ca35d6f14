"""The alert log in SQL: what people have to hear of, and what they were told."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, or_, select, update

from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import alert
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.alert import AGAIN_AFTER, CLOCK_TOLERANCE, PASSING, Alert, Kind, read_details

_GOES_ON: Final = alert.c.is_over.is_(False)
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


@dataclass(frozen=True, slots=True)
class SqlAlertLog:
    """The port AlertLog, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def note(self, alert: Alert) -> None:
        """Note that something happened; it is over when it has not happened for a day, or ended."""
        with self._write() as tx:
            _raise(tx, [alert])

    def end(self, kind: Kind, subject: str) -> None:
        """Note that something that was noted is over, if it was."""
        with self._write() as tx:
            _end(tx, alert.c.kind == kind, alert.c.subject == subject, _GOES_ON)

    def watch(self, alerts: Sequence[Alert], *, kinds: Collection[Kind]) -> None:
        """Note all that is wrong now; what is not among these is over."""
        going_on = {(each.kind, each.subject) for each in alerts}
        with self._write() as tx:
            # A time of the future would silence an alert until then: the clock was ahead.
            later = tx.now + CLOCK_TOLERANCE
            ahead = or_(alert.c.since > later, alert.c.seen_at > later, alert.c.told_at > later)
            for row in tx.rows(select(alert).where(ahead).with_for_update()):
                is_told = row.told_at is not None and row.told_at <= later
                values = {"since": min(row.since, tx.now), "seen_at": min(row.seen_at, tx.now)}
                tx.change(_CHANGE, {**_of(row), **values, "told_at": row.told_at if is_told else None})
            _raise(tx, alerts)
            _end(tx, alert.c.kind.in_(list(kinds)), _GOES_ON, but=going_on)
            # What merely passes is over when nobody has raised it for a day.
            passed = alert.c.seen_at <= tx.now - AGAIN_AFTER
            _end(tx, alert.c.kind.in_(list(PASSING)), _GOES_ON, passed)

    def claim(self) -> list[Alert]:
        """Return the alerts to tell now: new, told a day ago, or over; nobody else gets them."""
        with self._write() as tx:
            due = tx.rows(_DUE, before=tx.now - AGAIN_AFTER)
            for row in due:
                if row.is_over:
                    tx.connection.execute(_FORGET, _of(row))
                else:
                    tx.change(_CHANGE, {**_of(row), "told_at": tx.now})
        return [
            Alert(
                kind=Kind(row.kind),
                subject=row.subject,
                text=row.text,
                details=read_details(row.details, text=row.text),
                since=row.since,
                is_over=row.is_over,
            )
            for row in due
        ]

    def give_back(self, alerts: Sequence[Alert]) -> None:
        """Let alerts that could not be told be claimed again."""
        with self._write() as tx:
            for each in alerts:
                if each.is_over:
                    row = {"kind": each.kind, "subject": each.subject, **_content(each), "since": each.since}
                    tx.add_new(alert, {**row, "seen_at": tx.now, "is_over": True})
                else:
                    tx.change(_CHANGE, {**_of(each), "told_at": None})

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self.database.write() as connection:
            yield Transaction(connection, self.database, Vault(), self.clock)


def _raise(tx: Transaction, alerts: Iterable[Alert]) -> None:
    """Note what is wrong now; what had been over begins anew."""
    anew = {"is_over": False, "told_at": None, "since": tx.now}
    for each in sorted(alerts, key=lambda each: (each.kind, each.subject)):
        new = {"kind": each.kind, "subject": each.subject, **_content(each), "since": tx.now}
        if not tx.add_new(alert, {**new, "seen_at": tx.now, "is_over": False}):
            tx.change(_CHANGE.where(alert.c.is_over.is_(True)), {**_of(each), **anew})
            tx.change(_CHANGE, {**_of(each), **_content(each), "seen_at": tx.now})


def _end(tx: Transaction, *which: ColumnElement[bool], but: Collection[tuple[Kind, str]] = ()) -> None:
    """End these alerts, but for some; those that nobody has heard of are forgotten."""
    for row in tx.rows(select(alert).where(*which).with_for_update()):
        if (row.kind, row.subject) in but:
            continue
        if row.told_at is None:
            tx.connection.execute(_FORGET, _of(row))
        else:
            tx.change(_CHANGE, {**_of(row), "is_over": True, "told_at": None})


def _content(each: Alert) -> dict[str, object]:
    return {"text": each.text, "details": each.stored_details()}


def _of(each: Alert | Row[tuple[object, ...]]) -> dict[str, object]:
    return {"of_kind": each.kind, "of_subject": each.subject}
