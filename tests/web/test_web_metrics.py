"""`/metrics`: what an operator's Prometheus sees."""

import re


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
