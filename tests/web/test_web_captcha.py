"""Captchas and spam from outside: a lead may wait for a person, but is never lost."""

import hashlib
import re
from base64 import b64encode

import altcha
import pytest

from realpad_form.config import folder as shipped
from realpad_form.domain.delivery import Event, Status
from realpad_form.domain.project_rules import TRAPS
from realpad_form.domain.spam import Verdict
from realpad_form.web import create_app
from realpad_form.web.headers import CAPTCHA_SOURCES, allow_captcha


class ScriptedCaptcha:
    """A captcha that judges as told."""

    def __init__(self, verdict):
        self.verdict, self.judged = verdict, []

    def challenge(self, project, token):
        return {"type": project.captcha, "sitekey": "public", "for": token}

    def judge(self, project, token, solution):
        self.judged.append((project.slug, token, solution))
        return self.verdict


@pytest.fixture
def ask(folder):
    """Let the project ask for a captcha."""
    path = folder / "projects" / "riverside.yaml"
    without = path.read_text(encoding="utf-8")
    return lambda captcha: path.write_text(without.replace("captcha: none", f"captcha: {captcha}"), "utf-8")


@pytest.fixture
def asking(ask):
    """The project asks for the captcha that is the default of project files."""
    ask("altcha")


def solve(session):
    """Return ALTCHA's payload for a session, as its own solver makes it."""
    challenge = altcha.Challenge.from_dict(session["captcha"]["challenge"])
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def open_session(client):
    return client.get("/f/riverside/session").get_json()


def reasons(stored):
    [record] = stored()
    return record.lead.status, tuple(map(str, record.lead.reasons))


def test_a_session_brings_a_challenge_for_its_token(asking, client, services):
    session = open_session(client)

    token = services.tokens.read(session["token"], slug="riverside")
    assert session["captcha"]["type"] == "altcha"
    assert set(session["captcha"]["challenge"]) == {"parameters", "signature"}
    assert session["captcha"]["challenge"]["parameters"]["data"]["j"] == token.id


def test_whoever_solves_the_captcha_is_queued(asking, client, visitor, stored):
    session = open_session(client)

    answer = visitor.send(token=session["token"], captcha=solve(session))

    assert answer.status_code == 201
    assert reasons(stored) == (Status.QUEUED, ())


@pytest.mark.parametrize("captcha", [None, "", "nonsense"])
def test_a_missing_or_wrong_solution_is_asked_for_once_more(asking, client, visitor, stored, captcha):
    token = open_session(client)["token"]

    answer = visitor.send(token=token, captcha=captcha)

    body = answer.get_json()
    assert (answer.status_code, body["status"], stored()) == (409, "expired", [])
    assert body["session"]["token"] != token
    assert body["session"]["captcha"]["challenge"]["parameters"]


def test_whoever_solves_it_the_second_time_is_queued(asking, visitor, stored):
    session = visitor.send().get_json()["session"]

    answer = visitor.send(token=session["token"], captcha=solve(session))

    assert answer.status_code == 201
    assert reasons(stored) == (Status.QUEUED, ())


def test_whoever_cannot_solve_it_is_thanked_all_the_same_and_quarantined(asking, client, visitor, stored):
    session = visitor.send().get_json()["session"]
    good = open_session(client)

    failed = visitor.send(token=session["token"])
    passed = visitor.send(token=good["token"], captcha=solve(good))

    assert failed.status_code == passed.status_code == 201
    assert {**failed.get_json(), "id": ""} == {**passed.get_json(), "id": ""}
    assert [list(map(str, each.lead.reasons)) for each in stored(Status.QUARANTINED)] == [["captcha_failed"]]


def test_a_stale_token_counts_as_the_first_try(asking, visitor, stored):
    session = visitor.send(token="long gone").get_json()["session"]

    assert visitor.send(token=session["token"], captcha="").status_code == 201
    assert reasons(stored) == (Status.QUARANTINED, ("captcha_failed",))


def test_a_solution_of_another_session_is_none(asking, client, visitor):
    mine, other = open_session(client), open_session(client)

    assert visitor.send(token=mine["token"], captcha=solve(other)).status_code == 409


def test_a_422_does_not_use_the_solution_up(asking, client, visitor):
    session = open_session(client)
    captcha = solve(session)

    assert visitor.send(token=session["token"], captcha=captcha, email="no").status_code == 422
    assert visitor.send(token=session["token"], captcha=captcha).status_code == 201


def test_a_repeat_needs_no_fresh_solution(asking, client, visitor, stored):
    session, key = open_session(client), "7e1e3a3e-6d0c-4f6e-9d8e-0d6c5c7c8d11"
    first = visitor.send(token=session["token"], captcha=solve(session), submission=key)

    again = visitor.send(token=open_session(client)["token"], submission=key)

    assert (first.status_code, again.status_code, len(stored())) == (201, 200, 1)
    assert first.get_json() == again.get_json()


def test_a_browser_without_script_solves_nothing(asking, visitor, stored):
    assert visitor.post_form().status_code == 303
    assert reasons(stored) == (Status.QUARANTINED, ("no_script",))


