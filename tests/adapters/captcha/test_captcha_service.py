import logging
from dataclasses import replace

import pytest

from realpad_form.adapters.captcha import SERVICES, KeylessCaptcha, ServiceCaptcha, make_captchas
from realpad_form.domain.spam import Verdict

KEYS = ("public-sitekey", "canary-secret")
HOST = "forms.example"


@pytest.fixture
def ask(make, project_with):
    """Ask the stand-in of a service about a solution."""

    def judge(name="turnstile", solution="solved", captcha=None):
        captcha = captcha or make(name)
        return captcha.judge(project_with(name), "token-id", solution)

    return judge


@pytest.fixture
def make(stand, report):
    """Make a captcha that asks the stand-in."""

    def captcha(name="turnstile", *, url=stand.url, timeout_s=(1, 1)):
        service = replace(SERVICES[name], url=url, timeout_s=timeout_s)
        return ServiceCaptcha(service, KEYS, host=HOST, report=report)

    return captcha


@pytest.mark.parametrize("name", SERVICES)
def test_a_solution_that_the_service_knows_passes(ask, stand, name):
    verdict = ask(name)

    assert (verdict.is_failed, len(stand.asked)) == (False, 1)
    assert verdict.spent == f"{name}:token-id"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("turnstile", {"secret": KEYS[1], "response": "solved"}),
        ("recaptcha", {"secret": KEYS[1], "response": "solved"}),
        ("hcaptcha", {"secret": KEYS[1], "response": "solved", "sitekey": KEYS[0]}),
    ],
)
def test_most_services_are_asked_in_a_form(ask, stand, name, fields):
    ask(name)

    [(headers, asked)] = stand.asked
    assert (asked, headers["Content-Type"]) == (fields, "application/x-www-form-urlencoded")


def test_friendly_captcha_is_asked_in_json_with_the_secret_as_header(ask, stand):
    ask("friendly")

    [(headers, asked)] = stand.asked
    assert asked == {"response": "solved", "sitekey": KEYS[0]}
    assert headers["X-API-Key"] == KEYS[1]


def test_real_addresses_are_https():
    assert all(service.url.startswith("https://") for service in SERVICES.values())


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "error-codes": ["invalid-input-response"]},
        {"success": False, "error-codes": ["timeout-or-duplicate"]},
        {"success": False, "error": {"error_code": "response_duplicate"}},
        {"success": False},
        {"success": True, "hostname": "evil.example"},
        {"success": True, "action": "login"},
        {"success": True, "data": {"challenge": {"origin": "https://evil.example"}}},
    ],
)
def test_what_the_service_refuses_or_was_solved_elsewhere_fails(ask, stand, body):
    stand.body = body

    assert ask().is_failed


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "hostname": HOST, "action": "lead"},
        {"success": True, "hostname": "not-provided"},
        {"success": True, "data": {"challenge": {"origin": f"https://{HOST}"}}},
    ],
)
def test_what_was_solved_on_our_page_passes(ask, stand, body):
    stand.body = body

    assert not ask().is_failed


@pytest.mark.parametrize("solution", [None, "", "ů", "x" * 5000])
def test_what_is_no_solution_fails_without_asking(ask, stand, solution):
    assert ask(solution=solution).is_failed
    assert stand.asked == []


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, {"success": False}, "did not answer"),
        (503, b"<h1>down</h1>", "did not answer"),
        (302, b"", "did not answer"),
        (200, b"null", "did not answer"),
        (200, {"success": "perhaps"}, "did not answer"),
        (
            200,
            {"success": False, "error-codes": ["invalid-input-secret"]},
            "(invalid-input-secret); check its",
        ),
        (401, {"success": False, "error": {"error_code": "auth_invalid"}}, "(auth_invalid); check its keys"),
    ],
)
def test_a_visitor_never_pays_for_a_service_that_cannot_tell_and_it_is_reported(
    ask, stand, reported, caplog, status, body, reason
):
    stand.status, stand.body = status, body

    assert ask() == Verdict()  # nothing was solved: nobody is mailed for it
    assert "the lead passes" in caplog.text
    [said] = reported
    assert said.startswith("turnstile ")
    assert reason in said


@pytest.mark.parametrize("body", [{"success": True}, {"success": False}])
def test_a_service_that_can_tell_is_not_reported(ask, stand, reported, body):
    stand.body = body

    ask()

    assert reported == []


def test_a_silent_service_holds_nobody_up_for_long(ask, make, stand, reported):
    stand.gate.clear()
    captcha = make(timeout_s=(1, 0.1))

    assert not ask(captcha=captcha).is_failed
    assert not ask(captcha=captcha).is_failed
    assert len(stand.asked) == 1
    assert reported == ["turnstile did not answer (ReadTimeout)", "turnstile did not answer a moment ago"]


def test_a_service_that_is_not_there_lets_the_lead_pass(ask, make, reported):
    gone = make(url="http://127.0.0.1:1/")

    assert not ask(captcha=gone).is_failed
    assert reported == ["turnstile did not answer (ConnectionError)"]


def test_neither_secret_nor_solution_is_logged_or_reported(ask, stand, reported, caplog):
    caplog.set_level(logging.DEBUG)
    stand.status = 500

    ask(solution="canary-solution")

    assert "canary" not in f"{caplog.text} {reported}"


def test_the_page_gets_the_site_key_and_never_the_secret(make, project_with):
    asked = make().challenge(project_with("turnstile"), "token-id")

    assert asked == {"type": "turnstile", "sitekey": KEYS[0]}


def test_without_keys_everybody_passes_and_it_is_reported(project_with, report, reported, caplog):
    captcha = KeylessCaptcha(report)
    project = project_with("hcaptcha")

    assert captcha.challenge(project, "token-id") is None
    assert captcha.judge(project, "token-id", None) == Verdict()
    assert "keys are not set" in caplog.text
    assert reported == ["hcaptcha cannot be asked: its keys are not set"]


def test_there_is_a_captcha_for_everything_a_project_may_name(report):
    captchas = make_captchas(["s" * 32], {"turnstile": KEYS}, host=HOST, report=report)

    assert set(captchas) == {"altcha", "none", *SERVICES}
    assert {name for name, one in captchas.items() if isinstance(one, KeylessCaptcha)} == {
        "hcaptcha",
        "recaptcha",
        "friendly",
    }
