"""SQLite as the database: which driver, which journal, who may write when.

Source: sqlite.org/wal.html, "The WAL-reset bug".
"""

import importlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event

from realpad_form.domain.errors import SettingsError, StorageUnavailableError

READERS: Final = 16
"""Connections that may read at once; there is one that writes."""

RETRY_S: Final = 0.01
"""Between two tries to change the journal while another process is at it."""

logger = logging.getLogger(__name__)

_SYNCHRONOUS: Final = {"FULL": 2, "EXTRA": 3}


def engines(url: URL, *, wait_s: float) -> tuple[Engine, Engine]:
    """Return an engine that writes, one transaction at a time, and one that only reads.

    Both wait up to `wait_s` for their turn. Raises: SettingsError.
    """
    _check_path(url)
    module = driver()
    shared: dict[str, Any] = {"module": module, "pool_timeout": wait_s, "hide_parameters": True}
    writer = create_engine(url, pool_size=1, max_overflow=0, **shared)
    reader = create_engine(url, pool_size=READERS, max_overflow=0, **shared)
    durable = partial(_make_durable, module=module, wait_s=wait_s)
    for engine in (writer, reader):
        event.listen(engine, "do_connect", partial(_make_private, path=Path(str(url.database))))
    event.listen(writer, "connect", _on_connect(wait_s, durable))
    event.listen(
        reader,
        "connect",
        _on_connect(wait_s, lambda connection: connection.execute("PRAGMA query_only = ON")),
    )
    event.listen(writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return writer, reader


def driver() -> ModuleType:
    """Return the SQLite driver: `pysqlite3` if only it is free of the WAL-reset bug, else Python's own."""
    if is_fixed(sqlite3.sqlite_version_info):
        return sqlite3
    try:
        bundled = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3
    return bundled if is_fixed(bundled.sqlite_version_info) else sqlite3


def is_fixed(version: tuple[int, ...]) -> bool:
    """Return whether several connections may share a WAL file of this version without corrupting it.

    Source: sqlite.org, fixed in 3.51.3 and back-ported to 3.50.7 and 3.44.6; 3.52.0 was withdrawn.
    """
    if version[:2] in ((3, 44), (3, 50)):
        return version >= {44: (3, 44, 6), 50: (3, 50, 7)}[version[1]]
    return version >= (3, 51, 3) and version[:2] != (3, 52)


def problems(url: URL) -> list[str]:
    """Return what is wrong with the file. Raises: StorageUnavailableError."""
    module = driver()
    try:
        with closing(module.connect(str(url.database))) as connection:
            damages = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            orphans = [] if damages else connection.execute("PRAGMA foreign_key_check").fetchall()
    except module.OperationalError as error:
        raise StorageUnavailableError(f"the database cannot be used now: {error}") from error
    except module.DatabaseError as error:  # so damaged that even the check gives up
        return [str(error)]
    return damages or [f"row {row[1]} of {row[0]} points nowhere" for row in orphans]


def clear_journal(url: URL) -> None:
    """Move everything from the WAL file into the database and cut it to nothing.

    Raises: StorageUnavailableError.
    """
    module = driver()
    try:
        with closing(module.connect(str(url.database))) as connection:
            connection.execute("PRAGMA busy_timeout = 5000")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except module.Error as error:
        raise StorageUnavailableError(f"the journal cannot be cleared now: {error}") from error
    if busy:
        raise StorageUnavailableError("the journal is in use; it is cleared when it next fills up")


def backup(url: URL, target: Path) -> None:
    """Copy the database into a new file, readable by its owner only, while it is in use.

    Raises: StorageUnavailableError.
    """
    module = driver()
    unfinished = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode=0o600))
        with (
            closing(module.connect(str(url.database))) as source,
            closing(module.connect(unfinished)) as copy,
        ):
            source.backup(copy)
            # Whoever opens the copy shall know that it is one; one of an older schema has no place for it.
            has_state = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'log_state'"
            if copy.execute(has_state).fetchone():
                new = (1, uuid4().hex, datetime.now(UTC).isoformat(timespec="microseconds"))
                mark = "ON CONFLICT (number) DO UPDATE SET copied_at = excluded.copied_at"
                insert = "INSERT INTO log_state (number, log_id, copied_at) VALUES (?, ?, ?)"
                copy.execute(f"{insert} {mark}", new)
                copy.commit()
        unfinished.replace(target)
    except (OSError, module.Error) as error:
        raise StorageUnavailableError(f"cannot back up to {target}: {error}") from error


