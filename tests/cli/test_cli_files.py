"""Files that commands write: for their owner only, and never in the place of another."""

import os
import stat

import pytest

from realpad_form.adapters.sql import sqlite


@pytest.fixture(autouse=True)
def open_to_all():
    """Make files as most systems do, readable by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_keeps_its_leads_from_other_users(terminal, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "is_fixed", lambda _version: True)
    terminal.run("init", str(tmp_path / "new"))
    monkeypatch.chdir(tmp_path / "new")

    terminal.run("db", "upgrade")

    data = tmp_path / "new" / "data"
    assert mode(data) == 0o700
    assert {mode(path) for path in data.iterdir()} == {0o600}


def test_a_folder_that_was_there_keeps_its_mode(terminal, tmp_path):
    (tmp_path / "data").mkdir(mode=0o750)

    terminal.run("init", str(tmp_path))

    assert mode(tmp_path / "data") == 0o750


@pytest.mark.parametrize("format_", ["csv", "jsonl", "xlsx"])
def test_an_export_is_for_its_owner_only(terminal, accept, tmp_path, format_):
    accept()

    terminal.run("leads", "export", "--format", format_, "--output", "leads")

    assert mode(tmp_path / "leads") == 0o600


def test_an_export_overwrites_only_what_it_is_told_to(terminal, accept, tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("mine")
    path.chmod(0o640)
    accept()

    said = terminal.run("leads", "export", "--output", "leads.csv", status=2).stderr
    assert "leads.csv exists" in said
    assert path.read_text() == "mine"

    terminal.run("leads", "export", "--output", "leads.csv", "--force")
    assert b"Nov" in path.read_bytes()
    assert mode(path) == 0o640


@pytest.mark.parametrize("words", [["check"], ["backup", "copy.db"], ["restored"]])
def test_a_database_that_is_not_there_is_told_and_not_made(terminal, environ, tmp_path, words):
    before = set(tmp_path.iterdir())

    said = terminal.run("db", *words, status=2).stderr

    assert said == "error: there is no database at data/leads.db\n"
    assert set(tmp_path.iterdir()) == before


def test_a_backup_holds_the_leads_and_is_for_its_owner_only(terminal, accept, tmp_path):
    accept()

    terminal.run("db", "backup", "copy.db")

    assert mode(tmp_path / "copy.db") == 0o600
    assert b"riverside" in (tmp_path / "copy.db").read_bytes()
