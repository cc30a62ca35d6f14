"""What commands do to leads stands in the audit log, as what pages do does."""

import os
import pwd
from contextlib import closing

import pytest

from realpad_form.adapters.sql import sqlite
from realpad_form.config import Settings
from realpad_form.domain.people import AuditAction
from realpad_form.wiring import Services

USER = f"user {pwd.getpwuid(os.getuid()).pw_name}"


@pytest.fixture
def entries(environ):
    """Return what the audit log holds, oldest first: action, subject, detail."""

    def read():
        services = Services(Settings.load())
        try:
            return [(each.action, each.subject, each.detail) for each in reversed(services.audit.entries())]
        finally:
            services.close()

    return read


@pytest.mark.parametrize(
    ("words", "suspicions", "action", "detail"),
    [
        (["release"], ("burst",), "released", "command"),
        (["discard"], ("burst",), "discarded", "command"),
        (["resubmit"], (), "resubmitted", "command, revision 2"),
    ],
)
def test_a_decision_about_a_lead_is_written_down_once(
    accept, terminal, entries, words, suspicions, action, detail
):
    lead_id = accept(suspicions)

    terminal.run("leads", *words, lead_id)

    assert entries() == [(action, lead_id, f"{detail}, {USER}")]


def test_a_correction_by_command_names_the_answers_that_it_changed(accept, terminal, entries):
    lead_id = accept()

    terminal.run("leads", "resubmit", lead_id, "--set", "phone=777999888")

    assert ("corrected", lead_id, f"command, phone, {USER}") in entries()


def test_a_discarded_lead_is_restored(accept, terminal, entries):
    lead_id = accept(("burst",))
    terminal.run("leads", "discard", lead_id)

    said = terminal.run("leads", "restore", lead_id).stderr

    assert f"{lead_id}: quarantined" in said
    assert "1 restored, 0 failed" in said
    assert ("undiscarded", lead_id, f"command, {USER}") in entries()


def test_what_was_refused_is_not_written_down(accept, terminal, entries):
    lead_id = accept()

    terminal.run("leads", "release", lead_id, status=1)

    assert entries() == []


def test_an_export_is_one_entry_with_its_choice_and_count(accept, terminal, entries, tmp_path):
    accept(), accept(phone="777 123 457"), accept(("burst",), phone="777 123 458")

    terminal.run("leads", "export", "--status", "queued", "--output", str(tmp_path / "leads.csv"))

    assert entries() == [("exported", "", f"csv, 2 leads, status queued, {USER}")]


def test_an_export_that_cannot_be_written_down_is_none(accept, terminal, tmp_path, monkeypatch):
    accept()
    with closing(sqlite.driver().connect(tmp_path / "data" / "leads.db")) as connection:
        connection.execute("DROP TABLE deed")

    terminal.run("leads", "export", "--output", str(tmp_path / "leads.csv"), status=1)

    assert not (tmp_path / "leads.csv").exists()


def test_a_resumed_lane_is_written_down(terminal, entries):
    terminal.run("credentials", "resume", "riverside")

    assert entries() == [("resumed", "riverside", USER)]


def test_who_is_erased_while_the_journal_is_in_use_hears_that_it_may_hold_a_copy(
    accept, terminal, entries, tmp_path
):
    lead_id = accept()
    with closing(sqlite.driver().connect(tmp_path / "data" / "leads.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM lead").fetchone()
        said = terminal.run("leads", "erase", "--subject", "+420777123456", status=1).stderr
    assert "1 erased, 0 failed" in said
    assert "may still be in the database's journal; run this again in a few minutes" in said
    assert entries() == [("erased", lead_id, f"command, {USER}")]
    assert (tmp_path / "data" / "leads.db-wal").stat().st_size > 0

    terminal.run("leads", "erase", "--subject", "+420777123456", status=1)

    wal = tmp_path / "data" / "leads.db-wal"
    assert not wal.exists() or wal.stat().st_size == 0


def test_a_revoked_consent_is_written_down_without_the_address(accept, terminal, entries):
    accept(email="jan@example.com", consent_39268430="true")
    terminal.run("relay", "--once")

    words = ("--credentials", "riverside", "--consent", "39268430", "--email", "jan@example.com")
    terminal.run("consents", "revoke", *words)

    about = ("consent 39268430", f"command, a customer named by e-mail, {USER}")
    assert sorted(entries()) == [("revocation-asked", *about), ("revoked", *about)]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (AuditAction.REVOKED, "  revoked: 39268430, "),
        (AuditAction.REVOCATION_ASKED, "  revocation asked for, outcome not known: 39268430, "),
    ],
)
def test_a_lead_at_a_terminal_tells_of_a_revocation(accept, terminal, entries, action, said):
    lead_id = accept(consent_39268430="true")
    assert "revo" not in terminal.run("leads", "show", lead_id).stdout

    services = Services(Settings.load())
    services.audit.record(action, by=None, subject=lead_id, detail="39268430")
    services.close()

    assert said in terminal.run("leads", "show", lead_id).stdout


def test_what_is_done_about_a_restored_database_is_written_down(accept, terminal, entries):
    accept()
    accept.close()

    terminal.run("db", "restored")
    terminal.run("db", "restored", "--dismiss")

    assert entries() == [
        ("restored", "", f"command, 1 lead in doubt, {USER}"),
        ("restore-dismissed", "", f"command, {USER}"),
    ]


def test_the_name_is_that_of_the_system_not_of_the_environment(terminal, entries, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")

    terminal.run("credentials", "resume", "riverside")

    assert entries() == [("resumed", "riverside", USER)]


def test_a_system_user_without_a_name_is_known_by_number(terminal, entries, monkeypatch):
    def unknown(_number):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)

    terminal.run("credentials", "resume", "riverside")

    assert entries() == [("resumed", "riverside", f"user number {os.getuid()}")]


def test_what_a_person_does_names_no_user_of_the_system(terminal, entries):
    terminal.run("credentials", "resume", "riverside")
    services = Services(Settings.load())

    services.audit.record(AuditAction.SIGNED_OUT, by=None)
    services.close()

    assert entries()[-1] == ("signed-out", "", "")