def test_a_plain_post_with_a_token_but_no_solution_is_quarantined(asking, client, visitor, stored):
    assert visitor.post_form(token=open_session(client)["token"]).status_code == 303
    assert reasons(stored) == (Status.QUARANTINED, ("captcha_failed", "too_fast"))


@pytest.mark.parametrize("kind", ["turnstile", "hcaptcha", "recaptcha", "friendly"])
def test_a_service_without_keys_costs_nobody_a_lead(ask, kind, client, visitor, stored):
    ask(kind)

    assert open_session(client)["captcha"] is None
    assert visitor.send().status_code == 201
    assert reasons(stored) == (Status.QUEUED, ())


def test_a_service_is_asked_about_valid_answers_only(asking, client, services, visitor):
    services.captchas["altcha"] = judge = ScriptedCaptcha(Verdict())

    visitor.send(email="no", captcha="solved")
    visitor.send(captcha="solved")

    assert [solution for *_, solution in judge.judged] == ["solved"]


def test_the_policy_is_widened_for_the_captcha_only():
    strict = {"script-src": "'self'", "connect-src": "'self'", "require-trusted-types-for": "'script'"}

    assert allow_captcha(strict, captcha="none") == strict
    assert allow_captcha(strict, captcha="altcha") == {
        **strict,
        "worker-src": "'self'",
        "trusted-types": "realpad-form",
    }
    for kind in CAPTCHA_SOURCES:
        wide = allow_captcha(strict, captcha=kind)
        assert wide["script-src"].startswith("'self' https://")
        assert "frame-src" in wide
        assert "unsafe" not in str(wide)


@pytest.mark.parametrize("kind", CAPTCHA_SOURCES)
def test_scripts_of_a_service_may_call_the_form_only_and_not_the_desk(make_services, folder, kind):
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text().replace("captcha: none", f"captcha: {kind}"))
    services = make_services(PUBLIC_URL="https://forms.example.com")

    answer = create_app(services).test_client().get("/f/riverside")

    policy = dict(each.split(" ", 1) for each in answer.headers["Content-Security-Policy"].split("; "))
    calls = policy["connect-src"].split()
    assert calls[0] == "https://forms.example.com/f/riverside/"
    assert calls[1:] == CAPTCHA_SOURCES[kind].get("connect-src", "").split()
    assert "publickey-credentials-get=()" in answer.headers["Permissions-Policy"]
    assert "publickey-credentials-create=()" in answer.headers["Permissions-Policy"]


def test_the_page_names_the_worker_and_allows_it(asking, client):
    answer = client.get("/f/riverside")

    [address] = re.findall(r'data-worker="([^"]+)"', answer.get_data(as_text=True))
    assert client.get(address).mimetype == "text/javascript"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_worker_is_the_one_that_was_looked_at():
    vendored = shipped() / "static" / "vendor" / "altcha"
    digest = b64encode(hashlib.sha384((vendored / "pbkdf2.js").read_bytes()).digest()).decode()

    assert (vendored / "INTEGRITY").read_text().strip() == f"sha384-{digest}"
    assert "3.2.2" in (vendored / "VERSION").read_text()


@pytest.mark.parametrize("trap", ["hp_url", "hp_text"])
def test_a_filled_honeypot_only_marks(visitor, stored, trap):
    answer = visitor.send(**{trap: "https://casino.example"})

    assert (answer.status_code, answer.get_json()["status"]) == (201, "accepted")
    status, found = reasons(stored)
    assert status is Status.QUARANTINED
    assert "honeypot" in found


def test_every_honeypot_of_the_page_is_watched(client):
    page = client.get("/f/riverside").get_data(as_text=True)

    assert set(re.findall(r'<(?:input|textarea) name="(\w+)" tabindex="-1"', page)) == set(TRAPS)


def test_links_in_a_name_quarantine(visitor, stored):
    visitor.send(name="Win casino.bet")

    status, found = reasons(stored)
    assert (status, found[0]) == (Status.QUARANTINED, "link_in_name")


def test_a_quick_visitor_is_queued(visitor, stored):
    visitor.send()

    assert reasons(stored) == (Status.QUEUED, ())


def test_a_page_that_hides_its_origin_is_quarantined(visitor, stored):
    visitor.send(headers={"Origin": "null"})

    status, found = reasons(stored)
    assert (status, found[0]) == (Status.QUARANTINED, "null_origin")


def test_our_own_page_may_hide_its_origin(visitor, stored):
    visitor.send(headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"})

    assert reasons(stored) == (Status.QUEUED, ())


def test_a_burst_alone_quarantines_nobody_but_adds_up(visitor, stored):
    for _ in range(4):
        visitor.send()
    visitor.send(name="aaaa")

    assert len(stored(Status.QUEUED)) == 4
    [marked] = stored(Status.QUARANTINED)
    assert list(map(str, marked.lead.reasons)) == ["too_fast", "repeated_text", "burst"]


def test_a_released_lead_is_sent_and_a_discarded_one_never(visitor, services, stored):
    for _ in range(2):
        visitor.send(hp_url="x")
    first, second = (record.lead.id for record in stored())

    services.log.move(first, Event.RELEASED)
    services.log.move(second, Event.DISCARDED)

    assert {record.lead.id: record.lead.status for record in stored()} == {
        first: Status.QUEUED,
        second: Status.DISCARDED,
    }
