"""The form page, the loader and what machines ask."""

import base64
import hashlib
import re
import time

import pytest

from realpad_form.web import create_app


def test_the_page_is_the_same_bytes_for_everyone(client):
    first = client.get("/f/riverside", headers={"User-Agent": "a", "Cookie": "x=1"})
    second = client.get("/f/riverside?unit=A-101&utm_source=x", headers={"User-Agent": "b"})

    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert "max-age" in first.headers["Cache-Control"]
    assert "Cookie" not in first.headers.get("Vary", "")


def test_a_kept_page_is_a_304(client):
    etag = client.get("/f/riverside").headers["ETag"]

    assert client.get("/f/riverside", headers={"If-None-Match": etag}).status_code == 304


def test_a_kept_page_stays_as_it_is(client):
    first = client.get("/f/riverside")
    for headers in ({"If-None-Match": first.headers["ETag"]}, {"Range": "bytes=0-3"}, {}):
        client.get("/f/riverside", headers=headers)
    client.head("/f/riverside")

    again = client.get("/f/riverside")

    assert (again.status_code, again.data) == (200, first.data)
    assert sorted(again.headers) == sorted(first.headers)


@pytest.mark.parametrize(
    ("languages", "words"),
    [("cs,en;q=0.5", "Formulář jsme nenašli."), ("fr, uk;q=0.3", "Ми не знайшли"), ("fr", "find this form")],
)
def test_a_person_at_a_wrong_address_reads_so_in_his_language(client, languages, words):
    asked = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": languages}

    answer = client.get("/f/nobody", headers=asked)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert words in answer.get_data(as_text=True)


def test_only_listed_origins_may_frame_the_page(client):
    policy = client.get("/f/riverside").headers["Content-Security-Policy"]

    assert re.search(r"frame-ancestors 'self' https://www\.riverside\.example(;|$)", policy)
    assert "unsafe" not in policy
    assert "form-action 'self' https://www.riverside.example;" in policy


def test_the_policy_names_our_address_for_browsers_that_know_no_self_in_a_sandbox(make_services):
    client = create_app(make_services(PUBLIC_URL="https://forms.example.com")).test_client()

    policy = client.get("/f/riverside").headers["Content-Security-Policy"].split("; ")

    own = "'self' https://forms.example.com"
    assert f"connect-src {own}" in policy
    assert any(directive.startswith(f"script-src {own} 'sha256-") for directive in policy)
    assert f"form-action {own} https://www.riverside.example" in policy


def test_the_script_in_the_head_is_the_only_one_that_the_policy_allows_by_its_hash(client):
    answer = client.get("/f/riverside")
    scripts = re.findall(r"<script>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]

    [allowed] = re.findall(r"script-src 'self' ([^;]*);", answer.headers["Content-Security-Policy"])

    assert [f"'sha256-{digest}'" for digest in digests] == allowed.split()


def test_the_page_speaks_the_language_of_its_address(client):
    assert 'lang="cs"' in client.get("/f/riverside").get_data(as_text=True)
    assert 'lang="en"' in client.get("/f/riverside/en").get_data(as_text=True)


def test_a_language_the_project_lacks_becomes_its_first(client):
    assert 'lang="cs"' in client.get("/f/riverside/de").get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/f/nobody", "/f/riverside/xx", "/f/..", "/nothing", "/static/x/../../pyproject.toml"]
)
def test_what_is_not_there_is_a_404(client, path):
    assert client.get(path).status_code == 404


def test_a_link_of_a_project_text_is_a_link_and_nothing_else_is_markup(client, folder):
    edit(folder, "name: Riverside Residences", "name: <b>River</b>")

    page = wait_for(client, "&lt;b&gt;River&lt;/b&gt;")

    assert '<a href="https://www.riverside.example/p"' in page
    assert "<b>River" not in page


def test_a_changed_project_file_shows_within_two_seconds(client, folder):
    client.get("/f/riverside")
    edit(folder, "I agree", "I consent")

    assert "I consent" in wait_for(client, "I consent", path="/f/riverside/en")


def test_a_broken_project_file_keeps_the_last_good_form_and_is_told(client, watch, folder):
    client.get("/f/riverside")
    (folder / "projects" / "riverside.yaml").write_text("version: 2\n", encoding="utf-8")
    time.sleep(2)

    assert client.get("/f/riverside").status_code == 200
    assert "riverside.yaml:1" in watch("/readyz").get_json()["problems"][0]


def test_the_types_of_the_loader_are_public_and_short_lived(client):
    loader, types = client.get("/embed.js"), client.get("/embed.d.ts")

    assert types.mimetype == "application/typescript"
    assert "export interface RealpadFormCalls" in types.get_data(as_text=True)
    for name in ("Cache-Control", "Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy"):
        assert types.headers[name] == loader.headers[name]
    assert client.get("/embed.d.ts", headers={"If-None-Match": types.headers["ETag"]}).status_code == 304


def test_the_loader_is_public_and_short_lived(client):
    answer = client.get("/embed.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=300" in answer.headers["Cache-Control"]
    assert "stale-while-revalidate=86400" in answer.headers["Cache-Control"]
    assert client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_assets_may_be_kept_for_good(client):
    page = client.get("/f/riverside").get_data(as_text=True)
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)

    answers = [client.get(path) for path in assets]

    assert answers
    assert all(answer.status_code == 200 for answer in answers)
    assert all("immutable" in answer.headers["Cache-Control"] for answer in answers)


def test_a_session_is_never_kept(client):
    answer = client.get("/f/riverside/session")

    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.get_json()) == {"token", "captcha"}
    assert answer.get_json()["captcha"] is None


def test_the_thank_you_page_speaks_the_visitors_language(client):
    assert "Thanks." in client.get("/f/riverside/thanks/en").get_data(as_text=True)


def test_a_ready_service_says_so(client):
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_a_service_whose_database_is_gone_is_not_ready(client, services, folder):
    services.database.dispose()
    (folder / "data").rename(folder / "away")

    assert client.get("/readyz").status_code == 503


def edit(folder, old, new):
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def wait_for(client, text, path="/f/riverside"):
    deadline = time.monotonic() + 2
    while text not in (page := client.get(path).get_data(as_text=True)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return page


def test_sessions_are_limited_too(client):
    answers = [client.get("/f/riverside/session").status_code for _ in range(61)]

    assert answers == [200] * 60 + [429]
