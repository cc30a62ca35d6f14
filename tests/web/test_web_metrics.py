"""`/metrics`: what an operator's Prometheus sees."""

import os
import re
import shutil
import subprocess
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from watching import METRICS, TOKEN

from realpad_form.adapters.sql.schema import lead
from realpad_form.domain.delivery import Outcome
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web import create_app

PROMTOOL = shutil.which("promtool")


class Full:
    """An intake whose storage takes nothing."""

    def accept(self, project, submission):
        raise StorageUnavailableError("full")


class Away:
    """A lead log whose database is away."""

    def probe(self):
        raise StorageUnavailableError("away: /srv/forms/data/leads.db")

    def now(self):
        raise StorageUnavailableError("away")


def scrape(client):
    """Return every sample by its name and labels."""
    text = client.get("/metrics", headers=METRICS).get_data(as_text=True)
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

    answer = client.get("/metrics", headers=METRICS)

    assert answer.content_type.startswith("text/plain; version=")
    assert "# TYPE realpad_form_leads gauge" in answer.get_data(as_text=True)
    assert "Nov" not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_database_it_still_says_what_it_knows(services, client, monkeypatch):
    monkeypatch.setitem(services.__dict__, "log", Away())
    monkeypatch.setattr(services.spool, "waiting", lambda: 3)

    answer = client.get("/metrics", headers=METRICS)

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

    answer = other.get("/readyz", headers=METRICS)

    assert answer.status_code == 503
    assert "REALPAD_FORM_DATA_KEY" in answer.get_json()["error"]
    assert client.get("/readyz").status_code == 200


def test_leads_that_no_login_of_today_may_send_are_counted(client, services, visitor):
    visitor.send()
    with services.database.write() as connection:
        connection.execute(update(lead).values(account="of another login"))

    assert scrape(client)['realpad_form_stranded_leads{name="riverside"}'] == 1


NO_TOKEN = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": "Bearer žluťoučký"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": f"Bearer token={TOKEN}"},
    {"X-Forwarded-For": "127.0.0.1"},
]


@pytest.mark.parametrize("headers", NO_TOKEN)
@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.7"])
def test_without_the_token_there_are_no_metrics_on_loopback_neither(client, headers, address):
    environ = {"REMOTE_ADDR": address}

    answer = client.get("/metrics", headers=headers, environ_overrides=environ)

    assert answer.status_code == 404
    assert b"realpad_form_" not in answer.data


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_wrong_token_is_logged_with_its_address_and_not_itself(client, caplog, path):
    client.get(path, headers={"Authorization": "Bearer canary"})

    assert "metrics token refused, from 127.0.0.1" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("headers", [{}, METRICS, {"Authorization": "Bearer "}])
def test_where_no_token_is_set_nothing_opens_the_metrics(make_services, headers):
    client = create_app(make_services(METRICS_TOKEN="")).test_client()

    assert client.get("/metrics", headers=headers).status_code == 404
    assert client.get("/readyz", headers=headers).get_json() == {"status": "ready"}


