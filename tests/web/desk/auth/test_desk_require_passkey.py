"""Where everybody needs a passkey, nobody gets further than their own account without one."""

import pytest
from authenticator import Authenticator
from browsing import Browser, run_passkey
from openid import CLIENT, SECRET
from test_desk_access import rules

from realpad_form.domain.people import Particulars, Role

EMAIL, PASSWORD = "jana@firma.example", "canary: tři domy u řeky"
DEMAND = "Here everybody needs a passkey"


@pytest.fixture
def services(make_services, company):
    return make_services(
        PUBLIC_URL="http://localhost",
        REQUIRE_PASSKEY="yes",
        OIDC_ISSUER=company.issuer,
        OIDC_CLIENT_ID=CLIENT,
        OIDC_CLIENT_SECRET=SECRET,
        OIDC_REPLACES_PASSKEY="yes",
    )


@pytest.fixture
def jana(services):
    _person, link = services.people.add(EMAIL, Particulars(name="Jana Malá", role=Role.ADMIN))
    return services.accounts.set_password(link, PASSWORD)


@pytest.fixture
def browser(app, jana):
    return Browser(app)


def come_from_company(browser, company):
    answer = company.authorize(browser.client.get("/sign-in/elsewhere").location)
    return browser.client.get("/sign-in/elsewhere/back", query_string=answer)


def test_whatever_takes_a_right_stays_closed_without_a_passkey(app, desk):
    admin = desk("admin")

    for path, access in rules(app, "GET"):
        if access not in ("anybody", "signed in"):
            assert admin.get(path).location == "/account", path
            assert admin.get(path, headers={"Accept": "application/json"}).status_code == 403, path
    for path, access in rules(app, "POST"):
        if access not in ("anybody", "signed in"):
            refused = admin.post(path)
            assert refused.status_code == 403, path
            assert DEMAND in refused.text or "text/html" not in refused.content_type, path


def test_who_lacks_the_right_hears_that_and_not_to_add_a_passkey(desk):
    assert desk("marketer").get("/inbox/").status_code == 403


def test_password_leads_to_the_account_until_a_passkey_is_added_there(browser):
    entered = browser.sign_in(EMAIL, PASSWORD)
    assert browser.client.get(entered.location).location == "/account"
    assert DEMAND in browser.client.get("/account").text

    run_passkey(browser, "/account", "/account/passkeys", Authenticator("http://localhost").register)

    assert browser.client.get("/inbox/").status_code == 200
    assert DEMAND not in browser.client.get("/account").text


def test_removed_passkey_is_needed_at_once(browser):
    browser.sign_in(EMAIL, PASSWORD)
    device = Authenticator("http://localhost")
    run_passkey(browser, "/account", "/account/passkeys", device.register)
    run_passkey(browser, "/sign-in/again", "/sign-in/passkey", device.answer)

    browser.fill("/account", f"/account/passkeys/{device.id.hex()}/remove")

    assert browser.client.get("/inbox/").location == "/account"


def test_company_account_with_two_factors_is_as_good(browser, company):
    company.claims = {"amr": ["mfa"]}
    come_from_company(browser, company)

    assert browser.client.get("/inbox/").status_code == 200


def test_company_account_with_one_factor_is_not(browser, company):
    company.claims = {"amr": ["pwd"]}
    come_from_company(browser, company)

    assert browser.client.get("/inbox/").location == "/account"


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_demand_is_told_in_the_language_of_the_page(browser, language):
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    browser.sign_in(EMAIL, PASSWORD)

    assert {"cs": "Tady každý potřebuje", "sk": "Tu každý potrebuje"}[language] in browser.client.get(
        "/account"
    ).text
