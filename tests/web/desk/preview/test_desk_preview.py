"""Forms as their visitors see them, for people at the desk."""

import re

import pytest
from desk_leads import wait_for_a_look

from realpad_form.ports import LeadFilter

CONDITIONAL = """\
version: 1
project: garden
name: {cs: Zahrada, en: Garden}
languages: [cs, en]
origins: [https://www.garden.example]
realpad: {credentials: riverside, project: 7}
fields:
  - field: full_name
  - field: email
    required: true
  - {attribute: customer_garage, type: boolean, label: {cs: Garáž, en: Garage}}
  - {attribute: customer_cars, type: integer, label: Auta, min: 1, show_if: {customer_garage: true}}
fallback: {phone: "+420 777 123 456"}
captcha: none
"""


@pytest.fixture
def garden(folder):
    (folder / "projects" / "garden.yaml").write_text(CONDITIONAL, encoding="utf-8")


def test_projects_are_listed_with_the_problems_of_their_files(desk, folder):
    (folder / "projects" / "broken.yaml").write_text("version: 1\nproject: broken\nfelds: []\n")

    page = desk("marketer").text("/preview/")

    assert 'href="/preview/riverside"' in page
    assert "broken.yaml:3" in page
    assert str(folder) not in page


def test_projects_of_others_are_not_there(desk, garden):
    marketer = desk("marketer", projects=["riverside"])

    page = marketer.text("/preview/")
    answers = [marketer.get(f"/preview/garden{path}") for path in ("", "/page", "/edit", "/call", "/embed")]

    assert "garden" not in page
    assert {answer.status_code for answer in answers} == {404}


def test_problems_of_others_files_are_not_there(desk, folder):
    (folder / "projects" / "broken.yaml").write_text("version: 1\nproject: broken\nfelds: []\n")

    assert "broken.yaml" not in desk("marketer", projects=["riverside"]).text("/preview/")


def test_nobody_looks_without_signing_in(app):
    answer = app.test_client().get("/preview/riverside?state=errors")

    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?")


def test_frame_holds_the_page_that_visitors_get(desk, app):
    public = app.test_client().get("/f/riverside/cs").get_data(as_text=True)

    framed = desk("marketer").text("/preview/riverside/page?language=cs")

    assert _without_addresses(framed) == _without_addresses(public)
    assert "data-seen" not in framed  # what a view is counted by


def _without_addresses(page):
    counted = re.sub(r' data-(seen|campaign)="[^"]*"', "", page)
    bare = re.sub(r'(action|data-session)="[^"]*"', r"\1", counted)
    return re.sub(r"\n\s+", "\n", bare)  # pages that are kept have no indentation


def test_frame_is_for_the_desk_alone_and_is_not_kept(desk):
    headers = desk("marketer").get("/preview/riverside/page").headers

    assert "frame-ancestors 'self';" in headers["Content-Security-Policy"] + ";"
    assert "riverside.example" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"


def test_frame_lets_no_script_of_a_captcha_run(desk, folder):
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text().replace("captcha: none", "captcha: turnstile"))

    policy = desk("marketer").get("/preview/riverside/page").headers["Content-Security-Policy"]

    assert "cloudflare" not in policy
    assert "require-trusted-types-for 'script'" in policy


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("errors", "Ještě prosím doplňte nebo opravte"),
        ("open", 'value="Test Lead"'),
        ("thanks", "Děkujeme"),
        ("offline", "Nejste připojeni k\u00a0internetu"),
        ("closed", "Formulář jsme nenašli"),
    ],
)
def test_each_state_is_shown_in_the_language_chosen(desk, garden, state, said):
    page = desk("marketer").text(f"/preview/garden/page?language=cs&state={state}")

    assert said in page


def test_filled_in_form_shows_its_conditional_questions(desk, garden):
    page = desk("marketer").text("/preview/garden/page?state=open")

    assert re.search(r'name="customer_garage"[^>]* checked', page)
    assert re.search(r'name="customer_cars"[^>]*value="1"', page)


@pytest.mark.parametrize(
    ("light", "shown"), [("light", "light"), ("dark", "dark"), ("auto", "auto"), ("project", "auto")]
)
def test_light_is_chosen(desk, light, shown):
    assert f'data-theme="{shown}"' in desk("marketer").text(f"/preview/riverside/page?light={light}")


def test_choices_that_do_not_exist_count_as_not_made(desk):
    page = desk("marketer").text("/preview/riverside?state=nonsense&width=12&light=pink&language=xx")

    assert re.search(r'value="empty" checked', page)
    assert re.search(r'value="360" checked', page)


@pytest.mark.parametrize(("language", "said"), [("cs", "nic se neodeslalo"), ("uk", "nothing was sent")])
def test_form_in_a_preview_sends_nothing(desk, app, services, language, said):
    framed = desk("marketer").text(f"/preview/riverside/page?language={'cs' if language == 'cs' else 'en'}")
    action = re.search(r'action="([^"]+)"', framed)[1]
    anybody = app.test_client()

    answer = anybody.post(f"/preview/_unsent/{language}/leads", json={"name": "Jan"})
    plain = anybody.post(action, data={"name": "Jan"}, headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert said in answer.get_json()["errors"]["preview"][0]
    assert plain.mimetype == "text/plain"
    assert list(services.log.records(LeadFilter())) == []


def test_form_in_a_preview_gets_no_token_and_no_captcha(app):
    session = app.test_client().get("/preview/_unsent/session").get_json()

    assert session == {"token": "", "captcha": None}


def test_version_that_visitors_get_of_a_broken_file_is_named(desk, services, folder):
    version = services.catalog.get("riverside").form_version
    (folder / "projects" / "riverside.yaml").write_text("version: 1\nname: [", encoding="utf-8")
    wait_for_a_look(services)

    page = desk("marketer").text("/preview/")

    assert f"riverside.yaml: visitors get version {version}, <time " in page
    assert "riverside.yaml" not in desk("marketer", email="b@example.com", projects=["jantar"]).text(
        "/preview/"
    )
