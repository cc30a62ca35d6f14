"""The port ScheduledPublications in SQL: a row for each project that has something scheduled or failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from realpad_form.adapters.sql import audit
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import scheduled_publication
from realpad_form.domain.errors import (
    ScheduledMeanwhileError,
    ScheduleNotFoundError,
    StorageUnavailableError,
)
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.publishing import Publication, ScheduledPublication, ScheduleFailure

_TABLE = scheduled_publication.c
_PENDING = select(_TABLE.slug, _TABLE.at).where(_TABLE.failed_at.is_(None))


@dataclass(frozen=True, slots=True)
class SqlScheduledPublications:
    """The port ScheduledPublications, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def now(self) -> datetime:
        """Return the time that schedules are measured by, aware, UTC."""
        with self.database.read() as connection:
            return self._now(connection)

    def pending(self) -> dict[str, datetime]:
        """Return when something goes live, by project, without what has failed."""
        if not self.database.is_there:  # before SQLite makes an empty file for a mere look
            raise StorageUnavailableError("there is no database yet")
        with self.database.read() as connection:
            return {row.slug: row.at for row in connection.execute(_PENDING)}

    def all(self) -> list[ScheduledPublication]:
        """Return all that is scheduled or has failed, by project."""
        with self.database.read() as connection:
            rows = connection.execute(select(scheduled_publication).order_by(_TABLE.slug))
            return [_to_schedule(row) for row in rows]

    def get(self, slug: str) -> ScheduledPublication | None:
        """Return what is scheduled for a project or has failed, or None."""
        with self.database.read() as connection:
            row = connection.execute(select(scheduled_publication).where(_TABLE.slug == slug)).first()
        return _to_schedule(row) if row else None

    def put(self, new: ScheduledPublication, *, replaces: UUID | None, note: AuditNote) -> None:
        """Keep a schedule, in the place of the one that is known to be there, with an audit entry."""
        values = {column.name: getattr(new, column.name) for column in scheduled_publication.columns}
        with self.database.write() as connection:
            if replaces is None:
                statement = self.database.insert_new(scheduled_publication)
                is_kept = connection.execute(statement, [values]).rowcount == 1
            else:
                is_kept = remove_schedule(connection, new.slug, replaces)
                if is_kept:
                    connection.execute(insert(scheduled_publication), [values])
            if not is_kept:
                raise ScheduledMeanwhileError(new.slug)
            audit.write(connection, self._now(connection), [note])

    def remove(self, schedule: ScheduledPublication, note: AuditNote) -> None:
        """Forget a schedule, with an audit entry. Raises: ScheduleNotFoundError."""
        with self.database.write() as connection:
            if not remove_schedule(connection, schedule.slug, schedule.id):
                raise ScheduleNotFoundError(schedule.slug)
            audit.write(connection, self._now(connection), [note])

    def fail(self, schedule: ScheduledPublication, failure: ScheduleFailure, note: AuditNote) -> bool:
        """Keep why a schedule was not published, with an audit entry; return False if it was not pending."""
        is_this = and_(_TABLE.slug == schedule.slug, _TABLE.id == schedule.id, _TABLE.failed_at.is_(None))
        with self.database.write() as connection:
            now = self._now(connection)
            values = {"failed_at": now, "failure": failure}
            is_pending = (
                connection.execute(update(scheduled_publication).where(is_this).values(values)).rowcount == 1
            )
            if is_pending:
                audit.write(connection, now, [note])
        return is_pending

    def _now(self, connection: Connection) -> datetime:
        return self.clock() if self.clock else self.database.now(connection)


def remove_schedule(connection: Connection, slug: str, schedule: UUID) -> bool:
    """Forget a schedule; return whether it was there. Of several transactions, one forgets it."""
    is_this = and_(_TABLE.slug == slug, _TABLE.id == schedule)
    return connection.execute(delete(scheduled_publication).where(is_this)).rowcount == 1


def remove_schedule_of_text(connection: Connection, new: Publication) -> bool:
    """Forget what is scheduled of a project that says what is published now; return whether anything did."""
    is_same = and_(_TABLE.slug == new.slug, _TABLE.text == new.text)
    return connection.execute(delete(scheduled_publication).where(is_same)).rowcount == 1


def fail_all_schedules(connection: Connection, failure: ScheduleFailure, now: datetime) -> None:
    """Let nothing go live that is scheduled, with an audit entry for each."""
    pending = select(_TABLE.slug).where(_TABLE.failed_at.is_(None)).order_by(_TABLE.slug).with_for_update()
    for slug in connection.execute(pending).scalars().all():
        values = {"failed_at": now, "failure": failure}
        connection.execute(update(scheduled_publication).where(_TABLE.slug == slug).values(values))
        what = AuditAction.SCHEDULE_FAILED
        note = AuditNote(action=what, by=None, subject=slug, detail=failure, project=slug)
        audit.write(connection, now, [note])


def _to_schedule(row: Row[Any]) -> ScheduledPublication:
    columns: Mapping[str, Any] = {
        column.name: getattr(row, column.name) for column in scheduled_publication.columns
    }
    failure = None if row.failure is None else ScheduleFailure(row.failure)
    return ScheduledPublication(**{**columns, "failure": failure})
