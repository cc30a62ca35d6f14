"""Processes that die at a named point: whatever follows, each lead arrives once."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from realpad_form.config import Settings
from realpad_form.domain.crash import KILLED, SETTING, CrashPoint
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.people import COMMAND
from realpad_form.ports import LeadFilter
from realpad_form.web import create_app
from realpad_form.wiring import Services

SUBMIT = """
import sys
from realpad_form.config import Settings
from realpad_form.web import create_app
from realpad_form.wiring import Services

client = create_app(Services(Settings.load())).test_client()
token = client.get("/f/riverside/session").get_json()["token"]
person = dict(name="Jan", surname="Novák", phone="777 123 456", token=token, submission=sys.argv[1])
print(client.post("/f/riverside/leads", json=person).status_code)
"""
POST_IN = """
import sys
from realpad_form.config import Settings
from realpad_form.web import create_app
from realpad_form.wiring import Services

client = create_app(Services(Settings.load())).test_client()
head = {"Authorization": f"Bearer {sys.argv[2]}", "Idempotency-Key": sys.argv[1]}
person = dict(name="Jan Novák", phone="777 123 456")
print(client.post("/in/cf7-main", json=person, headers=head).status_code)
"""
SOURCE_KEY = "k" * 43
TAKE_IN = """
from realpad_form.config import Settings
from realpad_form.wiring import Services

Services(Settings.load()).intake.take_in()
"""

SLOWLY_ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
"""What the quick lane tries on one engine only, since each process takes its time to start."""


@pytest.fixture(autouse=True)
def settings(environ, database_url, monkeypatch, tmp_path):
    """Work on each engine, without captchas, and read Realpad's list as often as wanted."""
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", database_url)
    monkeypatch.setenv("REALPAD_FORM_RECONCILE_AFTER_S", "0")
    project = tmp_path / "projects" / "riverside.yaml"
    project.write_text(project.read_text().replace("captcha: altcha", "captcha: none"))


@pytest.fixture
def started_again():
    """Services as a process has them that is started after the crash."""
    services = Services(Settings.load())
    yield services
    services.database.dispose()


@pytest.fixture
def settle(started_again):
    """Relay what is left, while minutes pass: leases run out, pauses end."""

    def run():
        began_at, ahead = started_again.log, timedelta()
        for _ in range(6):
            ahead += timedelta(seconds=48)  # less than the clocks may be apart in the end
            log = replace(began_at, clock=lambda ahead=ahead: datetime.now(UTC) + ahead)
            readings = replace(started_again.readings, log=log)
            reconcile = replace(started_again.reconcile, readings=readings)
            restores = replace(started_again.restore_watch, readings=readings)
            replace(started_again.relay, log=log, reconcile=reconcile, restores=restores).drain()

    return run


@pytest.fixture
def status_of(started_again):
    return lambda lead_id: started_again.log.get(UUID(lead_id)).lead.status


@pytest.fixture
def arrived(sandbox):
    """Return what is at the CRM."""
    return lambda: sandbox.control.get("/sandbox/state").get_json()["inquiries"]


def die(point, *words):
    """Run Python until it dies at a point, without a last word."""
    env = {**os.environ, SETTING: point}
    died = subprocess.run([sys.executable, *words], env=env, capture_output=True, timeout=30, check=False)
    assert (died.returncode, died.stdout) == (KILLED, b""), died.stderr


def die_in_command(point, *words):
    die(point, "-m", "realpad_form", *words)


def wait_for(count, what):
    until = time.monotonic() + 10
    while len(what()) < count:
        assert time.monotonic() < until, "it never arrived"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("point", "stored_before", "answer"), [(CrashPoint.IN_APPEND, 0, 201), (CrashPoint.APPENDED, 1, 200)]
)
@SLOWLY_ON_POSTGRESQL
def test_a_submission_repeated_after_a_crash_makes_one_lead(
    point, stored_before, answer, started_again, settle, arrived
):
    key = str(uuid4())
    die(point, "-c", SUBMIT, key)
    assert started_again.log.count(LeadFilter()) == stored_before

    client = create_app(started_again).test_client()
    token = client.get("/f/riverside/session").get_json()["token"]
    person = {"name": "Jan", "surname": "Novák", "phone": "777 123 456", "token": token, "submission": key}
    assert client.post("/f/riverside/leads", json=person).status_code == answer

    settle()
    assert started_again.log.count(LeadFilter()) == 1
    assert len(arrived()) == 1


