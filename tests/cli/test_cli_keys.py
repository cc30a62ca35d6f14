"""`keys rotate`: the data key can be changed for what is stored, and the old one taken out."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from realpad_form.adapters.vault import Vault
from realpad_form.cli import db as commands
from realpad_form.config import Settings
from realpad_form.domain.crash import KILLED, SETTING, CrashPoint
from realpad_form.domain.people import AuditAction
from realpad_form.ports import NewLead
from realpad_form.wiring import Services

OLD, NEW = "o" * 32, "n" * 32


@pytest.fixture
def set_keys(environ, monkeypatch):
    """Start processes from now on with these data keys."""
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    return lambda *keys: monkeypatch.setenv("REALPAD_FORM_DATA_KEY", ",".join(keys))


@pytest.fixture
def leads(set_keys, terminal, request):
    """Three leads under the old key, of which one was sent, in a service that has a new one first."""
    set_keys(OLD)
    accept = request.getfixturevalue("accept")
    ids = [accept(surname=surname) for surname in ("Novák", "Dvořák", "Svoboda")]
    terminal.run("relay", "--once")
    accept.close()
    set_keys(NEW, OLD)
    return ids


def doctor(terminal, status=0):
    """Return what `doctor` says about older keys."""
    said = terminal.run("doctor", status=status).stdout.splitlines()
    return [line.partition(": ")[2] for line in said if "older data keys: " in line]


def audited():
    """Return the entries about sealing anew, without the system's user."""
    services = Services(Settings.load())
    try:
        return [
            (each.subject, each.detail.partition(", user ")[0])
            for each in reversed(services.audit.entries())
            if each.action is AuditAction.RESEALED
        ]
    finally:
        services.close()


def test_old_key_can_be_taken_out_afterwards(terminal, leads, set_keys):
    before = [terminal.json("leads", "show", each) for each in leads]
    [told] = doctor(terminal)
    assert "are not sealed with the first one; `realpad-form keys rotate`" in told

    said = terminal.run("keys", "rotate", "--yes").stderr

    assert "sealed anew: " in said
    assert "no stored text needs an older data key" in said
    assert doctor(terminal) == ["no stored text needs one; on this machine the first one is enough"]
    set_keys(NEW)
    assert [terminal.json("leads", "show", each) for each in leads] == before
    assert doctor(terminal) == []
    terminal.run("leads", "erase", "--subject", "+420777123456")
    assert terminal.json("leads", "show", leads[0])["status"] == "erased"


def test_audit_log_keeps_how_much_was_sealed_anew_and_with_which_key(terminal, leads):
    terminal.run("keys", "rotate")
    terminal.run("keys", "rotate")

    begun, done, again, nothing = audited()
    number = begun[1].removeprefix("command, begun, ")
    assert int(number.split()[0]) > 10
    assert done == (Vault([NEW]).key_id, f"command, {number}")
    assert (again[1], nothing[1]) == ("command, begun, 0 texts", "command, 0 texts")


def test_first_key_that_nothing_is_sealed_with_has_to_be_meant_by_a_person(
    terminal, leads, set_keys, monkeypatch
):
    monkeypatch.setattr(commands, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))

    said = terminal.run("keys", "rotate", status=1, input="n\n").stderr

    assert "Nothing is sealed with the first data key" in said
    assert audited() == []
    set_keys(OLD)
    terminal.run("leads", "show", leads[0])


@pytest.mark.parametrize(("keys", "status"), [([], 2), ([NEW], 1)], ids=["none", "not that of the leads"])
def test_missing_key_is_an_error_and_nothing_is_changed(terminal, leads, set_keys, keys, status):
    set_keys(*keys)

    terminal.run("keys", "rotate", "--yes", status=status)

    assert audited() == [] if keys else True
    set_keys(OLD)
    terminal.run("leads", "show", leads[0])


def test_process_that_is_killed_half_way_leaves_what_the_next_one_finishes(terminal, leads, set_keys):
    before = [terminal.json("leads", "show", each) for each in leads]
    services = Services(Settings.load())
    next(services.resealing.texts())
    services.close()
    command = [sys.executable, "-m", "realpad_form", "keys", "rotate"]
    done = subprocess.run(command, env={**os.environ, SETTING: CrashPoint.IN_RESEAL}, capture_output=True)
    assert done.returncode == KILLED, done.stderr
    assert [terminal.json("leads", "show", each) for each in leads] == before

    terminal.run("keys", "rotate")

    set_keys(NEW)
    assert [terminal.json("leads", "show", each) for each in leads] == before
    assert [subject for subject, _ in audited()] == ["", "", Vault([NEW]).key_id]


def test_text_that_cannot_be_opened_is_bad_news_that_names_it(terminal, leads):
    services = Services(Settings.load())
    with services.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE revision SET answers = substr(answers, 1, length(answers) - 8) || 'AAAAAAAA'"
            " WHERE number = 1 AND lead_id IN (SELECT id FROM lead ORDER BY created_at LIMIT 1)"
        )
    services.close()

    said = terminal.run("keys", "rotate", "--yes", status=1).stderr

    assert f"revision/{leads[0]}/1/answers was changed or moved since it was sealed" in said
    assert "still under another key: 1 text" in said
    assert "needs an older data key" not in said
    assert all(subject == "" for subject, _ in audited())


def test_files_of_the_spool_are_sealed_anew_and_taken_in(terminal, leads, set_keys, submission):
    services = Services(Settings.load({**os.environ, "REALPAD_FORM_DATA_KEY": OLD}))
    sent = submission()
    kept = NewLead(lead_id=sent.lead_id(), submission=sent, credential="riverside", payload={"name": "Eva"})
    services.spool.keep(kept)
    services.close()
    assert "and 1 file of the spool" in doctor(terminal, status=1)[0]

    said = terminal.run("keys", "rotate", "--yes").stderr

    assert "1 file of the spool" in said
    set_keys(NEW)
    services = Services(Settings.load())
    services.intake.take_in()
    services.close()
    assert terminal.json("leads", "show", str(kept.lead_id))["payload"]["name"] == "Eva"
    assert not list(Path("data/spool").glob("*.lead"))


def test_doctor_does_not_promise_what_nobody_has_looked_at(terminal, leads, set_keys):
    services = Services(Settings.load())
    list(services.resealing.texts())
    services.close()

    assert "search terms may; `realpad-form keys rotate` makes them anew" in doctor(terminal)[0]
