"""`verify`: the log against Realpad's own list, on a sandbox CRM."""

import json

import pytest


@pytest.fixture
def send(terminal, accept):
    """Take a lead and send it, whatever comes of it."""

    def deliver(**answers):
        lead_id = accept(**answers)
        terminal.run("relay", "--once")
        return lead_id

    return deliver


def test_an_unknown_lead_that_arrived_becomes_delivered(terminal, sandbox, send):
    sandbox.control.post("/sandbox/faults", json={"drop": "after"})
    lead_id = send()
    assert terminal.json("leads", "show", lead_id)["status"] == "unknown"

    result = terminal.run("verify")

    assert "riverside: 0 of 0 delivered leads listed, 1 unknown found" in result.stderr
    shown = terminal.json("leads", "show", lead_id)
    assert (shown["status"], isinstance(shown["customer_id"], int)) == ("delivered", True)


def test_an_unknown_lead_that_did_not_arrive_stays_unknown(terminal, sandbox, send):
    sandbox.control.post("/sandbox/faults", json={"drop": "before"})
    lead_id = send()

    terminal.run("verify")

    assert terminal.json("leads", "show", lead_id)["status"] == "unknown"


def test_a_delivered_lead_that_is_missing_is_bad_news(terminal, sandbox, send):
    lead_id = send()
    terminal.run("verify")
    sandbox.control.post("/sandbox/reset")

    result = terminal.run("verify", "--json", status=1)

    assert [row["id"] for row in json.loads(result.stdout)] == [lead_id]


def test_a_list_that_is_refused_is_bad_news_and_stops_the_lane(terminal, sandbox, send):
    send()
    sandbox.control.post("/sandbox/faults", json={"status": 401, "endpoint": "list-leads"})

    assert "riverside: not asked" in terminal.run("verify", status=1).stderr

    state = {row["name"]: row["state"] for row in terminal.json("credentials", "list")}
    assert state["riverside"] == "stopped"


def test_leads_of_another_login_are_named_and_its_list_is_not_asked_for(terminal, send, monkeypatch):
    send()
    monkeypatch.setenv("REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN", "another")

    result = terminal.run("verify")

    assert "another login or to another address and cannot be compared: 1" in result.stderr
    assert "delivered leads listed" not in result.stderr