@pytest.mark.parametrize(
    ("point", "stored_before", "answer"), [(CrashPoint.IN_APPEND, 0, 201), (CrashPoint.APPENDED, 1, 200)]
)
@SLOWLY_ON_POSTGRESQL
def test_a_lead_of_another_system_repeated_after_a_crash_is_one(
    point, stored_before, answer, tmp_path, monkeypatch, request, arrived
):
    with (tmp_path / "projects" / "riverside.yaml").open("a") as project:
        project.write("sources: [{name: cf7-main}]\n")
    monkeypatch.setenv("REALPAD_FORM_SOURCE_CF7_MAIN_KEY", SOURCE_KEY)
    started_again, settle = (request.getfixturevalue(name) for name in ("started_again", "settle"))
    die(point, "-c", POST_IN, "lead 42", SOURCE_KEY)
    assert started_again.log.count(LeadFilter()) == stored_before

    head = {"Authorization": f"Bearer {SOURCE_KEY}", "Idempotency-Key": "lead 42"}
    person = {"name": "Jan Novák", "phone": "777 123 456"}
    client = create_app(started_again).test_client()
    assert client.post("/in/cf7-main", json=person, headers=head).status_code == answer
    assert client.post("/in/cf7-main", json=person, headers=head).status_code == 200

    settle()
    assert started_again.log.count(LeadFilter()) == 1
    assert len(arrived()) == 1


@SLOWLY_ON_POSTGRESQL
def test_a_spooled_lead_taken_into_the_log_twice_is_one(accept, started_again, settle, arrived, monkeypatch):
    def refuse(*args, **kwargs):
        raise StorageUnavailableError("the disk is full")

    with monkeypatch.context() as outage:
        outage.setattr("realpad_form.adapters.sql.lead_log.SqlLeadLog.append", refuse)
        lead_id = accept()

    die(CrashPoint.APPENDED, "-c", TAKE_IN)
    assert started_again.spool.waiting() == 1
    assert started_again.intake.take_in() == 1

    settle()
    assert [str(lead.id) for lead in started_again.log.leads(LeadFilter())] == [lead_id]
    assert len(arrived()) == 1


@pytest.mark.parametrize(
    ("point", "sent_before"),
    [
        (CrashPoint.CLAIMED, 0),
        (CrashPoint.SENT, 1),
        (CrashPoint.ANSWERED, 1),
    ],
)
@SLOWLY_ON_POSTGRESQL
def test_a_lead_whose_relay_dies_arrives_once(point, sent_before, accept, settle, status_of, arrived):
    lead_id = accept()
    die_in_command(point, "relay", "--once")
    wait_for(sent_before, arrived)
    assert (status_of(lead_id), len(arrived())) == ("sending", sent_before)

    settle()

    assert (status_of(lead_id), len(arrived())) == ("delivered", 1)


def test_an_answer_that_is_not_committed_is_found_again(accept, settle, status_of, arrived):
    lead_id = accept()

    die_in_command(CrashPoint.IN_CLOSE, "relay", "--once")
    assert (status_of(lead_id), len(arrived())) == ("sending", 1)
    settle()

    assert (status_of(lead_id), len(arrived())) == ("delivered", 1)


@SLOWLY_ON_POSTGRESQL
def test_a_sweep_that_dies_is_done_by_the_next(accept, started_again, settle, status_of, arrived):
    lead_id, log = accept(), started_again.log
    log.open_lanes(started_again.pairs)
    assert log.claim(tuple(started_again.pairs), lease_s=0, pace_s=0, width=1)

    die_in_command(CrashPoint.IN_SWEEP, "relay", "--once")
    assert status_of(lead_id) == "sending"
    settle()

    assert (status_of(lead_id), len(arrived())) == ("delivered", 1)


@pytest.mark.parametrize("dropped", ["before", "after"])
@SLOWLY_ON_POSTGRESQL
def test_a_reconciliation_that_dies_is_done_by_the_next(
    dropped, accept, sandbox, started_again, settle, status_of, arrived
):
    lead_id = accept()
    sandbox.control.post("/sandbox/faults", json={"drop": dropped})
    started_again.relay.drain()

    die_in_command(CrashPoint.IN_RECONCILE, "verify")
    assert status_of(lead_id) == "unknown"
    settle()

    assert (status_of(lead_id), len(arrived())) == ("delivered", 1)


@SLOWLY_ON_POSTGRESQL
def test_a_correction_that_dies_changes_nothing_and_can_be_made_again(
    accept, sandbox, started_again, settle, status_of, arrived
):
    lead_id = accept()
    sandbox.control.post("/sandbox/faults", json={"status": 400, "body": "bad phone"})
    started_again.relay.drain()

    die_in_command(CrashPoint.IN_RESUBMIT, "leads", "resubmit", lead_id, "--set", "phone=777999888")
    record = started_again.log.get(UUID(lead_id))
    assert (record.lead.status, len(record.revisions)) == ("rejected", 1)
    actions = started_again.lead_actions
    prepared = actions.prepare(record, {**record.current.answers, "phone": "+420777999888"})
    actions.resubmit(prepared, seen=record.lead.version, by=COMMAND)
    settle()

    [inquiry] = arrived()
    assert (status_of(lead_id), inquiry["parameters"]["phone"]) == ("delivered", "+420777999888")


def test_a_command_that_is_to_die_at_no_known_point_does_not_start(terminal, monkeypatch):
    monkeypatch.setenv(SETTING, "clamed")

    assert "those are in-append" in terminal.run("relay", "--once", status=2).output
