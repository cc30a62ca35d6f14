"""`doctor`: what is stored, and whether it gets out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from realpad_form.adapters.sql import sqlite
from realpad_form.config import Settings
from realpad_form.wiring import Services


@pytest.fixture
def ready(terminal, environ, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    terminal.run("db", "upgrade")


def test_a_stopped_lane_is_bad_news_with_reason_and_command(terminal, ready, accept, refuse):
    accept()
    refuse(401)

    said = terminal.run("doctor", status=1).stdout

    [lane] = [line for line in said.splitlines() if line.startswith("✗ lane: ")]
    assert "riverside is stopped, 1 of its leads wait: " in lane
    assert "401" in lane
    assert "run `realpad-form credentials resume riverside`" in lane


def test_a_paused_lane_is_bad_news_while_leads_wait(terminal, ready, accept, refuse):
    accept()
    refuse(503)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ lane: riverside is paused, 1 of its leads wait: " in said
    assert "it goes on at " in said


def test_open_lanes_and_readable_leads_are_good_news(monkeypatch, terminal, ready, request):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "d" * 32)
    request.getfixturevalue("accept")()

    said = terminal.run("doctor").stdout

    assert "✓ data key: what was stored last can be opened" in said
    assert "lane" not in said


@pytest.mark.parametrize("key", ["w" * 32, ""])
def test_a_wrong_or_missing_data_key_is_bad_news(terminal, ready, monkeypatch, request, key):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)
    request.getfixturevalue("accept")()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", key)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ data key: lead/" in said
    assert "which is not set; add it again; see REALPAD_FORM_DATA_KEY" in said


def test_a_wrong_data_key_is_logged_when_a_relay_starts(terminal, ready, monkeypatch, request, caplog):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)
    request.getfixturevalue("accept")()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "w" * 32)

    said = terminal.run("relay", "--once", status=1).stderr

    assert "no lead is taken until REALPAD_FORM_DATA_KEY is right" in caplog.text
    assert "which is not set" in said


def test_damaged_pages_are_bad_news_that_names_the_check(terminal, ready, accept):
    accept()
    path = Path("data/leads.db")
    database = sqlite.driver().connect(path)
    page_bytes = database.execute("PRAGMA page_size").fetchone()[0]
    [root] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'lead'").fetchone()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * page_bytes)
        file.write(b"\xff" * page_bytes)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ database: " in said
    assert "`realpad-form db check`" in said
    assert "✓ Realpad: can be reached" in said


def test_a_data_folder_that_cannot_be_used_keeps_no_other_check_back(terminal, ready, monkeypatch):
    Path("file").touch()
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", "sqlite:///file/leads.db")

    said = terminal.run("doctor", status=1).stdout

    assert "✗ database: cannot make the data folder file: " in said
    assert "✓ Realpad: can be reached" in said
    assert "✓ project riverside: credentials riverside are set" in said


def test_an_older_schema_is_bad_news(terminal, ready):
    services = Services(Settings.load())
    with services.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    services.database.dispose()

    said = terminal.run("doctor", status=1).stdout

    assert "✗ database: SQLite, of an older version: `serve` or `realpad-form db upgrade`" in said


def test_a_terminal_without_ticks_gets_words(ready, environ):
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "REALPAD_FORM_PUBLIC_URL": "http://127.0.0.1:8000"}

    done = subprocess.run([sys.executable, "-m", "realpad_form", "doctor"], env=env, capture_output=True)

    assert done.returncode == 0, done.stderr
    assert b"ok  database: SQLite, current, can be written" in done.stdout
