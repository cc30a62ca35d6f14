"""After the database's clock has been ahead, commands show what waits for it, and set it right."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from realpad_form.adapters.sql.schema import lane, lead
from realpad_form.config import Settings
from realpad_form.wiring import Services

LATER = timedelta(hours=2)


@pytest.fixture
def services(environ):
    services = Services(Settings.load())
    yield services
    services.close()


@pytest.fixture
def ahead(services, accept, terminal):
    """A lane that sent a lead while the clock was two hours ahead, and a lead of today; return its id."""
    accept()
    terminal.run("relay", "--once")
    with services.database.write() as connection:
        mine = update(lane).where(lane.c.credential == "riverside")
        connection.execute(mine.values(next_send_at=services.log.now() + LATER))
    return accept(surname="Svoboda")


def status(terminal, lead_id):
    return terminal.json("leads", "show", lead_id)["status"]


def test_lead_is_sent_although_its_lane_waits_for_a_clock_that_was_ahead(ahead, terminal):
    terminal.run("relay", "--once")

    assert status(terminal, ahead) == "delivered"


def test_resume_mends_a_lane_that_waits_for_a_clock_that_was_ahead(ahead, terminal, services):
    terminal.run("credentials", "resume", "riverside")

    claim = services.log.claim(tuple(services.pairs), lease_s=45, pace_s=0, width=1)
    assert str(claim.lead_id) == ahead


def test_verify_asks_although_the_lane_waits_for_a_clock_that_was_ahead(ahead, terminal):
    assert "1 of 1 delivered leads listed" in terminal.run("verify").stderr


def test_doctor_tells_of_a_clock_that_was_ahead_until_it_is_set_right(ahead, terminal):
    told = "✗ database's clock: the database's clock was ahead"
    assert told in terminal.run("doctor", status=1).stdout

    terminal.run("relay", "--once")
    assert told not in terminal.run("doctor", status=1).stdout


def test_doctor_tells_of_leads_that_are_dated_later_than_now(accept, terminal, services):
    lead_id = accept()
    terminal.run("relay", "--once")
    with services.database.write() as connection:
        connection.execute(update(lead).values(created_at=services.log.now() + LATER))

    assert "! database's clock: was ahead: 1 leads" in terminal.run("doctor", status=1).stdout
    assert status(terminal, lead_id) == "delivered"


def test_list_shows_when_the_next_call_is_due(ahead, terminal, services):
    now = services.log.now()
    states = {row["name"]: row for row in terminal.json("credentials", "list")}

    assert list(states["riverside"]) == ["name", "state", "since", "reason", "next_call_at", "waiting"]
    due = datetime.fromisoformat(states["riverside"]["next_call_at"])
    assert timedelta(hours=1) < due - now < timedelta(hours=3)
    assert states["jantar"]["next_call_at"] is None
    shown = terminal.run("credentials", "list").stdout
    assert "NEXT CALL" in shown
    assert due.isoformat(timespec="seconds") in shown
    assert "at once" in shown


def test_list_shows_that_a_stopped_lane_calls_after_a_resume(accept, terminal, sandbox):
    sandbox.control.post("/sandbox/faults", json={"status": 401, "body": "login"})
    accept()
    terminal.run("relay", "--once")

    assert "after resume" in terminal.run("credentials", "list").stdout
    states = {row["name"]: row for row in terminal.json("credentials", "list")}
    assert states["riverside"]["next_call_at"] is None
