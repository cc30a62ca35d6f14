"""Commands on a folder of their own, with a sandbox CRM beside it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace
from uuid import uuid4

import pytest
from click.testing import CliRunner

from realpad_form.catalog import read_project, samples_folder
from realpad_form.cli import main
from realpad_form.cli.projects import copy_samples
from realpad_form.config import Settings
from realpad_form.forms import Posted, ProjectForm
from realpad_form.sandbox import CrmAccount, Tenant, create_app, start
from realpad_form.wiring import Services


@pytest.fixture(scope="session")
def sandbox_projects():
    return [read_project(path)[0] for path in sorted(samples_folder().glob("*.yaml"))]


@pytest.fixture(scope="session")
def sandbox_server():
    """A server for the sandbox CRM of each test.

    It keeps its address: what accounts at an address are known by takes long to compute, and is then kept.
    """
    server = start(create_app())
    yield server
    server.shutdown()


@pytest.fixture
def sandbox(sandbox_projects, sandbox_server):
    """Return the port of a sandbox CRM of its own, and a client of its control pages."""
    accounts = [CrmAccount(login=name, password=f"canary-{name}") for name in ("riverside", "jantar")]
    app = create_app(Tenant.from_projects(sandbox_projects, accounts))
    sandbox_server._server.app = app
    return SimpleNamespace(port=sandbox_server.port, control=app.test_client())


@pytest.fixture
def environ(tmp_path, sandbox, monkeypatch):
    """Return the settings of a folder with the sample projects, and make it the working folder."""
    copy_samples(tmp_path / "projects")
    values = {
        "SECRET_KEY": "s" * 32,
        "REALPAD_URL": f"http://127.0.0.1:{sandbox.port}/ws/v10/",
        "RELAY_RATE": "unlimited",
        "TIMEOUT_S": "2",
        "CREDENTIALS_RIVERSIDE_LOGIN": "riverside",
        "CREDENTIALS_RIVERSIDE_PASSWORD": "canary-riverside",
        "CREDENTIALS_JANTAR_LOGIN": "jantar",
        "CREDENTIALS_JANTAR_PASSWORD": "canary-jantar",
    }
    names = {f"REALPAD_FORM_{name}": value for name, value in values.items()}
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return names


PERSON = {"name": "Jan", "surname": "Novák", "phone": "777 123 456"}


@pytest.fixture
def accept(environ, sqlite_template):
    """Take a lead as the web would, and return its id; a database that is missing is migrated already."""
    settings = Settings.load()
    if "REALPAD_FORM_DATABASE_URL" not in os.environ and not (path := settings.data / "leads.db").exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(sqlite_template, path)
    services = Services(settings)
    services.prepare()

    def take(suspicions=(), **answers):
        project = services.catalog.get("riverside")
        posted = Posted(values={key: [value] for key, value in {**PERSON, **answers}.items()})
        form = ProjectForm(project, language="cs", tokens=services.tokens, posted=posted)
        assert form.validate(), form.errors_by_field
        submission = form.submission(
            key=uuid4(), address="203.0.113.7", submitted_at=services.log.now(), suspicions=suspicions
        )
        return str(services.intake.accept(project, submission).lead_id)

    take.close = services.close  # lets go of the database until the next lead
    yield take
    services.close()


class Terminal:
    """Runs commands as a person would."""

    def run(self, *words, status=0, input=None):
        result = CliRunner().invoke(main, list(words), input=input)
        assert result.exit_code == status, (result.output, result.exception)
        return result

    def json(self, *words):
        return json.loads(self.run(*words, "--json").stdout)


@pytest.fixture
def terminal():
    return Terminal()


@pytest.fixture
def refuse(sandbox, terminal):
    """Let Realpad answer the next call with a status."""

    def answer(status, **more):
        sandbox.control.post("/sandbox/faults", json={"status": status, **more})
        terminal.run("relay", "--once")

    return answer


@pytest.fixture
def start_command(tmp_path):
    """Start commands in processes of their own; each is ended with all it started, by its id."""
    started = []

    def run(*words, env):
        command = [sys.executable, "-m", "realpad_form", *words]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, cwd=tmp_path, env=env, start_new_session=True, **quiet))
        return started[-1]

    run.started = started
    yield run
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def arrived(sandbox):
    """Return how often each surname came to the CRM."""

    def read():
        inquiries = sandbox.control.get("/sandbox/state").get_json()["inquiries"]
        return Counter(each["parameters"]["surname"] for each in inquiries)

    return read
