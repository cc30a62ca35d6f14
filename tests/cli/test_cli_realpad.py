"""Commands that ask Realpad, and commands on the database."""

import sqlite3

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
    written = [each.deed for each in services.audit.entries()]
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
