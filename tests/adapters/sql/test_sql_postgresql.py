import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from time import sleep

import pytest
from fakes import ACCEPTED, new_lead, throttled
from opened import closing_database, make_sql_log
from sqlalchemy import select, update

from realpad_form.adapters.sql.schema import lane, lead
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


@contextmanager
def locked(url, table, count):
    """Hold the first rows of a table, as another machine's transaction would."""
    with closing_database(url) as database, database.write() as connection:
        connection.execute(select(table).order_by(table.c.credential).limit(count).with_for_update()).all()
        yield


@pytest.fixture
def two_lanes(postgresql_url, submission, clock, key):
    """A log with a lead for each of two lanes."""
    with closing_database(postgresql_url) as database:
        log, other = make_sql_log(database, clock), replace(key, credential="a-lane")
        log.open_lanes([key, other])
        for each in (key, other):
            log.append(new_lead(submission(), credential=each.credential, payload={}))
        yield log, [key, other]


def test_claim_passes_by_a_lane_that_another_machine_holds(postgresql_url, two_lanes):
    log, keys = two_lanes

    with locked(postgresql_url, lane, 1):
        assert log.claim(keys, lease_s=45, pace_s=0, width=1).lane == keys[0]
        assert log.claim(keys, lease_s=45, pace_s=0, width=1) is None


def test_claim_passes_by_a_lead_that_another_machine_holds(postgresql_url, two_lanes):
    log, keys = two_lanes

    with locked(postgresql_url, lead, 1):
        assert log.claim(keys, lease_s=45, pace_s=0, width=1).lane == keys[0]
        assert log.claim(keys, lease_s=45, pace_s=0, width=1) is None


@pytest.mark.parametrize("answer", [ACCEPTED, throttled(60)])
def test_close_does_not_undo_a_stop_that_another_machine_writes_meanwhile(postgresql_url, two_lanes, answer):
    log, keys = two_lanes
    claim = log.claim(keys, lease_s=45, pace_s=0, width=1)

    with ThreadPoolExecutor(1) as pool:
        with closing_database(postgresql_url) as database, database.write() as connection:
            connection.execute(update(lane).values(is_stopped=True))
            closing = pool.submit(log.close, claim, answer)
            while not connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
                sleep(0.01)

        assert closing.result(10)

    assert all(each.is_stopped for each in log.lanes())
