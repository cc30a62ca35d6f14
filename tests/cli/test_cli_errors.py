"""Whatever goes wrong is told on one clean line."""

import socket

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


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_port_in_use_is_all_that_is_said(terminal, environ, used_port, command):
    said = terminal.run(command, "--port", str(used_port), status=1).stderr

    assert said == f"error: 127.0.0.1:{used_port}: Address already in use\n"


def test_a_host_that_is_none_is_wrong_use(terminal, environ):
    said = terminal.run("serve", "--host", "no such host", status=2).stderr

    assert said == "error: 'no such host' is no host to listen on (see `realpad-form serve --help`)\n"


def test_localhost_is_a_host_to_listen_on(terminal, environ, monkeypatch):
    hosts = []
    monkeypatch.setattr("realpad_form.cli.http.run", lambda host, *_, **__: hosts.append(host))

    terminal.run("serve", "--host", "localhost", "--port", "0")

    assert hosts == ["127.0.0.1"]
