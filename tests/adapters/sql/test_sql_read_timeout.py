"""A PostgreSQL that stands still: its machine takes every byte and nobody answers."""

from contextlib import ExitStack
from time import monotonic

import pytest
from opened import closing_database
from running import postgresql_server

from realpad_form.adapters.sql import postgresql, read_timeout
from realpad_form.domain.errors import StorageUnavailableError


@pytest.fixture(scope="module")
def server():
    with postgresql_server() as server:
        yield server


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    monkeypatch.setattr(postgresql, "STATEMENT_S", 1)
    monkeypatch.setattr(postgresql, "GRACE_S", 0.5)
    monkeypatch.setattr(read_timeout, "PING_S", 0.5)


@pytest.fixture
def database(server):
    with closing_database(server.url, wait_s=1) as database:
        yield database


def use(database):
    with database.write() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar()


@pytest.fixture(params=["write", "read"])
def opened(request, database):
    """A transaction to be, that writes and that reads."""
    return getattr(database, request.param)()


def ask_in_silence(server, opened):
    with opened as connection:
        connection.exec_driver_sql("SELECT 1")
        with server.silent():
            connection.exec_driver_sql("SELECT 2")


def commit_in_silence(server, database):
    with ExitStack() as until_after_the_commit, database.write() as connection:
        connection.exec_driver_sql("SELECT 1")
        until_after_the_commit.enter_context(server.silent())


def seconds_until_unavailable(database):
    began = monotonic()
    with pytest.raises(StorageUnavailableError):
        use(database)
    return monotonic() - began


def test_silent_server_is_unavailable_to_a_new_connection_in_bounded_time(server, database):
    with server.silent():
        assert seconds_until_unavailable(database) < 4


def test_silent_server_is_unavailable_to_a_pooled_connection_in_bounded_time(server, database):
    use(database)

    with server.silent():
        assert seconds_until_unavailable(database) < 5


def test_pooled_connections_are_tried_once_and_not_one_after_the_other(server, database):
    with database.write() as connection, database.write() as other:
        connection.exec_driver_sql("SELECT 1")
        other.exec_driver_sql("SELECT 1")

    with server.silent():
        seconds_until_unavailable(database)
        assert seconds_until_unavailable(database) < 4


def test_server_that_falls_silent_in_a_transaction_is_unavailable_in_bounded_time(server, opened):
    began = monotonic()

    with pytest.raises(StorageUnavailableError, match=r"said nothing for 1\.5 s"):
        ask_in_silence(server, opened)

    assert monotonic() - began < 4


def test_server_that_falls_silent_before_the_commit_is_unavailable_in_bounded_time(server, database):
    began = monotonic()

    with pytest.raises(StorageUnavailableError, match=r"said nothing for 1\.5 s"):
        commit_in_silence(server, database)

    assert monotonic() - began < 4


def test_server_that_speaks_again_is_used_again(server, database):
    use(database)
    with server.silent():
        seconds_until_unavailable(database)

    assert use(database) == 1


def test_statement_that_takes_long_is_ended_by_the_server_itself(database):
    with pytest.raises(StorageUnavailableError, match="statement timeout"), database.write() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(10)")
