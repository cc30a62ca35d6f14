"""The ports ProjectVersions and Publications in SQL: texts, each kept once, and when each went live."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, func, select, update

from realpad_form.adapters.sql import audit
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schedules import remove_schedule, remove_schedule_of_text
from realpad_form.adapters.sql.schema import project_version, publication
from realpad_form.domain.errors import (
    PublishedMeanwhileError,
    ScheduleNotFoundError,
    StorageUnavailableError,
)
from realpad_form.domain.people import AuditNote
from realpad_form.domain.project import ProjectVersion
from realpad_form.domain.publishing import Publication, Published, PublishedFrom, same_text_note

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
            return _insert_text(self.database, connection, version, rows, at=at)
        if newest is not None and at > newest.adopted_at:
            _adopt_again(connection, version.slug, known.number, at=at)
        return True

    def _must_be_there(self) -> None:
        _must_be_there(self.database)


def _must_be_there(database: Database) -> None:
    """Raise: StorageUnavailableError, before SQLite makes an empty file for a mere look."""
    if not database.is_there:
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


def _insert_text(
    database: Database,
    connection: Connection,
    version: ProjectVersion,
    rows: Sequence[Row[Any]],
    *,
    at: datetime,
) -> bool:
    """Add a text under the next number of its project; False if another machine has taken that number."""
    row = {
        "slug": version.slug,
        "number": max((row.number for row in rows), default=0) + 1,
        "hash": version.hash,
        "text": version.text,
        "adopted_at": at,
    }
    return connection.execute(database.insert_new(project_version), [row]).rowcount == 1


def _adopt_again(connection: Connection, slug: str, number: int, *, at: datetime) -> None:
    """Make a text that is kept the newest of its project."""
    table = project_version.c
    adopt = update(project_version).where(table.slug == slug, table.number == number)
    connection.execute(adopt, {"adopted_at": at})


_WITH_TEXT: Final = select(publication, project_version.c.text).join(
    project_version,
    and_(project_version.c.slug == publication.c.slug, project_version.c.hash == publication.c.hash),
)
_NEWEST: Final = select(
    publication.c.slug,
    func.max(publication.c.number).label("number"),
    func.max(publication.c.at).label("at"),
).group_by(publication.c.slug)


@dataclass(frozen=True, slots=True)
class SqlPublications:
    """The port Publications, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def newest(self) -> dict[str, tuple[int, datetime]]:
        """Return number and time of the newest publication of each project."""
        _must_be_there(self.database)
        with self.database.read() as connection:
            return {row.slug: (row.number, row.at) for row in connection.execute(_NEWEST)}

    def find(self, slug: str) -> Published | None:
        """Return what is known of a project's publications; None if there are none."""
        newest = self.history(slug, limit=1)
        if not newest:
            return None
        published = publication.c
        last = func.max(published.at).label("at")
        query = select(published.hash, last).where(published.slug == slug)
        with self.database.read() as connection:
            rows = connection.execute(query.group_by(published.hash))
            return Published(newest[0], {row.hash: row.at for row in rows})

    def history(self, slug: str, *, limit: int = 1000) -> list[Publication]:
        """Return the publications of a project, newest first."""
        _must_be_there(self.database)
        query = _WITH_TEXT.where(publication.c.slug == slug).order_by(publication.c.number.desc())
        with self.database.read() as connection:
            return [_to_publication(row) for row in connection.execute(query.limit(limit))]

    def get(self, slug: str, number: int) -> Publication | None:
        """Return one publication, or None."""
        _must_be_there(self.database)
        query = _WITH_TEXT.where(publication.c.slug == slug, publication.c.number == number)
        with self.database.read() as connection:
            row = connection.execute(query).first()
        return _to_publication(row) if row else None

    def publish(
        self, *new: Publication, note: AuditNote | None = None, schedule: UUID | None = None
    ) -> Publication:
        """Make texts live, the last one for good; see the port."""
        _must_be_there(self.database)
        with self.database.write() as connection:
            # First: another process that publishes the same schedule waits here, and then does nothing.
            if schedule and not remove_schedule(connection, new[-1].slug, schedule):
                raise ScheduleNotFoundError(new[-1].slug)
            is_ended = remove_schedule_of_text(connection, new[-1])
            now = self.clock() if self.clock else self.database.now(connection)
            published = [self._add(connection, each, now) for each in new]
            ended = same_text_note(published[-1], by=published[-1].by) if is_ended else None
            audit.write(connection, now, list(filter(None, (note, ended))))
        return published[-1]

    def _add(self, connection: Connection, new: Publication, now: datetime) -> Publication:
        row = connection.execute(_NEWEST.where(publication.c.slug == new.slug)).first()
        new = replace(new, at=max(now, row.at + _TICK) if row else now)  # a clock may have been set back
        values = {column.name: getattr(new, column.name) for column in publication.columns}
        insert = self.database.insert_new(publication)
        is_next = new.number == (row.number if row else 0) + 1
        if not is_next or connection.execute(insert, [values]).rowcount != 1:
            raise PublishedMeanwhileError(new.slug)
        self._adopt(connection, new.version)
        return new

    def _adopt(self, connection: Connection, version: ProjectVersion) -> None:
        """Make a version the newest of its project's texts.

        Another process may be keeping a text under the same number, as files are kept while they are served.
        """
        for _ in range(TRIES):
            rows = _rows(connection, version.slug)
            at = max([version.adopted_at, *(row.adopted_at + _TICK for row in rows)])
            known = next((row.number for row in rows if row.hash == version.hash), None)
            if known is not None:
                return _adopt_again(connection, version.slug, known, at=at)
            if _insert_text(self.database, connection, version, rows, at=at):
                return None
        raise StorageUnavailableError("too many machines keep versions of one project file at once")


def _to_publication(row: Row[Any]) -> Publication:
    columns: Mapping[str, Any] = {column.name: getattr(row, column.name) for column in publication.columns}
    return Publication(**{**columns, "origin": PublishedFrom(row.origin)}, text=row.text)
