"""What people do to their own accounts, and links that set a password."""

import re
from datetime import timedelta

import pytest
from authenticator import Authenticator
from browsing import Browser, passkey_headers, run_passkey
from openid import CLIENT, SECRET

from realpad_form.adapters.sql import SqlThrottle
from realpad_form.domain.people import Particulars, Role
from realpad_form.web import create_app

EMAIL, PASSWORD, NEW = "jana@firma.example", "canary: tři domy u řeky", "canary: čtyři domy u lesa"


@pytest.fixture
def services(make_services):
    return make_services(PUBLIC_URL="http://localhost")


@pytest.fixture
def app(services):
    return create_app(services)


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def invited(services):
    """Return the address of a link that sets her first password."""
    _person, link = services.people.add(EMAIL, Particulars(name="Jana Malá", role=Role.OPERATOR))
    return f"/account/link/{link}"


@pytest.fixture
def jana(services, invited):
    return services.accounts.set_password(invited.rpartition("/")[2], PASSWORD)


def test_link_sets_the_password_once(browser, invited, caplog):
    assert EMAIL in browser.client.get(invited).text
    assert browser.client.get(invited).status_code == 200, "mail scanners look at links, too"

    assert browser.fill(invited, new=PASSWORD).location == "/sign-in"

    spent = browser.client.get(invited)
    assert spent.status_code == 410
    assert "refused: GET /account/link/<link>, TicketSpentError, person nobody, from 127.0.0.1" in caplog.text
    assert invited not in caplog.text
    assert "was used already" in spent.text
    assert browser.sign_in(EMAIL, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("krátké", "too short"),
        ("heslo heslo heslo", "easy to guess"),
        ("riverside residences", "easy to guess"),  # as the project's file says
        ("123456789987654321", "list of leaked ones"),
    ],
)
def test_weak_password_is_refused_at_its_field_and_the_link_lives(browser, invited, password, told):
    refused = browser.fill(invited, new=password)

    assert refused.status_code == 422
    assert told in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert password not in refused.text
    assert browser.fill(invited, new=PASSWORD).status_code == 303


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_reason_is_told_in_the_language_of_the_page(browser, invited, language):
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language

    refused = browser.fill(invited, new="123456789987654321")

    assert {"cs": "uniklých hesel", "sk": "uniknutých hesiel"}[language] in refused.text


def test_changed_password_ends_all_other_sessions(app, browser, jana):
    other = Browser(app)
    other.sign_in(EMAIL, PASSWORD)
    browser.sign_in(EMAIL, PASSWORD)

    changed = browser.fill("/account", "/account/password", current=PASSWORD, new=NEW)

    assert changed.location == "/account"
    assert browser.is_in()
    assert not other.is_in()
    assert other.sign_in(EMAIL, PASSWORD).status_code == 422
    assert other.sign_in(EMAIL, NEW).status_code == 303


def test_password_is_changed_by_who_knows_it(browser, jana):
    browser.sign_in(EMAIL, PASSWORD)

    refused = browser.fill("/account", "/account/password", current=NEW, new=NEW)

    assert refused.status_code == 422
    assert "The current password is not right." in refused.text
    assert "canary" not in refused.text


def test_other_sessions_are_ended_by_a_button(app, browser, jana):
    other = Browser(app)
    for each in (other, browser):
        each.sign_in(EMAIL, PASSWORD)

    browser.fill("/account", "/account/sessions/end")

    assert browser.is_in()
    assert not other.is_in()


def test_one_other_session_is_ended_by_its_button(app, browser, jana, services):
    lost, other = Browser(app, address="198.51.100.1"), Browser(app)
    for each in (lost, other, browser):
        each.sign_in(EMAIL, PASSWORD)
    [which] = [each.id for each in services.sessions.of(jana.id) if each.address == "198.51.100.1"]
    page = browser.client.get("/account").text
    assert page.count(">Sign out there<") == 2, "one for each session but this"
    assert 'aria-label="Sign out 198.51.100.1"' in page

    ended = browser.fill("/account", f"/account/sessions/{which}/end")

    assert ended.location == "/account"
    assert "That session is ended." in browser.client.get("/account").text
    assert [each.is_in() for each in (lost, other, browser)] == [False, True, True]


def test_session_of_somebody_else_is_ended_by_nobody(app, browser, jana, services):
    _boss, link = services.people.add("boss@firma.example", Particulars(name="Boss", role=Role.ADMIN))
    boss = services.accounts.set_password(link, PASSWORD)
    other = Browser(app)
    other.sign_in("boss@firma.example", PASSWORD)
    browser.sign_in(EMAIL, PASSWORD)
    [theirs] = services.sessions.of(boss.id)

    browser.fill("/account", f"/account/sessions/{theirs.id}/end")

    assert other.is_in()


