"""The Host header is whatever its sender likes: no page, link or address says what it says."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest
from browsing import Browser
from test_desk_access import rules

import realpad_form
from realpad_form.domain.people import Particulars, Proof, Role
from realpad_form.web import create_app

HOSTS = ["localhost", "localhost:81", "evil.example", "evil.example:8000", "EVIL.example.", "127.0.0.1"]
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Original-Host": "evil.example",
    "Forwarded": "host=evil.example;proto=https",
}
PUBLIC = ["/", "/f/riverside", "/f/riverside/en", "/oembed?url=http://evil.example/f/riverside", "/embed.js",
          "/oembed?url=http://localhost/f/riverside", "/nowhere", "/readyz", "/f/riverside/"]  # fmt: skip


def said(answer):
    """Return status, address and text of an answer; bytes of a download are written out."""
    text = answer.get_data().decode("utf-8", "backslashreplace")
    return answer.status_code, answer.headers.get("Location"), text


def differ(first, second):
    """Return which lines of two answers differ, by number."""
    lines = [str(answer[:2]) + "\n" + answer[2] for answer in (first, second)]
    pairs = zip_longest(*(text.split("\n") for text in lines))
    return {number for number, (one, other) in enumerate(pairs) if one != other}


def check_forged(get, path, host):
    """See that a forged host changes only lines that differ between any two answers: tokens and times."""
    usual, again = (said(get(path, headers={"Host": "localhost"})) for _ in range(2))
    forged = said(get(path, headers={"Host": host, **FORWARDED}))
    assert differ(usual, forged) <= differ(usual, again), path
    assert "evil.example" not in str(forged).replace(path.partition("?")[2], ""), path


@pytest.fixture(params=["http://localhost", None], ids=["public address", "no public address"])
def services(make_services, request):
    return make_services(**({"PUBLIC_URL": request.param} if request.param else {}))


@pytest.mark.parametrize("host", HOSTS[1:])
def test_forged_host_changes_no_byte_of_a_public_page(app, host):
    client = app.test_client()

    for path in PUBLIC:
        check_forged(client.get, path, host)


@pytest.mark.parametrize("host", ["localhost:81", "127.0.0.1", "evil.example"])
def test_forged_host_changes_no_byte_of_a_page_of_the_desk(make_services, host):
    services = make_services(PUBLIC_URL="http://localhost")
    app = create_app(services)
    person = services.people.add("a@example.com", particulars())[0]
    signed_in = services.sign_in.open(Proof(person=person), address="192.0.2.9", how="test")
    with app.test_client() as client:
        with client.session_transaction("/account") as cookie:
            cookie.update(token=signed_in.token)
        value = client.get_cookie("realpad-form").value
    stranger = app.test_client(use_cookies=False)

    def get(path, *, headers):
        return stranger.get(path, headers={"Cookie": f"realpad-form={value}", **headers})

    for path, _ in rules(app, "GET"):
        check_forged(get, path, host)


def particulars():
    return Particulars(name="Admin", role=Role.ADMIN)


without_address = pytest.mark.parametrize("services", [None], indirect=True, ids=["no public address"])


@without_address
def test_draft_gets_no_link(desk, services):
    marketer = desk("marketer")
    source = services.catalog.source("riverside").decode()

    for accept in ("text/html", "application/json"):
        told = marketer.post(
            "/preview/riverside/draft/link", {"text": source}, headers={"Accept": accept, **FORWARDED}
        )
        assert told.status_code == 409
        assert "REALPAD_FORM_PUBLIC_URL" in told.get_data(as_text=True)
        assert "http" not in re.sub(r"<[^>]*>", "", told.get_data(as_text=True))
    assert not services.audit.entries(subject="riverside")


@without_address
def test_nobody_is_added_or_reset_without_a_link_to_hand_over(desk, services):
    admin = desk("admin")
    person = services.people.add("jana@example.com", particulars())[0]
    services.roster.set_password(person.id, "a hash")
    about = {"email": "new@example.com", "name": "New", "role": "operator"}

    told = [admin.post("/people/", about), admin.post(f"/people/{person.id}/reset")]

    assert [each.status_code for each in told] == [409, 409]
    assert services.roster.find("new@example.com") is None
    assert services.roster.password(person.id) == "a hash"


@without_address
def test_tags_and_links_are_not_shown(desk):
    told = desk("marketer").get("/preview/riverside/embed")

    assert told.status_code == 409
    assert "REALPAD_FORM_PUBLIC_URL" in told.text


def test_links_lead_to_the_public_address_whatever_the_host(make_services):
    services = make_services(PUBLIC_URL="http://localhost")
    app = create_app(services)
    _person, link = services.people.add("a@example.com", particulars())
    services.accounts.set_password(link, "canary: tři domy u řeky")
    browser = Browser(app)
    browser.sign_in("a@example.com", "canary: tři domy u řeky")
    page = browser.client.get("/people/new").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]

    answer = app.test_client(use_cookies=False).post(
        "/people/",
        data={"csrf_token": token, "email": "new@example.com", "name": "New", "role": "operator"},
        headers={"Host": "evil.example", "Cookie": f"realpad-form={browser.cookie}", **FORWARDED},
    )

    assert ">http://localhost/account/link/" in answer.text
    assert "evil.example" not in answer.text


def test_no_code_makes_links_from_the_request():
    """The comparison of origins, and whether a cookie may go without TLS, are all that look at the host."""
    root = Path(realpad_form.__file__).parent
    looking = {
        str(path.relative_to(root))
        for path in [*root.rglob("web/**/*.py"), *root.rglob("cli/*.py")]
        if re.search(
            r"request\.(?:host|host_url|url|url_root|base_url|root_url)\b|_external|HTTP_HOST",
            path.read_text(encoding="utf-8"),
        )
    }

    assert looking == {"web/request.py", "web/desk/auth/session.py"}
