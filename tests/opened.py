"""Databases and lead logs that a test opens itself, e.g. a second one on the same database."""

from contextlib import contextmanager
from datetime import timedelta

from realpad_form.adapters.sql import Database, SqlLeadLog
from realpad_form.adapters.vault import Vault


@contextmanager
def closing_database(url, **settings):
    """Open a database for a while."""
    database = Database(url, **settings)
    try:
        yield database
    finally:
        database.dispose()


def make_sql_log(database, clock, *, webhooks=dict):
    """Return a lead log in SQL, sealed, on a clock of the test's and without jitter."""
    return SqlLeadLog(
        database,
        Vault(["k" * 32]),
        timedelta(hours=120),
        clock=clock,
        jitter=lambda: 0.0,
        listeners=webhooks,
    )
