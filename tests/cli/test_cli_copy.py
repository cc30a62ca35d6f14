"""`db copy`: from SQLite to PostgreSQL and back, with the leads that wait to be sent."""

from collections import Counter
from uuid import uuid4

import pytest
from opened import closing_database
from restoring import dump
from sqlalchemy import NullPool, create_engine

from realpad_form.adapters.sql.schema import lead, metadata
from realpad_form.config import Settings
from realpad_form.wiring import Services

NAMES = ["Nováková", "Svoboda"]


@pytest.fixture
def target(postgresql_server):
    """The URL of a database without tables, of a role that may use it and nothing else."""
    name = f"copy_{uuid4().hex}"
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT")
        connection.exec_driver_sql(f"CREATE DATABASE {name} OWNER {name}")
    return postgresql_server.set(username=name, database=name).render_as_string(hide_password=False)


@pytest.fixture
def use(monkeypatch):
    """Let the settings name another database."""
    return lambda url: monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", url)


@pytest.fixture
def calls(sandbox):
    """Return how often which endpoint of Realpad was called."""

    def read():
        journal = sandbox.control.get("/sandbox/journal").get_json()
        return Counter(call["endpoint"] for call in journal)

    return read


@pytest.fixture
def store(accept):
    """Take leads, and let go of the database."""

    def take(*surnames):
        for surname in surnames:
            accept(surname=surname, phone=f"777111{sum(map(ord, surname)) % 1000:03}")
        accept.close()

    return take


def statuses(terminal):
    return Counter(row["status"] for row in terminal.json("leads", "list"))


def test_leads_that_wait_are_sent_once_from_the_new_database(store, terminal, target, use, arrived, calls):
    store("Dvořák")
    terminal.run("relay", "--once")
    store(*NAMES)

    told = terminal.run("db", "copy", target).stderr

    with closing_database(target) as database:
        rows = sum(map(len, dump(database).values()))
    assert f"copied {rows} rows of {len(metadata.tables)} tables, each compared" in told
    assert "set REALPAD_FORM_DATABASE_URL to the new one" in told
    use(target)
    terminal.run("relay", "--once")
    terminal.run("relay", "--once")
    assert arrived() == dict.fromkeys(["Dvořák", *NAMES], 1)
    assert statuses(terminal) == {"delivered": 3}
    assert calls() == {"create-lead": 3}  # it is no restored copy, and the list needs no look
    assert "restored copy" not in terminal.run("credentials", "list").output


def test_what_was_copied_to_postgresql_can_be_copied_back(
    store, terminal, target, use, arrived, calls, tmp_path
):
    store(*NAMES)
    terminal.run("db", "copy", target)
    use(target)
    back = f"sqlite:///{tmp_path / 'back.db'}"

    assert "each compared" in terminal.run("db", "copy", back).stderr

    assert "was copied to another one" in terminal.run("relay", "--once", status=2).stderr
    use(back)
    terminal.run("relay", "--once")
    assert arrived() == dict.fromkeys(NAMES, 1)
    assert calls() == {"create-lead": 2}


@pytest.mark.parametrize("words", [["relay", "--once"], ["serve"], ["leads", "list"], ["db", "upgrade"]])
def test_nothing_runs_on_the_old_database(words, store, terminal, target, calls):
    store(*NAMES)
    terminal.run("db", "copy", target)

    told = terminal.run(*words, status=2).stderr

    assert "was copied to another one by `realpad-form db copy`" in told
    assert "set REALPAD_FORM_DATABASE_URL to the new one" in told
    assert calls() == {}


def test_a_lead_that_a_service_still_takes_waits_in_the_spool_and_is_sent_from_the_new_database(
    accept, terminal, target, use, arrived
):
    accept(surname="Nováková")
    terminal.run("db", "copy", target)

    accept(surname="Svoboda", phone="777 222 333")  # by the service that was not stopped

    accept.close()
    use(target)
    services = Services(Settings.load())
    try:
        services.prepare()
        assert services.intake.take_in() == 1
    finally:
        services.close()
    terminal.run("relay", "--once")
    assert arrived() == {"Nováková": 1, "Svoboda": 1}
    assert statuses(terminal) == {"delivered": 2}


def test_a_target_with_leads_is_refused_and_the_old_database_is_used_on(
    store, terminal, target, use, arrived, monkeypatch
):
    use(target)
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "https://forms.example")
    terminal.run("operators", "add", "jana@firma.example", "--role", "admin")
    monkeypatch.delenv("REALPAD_FORM_DATABASE_URL")
    store(*NAMES)

    told = terminal.run("db", "copy", target, status=2).stderr

    assert "the target is not empty: there are rows in" in told
    with closing_database(target) as database:
        assert dump(database)[lead] == []
    terminal.run("relay", "--once")
    assert arrived() == dict.fromkeys(NAMES, 1)


def test_a_database_of_an_older_schema_is_to_be_upgraded_first(environ, terminal, target, tmp_path):
    assert "there is no database at" in terminal.run("db", "copy", target, status=2).stderr
    terminal.run("db", "upgrade")
    with (
        closing_database(f"sqlite:///{tmp_path / 'data' / 'leads.db'}") as database,
        database.write() as link,
    ):
        link.exec_driver_sql("UPDATE alembic_version SET version_num = '0020'")

    assert "run `realpad-form db upgrade` first" in terminal.run("db", "copy", target, status=2).stderr


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("postgresql+psycopg://forms:canary@127.0.0.1:1/forms", 1),
        ("postgresql+psycopg://forms:canary@127.0.0.1:x/forms", 2),
        ("mysql://forms:canary@127.0.0.1/forms", 2),
    ],
)
def test_a_password_is_never_printed(url, status, store, terminal):
    store(*NAMES)

    told = terminal.run("db", "copy", url, status=status)

    assert "canary" not in told.output
    assert told.stderr.startswith("error: ")
    assert told.stderr.count("\n") == 1


def test_going_back_to_the_old_database_puts_its_leads_in_doubt(store, terminal, target, use, monkeypatch):
    store(*NAMES)
    refused = terminal.run("db", "restored", "--reopen", status=2).stderr
    assert "this database was not copied to another one" in refused
    terminal.run("db", "copy", target)
    use(target)
    terminal.run("relay", "--once")
    monkeypatch.delenv("REALPAD_FORM_DATABASE_URL")

    told = terminal.run("db", "restored", "--reopen").stderr

    assert "leads that Realpad's list has to decide about: 2" in told
    assert statuses(terminal) == {"unknown": 2}
    store("Černý")
    assert statuses(terminal) == {"unknown": 2, "queued": 1}
