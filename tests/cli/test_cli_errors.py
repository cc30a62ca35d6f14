"""Whatever goes wrong is told on one clean line."""

import errno
import os
import socket
import subprocess
import sys
from uuid import uuid4

import pytest


@pytest.fixture
def used_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--bogus"], "No such option '--bogus' (see `realpad-form --help`)"),
        (["nonsense"], "No such command 'nonsense' (see `realpad-form --help`)"),
        (["leads", "no"], "No such command 'no' (see `realpad-form leads --help`)"),
        (["leads", "show"], "Missing argument 'ID' (see `realpad-form leads show --help`)"),
        (
            ["consents", "revoke", "--consent", "1"],
            "name the customer by either --email or --customer-id "
            "(see `realpad-form consents revoke --help`)",
        ),
    ],
)
def test_wrong_use_is_one_line_that_names_the_help(terminal, words, line):
    assert terminal.run(*words, status=2).stderr == f"error: {line}\n"


def test_a_group_without_a_command_shows_its_help(terminal):
    assert terminal.run("leads", status=2).stderr.startswith("Usage: ")


def test_a_file_that_cannot_be_written_is_one_line_that_names_it(terminal, accept, tmp_path):
    path = tmp_path / "missing" / "leads.csv"
    accept()

    said = terminal.run("leads", "export", "--output", str(path), status=1).stderr

    assert said == f"error: {path}: No such file or directory\n"


@pytest.mark.parametrize(
    ("folder", "line"), [(".", "data: File exists"), ("data/new", "data/new/projects: Not a directory")]
)
def test_a_folder_that_cannot_be_made_is_one_line_that_names_it(
    terminal, tmp_path, monkeypatch, folder, line
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").touch()

    assert terminal.run("init", folder, status=1).stderr == f"error: {line}\n"


@pytest.mark.parametrize("command", ["serve", "sandbox", "demo"])
def test_a_port_in_use_is_all_that_is_said(terminal, environ, used_port, command):
    said = terminal.run(command, "--port", str(used_port), status=2).stderr

    wrong = f"127.0.0.1:{used_port}: Address already in use"
    assert said == f"error: {wrong} (see `realpad-form {command} --help`)\n"


def test_a_host_that_is_none_is_wrong_use(terminal, environ):
    said = terminal.run("serve", "--host", "no such host", status=2).stderr

    assert said == "error: 'no such host' is no host to listen on (see `realpad-form serve --help`)\n"


def test_localhost_is_a_host_to_listen_on(terminal, environ, monkeypatch):
    hosts = []
    monkeypatch.setattr("realpad_form.cli.http.run", lambda host, *_, **__: hosts.append(host))

    terminal.run("serve", "--host", "localhost", "--port", "0")

    assert hosts == ["127.0.0.1"]


def test_an_error_of_the_system_is_told_without_its_number(terminal, environ, monkeypatch):
    def fail():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("realpad_form.cli.credentials.open_ready", fail)

    assert terminal.run("credentials", "list", status=1).stderr == "error: No space left on device\n"


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00+14:00"])
@pytest.mark.parametrize("command", ["list", "export"])
def test_a_time_beyond_all_calendars_is_wrong_use(terminal, environ, command, moment):
    said = terminal.run("leads", command, "--since", moment, status=2).stderr

    assert f"'{moment}' is not a time" in said
    assert said.count("\n") == 1


def test_a_first_and_a_last_moment_are_times(terminal, accept):
    lead_id = accept()

    listed = terminal.json("leads", "list", "--since", "0001-01-01T00:00+00:00")

    assert [row["id"] for row in listed] == [lead_id]
    assert terminal.json("leads", "list", "--since", "9999-12-31T23:59:59") == []


@pytest.mark.parametrize(
    "words",
    [
        ["payload", "riverside", "--field", b"name=\xd8eho\xf8"],
        ["leads", "erase", "--subject", b"\xd8eho\xf8@example.com"],
        ["operators", "add", "a@example.com", "--name", b"\xd8eho\xf8"],
    ],
)
def test_bytes_that_are_no_text_are_wrong_use(environ, words):
    done = subprocess.run([sys.executable, "-m", "realpad_form", *words], capture_output=True, check=False)

    wrong = f"argument {len(words)} has bytes that are no text in utf-8"
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"error: {wrong} (see `realpad-form --help`)\n"


def test_what_a_terminal_cannot_show_is_replaced(accept, environ):
    lead_id = accept(surname="Řeřicha")
    latin = {**os.environ, "PYTHONIOENCODING": "latin1"}

    shown = subprocess.run(
        [sys.executable, "-m", "realpad_form", "leads", "show", lead_id],
        env=latin, capture_output=True, check=False,
    )  # fmt: skip

    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"?e?icha" in shown.stdout


def test_a_lead_that_is_not_there_is_named_once(terminal, environ):
    lead_id = str(uuid4())

    said = terminal.run("leads", "release", lead_id, status=1).stderr

    assert said == f"error: no lead {lead_id}\n0 released, 1 failed\n"


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:9/0?canary=1", "redis://:canary@127.0.0.1:9/0?socket_timeout=soon"]
)
def test_a_store_of_limits_that_cannot_be_used_stops_the_start(terminal, environ, monkeypatch, url):
    monkeypatch.setenv("REALPAD_FORM_LIMITS_URL", url)

    said = terminal.run("serve", "--port", "0", status=2).stderr

    assert said.startswith("error: REALPAD_FORM_LIMITS_URL cannot be used; ")
    assert "canary" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "line"),
    [
        (
            "postgresql+psycopg://u:canary@127.0.0.1:9/x?foo=bar",
            'the database URL cannot be used: invalid connection option "foo"',
        ),
        ("sqlite:///x.db?foo=bar", "SQLite needs a file and takes no options, e.g. sqlite:///data/leads.db"),
    ],
)
@pytest.mark.parametrize("words", [["leads", "list"], ["db", "check"], ["db", "upgrade"]])
def test_an_option_that_no_database_knows_is_one_line(terminal, environ, monkeypatch, words, url, line):
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", url)

    assert terminal.run(*words, status=2).stderr == f"error: {line}\n"
