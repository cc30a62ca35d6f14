"""Headers that every answer has: each route, each error, signed in or not."""

import re
from uuid import uuid4

import pytest
from flask import Blueprint
from watching import METRICS

from realpad_form.domain.errors import CrmError, SealBrokenError, StorageUnavailableError
from realpad_form.sandbox import create_app as create_sandbox
from realpad_form.web import create_app
from realpad_form.web.desk import access

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE"]
VALUES = {
    "slug": "riverside", "language": "cs", "lead_id": str(uuid4()), "person_id": str(uuid4()), "token": "x",
    "name": "built/form.js", "version": "x",
}  # fmt: skip
YEAR = "max-age=31536000; includeSubDomains"


def paths(app):
    """Return an address of each route."""
    return sorted(
        {re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda m: VALUES.get(m[1], "1"), rule.rule)
         for rule in app.url_map.iter_rules()}
    )  # fmt: skip


@pytest.fixture
def public(make_services):
    return create_app(make_services(PUBLIC_URL="https://forms.example.com"))


def check(answer, where):
    """Check an answer of a service at an https address."""
    headers = answer.headers
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"], where
    assert headers.getlist("Strict-Transport-Security") == [YEAR], where
    assert len(headers.getlist("Cache-Control")) == 1, where
    if answer.status_code >= 400:
        assert headers["Cache-Control"] == "no-store", where
    [policy] = headers.getlist("Content-Security-Policy")
    assert {"default-src 'none'", "base-uri 'none'"} <= set(policy.split("; ")), where
    assert "frame-ancestors" in policy, where
    if answer.mimetype == "text/html" and answer.content_length:
        assert "camera=()" in headers["Permissions-Policy"], where
        if answer.status_code < 300 or answer.status_code >= 400:  # no browser shows a redirect
            assert "Referrer-Policy" in headers, where


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_of_every_route_has_the_common_headers(public, accept):
    client = public.test_client()
    seen = set()

    for path in paths(public):
        for method in METHODS:
            sent = {"Accept": accept, "X-Canary": "canary", "Cookie": "canary=canary", **METRICS}
            answer = client.open(path, method=method, headers=sent)
            check(answer, (method, path, answer.status))
            assert "canary" not in f"{answer.headers}{answer.get_data(as_text=True)}", (method, path)
            seen.add(answer.status_code)

    assert {200, 400, 404, 405, 415} <= seen


def test_errors_have_them(public):
    client = public.test_client()
    token = client.get("/f/riverside/session").get_json()["token"]
    lead = {"name": "Jan", "surname": "Novák", "phone": "777 123 456"}
    leads = "/f/riverside/leads"
    answers = {
        201: client.post(leads, json={**lead, "token": token}),
        200: client.post(leads, json={**lead, "token": token}),
        400: client.post(leads, data="{", content_type="application/json"),
        403: client.post(leads, json={}, headers={"Origin": "https://elsewhere.example"}),
        404: client.get("/f/nowhere"),
        405: client.delete(leads),
        409: client.post(leads, json={}),
        413: client.post(leads, data="x" * 70_000, content_type="application/json"),
        415: client.post(leads, data="x", content_type="text/plain"),
        501: client.get("/oembed?format=xml"),
    }
    answers[422] = client.post(leads, json={"token": client.get("/f/riverside/session").get_json()["token"]})
    while (limited := client.get("/f/riverside/session")).status_code != 429:
        pass
    answers[429] = limited

    for status, answer in answers.items():
        assert answer.status_code == status
        check(answer, status)


def test_a_fault_of_ours_has_them(public):
    @public.get("/broken")
    def broken():
        raise RuntimeError

    answer = public.test_client().get("/broken")

    assert answer.status_code == 500
    check(answer, 500)


@pytest.fixture
def debugging(monkeypatch, make_services):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    return create_app(make_services())


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("prefix", ["", "/inbox"])
@pytest.mark.parametrize(
    "error", [RuntimeError("canary"), SealBrokenError("canary"), CrmError(500, "canary")]
)
def test_a_fault_of_ours_tells_nothing_of_itself_whatever_flask_is_told(debugging, accept, prefix, error):
    part = access.blueprint("broken", prefix) if prefix else Blueprint("broken", __name__)

    @part.get("/broken")
    @access.open_to_all
    def broken():
        raise error

    debugging.register_blueprint(part)
    answer = debugging.test_client().get(f"{prefix}/broken", headers={"Accept": accept})

    assert answer.status_code == 500
    assert "canary" not in answer.get_data(as_text=True)


def test_the_sandbox_answers_faults_itself_whatever_flask_is_told(monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")

    assert not create_sandbox().debug


class Full:
    """An intake whose storage takes nothing."""

    def accept(self, project, submission):
        raise StorageUnavailableError("full")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_unavailable_storage_has_them(public, monkeypatch, accept):
    client = public.test_client()
    monkeypatch.setitem(public.extensions["realpad-form"].services.__dict__, "intake", Full())
    lead = {"name": "Jan", "surname": "Novák", "phone": "777 123 456"}

    token = client.get("/f/riverside/session").get_json()["token"]
    answer = client.post("/f/riverside/leads", data={**lead, "token": token}, headers={"Accept": accept})

    assert answer.status_code == 503
    check(answer, 503)


def test_an_answer_that_the_browser_has_keeps_its_own_rule(public):
    client = public.test_client()
    first = client.get("/embed.js")

    again = client.get("/embed.js", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    check(again, 304)
    assert again.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"


def test_a_description_for_editors_may_be_kept_for_a_while(public):
    answer = public.test_client().get("/oembed?url=https://forms.example.com/f/riverside")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8000"])
def test_without_https_nobody_is_told_to_come_by_https_only(make_services, url):
    client = create_app(make_services(PUBLIC_URL=url)).test_client()

    assert "Strict-Transport-Security" not in client.get("/f/riverside").headers


def test_the_sandbox_says_it_as_well():
    app = create_sandbox()
    client = app.test_client()

    for path in paths(app):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Cache-Control"], path
