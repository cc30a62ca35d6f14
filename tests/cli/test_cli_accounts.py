"""A lead goes to the login and address it was accepted for, or waits until a person decides otherwise."""

import os
import pwd
import re
from uuid import UUID, uuid4

import pytest

from realpad_form.config import Settings
from realpad_form.domain.lead import Submission
from realpad_form.sandbox import CrmAccount, Tenant, create_app, start
from realpad_form.wiring import Services


@pytest.fixture
def rewrite(environ, tmp_path):
    """Change the riverside project file."""
    path = tmp_path / "projects" / "riverside.yaml"

    def replace(old, new):
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


@pytest.fixture
def set_login(monkeypatch):
    """Give credentials another login of the same sandbox."""

    def give(login, *, name="RIVERSIDE"):
        monkeypatch.setenv(f"REALPAD_FORM_CREDENTIALS_{name}_LOGIN", login)
        monkeypatch.setenv(f"REALPAD_FORM_CREDENTIALS_{name}_PASSWORD", f"canary-{login}")

    return give


@pytest.fixture
def arrivals(sandbox):
    """Return login and project number of every create-lead call."""

    def calls(of=sandbox):
        journal = of.control.get("/sandbox/journal").get_json()
        return [
            (call["login"], call["parameters"]["project"])
            for call in journal
            if call["endpoint"] == "create-lead"
        ]

    return calls


def repeated(record):
    """Return what a lead's visitor sent, as another submission."""
    return Submission(
        project=record.lead.project,
        answers=record.current.answers,
        consents=record.consents,
        context=record.context,
        key=uuid4(),
        token=uuid4().hex,
    )


def status(terminal, lead_id):
    return terminal.json("leads", "show", lead_id)["status"]


def test_lead_is_not_sent_with_a_login_it_was_not_accepted_for(accept, terminal, set_login, arrivals):
    lead_id = accept()
    set_login("jantar")

    terminal.run("relay", "--once")

    assert arrivals() == []
    assert status(terminal, lead_id) == "queued"
    for told in (
        terminal.run("credentials", "list").stderr,
        terminal.run("doctor", status=1).stdout,
    ):
        assert "riverside" in told
        assert "`realpad-form credentials adopt riverside`" in told
        assert re.search(r"\b1\b", told)


def test_lead_accepted_for_one_address_is_not_sent_to_another(
    accept, terminal, sandbox_projects, monkeypatch, arrivals, sandbox
):
    lead_id = accept()
    terminal.run("credentials", "list")  # as a relay would, it makes the lane
    app = create_app(
        Tenant.from_projects(sandbox_projects, [CrmAccount(login="riverside", password="canary-riverside")])
    )
    production = start(app, 0)
    try:
        url = f"http://127.0.0.1:{production.port}/ws/v10/"
        monkeypatch.setenv("REALPAD_FORM_REALPAD_URL", url)
        terminal.run("relay", "--once")
        told = terminal.run("credentials", "adopt", "riverside", status=2).stderr
    finally:
        production.shutdown()

    assert app.test_client().get("/sandbox/journal").get_json() == []
    assert arrivals() == []
    assert status(terminal, lead_id) == "queued"
    assert f"http://127.0.0.1:{sandbox.port}" in told
    assert f"http://127.0.0.1:{production.port}" in told


def test_new_password_alone_changes_nothing(accept, terminal, monkeypatch, sandbox):
    lead_id = accept()
    monkeypatch.setenv("REALPAD_FORM_CREDENTIALS_RIVERSIDE_PASSWORD", "canary-changed")

    services = Services(Settings.load())
    claim = None
    try:
        services.credentials.lanes()
        claim = services.log.claim(tuple(services.pairs), lease_s=45, pace_s=0, width=1)
    finally:
        services.close()

    assert str(claim.lead_id) == lead_id


def test_new_leads_flow_past_those_that_wait(accept, terminal, set_login, arrivals):
    waits = accept()
    set_login("jantar")
    services = Services(Settings.load())
    project = services.catalog.get("riverside")
    lead = services.intake.accept(project, repeated(services.log.get(UUID(waits)))).lead_id
    services.close()

    terminal.run("relay", "--once")

    assert arrivals() == [("jantar", "39264441")]
    assert status(terminal, str(lead)) == "delivered"
    assert status(terminal, waits) == "queued"


def test_adopted_leads_are_sent_with_the_login_of_today(accept, terminal, set_login, arrivals, sandbox):
    lead_id = accept()
    terminal.run("credentials", "list")
    set_login("jantar")

    told = terminal.run("credentials", "adopt", "riverside", "--yes").stderr
    terminal.run("relay", "--once")

    assert "1 lead for project 39264441" in told
    assert f"an earlier login or address of credentials riverside (http://127.0.0.1:{sandbox.port})" in told
    assert f"with the login that credentials riverside have now, at http://127.0.0.1:{sandbox.port}" in told
    assert arrivals() == [("jantar", "39264441")]
    assert status(terminal, lead_id) == "delivered"
    assert "adopt" not in terminal.run("credentials", "list").stderr


