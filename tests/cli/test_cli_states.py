"""`credentials list`, `doctor` and `/readyz` say the same of every state that a service can be in."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from realpad_form.adapters.sql import SqlLeadLog
from realpad_form.adapters.sql.schema import lane
from realpad_form.cli import main
from realpad_form.config import Settings
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web import create_app
from realpad_form.wiring import Services

TOKEN = "t" * 20


@dataclass
class Told:
    """What the three of them say at one moment."""

    listed: dict  # state and next call by credentials, as `credentials list --json` has them
    beside: str  # what `credentials list` says beside its table
    doctor: str
    is_bad: bool  # as doctor says
    status: int  # of /readyz
    details: dict  # of /readyz, with the token

    def state(self, name):
        """The state of credentials."""
        return self.listed[name][0]

    @property
    def bad(self):
        """The parts that doctor finds something bad about."""
        return set(re.findall(r"^✗ ([^:]+):", self.doctor, flags=re.MULTILINE))


@pytest.fixture
def world(environ, terminal, monkeypatch):
    """A service that is set up well, with a data key and the metrics token."""
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)
    monkeypatch.setenv("REALPAD_FORM_METRICS_TOKEN", TOKEN)
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    terminal.run("db", "upgrade")


@pytest.fixture
def take(world, request):
    """Take a lead, and let go of the database."""

    def take():
        accept = request.getfixturevalue("accept")
        accept()
        accept.close()

    return take


def ask():
    """Ask all three, and see that none contradicts another."""
    listed, doctor = (
        CliRunner().invoke(main, words) for words in (["credentials", "list", "--json"], ["doctor"])
    )
    services = Services(Settings.load())
    try:
        client = create_app(services).test_client()
        public = client.get("/readyz")
        whole = client.get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
    finally:
        services.close()
    rows = json.loads(listed.stdout) if listed.exit_code == 0 else []
    told = Told(
        listed={row["name"]: (row["state"], row["next_call_at"]) for row in rows},
        beside=listed.stderr,
        doctor=doctor.stdout,
        is_bad=doctor.exit_code == 1,
        status=whole.status_code,
        details=whole.get_json(),
    )
    assert public.status_code == told.status
    assert set(public.get_json()) == {"status"}
    assert told.is_bad == bool(told.bad), told
    assert_they_agree(told)
    return told


def assert_they_agree(told):
    if told.status != 200:
        assert told.bad, told
        assert "no lead" in told.beside or not told.listed, told
        return
    details = told.details
    assert {row["name"]: (row["state"], row["next_call_at"]) for row in details["credentials"]} == told.listed
    for row in details["credentials"]:
        is_held = row["state"] == "stopped" or (row["state"] == "paused" and row["waiting"] > 0)
        assert (f"✗ lane: {row['name']} is {row['state']}" in told.doctor) == is_held, told
    assert (details["stranded"] > 0) == ("leads" in told.bad) == ("adopt" in told.beside), told
    assert ("restored" in details) == ("restored" in told.bad) == ("restored copy" in told.beside), told
    missing = [problem for problem in details["problems"] if "are not set" in problem]
    assert bool(missing) == ("not set, so its leads wait" in told.doctor) == ("are not set" in told.beside), (
        told
    )


def test_all_is_well(world):
    told = ask()

    assert told.listed == {"jantar": ("open", None), "riverside": ("open", None)}
    assert not told.is_bad


def test_a_lane_is_paused_and_nobody_waits(take, refuse, terminal):
    take()
    refuse(503)
    [lead] = terminal.json("leads", "list")
    terminal.run("leads", "discard", lead["id"])

    told = ask()

    assert told.state("riverside") == "paused"
    assert not told.is_bad


def test_a_lane_is_paused_and_leads_wait(take, refuse):
    take()
    refuse(503)

    told = ask()

    assert told.state("riverside") == "paused"
    assert told.is_bad


def test_a_lane_is_stopped(take, refuse, terminal):
    take()
    refuse(401)

    assert ask().state("riverside") == "stopped"
    terminal.run("credentials", "resume", "riverside")
    assert ask().state("riverside") == "open"


def test_realpad_throttles(take, refuse):
    take()
    refuse(429, retry_after="600")

    told = ask()

    assert told.state("riverside") == "paused"
    assert told.is_bad


def test_leads_wait_for_an_earlier_login(take, monkeypatch, terminal):
    take()
    monkeypatch.setenv("REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN", "another")

    told = ask()

    assert told.details["stranded"] == 1
    assert told.is_bad
    terminal.run("credentials", "adopt", "riverside", "--yes")
    assert ask().details["stranded"] == 0


def test_credentials_that_a_project_names_are_not_set(world, monkeypatch):
    monkeypatch.delenv("REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN")
    monkeypatch.delenv("REALPAD_FORM_CREDENTIALS_RIVERSIDE_PASSWORD")

    told = ask()

    assert told.listed == {"jantar": ("open", None)}
    assert told.details["problems"] == [
        "credentials riverside are not set, so leads of riverside, sadova wait"
    ]


def test_a_restored_copy_is_put_back(take, terminal, tmp_path):
    take()
    terminal.run("db", "backup", "copy.db")
    terminal.run("relay", "--once")
    (tmp_path / "data" / "leads.db").write_bytes((tmp_path / "copy.db").read_bytes())
    for beside in ("leads.db-wal", "leads.db-shm"):
        (tmp_path / "data" / beside).unlink(missing_ok=True)

    told = ask()

    assert told.is_bad


@pytest.mark.parametrize("key", ["w" * 32, ""])
def test_the_data_key_is_wrong_or_missing(take, monkeypatch, key):
    take()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", key)

    told = ask()

    assert told.status == 503
    assert "data key" in told.bad
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)
    assert not ask().is_bad


def test_a_project_file_is_broken(world, tmp_path):
    ask()
    path = tmp_path / "projects" / "riverside.yaml"
    path.write_text(path.read_text("utf-8") + "\nnonsense: 1\n", encoding="utf-8")

    told = ask()

    assert told.is_bad
    assert told.details["problems"]


def test_the_database_cannot_be_written(world, tmp_path, monkeypatch):
    def refuse(log):
        raise StorageUnavailableError("attempt to write a readonly database")

    monkeypatch.setattr(SqlLeadLog, "probe", refuse)

    told = ask()

    assert told.status == 503
    assert "database" in told.bad


def test_the_database_is_away(world, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    told = ask()

    assert told.status == 503
    assert told.listed == {}


def test_a_clock_that_was_ahead_has_left_its_marks(take):
    take()
    services = Services(Settings.load())
    services.credentials.lanes()
    with services.database.write() as connection:
        connection.execute(update(lane).values(next_send_at=services.log.now() + timedelta(hours=2)))
    services.close()

    told = ask()

    assert told.bad == {"database's clock"}
    assert told.state("riverside") == "open"
