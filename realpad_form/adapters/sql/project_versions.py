"""The port ProjectVersions in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select, update

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import project_version
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.project import ProjectVersion

TRIES: Final = 5
"""How often a number is looked for while other machines take numbers for versions of the same project."""

_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SqlProjectVersions:
    """The port ProjectVersions, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def keep(self, version: ProjectVersion, *, replaces: str | None = None) -> None:
        """Keep a version, unless a version of that text is kept already; see the port."""
        self._must_be_there()
        with self.database.write() as connection:
            now = self.clock() if self.clock else self.database.now(connection)
            for _ in range(TRIES):
                if self._keep(connection, version, replaces=replaces, now=now):
                    return
        raise StorageUnavailableError("too many machines keep versions of one project file at once")

    def latest(self, slug: str, *, limit: int = 20) -> Sequence[ProjectVersion]:
        """Return the versions of a project, the one adopted last first."""
        self._must_be_there()
        table = project_version.c
        newest_first = (
            select(table.text, table.adopted_at)
            .where(table.slug == slug)
            .order_by(table.adopted_at.desc(), table.number.desc())
            .limit(limit)
        )
        with self.database.read() as connection:
            rows = connection.execute(newest_first).all()
        return [ProjectVersion(slug=slug, text=row.text, adopted_at=row.adopted_at) for row in rows]

    def _keep(
        self, connection: Connection, version: ProjectVersion, *, replaces: str | None, now: datetime
    ) -> bool:
        """Do what `keep` promises; return whether it was done, and not another machine's turn."""
        rows = _rows(connection, version.slug)
        known = next((row for row in rows if row.hash == version.hash), None)
        newest = rows[0] if rows else None
        if known is not None and known is newest:
            return True
        at = min(version.adopted_at, now)  # a file may bear any time, even one to come
        if newest is not None and newest.hash == replaces:
            at = max(now, newest.adopted_at + _TICK)
        if known is None:
            number = max((row.number for row in rows), default=0) + 1
            row = {
                "slug": version.slug,
                "number": number,
                "hash": version.hash,
                "text": version.text,
                "adopted_at": at,
            }
            return connection.execute(self.database.insert_new(project_version), [row]).rowcount == 1
        if newest is not None and at > newest.adopted_at:
            table = project_version.c
            adopt = update(project_version).where(table.slug == version.slug, table.number == known.number)
            connection.execute(adopt, {"adopted_at": at})
        return True

    def _must_be_there(self) -> None:
        """Raise: StorageUnavailableError, before SQLite makes an empty file for a mere look."""
        if not self.database.is_there:
            raise StorageUnavailableError("there is no database yet")


def _rows(connection: Connection, slug: str) -> Sequence[Row[Any]]:
    """Return number, hash and time of a project's versions, newest first, and let nobody else change them."""
    table = project_version.c
    query: Select[Any] = (
        select(table.number, table.hash, table.adopted_at)
        .where(table.slug == slug)
        .order_by(table.number)  # the same on all machines, lest they wait for each other
        .with_for_update()
    )
    rows = connection.execute(query).all()
    return sorted(rows, key=lambda row: (row.adopted_at, row.number), reverse=True)
