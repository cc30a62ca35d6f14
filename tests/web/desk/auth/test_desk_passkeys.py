"""Who has a passkey cannot do without: not by password, company account, link, nor by what others do."""

import time

import pytest
from authenticator import Authenticator
from browsing import Browser, passkey_headers, run_passkey
from fakes import FakeClock
from openid import CLIENT, SECRET

from realpad_form.adapters.sql import SqlSessions
from realpad_form.config import Settings
from realpad_form.domain.errors import SettingsError
from realpad_form.domain.people import Particulars, Role
from realpad_form.services.sign_in import SecondStep
from realpad_form.web import create_app

EMAIL, PASSWORD, NEW = "jana@firma.example", "canary: tři domy u řeky", "canary: čtyři domy u lesa"


@pytest.fixture
def make(make_services, company):
    """Return an application and its services, whose sessions go by a clock of the test's."""

    def with_settings(**settings):
        services = make_services(
            PUBLIC_URL="http://localhost",
            OIDC_ISSUER=company.issuer,
            OIDC_CLIENT_ID=CLIENT,
            OIDC_CLIENT_SECRET=SECRET,
            **settings,
        )
        vars(services)["sessions"] = SqlSessions(services.database, clock=FakeClock())
        return create_app(services), services

    return with_settings


@pytest.fixture
def made(make):
    return make()


@pytest.fixture
def app(made):
    return made[0]


@pytest.fixture
def services(made):
    return made[1]


@pytest.fixture
def jana(services):
    return admit(services)


def admit(services, role=Role.ADMIN):
    """Add somebody who has set a password."""
    _person, link = services.people.add(EMAIL, Particulars(name="Jana Malá", role=role))
    return services.accounts.set_password(link, PASSWORD)


@pytest.fixture
def device(app, jana):
    """A device that holds her passkey."""
    return add_device(app)


def add_device(app):
    browser, device = Browser(app), Authenticator("http://localhost")
    browser.sign_in(EMAIL, PASSWORD)
    run_passkey(browser, "/account", "/account/passkeys", device.register)
    return device


@pytest.fixture
def browser(app, device):
    """A browser of hers, signed in with the passkey a while ago."""
    browser = Browser(app)
    run_passkey(browser, "/sign-in", "/sign-in/passkey", device.answer)
    return browser


def come_from_company(browser, company, query=""):
    answer = company.authorize(browser.client.get(f"/sign-in/elsewhere{query}").location)
    return browser.client.get("/sign-in/elsewhere/back", query_string=answer)


def wait_until_stale(services):
    services.sessions.clock.advance(minutes=11)


def test_company_account_asks_for_the_passkey_too(app, company, device):
    browser = Browser(app)

    asked = come_from_company(browser, company, "?next=/figures/")

    assert "Now your passkey" in asked.text
    assert 'value="/figures/"' in asked.text
    assert not browser.is_in()
    options = asked.text.partition('data-options="')[2].partition('"')[0].replace("&#34;", '"')
    headers = passkey_headers(browser, "/sign-in")
    entered = browser.client.post("/sign-in/passkey", data=device.answer(options), headers=headers)
    assert entered.json["status"] == "ok"
    assert browser.is_in()


def test_fresh_proof_of_the_company_is_none_for_who_has_a_passkey(browser, company, services):
    wait_until_stale(services)
    company.claims = {"auth_time": int(time.time())}

    assert "company account" not in browser.client.get("/sign-in/again").text
    assert "Now your passkey" in come_from_company(browser, company, "?again").text
    assert browser.client.get("/people/new").location == "/sign-in/again?next=%2Fpeople%2Fnew"


def test_company_account_is_enough_where_the_admin_says_so(make, company):
    app, services = make(OIDC_REPLACES_PASSKEY="yes")
    admit(services)
    add_device(app)
    browser = Browser(app)
    company.claims = {"amr": ["pwd", "otp", "mfa"]}

    assert come_from_company(browser, company).status_code == 303
    assert browser.is_in()
    assert browser.client.get("/people/new").location.startswith("/sign-in/again")
    company.claims |= {"auth_time": int(time.time())}
    assert come_from_company(browser, company, "?again").status_code == 303
    assert browser.client.get("/people/new").status_code == 200


def test_company_account_is_not_enough_where_the_company_asked_for_a_password_only(make, company):
    app, services = make(OIDC_REPLACES_PASSKEY="yes", OIDC_ACR="gold")
    admit(services)
    add_device(app)
    browser = Browser(app)
    company.claims = {"amr": ["pwd"], "acr": "0"}

    assert "Now your passkey" in come_from_company(browser, company).text
    assert not browser.is_in()
    company.claims = {"acr": "gold"}
    assert come_from_company(browser, company).status_code == 303


def test_password_is_not_taken_for_the_company_account_that_replaces_the_passkey(make):
    app, services = make(OIDC_REPLACES_PASSKEY="yes")
    admit(services)
    browser, device = Browser(app), Authenticator("http://localhost")
    browser.sign_in(EMAIL, PASSWORD)

    run_passkey(browser, "/account", "/account/passkeys", device.register)

    assert browser.client.get("/people/new").location.startswith("/sign-in/again")


def test_company_account_removes_no_passkey_even_where_it_is_enough(make, company):
    app, services = make(OIDC_REPLACES_PASSKEY="yes")
    jana = admit(services)
    device, browser = add_device(app), Browser(app)
    company.claims = {"auth_time": int(time.time()), "amr": ["mfa"]}
    come_from_company(browser, company, "?again")

    asked = browser.fill("/account", f"/account/passkeys/{device.id.hex()}/remove")

    assert asked.location.startswith("/sign-in/again")
    assert len(services.passkeys.of(jana)) == 1


