import sqlite3
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from fakes import new_lead
from opened import closing_database, make_sql_log

from realpad_form.adapters.sql import Database, is_current, sqlite, upgrade
from realpad_form.domain.errors import SettingsError, StorageUnavailableError
from realpad_form.ports import LeadFilter


def settings(database):
    with database.write() as connection:
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]


@pytest.fixture
def unmended(monkeypatch):
    monkeypatch.setattr(sqlite, "is_fixed", lambda _version: False)


@pytest.fixture
def fixed(monkeypatch):
    monkeypatch.setattr(sqlite, "is_fixed", lambda _version: True)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 3), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), False),
        ((3, 53, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_versions_with_the_wal_reset_bug_are_known(version, expected):
    assert sqlite.is_fixed(version) is expected


def test_fixed_version_writes_ahead_and_syncs_every_commit(tmp_path, fixed):
    with closing_database(f"sqlite:///{tmp_path / 'leads.db'}") as database:
        assert settings(database) == ["wal", 2]


def test_unmended_version_keeps_a_rollback_journal_and_syncs_its_folder(tmp_path, unmended):
    with closing_database(f"sqlite:///{tmp_path / 'leads.db'}") as database:
        assert settings(database) == ["delete", 3]


def test_file_that_is_in_wal_mode_stays_so_on_any_version(tmp_path, unmended):
    path = tmp_path / "leads.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = wal")

    with closing_database(f"sqlite:///{path}") as database:
        assert settings(database) == ["wal", 2]


def test_file_that_another_process_is_just_making_is_waited_for(tmp_path, fixed):
    path = tmp_path / "leads.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = Timer(0.2, lambda: other.execute("COMMIT"))

    with closing(other), closing_database(f"sqlite:///{path}") as database:
        done.start()
        assert settings(database) == ["wal", 2]
        done.join()


def test_setting_that_does_not_take_refuses_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "_pragma", lambda _connection, _text: None)

    with closing_database(f"sqlite:///{tmp_path / 'leads.db'}") as database, pytest.raises(SettingsError):
        upgrade(database)


def test_leads_are_stored_and_claimed_with_a_rollback_journal_too(tmp_path, unmended, submission, clock):
    with closing_database(f"sqlite:///{tmp_path / 'leads.db'}") as database, ThreadPoolExecutor(4) as pool:
        upgrade(database)
        log = make_sql_log(database, clock)

        list(pool.map(lambda _: log.append(new_lead(submission(), payload={})), range(40)))

        assert log.count(LeadFilter()) == 40
        assert database.check() == []


def test_folder_file_and_journals_are_made_for_their_owner_only(tmp_path, fixed, submission, clock):
    path = tmp_path / "a" / "b" / "leads.db"
    with closing_database(f"sqlite:///{path}") as database:
        upgrade(database)
        make_sql_log(database, clock).append(new_lead(submission(), payload={}))
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(["leads.db", "leads.db-wal", "leads.db-shm"], 0o600)


def test_what_is_there_keeps_its_mode(sqlite_url, tmp_path):
    (tmp_path / "leads.db").chmod(0o640)
    tmp_path.chmod(0o750)

    with closing_database(sqlite_url) as database:
        upgrade(database)

    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "leads.db", tmp_path)] == [0o640, 0o750]


def test_folder_that_goes_away_is_an_outage(tmp_path):
    with closing_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'leads.db'}") as database:
        (tmp_path / "a").touch()

        with pytest.raises(StorageUnavailableError, match="cannot be made now"), database.write():
            pass


@pytest.mark.parametrize("act", [Database.check, lambda database: database.backup(Path("copy.db"))])
def test_database_that_is_not_there_is_neither_made_nor_called_sound(tmp_path, monkeypatch, act):
    monkeypatch.chdir(tmp_path)

    with (
        closing_database("sqlite:///data/leads.db") as database,
        pytest.raises(SettingsError, match="there is no database at data"),
    ):
        act(database)

    assert list(tmp_path.iterdir()) == []


def test_asking_whether_a_database_is_current_makes_none(tmp_path):
    with closing_database(f"sqlite:///{tmp_path / 'data' / 'leads.db'}") as database:
        assert not is_current(database)

    assert list(tmp_path.iterdir()) == []


def test_options_that_would_be_overlooked_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="takes no options"):
        Database(f"sqlite:///{tmp_path / 'leads.db'}?foo=bar")


def test_data_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "data").write_text("not a folder")

    with pytest.raises(SettingsError, match="data folder"):
        Database(f"sqlite:///{tmp_path / 'data' / 'leads.db'}")


def test_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "leads.db").write_bytes(b"something else entirely" * 100)

    with (
        closing_database(f"sqlite:///{tmp_path / 'leads.db'}") as database,
        pytest.raises(StorageUnavailableError),
    ):
        upgrade(database)


def test_damaged_file_is_found_out(sqlite_url, tmp_path, submission, clock):
    with closing_database(sqlite_url) as database:
        log = make_sql_log(database, clock)
        for _ in range(50):
            log.append(new_lead(submission(), payload={}))
    path = tmp_path / "leads.db"
    content = path.read_bytes()
    path.write_bytes(content[:-4096] + bytes(4096))  # the last page

    with closing_database(sqlite_url) as database:
        assert database.check()


def test_full_disk_loses_nothing_that_was_acknowledged(sqlite_url, submission, clock):
    with closing_database(sqlite_url) as database:
        log, stored = make_sql_log(database, clock), []
        with database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")

        def store():
            stored.append(log.append(new_lead(submission(), payload={})).lead_id)

        with pytest.raises(StorageUnavailableError, match="full"):
            deque(iter(store, ...), maxlen=0)

        assert {lead.id for lead in log.leads(LeadFilter())} == set(stored)
        assert database.check() == []
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert not log.append(new_lead(submission(), payload={})).is_repeat
