"""One database behind the lead log: transactions, its time, what its errors mean, and which one it is."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, func, make_url, select
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from realpad_form.adapters.sql import postgresql, sqlite
from realpad_form.adapters.sql.schema import log_state, metadata
from realpad_form.domain.errors import SettingsError, StorageUnavailableError

OUR_FAULT: Final = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""Errors that no waiting mends; they must not look like an outage."""

NOT_MIGRATED: Final = ("42P01", "42703")
"""PostgreSQL's codes for a table or column that is not there (yet)."""

MOVED: Final = "this database was copied to another one by `realpad-form db copy` and accepts no more changes"
"""What a database says to whoever would change it after it was copied."""

_AFTER: Final = "after commit"
"""Where a connection keeps what is to be done then."""

WRITTEN_S: Final = 2.0
"""How much later than its journal a file may be written: moving the journal's pages into it takes less."""

SERVER: Final = (
    "SELECT (SELECT system_identifier FROM pg_control_system())::text || ' ' ||"
    " substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ' ' ||"
    " (SELECT oid FROM pg_database WHERE datname = current_database())::text"
)
"""PostgreSQL's cluster, its timeline, which changes with each fail-over and recovery, and the database."""


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Where a database is, so that one that was put in its place is told apart; empty if unknown."""

    name: str = ""  # device and number of the file, or cluster, timeline and number of the database
    journal: str = ""  # device and number of SQLite's journal, if there is one
    is_newer_than_journal: bool = False


class Database:
    """SQLite or PostgreSQL, by URL; connections open when first used.

    `wait_s` bounds every wait for a connection or lock. Raises: SettingsError.
    """

    def __init__(self, url: str, *, wait_s: float = 10.0) -> None:
        self._url = _parse(url)
        self._adapter: Any = sqlite if self.is_sqlite else postgresql
        self._writer, self._reader = self._adapter.engines(self._url, wait_s=wait_s)
        insert: Any = sqlite_dialect.insert if self.is_sqlite else postgresql_dialect.insert
        counted = {
            table: insert(table).execution_options(preserve_rowcount=True)
            for table in metadata.tables.values()
        }
        self._inserts = {table: each.on_conflict_do_nothing() for table, each in counted.items()}
        self._shared = threading.local()  # .connection: of the transaction that this thread has begun

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file of ours and not a server."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def is_there(self) -> bool:
        """Whether there is a file; a server says so itself when it is asked."""
        return not self.is_sqlite or sqlite.is_there(self._url)

    @property
    def exposure(self) -> str:
        """What to warn of on the way to a server on another machine, or ''."""
        return "" if self.is_sqlite else postgresql.exposure(self._url)

    def must_be_there(self) -> None:
        """See that there is a file, before SQLite makes an empty one. Raises: SettingsError."""
        if not self.is_there:
            raise SettingsError([f"there is no database at {self._url.database}"])

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection in a transaction; it is on disk when this ends without an error.

        Within `transaction` it is part of that one. Raises: StorageUnavailableError.
        """
        after: list[Callable[[], None]] = []
        with _translated(), self._shared_or(self._writer) as connection:
            if self._current is None:  # else it is done after the transaction that this is part of
                connection.info[_AFTER] = after
            yield connection
        for do in after:
            do()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database and cannot write.

        Within `transaction` it sees what that one sees. Raises: StorageUnavailableError.
        """
        with _translated(), self._shared_or(self._reader) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Make one transaction of all that this thread reads and writes here until the block ends.

        It is on disk when the outermost block ends without an error; else nothing of it is.
        Raises: StorageUnavailableError.
        """
        with self.write() as connection:
            outer, self._shared.connection = self._current, connection
            try:
                yield connection
            finally:
                self._shared.connection = outer

    @property
    def _current(self) -> Connection | None:
        """The connection of the transaction that this thread has begun."""
        found: Connection | None = getattr(self._shared, "connection", None)
        return found

    def _shared_or(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Return the connection of this thread's transaction, or else a transaction of its own."""
        return nullcontext(self._current) if self._current is not None else engine.begin()

    def now(self, connection: Connection) -> datetime:
        """Return the database's time; an embedded one has its machine's."""
        if self.is_sqlite:
            return datetime.now(UTC)
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)

    def insert_new(self, table: Table) -> Any:
        """Return an INSERT that leaves out rows whose key is there already."""
        return self._inserts[table]

    def place(self) -> DatabasePlace:
        """Return which file or server this is; of a file, without opening it.

        Raises: StorageUnavailableError.
        """
        if self.is_sqlite:
            path = str(self._url.database)
            file, journal = _stat(path), _stat(f"{path}-wal")
            if file is None:
                return DatabasePlace()
            is_newer = bool(journal and journal.st_size and file.st_ctime > journal.st_mtime + WRITTEN_S)
            return DatabasePlace(_name(file), _name(journal) if journal else "", is_newer)
        try:
            with self.read() as connection:
                return DatabasePlace(str(connection.exec_driver_sql(SERVER).scalar_one()))
        except OUR_FAULT:  # this user may not ask, or the server is none of PostgreSQL's own
            return DatabasePlace()

    def check(self) -> list[str]:
        """Return what is wrong with the stored tables; nothing is good news.

        Raises: StorageUnavailableError; SettingsError, if there is no database.
        """
        self.must_be_there()
        if self.is_sqlite:
            return sqlite.problems(self._url)
        with self.read() as connection:
            for table in metadata.sorted_tables:
                connection.execute(select(table).limit(1))
        return []

    def clear_journal(self) -> None:
        """Let nothing that was erased stand in the journal any more; a server has its own ways.

        Raises: StorageUnavailableError.
        """
        if self.is_sqlite:
            sqlite.clear_journal(self._url)

    def backup(self, target: Path) -> None:
        """Copy the database into a file while it is in use.

        Raises: StorageUnavailableError; SettingsError, if there is no database or it is PostgreSQL's, which
        has its own tool.
        """
        self.must_be_there()
        if not self.is_sqlite:
            raise SettingsError(["PostgreSQL is backed up with its own tool, pg_dump"])
        sqlite.backup(self._url, target)

    def block_others(self, connection: Connection, *, with_readers: bool = False) -> None:
        """Let nobody else change our tables until the transaction of a writing connection ends.

        Nor read them, with `with_readers`, on PostgreSQL. That transaction may take as long as it needs.
        Raises: StorageUnavailableError, at the end of it, if others do not end theirs.
        """
        self._adapter.block_others(connection, metadata.tables, with_readers=with_readers)

    def forbid_writes(self, connection: Connection) -> None:
        """Let the database itself refuse every change, by any process of any version, once this commits.

        To whoever writes it is as if the database was away (StorageUnavailableError).
        """
        self._adapter.forbid_writes(connection, metadata.tables, MOVED)

    def allow_writes(self, connection: Connection) -> None:
        """Take back `forbid_writes`."""
        self._adapter.allow_writes(connection, metadata.tables)

    def is_moved(self, connection: Connection) -> bool:
        """Return whether `forbid_writes` was done here."""
        return bool(self._adapter.are_writes_forbidden(connection, log_state.name))

    def finish_load(self, connection: Connection) -> None:
        """Let new rows get numbers after the highest that was put in."""
        self._adapter.finish_load(connection, metadata.sorted_tables)

    def dispose(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._writer.dispose()
        self._reader.dispose()


def _parse(url: str) -> URL:
    """Return a URL of a database we know. Raises: SettingsError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise SettingsError(["a database URL is written sqlite:///leads.db or postgresql+psycopg://…"])
    return parsed


def after_commit(connection: Connection, do: Callable[[], None]) -> None:
    """Do something once the transaction of a writing connection is on disk, and only then."""
    connection.info[_AFTER].append(do)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn a driver's errors into ours, in the one place; our own mistakes stay what they are."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StorageUnavailableError("the database is busy: no connection became free") from error
    except DBAPIError as error:
        first_line = str(error.orig).partition("\n")[0]
        if isinstance(error, ProgrammingError) and error.statement is None:  # nothing was asked yet
            raise SettingsError([f"the database URL cannot be used: {first_line}"]) from error
        is_migrating = getattr(error.orig, "sqlstate", None) in NOT_MIGRATED
        if isinstance(error, OUR_FAULT) and not is_migrating and first_line != MOVED:
            raise
        raise StorageUnavailableError(f"the database cannot be used now: {first_line}") from error


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - SQLite's own names
    except OSError:
        return None


def _name(found: os.stat_result) -> str:
    return f"{found.st_dev} {found.st_ino}"
