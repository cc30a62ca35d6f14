"""Brings the tables to the schema of this version, by Alembic's migrations."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from realpad_form.adapters.sql.database import Database
from realpad_form.domain.errors import SettingsError

MIGRATIONS: Final = Path(__file__).parent / "migrations"

LOCK: Final = 7_325_727_203
"""Names our advisory lock on PostgreSQL; any number that nobody else uses."""


Walk = Callable[[Sequence[str]], Iterator[str]]
"""Goes through the migrations to apply, one by one as they are; how far it is may be shown."""


def upgrade(database: Database, *, walk: Walk = iter) -> None:
    """Apply every migration that is missing; two processes at once do no harm, nor does dying midway.

    What a newer version has added stays and does not matter.

    Raises: SettingsError, if this version cannot work with what a newer one made; StorageUnavailableError.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            _wait_for_turn(connection)
        config = _config()
        if _is_ahead(connection, config):
            return
        config.attributes["connection"] = connection
        try:
            _apply(config, walk(_missing(config, connection)))
        except CommandError as error:
            raise SettingsError(
                [f"the database was made by a newer version of realpad-form: {error}"]
            ) from error


def is_current(database: Database) -> bool:
    """Return whether every migration has been applied, if only by a newer version that added to them.

    Raises: StorageUnavailableError.
    """
    if not database.is_there:
        return False
    config = _config()
    with database.read() as connection:
        return _applied(connection) == _head(config) or _is_ahead(connection, config)


def _apply(config: Config, steps: Iterator[str]) -> None:
    """Apply what is missing, and go a step on after each."""
    next(steps, None)
    config.attributes["on_version_apply"] = lambda **_about: next(steps, None)
    command.upgrade(config, "head")
    deque(steps, maxlen=0)


def _missing(config: Config, connection: Connection) -> list[str]:
    """Return the migrations that are not applied, oldest first."""
    applied = _applied(connection) or ""
    known = ScriptDirectory.from_config(config).walk_revisions()
    return sorted(each.revision for each in known if each.revision > applied)


def is_new(database: Database) -> bool:
    """Return whether no migration was ever applied. Raises: StorageUnavailableError."""
    with database.read() as connection:
        return _applied(connection) is None


def _is_ahead(connection: Connection, config: Config) -> bool:
    """Return whether a newer version of the same era was here: its migrations have only added to ours."""
    applied, head = _applied(connection) or "", _head(config)
    return applied > head and applied[0] == head[0]


def _applied(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head(config: Config) -> str:
    """Return the last migration that this version knows."""
    return str(ScriptDirectory.from_config(config).get_current_head())


def _wait_for_turn(connection: Connection) -> None:
    """Wait as long as another process migrates; SQLite's write lock does the same."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
