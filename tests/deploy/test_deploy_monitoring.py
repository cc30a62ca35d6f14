"""Alert rules and the dashboard name metrics, labels and words that `/metrics` really has."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from deployed import DEPLOY, read, tool

from realpad_form.cli.projects import copy_samples
from realpad_form.config import Settings
from realpad_form.domain.delivery import Outcome, Status
from realpad_form.domain.lane import LaneState
from realpad_form.domain.metrics import Refusal
from realpad_form.domain.webhook import WebhookStatus
from realpad_form.web.ops import registry
from realpad_form.wiring import Services

SELECTOR = re.compile(r"(realpad_form_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')
WORDS = {
    "realpad_form_leads": {"status": set(Status)},
    "realpad_form_oldest_lead_age_seconds": {"status": set(Status)},
    "realpad_form_lane": {"state": set(LaneState)},
    "realpad_form_submissions_refused_total": {"reason": set(Refusal)},
    "realpad_form_realpad_calls_total": {"outcome": set(Outcome)},
    "realpad_form_webhook_messages": {"status": set(WebhookStatus)},
}
"""The values that labels with words of ours have."""


@pytest.fixture(scope="module")
def metrics(tmp_path_factory, sqlite_template):
    """Return the names of all that `/metrics` exposes, as Prometheus stores them."""
    folder = tmp_path_factory.mktemp("metrics")
    copy_samples(folder / "projects")
    (folder / "data").mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder / "data" / "leads.db")
    values = {"SECRET_KEY": "s" * 32, "DATA": folder / "data", "PROJECTS": folder / "projects"}
    environ = {f"REALPAD_FORM_{name}": str(value) for name, value in values.items()}
    services = Services(Settings.load(environ, folder=folder))
    services.prepare()
    try:
        families = list(registry(services).collect())
    finally:
        services.close()
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    return {f"{each.name}{ending}" for each in families for ending in endings.get(each.type, [""])}


def rules():
    [group] = yaml.safe_load(read("alerts.yaml"))["groups"]
    return group["rules"]


def queries():
    """Return every expression of the dashboard with the name of its panel."""
    panels = json.loads(read("grafana.json"))["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]


EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in rules()] + queries()


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS)
def test_an_expression_names_metrics_and_words_that_exist(metrics, name, expression):
    found = SELECTOR.findall(expression)

    for metric, matchers in found:
        assert metric in metrics
        for label, value in MATCHER.findall(matchers):
            if label in WORDS.get(metric, ()):
                assert set(value.split("|")) <= WORDS[metric][label]
    assert found or 'up{job="realpad-form"}' in expression


def test_every_metric_is_on_the_dashboard_or_has_an_alert(metrics):
    named = {metric for _, expression in EXPRESSIONS for metric, _ in SELECTOR.findall(expression)}

    helpers = {name for name in metrics if name.endswith(("_count", "_sum"))}
    assert metrics - named - helpers == set()


def test_alerts_say_what_is_wrong_and_how_bad_it_is():
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description"}
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_promtool_takes_the_alerts():
    done = subprocess.run(
        [tool("promtool", package="prometheus"), "check", "rules", DEPLOY / "alerts.yaml"],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


def test_promtool_takes_the_queries_of_the_dashboard(tmp_path):
    """A query is checked as a rule that records it, with what Grafana puts in for its variables."""
    recorded = [
        {"record": f"query_{number}", "expr": re.sub(r"\$__rate_interval", "5m", expression)}
        for number, (_, expression) in enumerate(queries())
    ]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}), encoding="utf-8")

    done = subprocess.run(
        [tool("promtool", package="prometheus"), "check", "rules", path], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


# The series that let each alert fire within two hours, a value each minute.
FIRING = {
    "RealpadFormDown": {'up{job="realpad-form",instance="a"}': "0x120"},
    "RealpadFormUnwatched": {"something_else": "1x120"},
    "RealpadFormDatabaseDown": {'realpad_form_database_up{instance="a"}': "0x120"},
    "RealpadFormLeadsSpooled": {'realpad_form_spooled_leads{instance="a"}': "3x120"},
    "RealpadFormLeadsRefused": {
        'realpad_form_submissions_refused_total{project="p",reason="storage"}': "0+1x120"
    },
    "RealpadFormCredentialsStopped": {'realpad_form_lane{name="n",state="stopped"}': "1x120"},
    "RealpadFormCredentialsPaused": {'realpad_form_lane{name="n",state="paused"}': "1x120"},
    "RealpadFormLeadsWaiting": {
        'realpad_form_oldest_lead_age_seconds{project="p",status="queued"}': "3000+60x120"
    },
    "RealpadFormLeadsUndecided": {
        'realpad_form_oldest_lead_age_seconds{project="p",status="rejected"}': "86000+60x120"
    },
    "RealpadFormLeadsOfAnotherLogin": {'realpad_form_stranded_leads{name="n"}': "2x120"},
    "RealpadFormRealpadFails": {
        'realpad_form_realpad_calls_total{name="n",outcome="unavailable",instance="a"}': "0+1x120",
        'realpad_form_realpad_calls_total{name="n",outcome="accepted",instance="a"}': "0x120",
    },
    "RealpadFormBrokenProjectFile": {'realpad_form_broken_project_files{instance="a"}': "1x120"},
    "RealpadFormSubmissionsRefused": {
        'realpad_form_submissions_refused_total{project="p",reason="token"}': "0+2x120",
        'realpad_form_leads_accepted_total{project="p"}': "0x120",
    },
    "RealpadFormSlow": {
        'realpad_form_submission_duration_seconds_bucket{le="2.5"}': "0x120",
        'realpad_form_submission_duration_seconds_bucket{le="5"}': "0+2x120",
        'realpad_form_submission_duration_seconds_bucket{le="+Inf"}': "0+2x120",
        "realpad_form_submission_duration_seconds_count": "0+2x120",
    },
    "RealpadFormWebhookFailed": {
        'realpad_form_webhook_messages{project="p",name="n",status="failed"}': "1x120"
    },
}
QUIET = {
    'up{job="realpad-form",instance="a"}': "1x120",
    'realpad_form_database_up{instance="a"}': "1x120",
    'realpad_form_spooled_leads{instance="a"}': "0x120",
    'realpad_form_broken_project_files{instance="a"}': "0x120",
    'realpad_form_leads_accepted_total{project="p"}': "0+2x120",
    'realpad_form_submissions_refused_total{project="p",reason="storage"}': "0x120",
    'realpad_form_submissions_refused_total{project="p",reason="token"}': "0+1x120",
    'realpad_form_lane{name="n",state="open"}': "1x120",
    'realpad_form_lane{name="n",state="stopped"}': "0x120",
    'realpad_form_lane{name="n",state="paused"}': "0x120",
    'realpad_form_oldest_lead_age_seconds{project="p",status="queued"}': "60x120",
    'realpad_form_oldest_lead_age_seconds{project="p",status="quarantined"}': "3600x120",
    'realpad_form_realpad_calls_total{name="n",outcome="accepted",instance="a"}': "0+2x120",
    'realpad_form_realpad_calls_total{name="n",outcome="unavailable",instance="a"}': "0+1x120",
    'realpad_form_webhook_messages{project="p",name="n",status="queued"}': "1x120",
    'realpad_form_submission_duration_seconds_bucket{le="2.5"}': "0+2x120",
    'realpad_form_submission_duration_seconds_bucket{le="+Inf"}': "0+2x120",
    "realpad_form_submission_duration_seconds_count": "0+2x120",
}
"""What Prometheus sees of an installation that works."""


def test_every_alert_fires_when_it_should_and_none_when_all_is_well(tmp_path):
    assert set(FIRING) == {rule["alert"] for rule in rules()}
    found = {rule["alert"]: rule for rule in rules()}
    cases = [
        {
            "interval": "1m",
            "input_series": [
                {"series": name, "values": values} for name, values in {**QUIET, **series}.items()
            ],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                    "eval_time": "110m",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            ],
        }
        for alert, series in FIRING.items()
        if alert != "RealpadFormUnwatched"
    ]
    none = [{"expr": "count(ALERTS)", "eval_time": f"{minute}m", "exp_samples": []} for minute in (30, 110)]
    cases.append(
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in QUIET.items()],
            "promql_expr_test": none,
        }
    )
    unwatched = found["RealpadFormUnwatched"]
    cases.append(
        {
            "interval": "1m",
            "input_series": [{"series": "something_else", "values": "1x120"}],
            "alert_rule_test": [
                {
                    "alertname": "RealpadFormUnwatched",
                    "eval_time": "110m",
                    "exp_alerts": [
                        {"exp_labels": unwatched["labels"], "exp_annotations": unwatched["annotations"]}
                    ],
                }
            ],
        }
    )
    path = tmp_path / "alerts_test.yaml"
    path.write_text(
        yaml.safe_dump({"rule_files": [str(DEPLOY / "alerts.yaml")], "tests": cases}), encoding="utf-8"
    )

    done = subprocess.run(
        [tool("promtool", package="prometheus"), "test", "rules", path], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_has_a_place_and_a_source_for_every_panel():
    panels = json.loads(read("grafana.json"))["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
