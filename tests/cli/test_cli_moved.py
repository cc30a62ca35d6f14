"""Leads whose project names other credentials by now."""

from uuid import UUID

import pytest

from realpad_form.config import Settings
from realpad_form.wiring import Services


@pytest.fixture
def name_credentials(environ, tmp_path):
    """Let the project file name credentials."""
    path = tmp_path / "projects" / "riverside.yaml"
    before = path.read_text(encoding="utf-8")

    def write(name):
        path.write_text(before.replace("credentials: riverside ", f"credentials: {name} "), encoding="utf-8")

    return write


@pytest.fixture
def calls(sandbox):
    """Return the logins of the create-lead calls so far."""

    def logins():
        journal = sandbox.control.get("/sandbox/journal").get_json()
        return [call["login"] for call in journal if call["endpoint"] == "create-lead"]

    return logins


@pytest.fixture
def misspelt(name_credentials, accept, terminal):
    """A lead that waits for credentials that nobody has set."""
    name_credentials("riversdie")
    lead_id = accept()
    terminal.run("relay", "--once")
    return lead_id


def test_leads_that_wait_for_credentials_that_are_not_set_are_told(misspelt, terminal):
    assert "credentials riversdie, which are not set: 1" in terminal.run("credentials", "list").stderr
    assert "credentials riversdie are not set, and 1 wait for them" in terminal.run("doctor", status=1).stdout


@pytest.mark.parametrize("words", [("credentials", "resume", "riverside"), ("leads", "resubmit", "{id}")])
def test_they_go_with_the_credentials_of_the_corrected_file(
    misspelt, name_credentials, terminal, calls, words
):
    name_credentials("riverside")

    terminal.run(*(word.format(id=misspelt) for word in words))
    terminal.run("relay", "--once")

    assert calls() == ["riverside"]
    assert terminal.json("leads", "show", misspelt)["status"] == "delivered"


def test_lead_sent_again_goes_with_the_credentials_of_today(
    accept, name_credentials, terminal, sandbox, calls
):
    sandbox.control.post("/sandbox/faults", json={"status": 400, "body": "no"})
    lead_id = accept()
    terminal.run("relay", "--once")
    name_credentials("jantar")

    terminal.run("leads", "resubmit", lead_id, "--reroute")
    terminal.run("relay", "--once")

    assert calls() == ["riverside", "jantar"]


def test_leads_of_other_projects_stay_where_they_are(misspelt, accept, terminal, name_credentials):
    terminal.run("credentials", "resume", "jantar")

    assert Services(Settings.load()).log.get(UUID(misspelt)).lead.credential == "riversdie"
