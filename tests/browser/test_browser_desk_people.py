"""People at the desk in a real browser: entrance, account, passkeys, admin's pages."""

import re
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from test_browser_axe import needs_axe, violations
from werkzeug.serving import make_server

from realpad_form.catalog import samples_folder
from realpad_form.config import Settings
from realpad_form.domain.people import Particulars, Role
from realpad_form.web import create_app
from realpad_form.wiring import Services

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "jana@firma.example", "tři domy u řeky"
PAGES = [
    "/account",
    "/people/",
    "/people/audit",
    "/people/settings",
    "/people/first-steps",
    "/people/new",
    "/sign-in/again",
]


@pytest.fixture
def place(tmp_path):
    """Serve the desk at `localhost`, since an IP address has no passkeys, with one admin."""
    server = make_server("127.0.0.1", 0, None, threaded=True)
    web = f"http://localhost:{server.port}"
    environ = {
        "SECRET_KEY": "s" * 32,
        "DATA": str(tmp_path),
        "PROJECTS": str(samples_folder()),
        "PUBLIC_URL": web,
    }
    services = Services(Settings.load({f"REALPAD_FORM_{name}": value for name, value in environ.items()}))
    services.prepare()
    _person, link = services.people.add(EMAIL, Particulars(name="Jana Malá", role=Role.ADMIN))
    server.app = create_app(services)
    with _serving(server):
        yield SimpleNamespace(web=web, link=f"{web}/account/link/{link}", services=services)
    services.database.dispose()


@contextmanager
def _serving(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def enter(place, open_page):
    """Set the password by the link and sign in, as a person does."""

    def go(**options):
        page = open_page(place.link, **options)
        page.get_by_label("Nové heslo").fill(PASSWORD)
        page.get_by_role("button", name="Nastavit heslo").click()
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Heslo").fill(PASSWORD)
        page.get_by_role("button", name="Přihlásit se", exact=True).click()
        page.get_by_role("button", name="Odhlásit se").wait_for()
        return page

    return go


def add_authenticator(page):
    """Give the browser a device with passkeys."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools, made["authenticatorId"]


def test_passkey_is_added_and_lets_in_alone_and_after_the_password(place, enter):
    page = enter(may_complain=True)
    add_authenticator(page)
    page.goto(f"{place.web}/account")
    page.get_by_label("Název nového").fill("Můj telefon")
    page.get_by_role("button", name="Přidat přístupový klíč").click()
    page.get_by_text("Klíč je přidaný").wait_for()
    page.get_by_role("button", name="Odebrat Můj telefon").wait_for()

    page.get_by_role("button", name="Odhlásit se").click()
    page.get_by_role("button", name="Přihlásit se přístupovým klíčem").click()
    page.get_by_role("button", name="Odhlásit se").wait_for()

    page.get_by_role("button", name="Odhlásit se").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Heslo").fill(PASSWORD)
    page.get_by_role("button", name="Přihlásit se", exact=True).click()
    page.get_by_role("heading", name="Teď přístupový klíč").wait_for()
    page.get_by_role("button", name="Použít přístupový klíč").click()
    page.get_by_role("button", name="Odhlásit se").wait_for()


def test_device_that_does_not_know_the_person_lets_nobody_in(place, enter):
    page = enter(may_complain=True)
    tools, device = add_authenticator(page)
    page.goto(f"{place.web}/account")
    page.get_by_role("button", name="Přidat přístupový klíč").click()
    page.get_by_text("Klíč je přidaný").wait_for()
    page.get_by_role("button", name="Odhlásit se").click()

    tools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Přihlásit se přístupovým klíčem").click()

    page.get_by_role("alert").filter(has_text="Klíč se nepoužil").wait_for()
    assert page.url.endswith("/sign-in")


def test_admin_adds_somebody_who_sets_a_password_by_the_link(place, enter, open_page):
    page = enter()
    page.goto(f"{place.web}/people/")
    page.get_by_role("link", name="Přidat člověka").click()
    page.get_by_label("E-mail").fill("petr@firma.example")
    page.get_by_label("Jméno").fill("Petr Nový")
    page.get_by_label("Marketér").check()
    page.get_by_role("button", name="Přidat a vytvořit odkaz").click()
    link = page.get_by_label("Odkaz").input_value()

    other = open_page(link)
    other.get_by_label("Nové heslo").fill("čtyři domy u lesa")
    other.get_by_role("button", name="Nastavit heslo").click()
    other.get_by_text("Heslo je nastavené").wait_for()


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pages_of_people_pass_axe_and_fit_a_phone(place, enter, mode):
    page = enter(may_complain=True, color_scheme=mode, reduced_motion="reduce")
    person = place.services.people.everybody()[0]
    found = {}

    for path in [*PAGES, f"/people/{person.id}"]:
        page.goto(place.web + path)
        found[path] = violations(page)
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.set_viewport_size({"width": 1280, "height": 900})

    assert {path: each for path, each in found.items() if each} == {}


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_entrances_pass_axe_also_when_something_is_wrong(place, open_page, mode):
    page = open_page(place.link, may_complain=True, color_scheme=mode, reduced_motion="reduce")
    found = {"link": violations(page)}
    page.get_by_label("Nové heslo").fill("heslo heslo heslo")
    page.get_by_role("button", name="Nastavit heslo").click()
    page.get_by_text(re.compile("snadno uhodnout")).wait_for()
    found["weak"] = violations(page)
    page.goto(f"{place.web}/sign-in")
    found["entrance"] = violations(page)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Heslo").fill("něco úplně jiného")
    page.get_by_role("button", name="Přihlásit se", exact=True).click()
    page.get_by_role("alert").wait_for()
    found["refused"] = violations(page)
    assert page.evaluate("document.activeElement.id") == "password"
    page.goto(f"{place.web}/account/link/spent")
    found["spent"] = violations(page)

    assert {state: each for state, each in found.items() if each} == {}
