"""The list of first steps ticks itself; the entrance says how to make the first administrator."""

import re

import pytest
from lead_desk import FOUND, Leads

from realpad_form.domain.people import Particulars, Proof, Role
from realpad_form.ports import LeadFilter
from realpad_form.web import create_app
from realpad_form.web.desk.admin.first_steps import _is_public

COMMAND = "realpad-form operators add you@developer.example --role admin"


@pytest.mark.parametrize("path", ["/", "/sign-in"])
def test_strangers_are_told_how_to_make_the_first_admin_until_there_is_one(app, services, path):
    stranger = app.test_client()
    services.people.add("o@firma.example", Particulars(name="O", role=Role.OPERATOR))
    assert COMMAND in stranger.get(path).text

    services.people.add("a@firma.example", Particulars(name="A", role=Role.ADMIN))

    assert COMMAND not in stranger.get(path).text


def test_first_page_leads_to_the_entrance_and_names_no_project(app, desk, services):
    desk("admin")

    page = app.test_client().get("/")

    assert (page.status_code, 'href="/sign-in"' in page.text) == (200, True)
    assert "Riverside" not in page.text
    assert "riverside" not in page.text
    assert "Set-Cookie" not in page.headers


def ticks(page):
    """Return which steps are ticked, by title."""
    cards = re.findall(r'<li class="card( done)?">.*?</span> ([^<]+) <span class="tag', page, re.DOTALL)
    return {title: bool(done) for done, title in cards}


ALL = [
    "A login for Realpad",
    "A project",
    "The website that shows the form",
    "A first lead in Realpad",
    "An address for alerts",
]


def test_steps_are_ticked_as_they_are_done(desk, services):
    admin, leads = desk("admin"), Leads(services)
    leads.add()
    page = admin.text("/people/first-steps")
    assert ticks(page) == dict(zip(ALL, [True, True, True, False, False], strict=True))
    assert "3 of 5 done" in page

    lead_id = next(iter(leads.log.records(LeadFilter()))).lead.id
    leads.send(lead_id, FOUND)

    assert ticks(admin.text("/people/first-steps"))["A first lead in Realpad"]


def test_marketers_and_operators_have_no_such_list(desk):
    for role in ("marketer", "operator"):
        assert desk(role).get("/people/first-steps").status_code == 403


def test_admin_of_some_projects_sees_nothing_of_others_and_no_alerts(desk):
    page = desk("admin", projects=["elsewhere"]).text("/people/first-steps")

    assert ticks(page) == dict.fromkeys(ALL[:4], False)
    assert "riverside" not in page


@pytest.fixture
def first_steps(make_services):
    """Return the page as an admin sees it with some settings."""

    def open_(**settings):
        services = make_services(**{"PUBLIC_URL": "http://localhost", **settings})
        app = create_app(services)
        person, _link = services.people.add("a@firma.example", Particulars(name="A", role=Role.ADMIN))
        signed_in = services.sign_in.open(Proof(person=person), address="192.0.2.9", how="test")
        client = app.test_client()
        with client.session_transaction("/account") as cookie:
            cookie.update(token=signed_in.token)
        return client.get("/people/first-steps").text

    return open_


def test_missing_login_is_named(first_steps, folder):
    file = folder / "projects" / "riverside.yaml"
    text = file.read_text(encoding="utf-8")
    assert "credentials: riverside" in text
    file.write_text(text.replace("credentials: riverside", "credentials: new-one"), encoding="utf-8")

    page = first_steps()

    assert not ticks(page)["A login for Realpad"]
    assert "REALPAD_FORM_CREDENTIALS_NEW_ONE_LOGIN" in page
    assert "canary" not in page


@pytest.mark.parametrize(
    ("settings", "is_done"),
    [
        ({"ALERT_WEBHOOK": "https://chat.firma.example/hook"}, True),
        ({"SMTP_URL": "smtp://mail.firma.example", "ALERT_TO": "it@firma.example"}, True),
        ({"SMTP_URL": "smtp://mail.firma.example"}, False),
    ],
)
def test_alerts_need_an_address_and_a_way_there(first_steps, settings, is_done):
    assert ticks(first_steps(**settings))["An address for alerts"] == is_done


def test_website_of_an_example_is_none_once_the_service_is_for_the_world(first_steps):
    page = first_steps(PUBLIC_URL="https://forms.firma.cz")

    assert not ticks(page)["The website that shows the form"]
    assert "project file: riverside" in page


@pytest.mark.parametrize(
    ("origin", "is_public"),
    [
        ("https://www.riverside.cz", True),
        ("https://www.riverside.example", False),
        ("https://www.example.com", False),
        ("http://localhost:8000", False),
        ("https://notexample.com.cz", True),
    ],
)
def test_made_up_websites_tick_nothing(origin, is_public):
    assert _is_public(origin) == is_public
