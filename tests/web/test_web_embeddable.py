"""`GET /embeddable`: which projects a site may embed."""

import pytest

from realpad_form.web import create_app

SITE = "https://www.riverside.example"


@pytest.fixture
def ask(client):
    return lambda origin, **more: client.get("/embeddable", query_string={"origin": origin}, **more)


@pytest.fixture
def slugs(ask):
    return lambda origin: [each["slug"] for each in ask(origin).get_json()["projects"]]


@pytest.fixture
def add(folder):
    """Add another project like the first one."""

    def write(slug, *changes):
        text = (folder / "projects/riverside.yaml").read_text(encoding="utf-8")
        for old, new in (("project: riverside", f"project: {slug}"), *changes):
            text = text.replace(old, new)
        (folder / f"projects/{slug}.yaml").write_text(text, encoding="utf-8")

    return write


def test_a_site_learns_its_projects_in_their_own_language_and_order(add, ask):
    add("jantar", ("name: Riverside Residences", "name: {en: Amber, cs: Jantar}"))
    add("sadova", ("https://www.riverside.example]", "https://www.sadova.example]"))

    answer = ask(SITE)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "projects": [
            {"slug": "jantar", "name": "Jantar", "languages": ["cs", "en"]},
            {"slug": "riverside", "name": "Riverside Residences", "languages": ["cs", "en"]},
        ]
    }


def test_a_wildcard_holds_sites_below_the_domain_and_not_itself(add, slugs):
    add("jantar", (f"[{SITE}]", '["https://*.jantar.example"]'))

    assert slugs("https://www.jantar.example") == slugs("https://a.b.jantar.example") == ["jantar"]
    assert slugs("https://jantar.example") == slugs("https://evil-jantar.example") == []


@pytest.mark.parametrize("origin", [f"{SITE}/", f"{SITE}:443", "HTTPS://WWW.Riverside.Example"])
def test_an_origin_may_be_written_as_wordpress_keeps_it(slugs, origin):
    assert slugs(origin) == ["riverside"]


def test_a_name_with_accents_is_read_as_browsers_send_it(add, slugs):
    add("jantar", (f"[{SITE}]", "[https://www.xn--jablo-p8a.example]"))

    assert slugs("https://www.jabloň.example") == slugs("https://www.xn--jablo-p8a.example") == ["jantar"]


@pytest.mark.parametrize(
    "origin", ["https://riverside.example", f"{SITE}:8443", "http://www.riverside.example"]
)
def test_another_site_gets_an_empty_list(ask, origin):
    assert (ask(origin).status_code, ask(origin).get_json()) == (200, {"projects": []})


@pytest.mark.parametrize(
    "origin",
    ["", "null", "www.riverside.example", f"{SITE}/byty", f"{SITE}?a=1", f"{SITE}#a", "https://",
     "https://a:b@www.riverside.example", "ftp://www.riverside.example", f"{SITE}:99999", f"{SITE}:x",
     "https://*.riverside.example", "https://a..b", "https://[::1", "\0", "\ud800", "https://" + "a" * 300],
)  # fmt: skip
def test_what_is_no_origin_is_told_how_to_write_one(client, origin):
    answer = client.get("/embeddable", query_string={"origin": origin.encode("utf-8", "surrogatepass")})

    assert answer.status_code == 400
    assert "origin=https://www.example.com" in answer.get_json()["error"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_origin_at_all_is_told_the_same(client):
    assert client.get("/embeddable").status_code == 400


def test_a_closed_project_keeps_its_place(folder, slugs):
    with (folder / "projects/riverside.yaml").open("a", encoding="utf-8") as file:
        file.write("closed: {message: Sold out}\n")

    assert slugs(SITE) == ["riverside"]


def test_caches_may_keep_it_for_a_minute_and_ask_whether_it_changed(ask):
    first = ask(SITE)
    again = ask(SITE, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert "Access-Control-Allow-Origin" not in first.headers
    assert (again.status_code, again.data) == (304, b"")


def test_an_address_may_ask_sixty_times_a_minute(make_services):
    client = create_app(make_services()).test_client()

    answers = [client.get(f"/embeddable?origin={SITE}") for _ in range(61)]

    assert [answer.status_code for answer in answers[:60]] == [200] * 60
    assert answers[60].status_code == 429
    assert answers[60].headers["Retry-After"] == "10"
