"""The log of `serve`: every line says when, how bad and who, whichever process wrote it."""

import os
import re
import subprocess
import sys
from contextlib import suppress

import pytest
from test_cli_serve import free_port, is_ready, send, wait_until

from realpad_form.adapters.sql import sqlite

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) [\w.-]+: .")


@pytest.fixture
def serving(environ, tmp_path):
    """Run `serve` and return its address and the file with what it logs."""
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "realpad_form", "serve", "--port", str(port), "--no-relay"]
    with log.open("w") as out:
        env = {**os.environ, **environ}
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: is_ready(url))
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
    env = {**os.environ, **environ}
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"), within_s=120)

    process.terminate()
    _, said = process.communicate(timeout=45)

    assert process.returncode == 0
    assert [line for line in said.splitlines() if line][1:] == []
