"""A database that goes back to an earlier state: nothing that was sent in between is sent again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter

import pytest
from opened import closing_database
from ports import free_port
from restoring import dump, load
from sqlalchemy import update

from realpad_form.adapters.sql import sqlite
from realpad_form.adapters.sql.schema import lane
from realpad_form.domain.crash import KILLED, SETTING, CrashPoint

QUEUED = ["Nováková", "Svoboda", "Černý"]
"""Leads that the copy holds as queued, and that were sent since."""


@pytest.fixture(autouse=True)
def settings(environ, monkeypatch):
    """Ask Realpad's list as often as wanted."""
    for name, value in {"RECONCILE_AFTER_S": "0", "DATA_KEY": "d" * 32}.items():
        environ[f"REALPAD_FORM_{name}"] = value
        monkeypatch.setenv(f"REALPAD_FORM_{name}", value)


@pytest.fixture
def lists(sandbox):
    """Return how often Realpad's list was asked for."""

    def count():
        journal = sandbox.control.get("/sandbox/journal").get_json()
        return sum(call["endpoint"] == "list-leads" for call in journal)

    return count


@pytest.fixture
def store(request):
    """Take leads; nobody has the database open afterwards. The database is the one set by then."""

    def take(*surnames):
        accept = request.getfixturevalue("accept")
        # A phone of his own for each: Realpad knows people by it.
        phones = (f"777111{sum(map(ord, each)) % 1000:03}" for each in surnames)
        lead_ids = [accept(surname=each, phone=phone) for each, phone in zip(surnames, phones, strict=True)]
        accept.close()
        return lead_ids

    return take


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path):
    """Run a command in a process of its own, and return what it said."""

    def finish(*words, status=0, **more):
        done = subprocess.run(
            [sys.executable, "-m", "realpad_form", *words], cwd=tmp_path, env={**os.environ, **more},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    return finish


@pytest.fixture
def statuses(terminal):
    """Return how many leads have which status."""
    return lambda: Counter(row["status"] for row in terminal.json("leads", "list"))


def wait_until(holds, within_s=40.0):
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def is_ready(url):
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310
            return json.load(answer)["status"] == "ready"
    except OSError:
        return False


@pytest.fixture
def serve_until(start_command):
    """Start `serve` straight away, wait until something holds and a while longer, and end it."""

    def run_until(holds):
        port = free_port()
        process = start_command("serve", "--port", str(port), env=dict(os.environ))
        wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"))
        wait_until(holds)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0

    return run_until


def replace_tree(there, by):
    shutil.rmtree(there)
    shutil.copytree(by, there)


def overwrite_tree(there, by):
    """Write every file over the one that is there, as restoring a volume may do; the others go."""
    for path in there.rglob("*"):
        if path.is_file() and not (by / path.relative_to(there)).exists():
            path.unlink()
    for path in by.rglob("*"):
        if path.is_file():
            (there / path.relative_to(by)).write_bytes(path.read_bytes())


def end_pauses(data):
    """Let no lane wait any more for what it met."""
    with closing_database(f"sqlite:///{data / 'leads.db'}") as database, database.write() as connection:
        connection.execute(update(lane).values(paused_until=None))


class Ways:
    """Ways to make a copy and to put it back; `run` runs a command."""

    def __init__(self, data, copy, run):
        self.data, self.copy, self.run = data, copy, run
        copy.mkdir()

    def make_backup(self):
        self.run("db", "backup", str(self.copy / "leads.db"))

    def make_file(self):
        with sqlite.driver().connect(self.data / "leads.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copy(self.data / "leads.db", self.copy)

    def make_files(self):
        for path in self.data.glob("leads.db*"):
            shutil.copy(path, self.copy)

    def make_folder(self):
        shutil.copytree(self.data, self.copy, dirs_exist_ok=True)

    def put_files(self):
        for lost in self.data.glob("leads.db*"):
            lost.unlink()
        self.put_over()

    def put_over(self):
        for path in self.copy.glob("leads.db*"):
            (self.data / path.name).write_bytes(path.read_bytes())

    def put_folder(self):
        replace_tree(self.data, self.copy)

    def put_folder_over(self):
        overwrite_tree(self.data, self.copy)


@pytest.fixture
def ways(data, tmp_path, run):
    return Ways(data, tmp_path / "copy", run)


SLOWLY = pytest.mark.long


@pytest.mark.parametrize(
    ("make", "put"),
    [
        ("make_backup", "put_files"),
        ("make_folder", "put_folder_over"),
        pytest.param("make_backup", "put_over", marks=SLOWLY),
        pytest.param("make_file", "put_files", marks=SLOWLY),
        pytest.param("make_file", "put_over", marks=SLOWLY),
        pytest.param("make_files", "put_files", marks=SLOWLY),
        pytest.param("make_folder", "put_folder", marks=SLOWLY),
    ],
)
def test_a_restored_copy_that_is_served_at_once_sends_nothing_twice(
    make, put, ways, store, run, serve_until, statuses, arrived
):
    store(*QUEUED)
    getattr(ways, make)()
    run("relay", "--once")
    store("Dvořák")
    run("relay", "--once")
    getattr(ways, put)()

    serve_until(lambda: arrived() and statuses() == {"delivered": 3})

    assert arrived() == dict.fromkeys([*QUEUED, "Dvořák"], 1)


def test_a_file_put_under_the_journal_of_the_one_before_sends_nothing_twice(
    ways, store, run, start_command, serve_until, statuses, arrived, data
):
    store(*QUEUED)
    ways.make_file()
    relay = start_command("relay", env=dict(os.environ))
    wait_until(lambda: len(arrived()) == 3 and statuses() == {"delivered": 3})
    relay.kill()
    relay.wait()
    assert (data / "leads.db-wal").stat().st_size
    (data / "leads.db").unlink()
    ways.put_over()

    serve_until(lambda: set(statuses()) <= {"delivered", "unknown"})

    assert arrived() == dict.fromkeys(QUEUED, 1)


@pytest.mark.parametrize("has_folder", [True, False], ids=["same machine", "new machine"])
def test_a_dump_loaded_into_postgresql_and_served_at_once_sends_nothing_twice(
    has_folder, postgresql_url, monkeypatch, store, run, serve_until, statuses, arrived, data
):
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", postgresql_url)
    store(*QUEUED)
    with closing_database(postgresql_url) as database:
        rows = dump(database)
        run("relay", "--once")
        load(database, rows)
    if not has_folder:
        shutil.rmtree(data)

    serve_until(lambda: arrived() and statuses() == {"delivered": 3})

    assert arrived() == dict.fromkeys(QUEUED, 1)


def test_leads_that_the_copy_had_and_that_were_not_sent_are_sent_once(
    ways, store, run, serve_until, statuses, arrived
):
    store(*QUEUED)
    ways.make_backup()
    ways.put_files()

    serve_until(lambda: statuses() == {"delivered": 3})

    assert arrived() == dict.fromkeys(QUEUED, 1)


def test_leads_that_only_the_list_can_tell_wait_for_a_person_if_it_cannot_be_read(
    ways, store, run, serve_until, statuses, arrived, sandbox
):
    store(*QUEUED)
    ways.make_backup()
    run("relay", "--once")
    ways.put_files()
    sandbox.control.post("/sandbox/faults", json={"status": 404, "endpoint": "list-leads", "times": 99})

    serve_until(lambda: statuses() == {"unknown": 3})

    assert arrived() == dict.fromkeys(QUEUED, 1)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_list_that_cannot_be_looked_at_keeps_no_lead_back(
    status, ways, store, run, statuses, arrived, sandbox, data
):
    store(*QUEUED)
    (data / "calls.json").unlink()
    sandbox.control.post("/sandbox/faults", json={"status": status, "endpoint": "list-leads", "times": 99})

    for _ in range(1 if status < 500 else 3):
        told = run("relay", "--once")
        end_pauses(data)

    assert "it sends unchecked" in told
    run("relay", "--once")
    assert statuses() == {"delivered": 3}
    assert arrived() == dict.fromkeys(QUEUED, 1)


def test_a_restart_costs_no_call_and_a_moved_folder_one_look(
    store, run, statuses, arrived, lists, data, tmp_path, start_command
):
    store(*QUEUED)
    run("relay", "--once")
    store("Dvořák")
    relay = start_command("relay", env=dict(os.environ))
    wait_until(lambda: statuses() == {"delivered": 4})
    relay.kill()
    relay.wait()
    store("Novotný")
    run("relay", "--once")
    assert lists() == 0

    store("Malá")
    shutil.copytree(data, tmp_path / "there")
    shutil.rmtree(data)
    (tmp_path / "there").rename(data)
    assert "looked at before anything is sent" in run("relay", "--once")

    assert lists() == 1
    assert statuses() == {"delivered": 6}
    assert arrived() == dict.fromkeys([*QUEUED, "Dvořák", "Novotný", "Malá"], 1)


def test_a_backup_put_back_before_anything_was_sent_costs_one_look(
    ways, store, run, statuses, arrived, lists
):
    store(*QUEUED)
    ways.make_backup()
    ways.put_over()

    run("relay", "--once")

    assert lists() == 1
    assert statuses() == {"delivered": 3}
    assert arrived() == dict.fromkeys(QUEUED, 1)


def test_a_process_that_dies_while_it_notices_leaves_it_to_the_next(
    ways, store, run, serve_until, statuses, arrived
):
    store(*QUEUED)
    ways.make_backup()
    run("relay", "--once")
    ways.put_files()

    run("relay", "--once", status=KILLED, **{SETTING: CrashPoint.IN_RESTORE})
    run("relay", "--once", status=KILLED, **{SETTING: CrashPoint.IN_RESTORE})
    serve_until(lambda: statuses() == {"delivered": 3})

    assert arrived() == dict.fromkeys(QUEUED, 1)


def test_by_hand_before_or_after_makes_no_difference(ways, store, run, terminal, statuses, arrived):
    store(*QUEUED)
    ways.make_backup()
    run("relay", "--once")
    ways.put_files()

    told = [terminal.run("db", "restored").stderr for _ in range(2)]
    terminal.run("relay", "--once")
    terminal.run("verify")

    assert all("decide about: 3" in each for each in told)
    assert statuses() == {"delivered": 3}
    assert arrived() == dict.fromkeys(QUEUED, 1)


def test_a_lead_that_a_person_may_have_released_before_is_asked_about_first(accept, terminal, statuses):
    lead_id = accept(suspicions=("no_script",))
    accept.close()
    terminal.run("db", "restored")

    said = terminal.run("leads", "release", lead_id).stderr

    assert "the lead may have been sent since that backup was made" in said
    assert statuses() == {"unknown": 1}


def test_leads_whose_credentials_are_not_set_are_in_doubt_too(store, terminal, statuses, monkeypatch):
    store("Nováková")
    for part in ("LOGIN", "PASSWORD"):
        monkeypatch.delenv(f"REALPAD_FORM_CREDENTIALS_RIVERSIDE_{part}")

    told = terminal.run("db", "restored").stderr

    assert "decide about: 1" in told
    assert statuses() == {"unknown": 1}


def test_it_is_said_wherever_somebody_may_look_until_it_is_dismissed(ways, store, run, terminal):
    store(*QUEUED)
    ways.make_backup()
    run("relay", "--once")
    ways.put_files()

    assert "is a restored copy (it was made by `db backup`)" in run("doctor", status=1)
    assert "is a restored copy" in run("leads", "list")
    for words in (["doctor"], ["credentials", "list"]):
        said = terminal.run(*words, status=int(words == ["doctor"])).output
        assert "in doubt until Realpad's list or a person decides: 3" in said

    terminal.run("db", "restored", "--dismiss")
    assert "restored copy" not in terminal.run("credentials", "list").output


def test_what_was_erased_and_who_was_shut_out_since_stays_so(ways, store, run, terminal, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "https://forms.example")
    gone, _ = store("Nováková", "Svoboda")
    for email in ("a@example.com", "b@example.com"):
        terminal.run("operators", "add", email, "--name", "A", "--role", "admin")
    ways.make_backup()
    run("leads", "erase", "--subject", terminal.json("leads", "show", gone)["fields"]["phone"])
    run("operators", "disable", "b@example.com")
    ways.put_files()

    run("leads", "list")

    assert {row["id"]: row["status"] for row in terminal.json("leads", "list")}[gone] == "erased"
    assert terminal.json("leads", "show", gone)["fields"] == {}
    rows = {row["email"]: row for row in terminal.json("operators", "list")}
    assert rows["a@example.com"]["disabled_at"] is None
    assert rows["b@example.com"]["disabled_at"] is not None
