"""The audit log in SQL: rows are added and read; no code removes one or changes more than its link."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, or_, select

from realpad_form.adapters.sql.database import Database, after_commit
from realpad_form.adapters.sql.schema_people import audit_entry, person
from realpad_form.domain.people import (
    CLOCK_TOLERANCE,
    LEAD_LIST,
    PERSONAL_ACTIONS,
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditNote,
    AuditScope,
)
from realpad_form.ports import AuditLimit

command_user: Final[ContextVar[str]] = ContextVar("command_user", default="")
"""Who runs a command, by the name of the system's user: what it does is no person's of ours."""

logger = logging.getLogger("realpad_form.audit")


@dataclass(frozen=True, slots=True)
class SqlAuditLog:
    """The port AuditLog, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def record(
        self,
        what: AuditAction,
        *,
        by: UUID | None,
        subject: str = "",
        detail: str = "",
        project: str | None = None,
    ) -> None:
        """Record an action."""
        self.record_all([AuditNote(action=what, by=by, subject=subject, detail=detail, project=project)])

    def record_all(self, notes: Sequence[AuditNote]) -> None:
        """Record several actions at once."""
        with self.database.write() as connection:
            at = self.clock() if self.clock else self.database.now(connection)
            write(connection, at, notes)

    def record_limited(
        self,
        what: AuditAction,
        limit: AuditLimit,
        *,
        by: UUID,
        subject: str = "",
        detail: str = "",
        project: str | None = None,
    ) -> timedelta:
        """Write down that a person does something and return zero; or how long to wait, writing nothing."""
        with self.database.write() as connection:
            # Whoever counts for the same person waits here until this count is written down.
            connection.execute(select(person.c.id).where(person.c.id == by).with_for_update())
            now = self.clock() if self.clock else self.database.now(connection)
            query = select(audit_entry.c.at).where(audit_entry.c.by == by, audit_entry.c.deed == what)
            latest: Iterable[datetime] = connection.execute(
                query.order_by(audit_entry.c.number.desc()).limit(limit.most)
            ).scalars()
            # What was written farther ahead is of a clock that was ahead, and would block for long.
            counted = [at for at in latest if now - limit.within < at <= now + CLOCK_TOLERANCE]
            if len(counted) >= limit.most:
                return min(counted) + limit.within - now
            note = AuditNote(action=what, by=by, subject=subject, detail=detail, project=project)
            write(connection, now, [note])
        return timedelta(0)

    def entries(
        self,
        *,
        by: UUID | None = None,
        subject: str | None = None,
        actions: Collection[AuditAction] | None = None,
        limit: int | None = 100,
    ) -> list[AuditEntry]:
        """Return the latest entries by a person or about a subject, newest first."""
        kinds = None if actions is None else frozenset(actions)
        return self._read(_conditions(AuditFilter(author=by, subject=subject, actions=kinds)), limit=limit)

    def page(
        self,
        filter_: AuditFilter,
        *,
        before: int | None = None,
        limit: int = 100,
        scope: AuditScope | None = None,
    ) -> list[AuditEntry]:
        """Return the latest entries that match, newest first."""
        conditions = [*_conditions(filter_)]
        if before is not None:
            conditions.append(audit_entry.c.number < before)
        if scope is not None:
            conditions.append(_in_scope(scope))
        return self._read(conditions, limit=limit)

    def _read(self, conditions: Iterable[ColumnElement[bool]], *, limit: int | None) -> list[AuditEntry]:
        with self.database.read() as connection:
            return _entries(connection, conditions, limit=limit)


def entries_about(connection: Connection, subject: str, actions: Collection[AuditAction]) -> list[AuditEntry]:
    """Return all entries of some actions about a subject, newest first, in a transaction that has begun."""
    return _entries(connection, _conditions(AuditFilter(subject=subject, actions=frozenset(actions))))


def _entries(
    connection: Connection, conditions: Iterable[ColumnElement[bool]], *, limit: int | None = None
) -> list[AuditEntry]:
    query: Select[Any] = select(audit_entry).where(*conditions)
    return [
        AuditEntry(
            number=row.number,
            at=row.at,
            action=AuditAction(row.deed),
            by=row.by,
            subject=row.subject,
            detail=row.detail,
            project=row.project,
        )
        for row in connection.execute(query.order_by(audit_entry.c.number.desc()).limit(limit))
    ]


def _conditions(filter_: AuditFilter) -> Iterator[ColumnElement[bool]]:
    columns = audit_entry.c
    if filter_.author is not None:
        yield columns.by == filter_.author
    if filter_.subject is not None:
        yield columns.subject == filter_.subject
    if filter_.actions is not None:
        yield columns.deed.in_(sorted(filter_.actions))
    if filter_.since is not None:
        yield columns.at >= filter_.since
    if filter_.until is not None:
        yield columns.at < filter_.until
    if not filter_.has_lists:
        yield or_(columns.deed != AuditAction.VIEWED, columns.subject != LEAD_LIST)


def write(
    connection: Connection, at: datetime, notes: Iterable[AuditNote], *, project: str | None = None
) -> None:
    """Add notes to the audit log, in the transaction of what they tell of; `project` is for those without.

    Once they are on disk they are handed to the application log as well, which can leave this machine.
    """
    for note in notes:
        user = f"user {command_user.get()}" if command_user.get() and note.by is None else ""
        about = {
            "subject": note.subject[:255],
            "detail": ", ".join(filter(None, (note.detail, user)))[:255],
            "project": note.project or project,
        }
        connection.execute(insert(audit_entry), {"at": at, "deed": note.action, "by": note.by, **about})
        after_commit(connection, partial(_log, note.action, note.by, about))


def _log(what: AuditAction, by: UUID | None, about: dict[str, str | None]) -> None:
    words = " ".join(f"{name}={value}" for name, value in {"by": by, **about}.items() if value)
    logger.info("%s %s", what, words)


def _in_scope(scope: AuditScope) -> ColumnElement[bool]:
    """Return what an entry must be for a reader who is limited to projects."""
    is_of_person = or_(
        audit_entry.c.subject.in_(sorted(map(str, scope.people))),
        and_(
            audit_entry.c.deed.in_(sorted(PERSONAL_ACTIONS)),
            audit_entry.c.by.in_(sorted(scope.people)),
            audit_entry.c.subject == "",  # else it was done to somebody else, who may be none of these
        ),
    )
    return or_(
        audit_entry.c.project.in_(sorted(scope.projects)), and_(audit_entry.c.project.is_(None), is_of_person)
    )
