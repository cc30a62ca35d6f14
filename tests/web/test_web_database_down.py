"""A database that goes away under load, or cannot be written: no thank-you is ever false."""

import threading
import time
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from running import postgresql_server

from realpad_form.ports import LeadFilter
from realpad_form.services import relay as relay_module
from realpad_form.web import create_app

VISITORS = 2
LIFTED = "limits: {per_address: 9999/minute, per_project: 9999/minute}\n"
PERSON = {"name": "Jan", "surname": "Novák", "phone": "777 123 456"}


@pytest.fixture
def postgresql():
    with postgresql_server() as server:
        yield server


@pytest.fixture
def on_postgresql(folder, make_services, postgresql):
    """Return services on a PostgreSQL of this test's own, with limits that nobody meets."""
    path = folder / "projects" / "riverside.yaml"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines(True) if "limits:" not in line]
    path.write_text("".join(kept) + LIFTED, encoding="utf-8")
    # Nobody listens there: the relay works on the log, and every call ends before it leaves.
    return make_services(DATABASE_URL=postgresql.url, REALPAD_URL="http://127.0.0.1:1/", DATA_KEY="k" * 32)


@contextmanager
def running(*loops):
    """Run what runs beside the web server while a block lasts."""
    stop = threading.Event()
    threads = [threading.Thread(target=loop, args=[stop]) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def submit(services, answers):
    """Return a visitor who sends leads until told to stop and notes (status, id) of each answer."""
    client, tokens = create_app(services).test_client(), services.tokens

    def visit(stop):
        while not stop.wait(0.01):
            body = {**PERSON, "token": tokens.mint("riverside"), "submission": str(uuid4())}
            answer = client.post("/f/riverside/leads", json=body)
            answers.append((answer.status_code, answer.get_json().get("id")))

    return visit


def test_postgresql_killed_and_started_under_load_loses_no_thanked_lead(on_postgresql, postgresql, caplog):
    services, answers = on_postgresql, []
    visitors = [submit(services, answers) for _ in range(VISITORS)]

    with running(services.relay.run, services.intake.run, *visitors):
        time.sleep(0.5)
        postgresql.stop_immediately()
        time.sleep(1)
        spooled = services.spool.waiting()
        postgresql.start()
        time.sleep(1)
    services.intake.take_in()

    stored = {record.lead.id for record in services.log.records(LeadFilter())}
    assert {status for status, _ in answers} == {201}
    assert {UUID(lead_id) for _, lead_id in answers} == stored
    assert 0 < spooled < len(answers)
    assert 1 <= caplog.text.count("the lead log cannot be used, leads wait") < 5


def test_a_postgresql_that_is_away_keeps_nobody_busy(on_postgresql, postgresql, caplog, monkeypatch):
    monkeypatch.setattr(relay_module, "TEND_EVERY_S", 0.5)
    services = on_postgresql
    postgresql.stop_immediately()

    with running(services.relay.run, services.intake.run, services.alerts.run):
        began, cpu = time.monotonic(), time.process_time()
        time.sleep(2)
        busy = (time.process_time() - cpu) / (time.monotonic() - began)

    assert busy < 0.2
    assert len(caplog.records) < 10
