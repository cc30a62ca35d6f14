"""What happens while visitors send: noted hourly at most, and never in their way."""

from types import SimpleNamespace

import pytest
from alerting import kinds

from realpad_form.domain.alert import AlertCode, AlertDetail
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.services.alerts import Incidents

SILENT = AlertDetail.of(AlertCode.CAPTCHA_SILENT, captcha="turnstile", error="ConnectTimeout")


@pytest.fixture
def note():
    """Let an incident of a kind happen to a project."""
    return lambda kind, incidents, project: {
        "ORIGIN": lambda: incidents.foreign_page(project),
        "CAPTCHA": lambda: incidents.unsure_captcha(project, SILENT),
    }[kind]()


@pytest.mark.parametrize("kind", ["ORIGIN", "CAPTCHA"])
def test_incidents_are_noted_hourly_at_most(note, project, kind):
    noted = []
    incidents = Incidents(SimpleNamespace(note=noted.append))
    for _ in range(100):
        note(kind, incidents, project)

    assert [(alert.kind.name, alert.subject) for alert in noted] == [(kind, "riverside")]


def test_one_incident_keeps_no_other_from_being_noted(alert_log, alerts, notifier, project):
    incidents, jantar = Incidents(alert_log), project.model_copy(update={"project": "jantar"})

    incidents.foreign_page(project)
    incidents.unsure_captcha(project, SILENT)
    incidents.unsure_captcha(jantar, SILENT)
    alerts.run_once()

    assert sorted(kinds(notifier)) == [
        ("CAPTCHA", "jantar", False), ("CAPTCHA", "riverside", False), ("ORIGIN", "riverside", False),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["ORIGIN", "CAPTCHA"])
def test_an_incident_that_cannot_be_noted_is_no_fault(note, project, kind, caplog):
    def fail(alert):
        raise StorageUnavailableError("the database is busy")

    note(kind, Incidents(SimpleNamespace(note=fail)), project)

    assert "could not be noted: the database is busy" in caplog.text


def test_a_captcha_that_cannot_tell_is_told_with_project_type_and_advice(
    alert_log, alerts, notifier, project
):
    asking = project.model_copy(update={"captcha": "turnstile"})
    Incidents(alert_log).unsure_captcha(asking, SILENT)

    alerts.run_once()

    [[alert]] = notifier.told
    assert (alert.subject, alert.text) == ("riverside", "turnstile did not answer (ConnectTimeout)")
    assert "REALPAD_FORM_CAPTCHA_" in str(alert)


def test_a_captcha_that_cannot_tell_is_told_once_then_daily_then_over(
    alert_log, alerts, notifier, project, clock
):
    for hour in range(73):
        if hour < 36:
            Incidents(alert_log).unsure_captcha(project, SILENT)  # as a process just started
        alerts.run_once()
        clock.advance(hours=1)

    assert kinds(notifier) == [("CAPTCHA", "riverside", False)] * 3 + [("CAPTCHA", "riverside", True)]
