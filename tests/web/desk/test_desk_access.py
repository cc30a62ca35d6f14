"""What all pages of the desk share: who gets in, cookies, headers, languages."""

import re
from uuid import uuid4

import pytest
from babel.messages.pofile import read_po
from flask import Blueprint
from markup import Page

from realpad_form.domain.delivery import Status
from realpad_form.domain.people import Right
from realpad_form.ports import LeadFilter
from realpad_form.web import create_app
from realpad_form.web import desk as desk_pages
from realpad_form.web.desk.access import access_of, blueprint, open_to_all
from realpad_form.web.desk.i18n import LANGUAGES, LOCALE, translations

ROOT = LOCALE.parents[3]
SLUG = "riverside"

MAILS_OF_THE_DESK = ("alerts.py", "summaries.py")
"""What is written in the desk's languages, and not in those of the forms."""


def rules(app, method):
    """Return (address, what it demands) of each view of the desk."""
    values = {
        "slug": SLUG,
        "filter_id": str(uuid4()),
        "lead_id": str(uuid4()),
        "message_id": str(uuid4()),
        "person_id": str(uuid4()),
        "request_id": str(uuid4()),
        "session_id": str(uuid4()),
        "token": "x",
        "name": "riverside",
        "format_": "csv",
    }
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is not None and method in rule.methods:
            yield re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda m: values.get(m[1], "1"), rule.rule), access


def test_there_is_a_desk(app):
    assert len(list(rules(app, "GET"))) > 5


def test_every_page_asks_strangers_to_sign_in_unless_it_is_open_on_purpose(app):
    client = app.test_client()

    for path, access in rules(app, "GET"):
        answer = client.get(path)
        if access != "anybody":
            assert answer.status_code == 303, path
            assert answer.location.startswith("/sign-in?next=%2F"), path


def test_every_post_is_refused_without_a_csrf_token(app, desk):
    admin = desk("admin")

    for path, _ in rules(app, "POST"):
        assert admin.client.post(path).status_code == 400, path


def test_every_page_has_the_headers_of_the_desk(app, desk):
    admin = desk("admin")

    for path, _ in rules(app, "GET"):
        answer = admin.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Cache-Control"], path
        if answer.mimetype == "text/html":
            assert "camera=()" in answer.headers["Permissions-Policy"], path
            assert "frame-ancestors" in answer.headers["Content-Security-Policy"], path


def test_every_page_is_valid(app, desk, services, visitor):
    visitor.send()
    visitor.post_form()
    [queued] = services.log.records(LeadFilter(status=Status.QUEUED))
    admin = desk("admin")

    for path, _ in rules(app, "GET"):
        answer = admin.get(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(queued.lead.id), path))
        if answer.mimetype == "text/html" and answer.status_code not in (301, 302, 303, 308):
            assert Page(answer.get_data(as_text=True)).faults == [], path


def test_every_page_has_a_button_to_sign_out(app, desk):
    admin, seen = desk("admin"), 0

    for path, _ in rules(app, "GET"):
        answer = admin.get(path)
        if (
            path != "/" and answer.mimetype == "text/html" and "<header" in answer.text
        ):  # no cookie is read there
            seen += 1
            form = re.search(r'<form[^>]*action="/sign-out"[^>]*>(.*?)</form>', answer.text, re.DOTALL)
            assert form, path
            assert "<button" in form[1], path
    assert seen > 15


@pytest.mark.parametrize("role", ["marketer", "operator"])
def test_every_page_is_closed_to_whoever_lacks_its_right(app, desk, role):
    somebody = desk(role)

    for method, call in (("GET", somebody.get), ("POST", somebody.post)):
        for path, access in rules(app, method):
            is_allowed = access in ("anybody", "signed in") or somebody.person.may(Right(access))
            if not is_allowed:
                assert call(path).status_code == 403, (method, path)


@pytest.mark.parametrize("part", [Blueprint("loose", __name__), blueprint("loose")])
def test_a_route_that_does_not_say_whom_it_lets_in_keeps_the_application_from_starting(
    services, monkeypatch, part
):
    part.get("/inbox/loose")(lambda: "everything")
    monkeypatch.setattr(desk_pages, "BLUEPRINTS", (*desk_pages.BLUEPRINTS, part))

    with pytest.raises(RuntimeError, match="loose"):
        create_app(services)


def test_the_public_form_sets_no_cookie(client):
    for path in ("/f/riverside", "/f/riverside/session", "/embed.js", "/healthz"):
        assert "Set-Cookie" not in client.get(path).headers


@pytest.mark.parametrize("path", ["/inbox?status=queued", "/inbox//?status=queued"])
def test_a_sloppy_address_leads_on_whatever_the_host_header_says(client, path):
    answer = client.get(path, headers={"Host": "127.0.0.1:8000"})

    assert (answer.status_code, answer.headers["Location"]) == (308, "/inbox/?status=queued")


