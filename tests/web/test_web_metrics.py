"""`/metrics`: what an operator's Prometheus sees."""

import re

import pytest
from sqlalchemy import update

from realpad_form.adapters.sql.schema import lead
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web import create_app


class Away:
    """A lead log whose database is away."""

    def now(self):
        raise StorageUnavailableError("away")


def scrape(client):
    """Return every sample by its name and labels."""
    text = client.get("/metrics").get_data(as_text=True)
    samples = re.findall(r"^(\w+(?:\{[^}]*\})?) ([\d.e+-]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in samples}


def test_waiting_leads_are_counted_by_project_and_status(client, visitor):
    visitor.send()
    visitor.post_form()  # without token: quarantined

    samples = scrape(client)

    assert samples['realpad_form_leads{project="riverside",status="queued"}'] == 1
    assert samples['realpad_form_leads{project="riverside",status="quarantined"}'] == 1
    assert 0 <= samples['realpad_form_oldest_lead_age_seconds{project="riverside",status="queued"}'] < 60


def test_each_lane_has_one_state(client, services):
    samples = scrape(client)

    states = {state: samples[f'realpad_form_lane{{name="riverside",state="{state}"}}'] for state in
              ("open", "paused", "stopped")}  # fmt: skip
    assert states == {"open": 1, "paused": 0, "stopped": 0}


def test_broken_project_files_and_spooled_leads_are_counted(client, folder):
    samples = scrape(client)

    assert samples["realpad_form_broken_project_files"] == 0
    assert samples["realpad_form_spooled_leads"] == 0


def test_prometheus_reads_its_own_format_and_no_personal_data(client, visitor):
    visitor.send()

    answer = client.get("/metrics")

    assert answer.content_type.startswith("text/plain; version=")
    assert "# TYPE realpad_form_leads gauge" in answer.get_data(as_text=True)
    assert "Nov" not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_database_it_still_says_what_it_knows(services, client, monkeypatch):
    monkeypatch.setitem(services.__dict__, "log", Away())
    monkeypatch.setattr(services.spool, "waiting", lambda: 3)

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert scrape(client) == {
        "realpad_form_database_up": 0,
        "realpad_form_spooled_leads": 3,
        "realpad_form_broken_project_files": 0,
    }


def test_a_database_that_answers_is_up(client):
    assert scrape(client)["realpad_form_database_up"] == 1


@pytest.mark.parametrize("key", ["w" * 32, ""])
def test_a_data_key_that_opens_nothing_makes_it_not_ready_with_a_reason(make_services, key):
    services = make_services(DATA_KEY="k" * 32)
    client = create_app(services).test_client()
    token = client.get("/f/riverside/session").get_json()["token"]
    person = {"name": "Jan", "surname": "Novák", "phone": "777 123 456", "token": token}
    assert client.post("/f/riverside/leads", json=person).status_code == 201
    other = create_app(make_services(DATA_KEY=key)).test_client()

    answer = other.get("/readyz")

    assert answer.status_code == 503
    assert "REALPAD_FORM_DATA_KEY" in answer.get_json()["error"]
    assert client.get("/readyz").status_code == 200


def test_leads_that_no_login_of_today_may_send_are_counted(client, services, visitor):
    visitor.send()
    with services.database.write() as connection:
        connection.execute(update(lead).values(account="of another login"))

    assert scrape(client)['realpad_form_stranded_leads{name="riverside"}'] == 1