def test_the_token_may_come_from_a_file(make_services, folder):
    (folder / "token").write_text("from-a-file\n", encoding="utf-8")
    services = make_services(METRICS_TOKEN="", METRICS_TOKEN_FILE=str(folder / "token"))
    headers = {"Authorization": "bearer from-a-file"}  # the scheme is in any case: RFC 9110, 11.1

    assert create_app(services).test_client().get("/metrics", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", NO_TOKEN)
def test_the_public_hears_a_status_and_nothing_else(client, folder, headers):
    (folder / "projects" / "broken.yaml").write_text("version: 2\n", encoding="utf-8")
    time.sleep(1.1)

    assert client.get("/healthz", headers=headers).get_json() == {"status": "alive"}
    assert client.get("/readyz", headers=headers).get_json() == {"status": "ready"}


def test_the_token_opens_the_details_of_readiness(client, folder):
    (folder / "projects" / "broken.yaml").write_text("version: 2\n", encoding="utf-8")
    time.sleep(1.1)

    told = client.get("/readyz", headers=METRICS).get_json()

    assert told["status"] == "ready"
    assert told["projects"] == ["riverside"]
    assert "broken.yaml:1" in told["problems"][0]


class Broken:
    """A lead log that fails in a way nobody has thought of."""

    def probe(self):
        raise RuntimeError("/srv/forms/data/leads.db")


@pytest.mark.parametrize("log", [Away(), Broken()], ids=["away", "broken"])
def test_what_is_not_ready_says_so_to_the_public_and_why_to_the_token(services, client, monkeypatch, log):
    monkeypatch.setitem(services.__dict__, "log", log)

    public, watcher = client.get("/readyz"), client.get("/readyz", headers=METRICS)

    assert (public.status_code, public.get_json()) == (503, {"status": "not ready"})
    assert watcher.status_code == 503
    assert watcher.get_json()["status"] == "not ready"
    assert watcher.get_json()["error"]


def test_a_schema_that_is_missing_is_not_ready_without_a_word_to_the_public(client, services):
    with services.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")

    public, watcher = client.get("/readyz"), client.get("/readyz", headers=METRICS)

    assert (public.status_code, public.get_json()) == (503, {"status": "not ready"})
    assert "db upgrade" in watcher.get_json()["error"]


def refused(client):
    """Return how many submissions were refused, by the reason."""
    samples = scrape(client)
    name = 'realpad_form_submissions_refused_total{{project="riverside",reason="{}"}}'
    found = {
        reason: int(samples[name.format(reason)])
        for reason in ("malformed", "origin", "token", "validation", "limit", "storage")
    }  # fmt: skip
    return {reason: count for reason, count in found.items() if count}


def test_every_counter_is_there_from_the_start(client):
    samples = scrape(client)

    assert samples['realpad_form_leads_accepted_total{project="riverside"}'] == 0
    assert samples['realpad_form_leads_quarantined_total{project="riverside"}'] == 0
    assert samples['realpad_form_realpad_calls_total{name="riverside",outcome="account_refused"}'] == 0
    assert samples['realpad_form_alerts_told_total{kind="data_key"}'] == 0
    assert samples["realpad_form_submission_duration_seconds_count"] == 0
    assert samples['realpad_form_realpad_call_duration_seconds_bucket{le="+Inf"}'] == 0
    assert refused(client) == {}


def test_leads_are_counted_accepted_and_quarantined(client, visitor):
    visitor.send()
    visitor.post_form()  # without token: quarantined

    samples = scrape(client)

    assert samples['realpad_form_leads_accepted_total{project="riverside"}'] == 2
    assert samples['realpad_form_leads_quarantined_total{project="riverside"}'] == 1
    assert samples["realpad_form_submission_duration_seconds_count"] == 2
    assert 0 < samples["realpad_form_submission_duration_seconds_sum"] < 20
    assert refused(client) == {}


def test_refused_submissions_are_counted_by_the_reason(client, visitor, monkeypatch, services):
    visitor.client.post("/f/riverside/leads", data="{", content_type="application/json")
    visitor.client.post("/f/riverside/leads", data="x", content_type="text/plain")
    visitor.send(headers={"Origin": "https://elsewhere.example"})
    for _ in range(3):
        visitor.send(token="old")
    visitor.send(phone="1")
    while visitor.send().status_code == 201:
        pass
    visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    monkeypatch.setitem(services.__dict__, "intake", Full())
    assert visitor.send().status_code == 503

    assert refused(client) == {
        "malformed": 2, "origin": 1, "token": 3, "validation": 1, "limit": 1, "storage": 1
    }  # fmt: skip


def test_what_is_no_submission_to_a_project_is_not_counted(client):
    client.get("/f/riverside/leads")
    client.options("/f/riverside/leads")
    client.post("/f/nowhere/leads", json={})

    assert refused(client) == {}
    assert scrape(client)["realpad_form_submission_duration_seconds_count"] == 0


def test_calls_and_their_durations_are_counted_by_any_process(client, make_services, visitor):
    visitor.send()
    relay = make_services()  # another process, on the same database
    relay.metrics.called("riverside", Outcome.UNAVAILABLE, 0.3)
    relay.metrics.add_up()

    samples = scrape(client)

    assert samples['realpad_form_realpad_calls_total{name="riverside",outcome="unavailable"}'] == 1
    assert samples['realpad_form_realpad_call_duration_seconds_bucket{le="0.25"}'] == 0
    assert samples['realpad_form_realpad_call_duration_seconds_bucket{le="0.5"}'] == 1
    counted = {name for name in samples if "_total" in name or "_duration_" in name}
    told = scrape(create_app(relay).test_client())
    assert {name: told[name] for name in counted} == {name: samples[name] for name in counted}


def test_labels_are_bounded_by_settings_and_project_files(client, visitor):
    before = set(scrape(client))
    for number in range(20):
        client.post(f"/f/made-up-{number}/leads", json={"campaign": f"c{number}"})
        client.get(
            "/f/riverside/session", headers={"User-Agent": f"u{number}", "X-Forwarded-For": f"1.1.1.{number}"}
        )
        visitor.send(campaign=f"c{number}", unit=f"u{number}")

    new = {name.partition("{")[0] for name in set(scrape(client)) - before}

    assert new <= {"realpad_form_leads", "realpad_form_oldest_lead_age_seconds"}


def families(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_names_and_types_are_as_prometheus_wants_them(client, visitor):
    visitor.send()
    text = client.get("/metrics", headers=METRICS).get_data(as_text=True)
    found = families(text)

    assert all(name.startswith("realpad_form_") for name in found)
    assert all(family.documentation for family in found.values())
    types = {name.removeprefix("realpad_form_"): family.type for name, family in found.items()}
    assert {name for name, kind in types.items() if kind == "counter"} == {
        "leads_accepted", "leads_quarantined", "source_leads_accepted", "submissions_refused",
        "realpad_calls", "webhook_calls", "alerts_told",
    }  # fmt: skip
    assert {name for name, kind in types.items() if kind == "histogram"} == {
        "submission_duration_seconds", "realpad_call_duration_seconds"
    }  # fmt: skip
    assert set(types.values()) == {"counter", "gauge", "histogram"}
    for family in found.values():
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)


@pytest.mark.skipif(
    not PROMTOOL and not os.environ.get("CI"), reason="no promtool (Debian's prometheus) on this machine"
)
def test_promtool_has_nothing_to_say(client, visitor):
    visitor.send()
    page = client.get("/metrics", headers=METRICS).data

    done = subprocess.run([PROMTOOL, "check", "metrics"], input=page, capture_output=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
