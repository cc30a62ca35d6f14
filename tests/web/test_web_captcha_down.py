"""A captcha that cannot tell costs nobody a lead, and somebody hears of it."""

from dataclasses import replace

import pytest

from realpad_form.adapters.captcha import SERVICES
from realpad_form.domain.alert import Kind
from realpad_form.domain.delivery import Status

KEYS = {"CAPTCHA_TURNSTILE_SITEKEY": "public", "CAPTCHA_TURNSTILE_SECRET": "canary-secret"}
NOBODY = "http://127.0.0.1:1/siteverify"


@pytest.fixture(params=["out of reach", "keys not set"])
def services(request, folder, make_services, monkeypatch):
    """Services of a project whose captcha cannot be asked."""
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text("utf-8").replace("captcha: none", "captcha: turnstile"), "utf-8")
    monkeypatch.setitem(SERVICES, "turnstile", replace(SERVICES["turnstile"], url=NOBODY))
    return make_services(**(KEYS if request.param == "out of reach" else {}))


def test_a_captcha_that_cannot_be_asked_lets_the_lead_pass_and_is_an_alert(visitor, services, stored):
    answers = [visitor.send(captcha="solved") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert [record.lead.status for record in stored()] == [Status.QUEUED] * 2
    [alert] = services.alert_log.claim()
    assert (alert.kind, alert.subject) == (Kind.CAPTCHA, "riverside")
    assert alert.text.startswith("turnstile ")
    assert "canary" not in str(alert)


def test_an_alert_that_cannot_be_noted_does_not_cost_the_lead(visitor, services, stored, caplog):
    with services.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE alert")

    answer = visitor.send(captcha="solved")

    assert answer.status_code == 201
    assert [record.lead.status for record in stored()] == [Status.QUEUED]
    assert "could not be noted" in caplog.text
