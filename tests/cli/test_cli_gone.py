"""`leads` on leads whose project file is gone."""

from pathlib import Path

import pytest

from realpad_form.config import Settings
from realpad_form.wiring import Services

FILE = Path("projects/riverside.yaml")


@pytest.fixture
def kept(environ):
    """Let a service run as long as it takes to keep its project files."""
    services = Services(Settings.load())
    services.prepare()
    for _ in range(2):
        services.version_keeper.run_once()
    services.close()


@pytest.fixture
def refused(accept, sandbox, terminal):
    """A lead that Realpad has refused, of a project whose file is deleted then."""
    lead_id = accept(note="Dobrý den", unit="A-101")
    sandbox.control.post("/sandbox/faults", json={"status": 400, "body": "Incorrect parameter format."})
    terminal.run("relay", "--once")
    FILE.unlink()
    return lead_id


def test_lead_is_corrected_with_the_version_that_was_kept(kept, refused, terminal):
    said = terminal.run("leads", "resubmit", refused, "--set", "phone=608 123 456", "--set", "rooms=1+kk")
    terminal.run("relay", "--once")

    shown = terminal.json("leads", "show", refused)
    assert "riverside.yaml is gone; the call was composed with the file as it was at 20" in said.stderr
    assert (shown["status"], shown["payload"]["phone"]) == ("delivered", "+420608123456")
    assert shown["payload"]["preferencerooms"] == "1+kk"


def test_lead_is_corrected_in_its_stored_call_where_nothing_was_kept(refused, terminal):
    before = terminal.json("leads", "show", refused)["payload"]

    said = terminal.run("leads", "resubmit", refused, "--set", "phone=608 123 456", "--set", "note=Večer")
    terminal.run("relay", "--once")

    shown = terminal.json("leads", "show", refused)
    assert "no version of it that fits this lead is kept" in said.stderr
    assert shown["status"] == "delivered"
    assert shown["payload"] == {**before, "phone": "+420608123456", "note": shown["payload"]["note"]}
    assert shown["payload"]["note"].startswith("Večer")


@pytest.mark.parametrize("change", ["rooms=1+kk", "unit=B-1", "campaign=x", "salesman=1"])
def test_nothing_else_can_be_corrected_there(refused, terminal, change):
    said = terminal.run("leads", "resubmit", refused, "--set", change, status=1)

    assert "only for name, surname, email, phone, note" in said.stderr
    assert terminal.json("leads", "show", refused)["status"] == "rejected"


def test_lead_that_may_have_arrived_is_not_sent_again_without_a_word(kept, accept, terminal):
    lead_id = accept()
    terminal.run("relay", "--once")
    FILE.unlink()

    said = terminal.run("leads", "resubmit", lead_id, status=1)

    assert "may make a second enquiry" in said.stderr
    assert terminal.json("leads", "show", lead_id)["status"] == "delivered"


def test_it_is_listed_and_exported(refused, terminal):
    assert [row["id"] for row in terminal.json("leads", "list", "--project", "riverside")] == [refused]
    assert refused in terminal.run("leads", "export", "--format", "jsonl").stdout