def block_others(_connection: Connection, _tables: Iterable[str], *, with_readers: bool) -> None:
    """Do nothing: whoever has begun to write is the only one."""


def forbid_writes(connection: Connection, tables: Iterable[str], why: str) -> None:
    """Let the file refuse every change from now on, whichever program tries it."""
    for name, table, change in _triggers(tables):
        body = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        connection.exec_driver_sql(f'CREATE TRIGGER {name} BEFORE {change} ON "{table}" {body}')


def allow_writes(connection: Connection, tables: Iterable[str]) -> None:
    """Take that back."""
    for name, _table, _change in _triggers(tables):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def are_writes_forbidden(connection: Connection, table: str) -> bool:
    """Return whether the file refuses changes of a table."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = ?"
    return connection.exec_driver_sql(query, (f"moved_{table}_insert",)).first() is not None


def finish_load(_connection: Connection, _tables: Iterable[Table]) -> None:
    """Do nothing: SQLite goes on after the highest number by itself."""


def is_there(url: URL) -> bool:
    """Return whether there is a file."""
    return Path(str(url.database)).is_file()


def _triggers(tables: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return name, table and change of each trigger that forbids writing."""
    changes = ("INSERT", "UPDATE", "DELETE")
    return [(f"moved_{table}_{change.lower()}", table, change) for table in tables for change in changes]


def _check_path(url: URL) -> None:
    """See whether the file can be made and used. Raises: SettingsError."""
    if not url.database or url.database == ":memory:" or url.query:
        raise SettingsError(["SQLite needs a file and takes no options, e.g. sqlite:///data/leads.db"])
    path = Path(url.database)
    above = next(place for place in path.parents if place.exists())
    if not above.is_dir():
        raise SettingsError([f"cannot make the data folder {path.parent}: {above} is not a folder"])
    for place in (above, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise SettingsError([f"cannot write {place}; give this user the right to"])


def _make_private(*_about: Any, path: Path) -> None:
    """Make folder and file for their owner only; SQLite's journals have the mode of the file.

    Raises: StorageUnavailableError.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never one that is there: closing it would end the locks that SQLite has on it in this process.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode=0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StorageUnavailableError(f"the database cannot be made now: {error.strerror}") from error


def _on_connect(wait_s: float, prepare: Callable[[Any], None]) -> Callable[[Any, Any], None]:
    """Return what is done with each new connection of an engine; transactions are begun by us alone."""

    def prepare_connection(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
        prepare(connection)

    return prepare_connection


def _make_durable(connection: Any, module: ModuleType, wait_s: float) -> None:
    """Choose a journal that survives a power cut and, on unfixed versions, several connections.

    A file that is in WAL mode already stays so: changing it back under other processes is worse.

    Raises: SettingsError, if the file does not take the setting.
    """
    is_wal = _pragma(connection, "journal_mode") == "wal"
    mode = "wal" if is_wal or is_fixed(module.sqlite_version_info) else "delete"
    level = "FULL" if mode == "wal" else "EXTRA"
    if mode == "delete":
        logger.info("SQLite %s has the WAL-reset bug: using a rollback journal", module.sqlite_version)
    if _change_journal(connection, module, mode, wait_s) != mode:
        raise SettingsError([f"SQLite does not take journal_mode {mode} here; is the folder on a network?"])
    connection.execute(f"PRAGMA synchronous = {level}")
    if _pragma(connection, "synchronous") != _SYNCHRONOUS[level]:
        raise SettingsError([f"SQLite does not take synchronous {level} here; use another build of it"])
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased shall not stay in free pages


def _change_journal(connection: Any, module: ModuleType, mode: str, wait_s: float) -> Any:
    """Return the journal mode after changing it; SQLite itself does not wait for its turn at this."""
    give_up = monotonic() + wait_s
    while True:
        try:
            return _pragma(connection, f"journal_mode = {mode}")
        except module.OperationalError:
            if monotonic() > give_up:
                raise
            sleep(RETRY_S)


def _pragma(connection: Any, text: str) -> Any:
    row = connection.execute(f"PRAGMA {text}").fetchone()
    return row[0] if row else None
