"""A copy of SQLite's files is put back: which starts the files alone give away, and which cost a look."""

import shutil
import time

import pytest
from fakes import new_lead
from older import migrate
from opened import closing_database, make_sql_log
from restoring import Machine, dump

from realpad_form.adapters.sql import Database, sqlite, upgrade
from realpad_form.adapters.sql.schema import log_state
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.restored import Hint, Sign
from realpad_form.ports import LeadFilter

PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}
ACCEPTED = Answer(outcome=Outcome.ACCEPTED, status=201, customer_id=4711)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def opened(folder, tmp_path, clock, key):
    """Open the database file as a process does that starts; closed afterwards, or left as by `kill -9`."""
    stack = []

    def start():
        database = Database(f"sqlite:///{folder / 'leads.db'}")
        stack.append(database)
        machine = Machine(make_sql_log(database, clock), folder, [key])
        machine.restores.observe()
        upgrade(database)
        machine.noticed = machine.restores.notice()
        machine.log.open_lanes(machine.keys)
        machine.hint = machine.restores.suspect()
        return machine

    yield start
    for database in stack:
        database.dispose()


@pytest.fixture
def queued(opened, submission, clock):
    """A database with a lead that was queued when the copy was made, and that is closed."""
    machine = opened()
    machine.log.append(new_lead(submission(), payload=PAYLOAD))
    return machine


@pytest.fixture
def with_wal(monkeypatch):
    """Let SQLite use the journal that is played on whatever file it lies beside."""
    monkeypatch.setattr(sqlite, "is_fixed", lambda _version: True)


def deliver(machine):
    machine.log.close(machine.claim(), ACCEPTED)


def copy_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def put_back(folder, files):
    for name, content in files.items():
        path = folder / name
        path.unlink(missing_ok=True)
        path.with_name("new").write_bytes(content)  # another file, not the one that was there
        path.with_name("new").rename(path)


def test_a_copy_that_db_backup_made_says_so_itself(queued, opened, folder, tmp_path):
    queued.database.backup(tmp_path / "copy.db")
    with closing_database(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert dump(copy)[log_state][0]["copied_at"] is not None
    assert dump(queued.database)[log_state][0]["copied_at"] is None
    queued.database.dispose()
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.copy(tmp_path / "copy.db", folder / "leads.db")

    restored = opened()

    assert restored.noticed.sign is Sign.BACKUP
    assert [lead.status for lead in restored.log.leads(LeadFilter())] == ["unknown"]
    assert dump(restored.database)[log_state][0]["copied_at"] is None
    assert opened().noticed is None


def test_nothing_is_claimed_from_a_backup_before_it_is_noticed(queued, tmp_path, clock, key):
    queued.database.backup(tmp_path / "copy.db")

    with closing_database(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert make_sql_log(copy, clock).claim([key], lease_s=45, pace_s=0, width=1) is None


def test_a_backup_of_an_older_version_of_the_database_is_made_without_a_mark(tmp_path, submission):
    with closing_database(f"sqlite:///{tmp_path / 'old.db'}") as database:
        migrate(database, "0006")

        database.backup(tmp_path / "copy.db")

    with closing_database(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert copy.check() == []


def test_a_backup_put_back_before_anything_was_sent_costs_one_look(queued, opened, folder, tmp_path, key):
    queued.database.backup(tmp_path / "copy.db")
    queued.database.dispose()
    put_back(folder, {"leads.db": (tmp_path / "copy.db").read_bytes()})

    restored = opened()

    assert (restored.noticed.sign, restored.noticed.in_doubt) == (Sign.BACKUP, 0)
    assert restored.claim() is None
    assert restored.restores.to_check([key]) == [key]
    restored.restores.looked(key, is_over=True)
    assert restored.claim()
    assert restored.restores.state() is None


def test_a_normal_start_and_one_after_kill_9_cost_no_look(queued, opened, submission):
    deliver(queued)
    queued.log.append(new_lead(submission(), payload=PAYLOAD))

    killed = opened()  # while the journal of the one before is still there
    queued.database.dispose()
    killed.database.dispose()
    started = opened()

    assert [(each.noticed, each.hint) for each in (killed, started)] == [(None, None)] * 2
    assert started.claim()


def test_a_folder_that_was_moved_with_nothing_that_waits_costs_no_look(queued, opened, folder):
    deliver(queued)
    with closing_database(f"sqlite:///{folder / 'leads.db'}"):
        queued.database.dispose()
    files = copy_of(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    put_back(folder, files)
    moved = opened()
    assert (moved.noticed, moved.hint) == (None, None)


@pytest.mark.parametrize("is_new_file", [True, False])
def test_a_folder_that_was_restored_as_a_whole_is_looked_at(queued, opened, folder, is_new_file):
    queued.database.dispose()
    files = copy_of(folder)
    time.sleep(2.2)
    deliver(queued)
    queued.database.dispose()
    if is_new_file:
        put_back(folder, files)
    else:
        for name, content in files.items():
            (folder / name).write_bytes(content)

    restored = opened()

    assert restored.noticed is None
    assert restored.hint in (Hint.TOUCHED, Hint.MOVED)
    assert restored.claim() is None


def test_a_file_put_under_the_journal_of_the_one_before_is_a_copy(with_wal, queued, opened, folder):
    """SQLite plays such a journal on it, after which even the number of calls may be that of today."""
    queued.database.clear_journal()
    before = (folder / "leads.db").read_bytes()
    deliver(queued)
    queued.restores.keep()
    put_back(folder, {"leads.db": before})

    restored = opened()

    assert restored.noticed.sign is Sign.JOURNAL


def test_a_file_written_over_under_the_journal_of_the_one_before_is_looked_at(with_wal, queued, folder):
    queued.database.clear_journal()
    before = (folder / "leads.db").read_bytes()
    queued.restores.keep()
    deliver(queued)
    time.sleep(2.2)
    (folder / "leads.db").write_bytes(before)

    found = Machine(queued.log, folder, queued.keys).database.place()

    assert found.is_newer_than_journal