@pytest.mark.parametrize("value", ["true", "1", "YES", "perhaps"])
def test_setting_says_yes_or_no_and_nothing_else(value):
    environ = {"REALPAD_FORM_SECRET_KEY": "s" * 32, "REALPAD_FORM_OIDC_REPLACES_PASSKEY": value}

    with pytest.raises(SettingsError, match=r"OIDC_REPLACES_PASSKEY: .* is neither yes nor no"):
        Settings.load(environ)


def test_setting_without_a_provider_is_a_problem():
    environ = {"REALPAD_FORM_SECRET_KEY": "s" * 32, "REALPAD_FORM_OIDC_REPLACES_PASSKEY": "yes"}

    with pytest.raises(SettingsError, match="OIDC_ISSUER is not set"):
        Settings.load(environ)


def test_password_alone_is_no_fresh_proof(browser, services, device):
    wait_until_stale(services)
    assert 'name="password"' not in browser.client.get("/sign-in/again").text

    asked = browser.client.post(
        "/sign-in/again", data={"password": PASSWORD}, headers=passkey_headers(browser, "/account")
    )

    assert "Now your passkey" in asked.text
    assert browser.client.get("/people/new").location == "/sign-in/again?next=%2Fpeople%2Fnew"
    run_passkey(browser, "/sign-in/again", "/sign-in/passkey", device.answer)
    assert browser.client.get("/people/new").status_code == 200


def test_session_of_before_the_passkey_removes_none_by_its_password(app, services, jana):
    browser, device = Browser(app), Authenticator("http://localhost")
    browser.sign_in(EMAIL, PASSWORD)
    run_passkey(browser, "/account", "/account/passkeys", device.register)

    asked = browser.fill("/account", f"/account/passkeys/{device.id.hex()}/remove")

    assert asked.location.startswith("/sign-in/again")
    assert len(services.passkeys.of(jana)) == 1
    assert browser.client.get("/people/new").location.startswith("/sign-in/again"), (
        "nor does it do anything grave"
    )


def test_session_of_before_the_passkey_exports_nothing_by_its_password(app, jana):
    browser, device = Browser(app), Authenticator("http://localhost")
    browser.sign_in(EMAIL, PASSWORD)
    assert browser.client.get("/inbox/export").status_code == 200
    headers, chosen = passkey_headers(browser, "/inbox/export"), {"format": "csv", "project": "riverside"}
    run_passkey(browser, "/account", "/account/passkeys", device.register)

    refused = browser.client.post("/inbox/export", data=chosen, headers=headers)

    assert refused.location == "/sign-in/again?next=%2Finbox%2Fexport%3Fproject%3Driverside"
    assert browser.client.get("/inbox/export").location.startswith("/sign-in/again")
    run_passkey(browser, "/sign-in/again", "/sign-in/passkey", device.answer)
    headers = passkey_headers(browser, "/inbox/export")
    assert browser.client.post("/inbox/export", data=chosen, headers=headers).status_code == 200


def test_second_passkey_needs_the_first(browser, services, jana):
    wait_until_stale(services)
    headers = passkey_headers(browser, "/account")

    for path in ("/account/passkeys/options", "/account/passkeys"):
        assert browser.client.post(path, headers=headers).location.startswith("/sign-in/again")
    assert len(services.passkeys.of(jana)) == 1


def test_new_password_needs_the_passkey(browser, services, device):
    wait_until_stale(services)

    asked = browser.fill("/account", "/account/password", current=PASSWORD, new=NEW)
    assert asked.location.startswith("/sign-in/again")
    assert isinstance(services.sign_in.sign_in(EMAIL, PASSWORD, address="192.0.2.7"), SecondStep)

    run_passkey(browser, "/sign-in/again", "/sign-in/passkey", device.answer)
    assert browser.fill("/account", "/account/password", current=PASSWORD, new=NEW).location == "/account"
    assert isinstance(services.sign_in.sign_in(EMAIL, NEW, address="192.0.2.7"), SecondStep)


def test_link_that_was_made_before_the_passkey_lets_nobody_in_without_it(app, services, company):
    jana, link = services.people.add(EMAIL, Particulars(name="Jana", role=Role.OPERATOR))
    first = Browser(app)
    company.claims = {"auth_time": int(time.time())}
    come_from_company(first, company, "?again")
    run_passkey(first, "/account", "/account/passkeys", Authenticator("http://localhost").register)
    assert len(services.passkeys.of(jana)) == 1

    holder = Browser(app)
    holder.fill(f"/account/link/{link}", new=NEW)

    assert "Now your passkey" in holder.sign_in(EMAIL, NEW).text
    assert not holder.is_in()


def test_shut_out_and_let_in_again_one_still_needs_the_passkey(app, services, jana, device):
    services.people.add("boss@firma.example", Particulars(name="Boss", role=Role.ADMIN))
    services.people.disable(jana.id)
    services.people.enable(jana.id)

    assert "Now your passkey" in Browser(app).sign_in(EMAIL, PASSWORD).text


def test_admin_takes_passkey_password_and_company_account_at_once(app, services, company, jana, device):
    come_from_company(Browser(app), company)
    link = services.people.reset(jana.id)

    assert services.passkeys.of(jana) == []
    browser = Browser(app)
    assert browser.sign_in(EMAIL, PASSWORD).status_code == 422
    assert browser.fill(f"/account/link/{link}", new=NEW).status_code == 303
    assert browser.sign_in(EMAIL, NEW).status_code == 303
