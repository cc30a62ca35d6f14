"""The log of `serve`: every line says when, how bad and who, whichever process wrote it."""

import logging
import os
import re
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from ports import free_port
from test_cli_serve import is_ready, send, wait_until

from realpad_form.adapters.sql import sqlite
from realpad_form.cli.logs import LineFormatter

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ (DEBUG|INFO|WARNING|ERROR) [\w.-]+: .")


@pytest.fixture
def serving(environ, tmp_path):
    """Run `serve` and return its address and the file with what it logs."""
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "realpad_form", "serve", "--port", str(port), "--no-relay"]
    with log.open("w") as out:
        env = {**os.environ, **environ}
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: is_ready(url), within_s=120)
    yield url, log
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    process.kill()
    process.wait()


def test_what_a_worker_logs_has_time_level_and_logger(serving, tmp_path):
    url, log = serving
    database = sqlite.driver().connect(tmp_path / "data" / "leads.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")

    lead_id = send(url, "Zamčený")
    database.close()

    lines = log.read_text(encoding="utf-8").splitlines()
    [spooled] = [line for line in lines if lead_id in line]
    assert LINE.match(spooled)
    assert "realpad_form.services.intake: " in spooled


def test_a_server_that_is_told_to_stop_has_nothing_to_say(environ, tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "realpad_form", "serve", "--port", str(port), "--no-relay"]
    env = {**os.environ, **environ, "REALPAD_FORM_DATA_KEY": "d" * 32}  # or that it is missing would be said
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"), within_s=120)

    process.terminate()
    _, said = process.communicate(timeout=45)

    assert process.returncode == 0
    assert [line for line in said.splitlines() if line][1:] == []


def as_logged(words, *, error=None, **formatter):
    """Return an entry as it is written, at the beginning of 1970."""
    caught = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("realpad_form.test", logging.WARNING, __file__, 1, words, (), caught)
    record.created, record.msecs, record.process = 0.166, 166.0, 42
    return LineFormatter(**formatter).format(record)


def test_times_are_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert as_logged("words") == "1970-01-01T00:00:00.166Z 42 WARNING realpad_form.test: words"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\x1c", "\u2028", "\u2029"])
def test_nobody_writes_an_entry_of_their_own(end):
    forged = "1970-01-01T00:00:00.166Z 42 INFO realpad_form.audit: signed-in"

    entry = as_logged(f"a page of https://evil{end}{forged} posted")

    assert not any(LINE.match(line) for line in entry.splitlines()[1:])
    assert len(entry.splitlines()) == (2 if "\n" in end else 1)


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x9b31m", "\x00", "\x08", "\x7f", "\u202e"])
def test_nothing_that_a_terminal_obeys_is_written(sign):
    entry = as_logged(f"before{sign}after")

    assert entry.isprintable()
    assert "before\\" in entry


def broken(words):
    """Return an error with a cause, as it was raised."""
    try:
        try:
            int(words)
        except ValueError as error:
            raise RuntimeError(words) from error
    except RuntimeError as error:
        return error


def test_words_of_an_unexpected_error_are_not_logged_but_where_it_came_from_is():
    entry = as_logged("GET /f/<slug> broke", error=broken("canary@example.com"))

    assert "canary" not in entry
    assert "ValueError" in entry
    assert "RuntimeError" in entry
    assert entry.count('test_cli_logs.py", line ') == 2
    assert all(line.startswith("    ") for line in entry.splitlines()[1:])


def test_debugging_shows_the_words_of_an_error():
    assert "canary" in as_logged("broke", error=broken("canary"), with_words=True)
