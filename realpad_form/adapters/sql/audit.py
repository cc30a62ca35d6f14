"""The audit log in SQL: rows are added and read, by no code changed or removed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, insert, select

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.people_schema import deed
from realpad_form.domain.people import AuditNote, Deed, Entry


@dataclass(frozen=True, slots=True)
class SqlAuditLog:
    """The port AuditLog, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def record(self, what: Deed, *, by: UUID | None, subject: str = "", detail: str = "") -> None:
        """Write a deed down."""
        with self.database.write() as connection:
            at = self.clock() if self.clock else self.database.now(connection)
            write(connection, at, [AuditNote(deed=what, by=by, subject=subject, detail=detail)])

    def entries(
        self,
        *,
        by: UUID | None = None,
        subject: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Return the latest entries, newest first."""
        query: Select[Any] = select(deed).order_by(deed.c.number.desc()).limit(limit)
        conditions = {deed.c.by: by, deed.c.subject: subject}
        query = query.where(*(column == value for column, value in conditions.items() if value is not None))
        if before is not None:
            query = query.where(deed.c.number < before)
        with self.database.read() as connection:
            return [_to_entry(row) for row in connection.execute(query)]


def write(connection: Connection, at: datetime, notes: Iterable[AuditNote]) -> None:
    """Add notes to the audit log, in the transaction of what they tell of."""
    for note in notes:
        about = {"subject": note.subject[:255], "detail": note.detail[:255]}
        connection.execute(insert(deed), {"at": at, "deed": note.deed, "by": note.by, **about})


def _to_entry(row: Row[Any]) -> Entry:
    return Entry(
        number=row.number, at=row.at, deed=Deed(row.deed), by=row.by, subject=row.subject, detail=row.detail
    )