def sign_in_cookie(services, base_url):
    answer = create_app(services).test_client().get("/sign-in", base_url=base_url)
    return answer.headers["Set-Cookie"]


@pytest.mark.parametrize("public_url", [None, "https://forms.example"])
@pytest.mark.parametrize("base_url", ["https://forms.example", "http://forms.example"])
def test_cookie_is_for_this_host_alone(make_services, public_url, base_url):
    services = make_services(**({"PUBLIC_URL": public_url} if public_url else {}))

    cookie = sign_in_cookie(services, base_url)

    assert cookie.startswith("__Host-realpad-form=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_cookie_is_for_tls_alone_if_the_public_address_has_it(make_services):
    cookie = sign_in_cookie(make_services(PUBLIC_URL="https://forms.example"), "http://127.0.0.1:8000")

    assert "Secure" in cookie.split("; ")


@pytest.mark.parametrize("public_url", [None, "http://127.0.0.1:8000"])
def test_cookie_works_without_tls_on_this_machine(make_services, public_url):
    services = make_services(**({"PUBLIC_URL": public_url} if public_url else {}))

    cookie = sign_in_cookie(services, "http://127.0.0.1:8000")

    assert cookie.startswith("realpad-form=")
    assert "Secure" not in cookie
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_pages_are_private_and_strict(desk):
    headers = desk("admin").get("/account").headers

    assert headers["Cache-Control"] == "no-store"
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_errors_are_pages_with_what_to_do(desk):
    answer = desk("operator").get(f"/inbox/leads/{uuid4()}")

    assert answer.status_code == 404
    assert "There is no such lead" in answer.get_data(as_text=True)


def test_scripts_get_errors_in_json(app):
    answer = app.test_client().get("/inbox/", headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.get_json()["status"] == "error"


@pytest.mark.parametrize(
    ("asked", "said"), [("cs", "Odhlásit se"), ("sk", "Odhlásiť sa"), ("de", "Sign out")]
)
def test_pages_speak_the_language_of_the_browser(desk, asked, said):
    assert said in desk("admin").text("/account", headers={"Accept-Language": asked})


def test_each_text_is_translated():
    sources = [
        *ROOT.glob("realpad_form/web/desk/**/*.py"),
        *ROOT.glob("templates/desk/**/*.html"),
        *(ROOT / "realpad_form/forms" / name for name in MAILS_OF_THE_DESK),
        *ROOT.glob("realpad_form/services/privacy*.py"),
    ]
    marked = set()
    for source in sources:
        text = re.sub(r'"\s*\n\s*"', "", source.read_text(encoding="utf-8"))
        marked |= {m[2] for m in re.finditer(r"""\b_\(\s*(["'])((?:(?!\1).)+)\1\s*\)""", text)}
    assert len(marked) > 20

    for language in set(LANGUAGES) - {"en"}:
        texts = translations(language)
        assert [text for text in sorted(marked) if text not in texts._catalog] == [], language


@pytest.mark.parametrize("path", sorted(LOCALE.rglob("*.po")), ids=lambda path: "-".join(path.parts[-2:]))
def test_each_translation_is_there_and_keeps_its_values(path):
    with path.open("rb") as source:
        catalog = read_po(source)
    for message in catalog:
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(strings), message.id
            wanted = set(re.findall(r"%\(\w+\)\w", ids[-1]))
            assert all(set(re.findall(r"%\(\w+\)\w", each)) == wanted for each in strings), message.id


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [("account.open_link", "/account/link/{}"), ("preview_shared.shared", "/preview/_draft/{}")],
)
def test_an_address_that_is_a_secret_is_not_logged_when_its_page_breaks(app, caplog, endpoint, path):
    def broken(**_):
        raise RuntimeError

    app.view_functions[endpoint] = open_to_all(broken)

    answer = app.test_client().get(path.format("canary-secret%0aforged"))

    assert answer.status_code == 500
    [rule] = app.url_map.iter_rules(endpoint)
    assert f"GET {rule} broke" in caplog.text
    assert "canary" not in caplog.text


def test_refused_pages_are_logged_with_person_route_and_address(desk, leads, caplog):
    lead_id = leads.add()
    somebody = desk("operator", projects=["jantar"])
    who = f"person {somebody.person.id}, from 127.0.0.1"

    answers = [
        somebody.get("/people/"),
        somebody.get(f"/inbox/leads/{lead_id}"),
        somebody.client.post("/inbox/restored/dismiss"),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 400]
    told = [record.getMessage() for record in caplog.records if record.name == "realpad_form.security"]
    assert told == [
        f"refused: GET /people/, 403 Forbidden, {who}",
        f"refused: GET /inbox/leads/<uuid:lead_id>, 404 LeadNotFoundError, {who}",
        f"refused: POST /inbox/restored/dismiss, 400 CSRFError, {who}",
    ]
