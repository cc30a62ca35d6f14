"""Commands that ask Realpad, what is missing there, and commands on the database."""

import json
import sqlite3
from contextlib import closing

import pytest

from realpad_form.config import Settings
from realpad_form.domain.people import AuditAction
from realpad_form.wiring import Services


def test_consents_are_listed(terminal, environ):
    listed = terminal.json("consents", "list", "--credentials", "riverside")

    assert 39268430 in [consent["id"] for consent in listed]


def test_one_of_several_pairs_must_be_named(terminal, environ):
    result = terminal.run("consents", "list", status=2)

    assert "jantar, riverside" in result.stderr


def test_a_consent_of_nobody_cannot_be_revoked(terminal, environ):
    words = ("consents", "revoke", "--credentials", "riverside", "--consent", "39268430")

    result = terminal.run(*words, "--email", "nobody@example.com", status=1)

    assert result.stderr.startswith("error: Realpad answered 400")
    terminal.run(*words, status=2)
    terminal.run(*words, "--email", "a@example.com", "--customer-id", "1", status=2)


def test_a_revocation_without_an_answer_is_not_audited_as_failed(terminal, sandbox, environ):
    words = ("consents", "revoke", "--credentials", "riverside", "--consent", "39268430")
    sandbox.control.post("/sandbox/faults", json={"status": 504, "body": "gateway"})

    result = terminal.run(*words, "--email", "nobody@example.com", status=1)

    assert "Realpad may have revoked it, look there before you try again" in result.stderr
    services = Services(Settings.load())
    written = [each.action for each in services.audit.entries()]
    services.close()
    assert written == [AuditAction.REVOCATION_ASKED]


def test_an_unknown_pair_is_one_clean_line(terminal, environ):
    assert "no credentials named 'nobody'" in terminal.run("credentials", "resume", "nobody", status=1).stderr


def test_the_database_is_made_checked_and_copied(terminal, environ, tmp_path):
    terminal.run("db", "check", status=2)
    terminal.run("db", "upgrade")
    terminal.run("db", "check")

    terminal.run("db", "backup", str(tmp_path / "copy.db"))

    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM lead").fetchone() == (0,)
    copy.close()
    terminal.run("db", "backup", str(tmp_path / "copy.db"), status=2)


def test_several_processes_need_a_shared_store_of_limits(terminal, environ):
    assert "REALPAD_FORM_LIMITS_URL" in terminal.run("serve", "--processes", "2", status=2).stderr


@pytest.fixture
def send(terminal, accept):
    """Take a lead and send it, whatever comes of it."""

    def deliver(**answers):
        lead_id = accept(**answers)
        terminal.run("relay", "--once")
        return lead_id

    return deliver


def test_an_unknown_lead_that_arrived_becomes_delivered(terminal, sandbox, send):
    sandbox.control.post("/sandbox/faults", json={"drop": "after"})
    lead_id = send()
    assert terminal.json("leads", "show", lead_id)["status"] == "unknown"

    result = terminal.run("verify")

    assert "riverside: 0 of 0 delivered leads listed, 1 unknown found" in result.stderr
    shown = terminal.json("leads", "show", lead_id)
    assert (shown["status"], isinstance(shown["customer_id"], int)) == ("delivered", True)


def test_an_unknown_lead_that_did_not_arrive_stays_unknown(terminal, sandbox, send):
    sandbox.control.post("/sandbox/faults", json={"drop": "before"})
    lead_id = send()

    terminal.run("verify")

    assert terminal.json("leads", "show", lead_id)["status"] == "unknown"


def test_a_delivered_lead_that_is_missing_is_bad_news(terminal, sandbox, send):
    lead_id = send()
    terminal.run("verify")
    sandbox.control.post("/sandbox/reset")

    result = terminal.run("verify", "--json", status=1)

    assert [row["id"] for row in json.loads(result.stdout)] == [lead_id]


def test_a_list_that_is_refused_is_bad_news_and_stops_the_lane(terminal, sandbox, send):
    send()
    sandbox.control.post("/sandbox/faults", json={"status": 401, "endpoint": "list-leads"})

    assert "riverside: not asked" in terminal.run("verify", status=1).stderr

    state = {row["name"]: row["state"] for row in terminal.json("credentials", "list")}
    assert state["riverside"] == "stopped"


def test_leads_of_another_login_are_named_and_its_list_is_not_asked_for(terminal, send, monkeypatch):
    send()
    monkeypatch.setenv("REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN", "another")

    result = terminal.run("verify")

    assert "another login or to another address and cannot be compared: 1" in result.stderr
    assert "delivered leads listed" not in result.stderr


def test_copies_of_many_days_stay_in_a_folder_and_nothing_else_is_removed(terminal, accept, tmp_path):
    accept()
    folder = tmp_path / "copies"
    folder.mkdir()
    others = ["leads.db", "leads-20260101.db", "notes.txt", "leads-20260101T000000.000000Z.db.gz"]
    for name in others:
        (folder / name).write_text("mine")
    (folder / "leads-20200101T000000.000000Z.db").write_text("old")

    for _ in range(3):
        terminal.run("db", "backup", str(folder), "--keep", "2")

    copies = [path for path in folder.iterdir() if path.name not in others]
    assert len(copies) == 2
    assert not (folder / "leads-20200101T000000.000000Z.db").exists()
    assert {(folder / name).read_text() for name in others} == {"mine"}
    for copy in copies:
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("SELECT count(*) FROM lead").fetchone() == (1,)


def test_a_backup_that_fails_removes_no_earlier_copy(terminal, accept, tmp_path, monkeypatch):
    accept()
    folder = tmp_path / "copies"
    terminal.run("db", "backup", str(folder), "--keep", "1")
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")

    terminal.run("db", "backup", str(folder), "--keep", "1", status=2)

    assert len(list(folder.iterdir())) == 1


def test_a_folder_and_a_file_are_told_apart(terminal, accept, tmp_path):
    (tmp_path / "file").write_text("x")

    assert "say with --keep" in terminal.run("db", "backup", str(tmp_path), status=2).stderr
    assert (
        "is no folder" in terminal.run("db", "backup", str(tmp_path / "file"), "--keep", "1", status=2).stderr
    )
