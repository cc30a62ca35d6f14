from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from uuid import uuid4

import pytest
from fakes import new_lead
from opened import closing_database, make_sql_log
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from realpad_form.adapters.sql import Database
from realpad_form.adapters.sql.schema import spent
from realpad_form.domain.errors import SettingsError, StorageUnavailableError
from realpad_form.ports import LeadFilter

ALL = LeadFilter()


def add(connection, key, when):
    connection.execute(spent.insert(), {"key": key, "lead_id": uuid4(), "spent_at": when})


def count(database):
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(spent))


def test_transaction_that_fails_stores_nothing(database, clock):
    with suppress(RuntimeError), database.write() as connection:
        add(connection, "token:1", clock())
        raise RuntimeError

    assert count(database) == 0


def test_reader_cannot_write(database, clock):
    with pytest.raises(StorageUnavailableError), database.read() as connection:
        add(connection, "token:1", clock())

    assert count(database) == 0


def test_broken_rule_of_the_schema_does_not_look_like_an_outage(database, clock):
    with database.write() as connection:
        add(connection, "token:1", clock())

    with pytest.raises(IntegrityError), database.write() as connection:
        add(connection, "token:1", clock())


def test_statement_that_waits_too_long_for_a_lock_is_given_up(database, database_url, clock):
    with database.write() as connection, closing_database(database_url, wait_s=0.2) as impatient:
        add(connection, "token:1", clock())
        began = monotonic()

        with pytest.raises(StorageUnavailableError), impatient.write() as waiting:
            add(waiting, "token:1", clock())

    assert 0.15 < monotonic() - began < 5
    assert count(database) == 1


def test_error_does_not_quote_what_was_to_be_stored(database, clock):
    with pytest.raises(StorageUnavailableError) as failed, database.write() as connection:
        connection.execute(text("SELECT :canary FROM missing"), {"canary": "canary-value"})

    assert "canary-value" not in f"{failed.value} {failed.value.__cause__}"


def test_sound_database_has_no_problems(database):
    assert database.check() == []


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql://h/d", "sqlite://", "leads.db", "http://["])
def test_url_of_no_database_we_know_is_refused(url):
    with pytest.raises(SettingsError):
        Database(url)


def test_copy_made_while_leads_come_in_is_sound(sqlite_url, tmp_path, submission, clock):
    copy = tmp_path / "copy.db"
    with closing_database(sqlite_url) as database, ThreadPoolExecutor(1) as pool:
        log = make_sql_log(database, clock)
        stored = [log.append(new_lead(submission(), payload={})) for _ in range(20)]
        arriving = pool.map(lambda _: log.append(new_lead(submission(), payload={})), range(100))

        database.backup(copy)
        list(arriving)

    with closing_database(f"sqlite:///{copy}") as copied:
        copied_log = make_sql_log(copied, clock)
        assert copied.check() == []
        assert {receipt.lead_id for receipt in stored} <= {lead.id for lead in copied_log.leads(ALL)}
    assert copy.stat().st_mode & 0o077 == 0


def test_copy_to_a_folder_that_is_not_there_is_told(sqlite_url, tmp_path):
    with closing_database(sqlite_url) as database, pytest.raises(StorageUnavailableError, match="back up"):
        database.backup(tmp_path / "missing" / "copy.db")


def test_postgresql_is_backed_up_with_its_own_tool(postgresql_url, tmp_path):
    with closing_database(postgresql_url) as database, pytest.raises(SettingsError, match="pg_dump"):
        database.backup(tmp_path / "copy.db")
