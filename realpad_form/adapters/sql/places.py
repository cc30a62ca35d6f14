"""Which file or server a database is, so that one that was put in its place is told from it."""

import os
from dataclasses import dataclass
from typing import Final

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
    """Where a database is; empty as far as nobody can tell."""

    name: str = ""  # device and number of the file, or cluster, timeline and number of the database
    journal: str = ""  # device and number of SQLite's journal, if there is one
    is_newer_than_journal: bool = False


def of_file(path: str) -> DatabasePlace:
    """Return which file an SQLite database and its journal are, without opening them."""
    file, journal = _stat(path), _stat(f"{path}-wal")
    if file is None:
        return DatabasePlace()
    is_newer = bool(journal and journal.st_size and file.st_ctime > journal.st_mtime + WRITTEN_S)
    return DatabasePlace(_name(file), _name(journal) if journal else "", is_newer)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - SQLite's own names
    except OSError:
        return None


def _name(found: os.stat_result) -> str:
    return f"{found.st_dev} {found.st_ino}"