def test_adoption_is_written_down(accept, terminal, set_login):
    accept()
    set_login("jantar")
    terminal.run("credentials", "adopt", "riverside", "--yes")

    services = Services(Settings.load())
    [entry] = services.audit.entries(subject="riverside")
    services.close()

    assert (entry.action, entry.by, entry.detail) == (
        "adopted",
        None,
        f"1 leads, user {pwd.getpwuid(os.getuid()).pw_name}",
    )


def test_nothing_is_adopted_unless_somebody_confirms_it(accept, terminal, set_login, arrivals):
    accept()
    set_login("jantar")

    refused = terminal.run("credentials", "adopt", "riverside", status=2)
    terminal.run("relay", "--once")

    assert "--yes" in refused.stderr
    assert arrivals() == []


def test_lead_whose_project_file_has_another_number_is_named_and_not_adopted(
    accept, terminal, set_login, rewrite, arrivals
):
    lead_id = accept()
    set_login("jantar")
    rewrite("project: 39264441", "project: 7")

    told = terminal.run("credentials", "adopt", "riverside", "--yes", status=1).stderr
    terminal.run("relay", "--once")

    assert (
        f"not adopted: lead {lead_id} of riverside, since its project file has another project number" in told
    )
    assert arrivals() == []


def test_leads_of_a_name_that_is_gone_are_adopted_by_the_one_their_file_names(
    accept, terminal, monkeypatch, rewrite, arrivals
):
    lead_id = accept()
    for key in ("LOGIN", "PASSWORD"):
        monkeypatch.delenv(f"REALPAD_FORM_CREDENTIALS_RIVERSIDE_{key}")
    rewrite("credentials: riverside ", "credentials: jantar ")
    terminal.run("relay", "--once")
    assert "credentials adopt jantar" in terminal.run("credentials", "list").stderr

    terminal.run("credentials", "adopt", "jantar", "--yes")
    terminal.run("relay", "--once")

    assert arrivals() == [("jantar", "39264441")]
    assert status(terminal, lead_id) == "delivered"


def test_nobody_is_asked_where_nothing_waits(accept, terminal):
    accept()

    assert "no lead waits" in terminal.run("credentials", "adopt", "riverside").stderr


def test_unknown_credentials_adopt_nothing(environ, terminal):
    assert "no credentials named 'nobody'" in terminal.run("credentials", "adopt", "nobody", status=1).stderr


def test_resume_sends_no_lead_to_another_project_or_account(
    accept, terminal, sandbox, set_login, rewrite, arrivals
):
    sandbox.control.post("/sandbox/faults", json={"status": 401, "body": "login"})
    lead_ids = [accept(surname=name) for name in ("Nováková", "Svoboda", "Dvořák")]
    terminal.run("relay", "--once")
    rewrite("credentials: riverside ", "credentials: jantar ")
    rewrite("project: 39264441", "project: 7")

    told = terminal.run("credentials", "resume", "riverside").stderr
    terminal.run("relay", "--once")

    assert "3 leads left as accepted, since its project file names other credentials now" in told
    assert set(arrivals()) == {("riverside", "39264441")}
    assert {status(terminal, lead_id) for lead_id in lead_ids} == {"delivered"}


def test_resume_keeps_the_number_a_lead_was_accepted_for(accept, terminal, sandbox, rewrite, arrivals):
    sandbox.control.post("/sandbox/faults", json={"status": 401, "body": "login"})
    accept()
    terminal.run("relay", "--once")
    rewrite("project: 39264441", "project: 7")

    told = terminal.run("credentials", "resume", "riverside").stderr
    terminal.run("relay", "--once")

    assert "1 lead left as accepted, since its project file has another project number now" in told
    assert arrivals() == [("riverside", "39264441")] * 2


def test_leads_move_to_another_name_of_the_same_login_when_it_is_resumed(
    accept, terminal, sandbox, set_login, rewrite, arrivals
):
    set_login("riverside", name="JANTAR")
    sandbox.control.post("/sandbox/faults", json={"status": 401, "body": "login"})
    lead_id = accept()
    terminal.run("relay", "--once")
    rewrite("credentials: riverside ", "credentials: jantar ")

    told = terminal.run("credentials", "resume", "riverside").stderr

    assert "left as accepted" not in told
    services = Services(Settings.load())
    lead = services.log.get(UUID(lead_id)).lead
    services.close()
    assert lead.credential == "jantar"


@pytest.mark.parametrize(
    ("old", "new"),
    [("project: 39264441", "project: 7"), ("credentials: riverside ", "credentials: jantar ")],
)
def test_lead_is_resubmitted_elsewhere_only_with_reroute(
    accept, terminal, sandbox, rewrite, arrivals, old, new
):
    sandbox.control.post("/sandbox/faults", json={"status": 400, "body": "no"})
    lead_id = accept()
    terminal.run("relay", "--once")
    rewrite(old, new)

    refused = terminal.run("leads", "resubmit", lead_id, status=1).stderr
    assert "was accepted for project 39264441 with credentials riverside" in refused
    assert "--reroute sends it there" in refused
    assert status(terminal, lead_id) == "rejected"

    terminal.run("leads", "resubmit", lead_id, "--reroute")
    assert status(terminal, lead_id) == "queued"
