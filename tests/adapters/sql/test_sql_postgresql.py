import logging

import pytest
from opened import closing_database

from realpad_form.domain.errors import StorageUnavailableError


def test_asynchronous_commit_is_warned_of(postgresql_url, caplog):
    with closing_database(f"{postgresql_url}&options=-csynchronous_commit%3Doff") as database:
        database.check()

    assert "synchronous_commit is off" in caplog.text


def test_safe_server_is_not_warned_of(postgresql_url, caplog):
    with caplog.at_level(logging.WARNING), closing_database(postgresql_url) as database:
        database.check()

    assert caplog.text == ""


def test_waits_are_limited(postgresql_url):
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with closing_database(postgresql_url) as database, database.read() as connection:
        limits = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]

    assert limits == ["10s", "30s", "1min"]


def test_server_that_is_down_counts_as_unavailable(tmp_path):
    url = f"postgresql+psycopg://postgres@/postgres?host={tmp_path}"

    with closing_database(url) as database, pytest.raises(StorageUnavailableError):
        database.check()


def test_connection_that_the_server_ended_is_replaced(postgresql_url):
    with closing_database(postgresql_url) as database, closing_database(postgresql_url) as other:
        with database.read() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with other.write() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")

        assert database.check() == []


def test_connection_lost_in_a_transaction_counts_as_unavailable(postgresql_url):
    with (
        closing_database(postgresql_url) as database,
        pytest.raises(StorageUnavailableError),
        database.write() as connection,
    ):
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