def test_stale_session_touches_no_way_in_before_a_new_proof(app, browser, jana, services, monkeypatch):
    """She has no passkey yet, so nothing but the age of her proof is in the way."""
    other = Browser(app)
    for each in (other, browser):
        each.sign_in(EMAIL, PASSWORD)
    headers = passkey_headers(browser, "/account")
    monkeypatch.setattr("realpad_form.domain.people.FRESH", timedelta(seconds=-1))
    of_both = {each.id for each in services.sessions.of(jana.id)}
    paths = ["/account/passkeys/options", "/account/passkeys", "/account/sessions/end"]
    paths += [f"/account/sessions/{each}/end" for each in of_both]

    for path in paths:
        asked = browser.client.post(path, headers=headers)
        assert (asked.status_code, asked.location) == (303, "/sign-in/again?next="), path

    assert {each.id for each in services.sessions.of(jana.id)} == of_both
    assert services.passkeys.of(jana) == []


def test_person_who_has_to_wait_before_changing_the_password_is_told_so(browser, jana, monkeypatch):
    browser.sign_in(EMAIL, PASSWORD)
    monkeypatch.setattr(SqlThrottle, "admit", lambda *_: timedelta(seconds=6.5))

    waiting = browser.fill("/account", "/account/password", current=PASSWORD, new=NEW)

    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "7")
    assert "Wait 7 seconds" in waiting.text
    assert "not right" not in waiting.text


def test_no_box_cuts_a_password(browser, jana, invited):
    pages = [browser.client.get("/sign-in").text]
    browser.sign_in(EMAIL, PASSWORD)
    pages += [browser.client.get(path).text for path in ("/account", "/sign-in/again")]

    boxes = [box for page in pages for box in re.findall(r"<input[^>]*>", page) if "-password" in box]

    assert len(boxes) == 4
    for box in boxes:
        assert 'type="password"' in box
        assert "maxlength" not in box


def test_session_that_is_ended_meanwhile_changes_nothing(browser, jana, services, monkeypatch):
    browser.sign_in(EMAIL, PASSWORD)
    verify = services.sign_in.hasher.verify

    def verify_and_end(hashed, password):
        services.people.sign_out(jana.id)
        return verify(hashed, password)

    monkeypatch.setattr(type(services.sign_in.hasher), "verify", lambda _self, *args: verify_and_end(*args))
    refused = browser.fill("/account", "/account/password", current=PASSWORD, new=NEW)

    assert refused.status_code == 401
    assert "You are signed out. Nothing was changed." in refused.text
    assert not browser.is_in()


def test_language_of_the_account_wins_over_the_browsers(browser, jana):
    browser.sign_in(EMAIL, PASSWORD)

    browser.fill("/account", "/account/language", language="sk")

    assert '<html lang="sk"' in browser.client.get("/account", headers={"Accept-Language": "en"}).text


def test_passkey_is_added_then_demanded_and_then_enough(app, browser, jana):
    Browser(app).sign_in(EMAIL, PASSWORD)
    browser.sign_in(EMAIL, PASSWORD)
    device = Authenticator("http://localhost")
    added = run_passkey(browser, "/account", "/account/passkeys", device.register, name="Phone")
    assert added.json["next"] == "/account"
    account = browser.client.get("/account").text
    assert "Phone" in account
    assert 'action="/account/sessions/end"' in account, "who may have been in before it can be signed out"

    half = Browser(app)
    assert "Now your passkey" in half.sign_in(EMAIL, PASSWORD).text
    assert not half.is_in()

    alone = Browser(app)
    entered = run_passkey(alone, "/sign-in", "/sign-in/passkey", device.answer, next="/figures/")
    assert entered.json == {"status": "ok", "next": "/figures/"}
    assert alone.is_in()


def test_passkey_renews_the_proof_under_a_new_session(browser, jana, services):
    browser.sign_in(EMAIL, PASSWORD)
    device = Authenticator("http://localhost")
    run_passkey(browser, "/account", "/account/passkeys", device.register)
    assert "Use a passkey" in browser.client.get("/sign-in/again").text

    proved = run_passkey(browser, "/sign-in/again", "/sign-in/passkey", device.answer, next="/account")

    assert proved.json["next"] == "/account"
    assert len(services.sessions.of(jana.id)) == 1
    assert browser.is_in()


def test_replayed_answer_of_a_passkey_is_refused(app, browser, jana):
    browser.sign_in(EMAIL, PASSWORD)
    device = Authenticator("http://localhost")
    run_passkey(browser, "/account", "/account/passkeys", device.register)
    kept = []

    def answer(options):
        kept.append(device.answer(options))
        return kept[0]

    thief = Browser(app)
    run_passkey(Browser(app), "/sign-in", "/sign-in/passkey", answer)
    replayed = run_passkey(thief, "/sign-in", "/sign-in/passkey", answer)

    assert replayed.status_code == 422
    assert not thief.is_in()


