"""Brings the tables to the schema of this version, by Alembic's migrations.

Alembic is imported only to apply some: a process on a current database needs none of its 9 MiB.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect

from realpad_form.adapters.sql.database import MOVED, Database
from realpad_form.domain.errors import SettingsError

MIGRATIONS: Final = Path(__file__).parent / "migrations"

KNOWN: Final = sorted(path.stem[1:5] for path in (MIGRATIONS / "versions").glob("v[0-9]*.py"))
"""The migrations that this version knows, oldest first; their files begin with their numbers."""

LOCK: Final = 7_325_727_203
"""Names our advisory lock on PostgreSQL; any number that nobody else uses."""

MOVED_AWAY: Final = (
    f"{MOVED}; set REALPAD_FORM_DATABASE_URL to the new one. To go back to this one all the same,"
    " stop everything and run `realpad-form db restored --reopen`"
)
"""What an operator is told who would use a database that was copied to another one."""

Progress = Callable[[Sequence[str]], Iterator[str]]
"""Goes through the migrations to apply, one by one as they are; how far it is may be shown."""


def upgrade(database: Database, *, progress_of: Progress = iter) -> None:
    """Apply every migration that is missing; two processes at once do no harm, nor does dying midway.

    What a newer version has added stays and does not matter.

    Raises: SettingsError, if this version cannot work with what a newer one made, or the database was copied
    to another one; StorageUnavailableError.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            # Wait as long as another process migrates; SQLite's write lock does the same.
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if database.is_moved(connection):
            raise SettingsError([MOVED_AWAY])
        applied = _applied(connection)
        if _is_enough(applied):
            return
        steps = progress_of([each for each in KNOWN if each > (applied or "")])

        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = lambda **_about: next(steps, None)
        next(steps, None)
        try:
            command.upgrade(config, "head")
        except CommandError as error:  # it is at a migration that this version does not know
            newer = f"the database was made by a newer version of realpad-form: {error}"
            raise SettingsError([newer]) from error
        deque(steps, maxlen=0)


def is_current(database: Database) -> bool:
    """Return whether every migration has been applied, if only by a newer version that added to them.

    Raises: StorageUnavailableError.
    """
    if not database.is_there:
        return False
    with database.read() as connection:
        return _is_enough(_applied(connection))


def require_own_schema(database: Database) -> None:
    """See that the schema is the one that this version makes: nothing missing, and nothing added since.

    Raises: SettingsError; StorageUnavailableError.
    """
    with database.read() as connection:
        applied = _applied(connection)
    if not _is_enough(applied):
        raise SettingsError(["the schema is not current; run `realpad-form db upgrade` first"])
    if applied != KNOWN[-1]:
        newer = f"the database was upgraded by a newer version of realpad-form, to {applied}; use that one"
        raise SettingsError([newer])


def is_new(database: Database) -> bool:
    """Return whether no migration was ever applied. Raises: StorageUnavailableError."""
    with database.read() as connection:
        return _applied(connection) is None


def _is_enough(applied: str | None) -> bool:
    """Return whether this is our last migration, or a later one of its era, which has only added to ours."""
    last = KNOWN[-1]
    return applied is not None and applied >= last and applied[0] == last[0]


def _applied(connection: Connection) -> str | None:
    """Return the last migration that was applied, from the table that Alembic keeps."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found
