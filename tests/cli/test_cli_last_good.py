"""A project file that is broken when commands and servers start."""

import json
import os
import urllib.request
from pathlib import Path

import pytest
from ports import free_port
from test_cli_serve import is_ready, send, wait_until

from realpad_form.config import Settings
from realpad_form.wiring import Services

FILE = Path("projects/riverside.yaml")


def break_file():
    FILE.write_text("version: 1\nname: [", encoding="utf-8")


@pytest.fixture
def services(environ):
    services = Services(Settings.load())
    yield services
    services.close()


@pytest.fixture
def kept(services):
    """Let a service run as long as it takes to keep its project files; returns the version of the form."""
    services.prepare()
    for _ in range(2):
        services.version_keeper.run_once()
    return services.catalog.get("riverside").form_version


def test_check_tells_what_is_served_meanwhile(kept, terminal):
    break_file()

    said = terminal.run("check", status=1)

    assert said.stdout.splitlines()[0].startswith("projects/riverside.yaml:2: ")
    assert "last good" not in said.stdout
    assert f"riverside.yaml: until it is fixed, its last good version is served, {kept} of 20" in said.stderr


def test_check_needs_no_settings_and_makes_nothing(terminal, environ, monkeypatch, tmp_path):
    break_file()
    assert "last good" not in terminal.run("check", status=1).stderr
    assert not (tmp_path / "data").exists()

    monkeypatch.delenv("REALPAD_FORM_SECRET_KEY")
    terminal.run("check", status=1)


def test_doctor_tells_what_is_served_meanwhile(kept, terminal):
    break_file()

    said = terminal.run("doctor", status=1).stdout

    assert "✗ project file: projects/riverside.yaml:2:" in said
    assert f"! project file: riverside: until it is fixed, its last good version is served, {kept}" in said
    assert "✓ project riverside: credentials riverside are set" in said


def test_dry_run_shows_the_call_of_the_version_that_is_served(kept, terminal):
    break_file()
    answers = ["--field", "name=Jan", "--field", "surname=Novák", "--field", "phone=777123456"]

    said = terminal.run("payload", "riverside", *answers)

    assert "phone=%2B420777123456" in said.stdout
    assert "projects/riverside.yaml:2:" in said.stderr
    assert f"last good version is served, {kept}" in said.stderr


def test_database_that_is_away_keeps_no_command_from_the_file_of_this_machine(kept, terminal, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    break_file()

    assert f"last good version is served, {kept}" in terminal.run("check", status=1).stderr


@pytest.fixture
def serve(start_command, environ):
    """Start `serve` with further settings; returns its process and address."""

    def start(**settings):
        more = {f"REALPAD_FORM_{name}": value for name, value in settings.items()}
        more["REALPAD_FORM_METRICS_TOKEN"] = "watching"
        port = free_port()
        process = start_command("serve", "--port", str(port), env={**os.environ, **environ, **more})
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: is_ready(url))
        return process, url

    return start


@pytest.mark.parametrize("machine", ["the same machine", "another machine"])
def test_a_server_that_starts_again_with_a_broken_file_serves_the_form_and_sends_its_leads(
    serve, services, sandbox, terminal, tmp_path, machine
):
    first, _ = serve()
    wait_until(lambda: services.project_versions.latest("riverside"))
    first.terminate()
    assert first.wait(30) == 0
    break_file()
    data = tmp_path / ("data" if machine == "the same machine" else "elsewhere")

    _, url = serve(DATA=str(data), DATABASE_URL=f"sqlite:///{tmp_path / 'data' / 'leads.db'}")
    with urllib.request.urlopen(f"{url}/f/riverside", timeout=10) as page:  # noqa: S310
        assert page.status == 200
    lead_id = send(url, "Rozbitý")

    wait_until(lambda: terminal.json("leads", "show", lead_id)["status"] == "delivered")
    watching = urllib.request.Request(f"{url}/readyz", headers={"Authorization": "Bearer watching"})  # noqa: S310
    with urllib.request.urlopen(watching, timeout=10) as answer:  # noqa: S310
        assert "last good version is served" in json.load(answer)["problems"][-1]
    assert len(sandbox.control.get("/sandbox/state").get_json()["inquiries"]) == 1


def test_a_relay_of_its_own_keeps_project_files_too(start_command, environ, services):
    services.prepare()
    relay = start_command("relay", env={**os.environ, **environ})

    wait_until(lambda: services.project_versions.latest("jantar"))

    relay.terminate()
    assert relay.wait(20) == 0
