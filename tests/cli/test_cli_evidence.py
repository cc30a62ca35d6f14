"""`verify-evidence`: says on one line what was checked, or what was changed."""

import json
import os
import time
from contextlib import closing

import pytest
from opened import closing_database
from sqlalchemy import delete, update

from realpad_form.adapters.sql import SqlEvidenceChain
from realpad_form.adapters.sql.evidence import evidence_link
from realpad_form.adapters.sql.schema import consent
from realpad_form.adapters.sql.schema_people import audit_entry
from realpad_form.config import Settings
from realpad_form.wiring import Services


@pytest.fixture
def chained(accept, terminal):
    """Two leads with their consents, and what a person did, in the chain; return the leads."""
    leads = [accept(), accept(surname="Svoboda", phone="777 222 333")]
    accept.close()
    terminal.run("leads", "discard", leads[1])
    with closing(Services(Settings.load())) as services:
        services.evidence.run_once()
    return leads


@pytest.fixture
def change(tmp_path):
    """Change the database, as somebody would who may write it."""

    def run(*statements):
        with closing_database(f"sqlite:///{tmp_path / 'data' / 'leads.db'}") as database:
            with database.write() as connection:
                for statement in statements:
                    connection.execute(statement)
            SqlEvidenceChain(database).extend(1_000)

    return run


def test_sound_evidence_is_one_line(chained, terminal):
    done = terminal.run("verify-evidence")

    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "2 consents and 1 audit entry in 1 link: all as written; head 1 " in line
    assert line.endswith("recorded heads that agree: 1; not chained yet: 0")


def test_machines_read_the_same(chained, terminal):
    read = terminal.json("verify-evidence")

    assert (read["is_sound"], read["links"], read["recorded"], read["problems"]) == (True, 1, 1, [])
    assert read["head"]["number"] == 1
    assert read["consents"] > 0
    assert read["entries"] > 0


def test_a_changed_consent_is_bad_news(chained, terminal, change):
    change(update(consent).values(given=True))

    done = terminal.run("verify-evidence", status=1)

    assert done.stdout.startswith("link 1 of 20")
    assert "was changed, or one of its rows: consent " in done.stdout
    assert " in 1 link: 1 problem; head 1 " in done.stderr
    report = json.loads(terminal.run("verify-evidence", "--json", status=1).stdout)
    assert (report["is_sound"], report["problems"][0]["fault"]) == (False, "changed")


def test_a_chain_that_was_made_anew_is_bad_news(chained, terminal, change):
    change(
        update(audit_entry).values(detail="nothing", link=None),
        update(consent).values(link=None),
        delete(evidence_link),
    )

    said = terminal.run("verify-evidence", status=1).stdout

    assert "evidence.jsonl has link 1 (" in said
    assert "if an older copy of the database was put back, run `realpad-form db restored`" in said


def test_a_backup_that_was_put_back_is_told_and_is_no_bad_news(chained, terminal, accept, tmp_path):
    terminal.run("db", "backup", str(tmp_path / "backup.db"))
    accept(surname="Dvořák", phone="777 333 444")
    accept.close()
    with closing(Services(Settings.load())) as services:
        services.evidence.clock = lambda: time.time() + 601
        services.evidence.run_once()
    for name in ("leads.db", "leads.db-wal", "leads.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(tmp_path / "data" / "leads.db")

    said = terminal.run("verify-evidence").stderr

    assert "UTC: the chain goes on after link 1; 1 head recorded before went with the database" in said
    assert ": all as written; " in said


def test_no_database_is_wrong_use(environ, terminal):
    assert "there is no database at" in terminal.run("verify-evidence", status=2).stderr


def test_a_database_that_cannot_be_used_is_no_verdict(chained, terminal, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")

    done = terminal.run("verify-evidence", status=2)

    assert done.stdout == ""
    assert done.stderr.startswith("error: the database cannot be used now: ")


def test_a_service_chains_what_is_stored(accept, terminal, start_command, environ, tmp_path):

    accept()
    accept.close()
    start_command("relay", env={**os.environ, **environ})
    deadline = time.monotonic() + 30
    while not (tmp_path / "data" / "evidence.jsonl").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)

    read = terminal.json("verify-evidence")

    assert (read["is_sound"], read["recorded"]) == (True, 1)
    assert read["consents"] > 0