def test_passkey_is_removed_by_its_owner(browser, jana, services):
    browser.sign_in(EMAIL, PASSWORD)
    device = Authenticator("http://localhost")
    run_passkey(browser, "/account", "/account/passkeys", device.register)
    run_passkey(browser, "/sign-in/again", "/sign-in/passkey", device.answer)

    browser.fill("/account", f"/account/passkeys/{device.id.hex()}/remove")

    assert services.passkeys.of(jana) == []


def test_answer_without_an_invitation_adds_no_passkey(browser, jana, services):
    browser.sign_in(EMAIL, PASSWORD)

    refused = browser.client.post(
        "/account/passkeys", data="{}", headers=passkey_headers(browser, "/account")
    )

    assert refused.status_code == 422
    assert services.passkeys.of(jana) == []


def test_passkeys_are_not_offered_where_they_cannot_work(make_services):
    browser = Browser(create_app(make_services(PUBLIC_URL="http://127.0.0.1:8000")))

    assert "passkey.js" not in browser.client.get("/sign-in").text
    token = passkey_headers(browser, "/sign-in")
    assert browser.client.post("/sign-in/passkey/options", headers=token).status_code == 404


def test_company_account_lets_in_who_was_added(make_services, company):
    services = make_services(
        PUBLIC_URL="http://localhost",
        OIDC_ISSUER=company.issuer,
        OIDC_CLIENT_ID=CLIENT,
        OIDC_CLIENT_SECRET=SECRET,
    )
    services.people.add(EMAIL, Particulars(name="Jana", role=Role.OPERATOR))
    browser = Browser(create_app(services))
    assert "company account" in browser.client.get("/sign-in").text

    sent = browser.client.get("/sign-in/elsewhere?next=/figures/")
    answer = company.authorize(sent.location)
    entered = browser.client.get("/sign-in/elsewhere/back", query_string=answer)

    assert (entered.status_code, entered.location) == (303, "/figures/")
    assert browser.is_in()
    assert "You have none" in browser.client.get("/account").text
    assert 'name="password"' not in browser.client.get("/sign-in/again").text
    again = browser.client.get("/sign-in/elsewhere/back", query_string=answer)
    assert again.status_code == 422


@pytest.fixture
def provided(make_services, company):
    """A browser at a service whose people may sign in with their company account."""
    settings = {"OIDC_ISSUER": company.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    return Browser(create_app(make_services(PUBLIC_URL="http://localhost", **settings)))


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_sign_nobody_in_without_a_press_of_our_button(provided, company, site):
    led = provided.client.get("/sign-in/elsewhere?next=/figures/", headers={"Sec-Fetch-Site": site})

    assert led.location == "/sign-in?next=%2Ffigures%2F"
    assert "ticket" not in led.headers.get("Set-Cookie", "")
    assert company.calls == {}
    assert 'href="/sign-in/elsewhere?next=/figures/"' in provided.client.get(led.location).text


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_button_and_bookmark_lead_to_the_company(provided, company, site):
    sent = provided.client.get("/sign-in/elsewhere", headers={"Sec-Fetch-Site": site})

    assert sent.location.startswith(f"{company.issuer}/authorize?")


def test_company_that_is_away_is_told_on_the_page_and_logged(provided, company, caplog):
    browser = provided
    company.close()

    away = browser.client.get("/sign-in/elsewhere")

    assert away.status_code == 502
    assert "the OpenID provider cannot be asked: ConnectionError" in caplog.text
    assert 'name="password"' in away.text


def test_weekly_summary_is_off_until_it_is_ticked(make_services):
    services = make_services(PUBLIC_URL="http://localhost", SMTP_URL="smtp://mail.example")
    person, link = services.people.add(EMAIL, Particulars(name="Jana Malá", role=Role.MARKETER))
    services.accounts.set_password(link, PASSWORD)
    browser = Browser(create_app(services))
    browser.sign_in(EMAIL, PASSWORD)
    ticked = re.compile(r'name="summary" value="1" checked')
    assert not ticked.search(browser.client.get("/account").text)

    assert browser.fill("/account", "/account/summary", summary="1").location == "/account"
    since = services.roster.get(person.id).summary_since
    assert ticked.search(browser.client.get("/account").text)
    browser.fill("/account", "/account/summary", summary="1")
    assert services.roster.get(person.id).summary_since == since, "nobody loses a summary by saving it again"

    browser.fill("/account", "/account/summary")
    assert services.roster.get(person.id).summary_since is None
    assert not ticked.search(browser.client.get("/account").text)


def test_without_a_mail_server_the_page_says_why_there_is_no_summary(browser, jana, services):
    browser.sign_in(EMAIL, PASSWORD)

    page = browser.client.get("/account").text
    browser.fill("/account", "/account/summary", summary="1")

    assert "no mail server is set up" in page
    assert 'name="summary"' not in page
    assert services.roster.get(jana.id).summary_since is None
