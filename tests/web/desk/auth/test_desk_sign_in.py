"""Coming in and going out, page by page."""

from datetime import timedelta

import pytest
from browsing import Browser
from fakes import FakeClock

from realpad_form.adapters.sql import SqlSessions, SqlThrottle
from realpad_form.domain.people import Particulars, Role
from realpad_form.domain.throttling import BrowserMarks
from realpad_form.services.sign_in import SignIn
from realpad_form.web import create_app

EMAIL, PASSWORD, WRONG = "jana@firma.example", "canary: tři domy u řeky", "canary: something else"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def services(make_services, clock):
    """Services at an address of our own, whose sessions go by the test's clock."""
    services = make_services(PUBLIC_URL="http://localhost")
    sessions = SqlSessions(services.database, clock=clock)
    hashed = BrowserMarks(services.settings.secret_key).digest_of_counter
    throttle = SqlThrottle(services.database, hashed, clock=clock)
    given = services.sign_in
    ours = SignIn(given.roster, sessions, throttle, given.audit, given.hasher)
    vars(services).update(sessions=sessions, sign_in=ours)  # in place of what it would make itself
    return services


@pytest.fixture
def app(services):
    return create_app(services)


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def jana(services):
    person, link = services.people.add(EMAIL, Particulars(name="Jana Malá", role=Role.OPERATOR))
    services.accounts.set_password(link, PASSWORD)
    return person


def test_right_password_leads_to_the_page_that_was_wanted(browser, jana):
    entered = browser.sign_in(EMAIL, PASSWORD, page="/sign-in?next=/figures/")

    assert (entered.status_code, entered.location) == (303, "/figures/")
    assert browser.is_in()


def test_signing_out_clears_the_browser_but_for_the_mark_of_who_was_known(browser, jana):
    browser.sign_in(EMAIL, PASSWORD)

    left = browser.fill("/account", "/sign-out")

    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.client.get_cookie("realpad-form-known")


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/inbox\\..\\x", "/sign-out", "/inboxes",
     "/f/x", "javascript:alert(1)", "/inbox/\r\nSet-Cookie: a=b", "/preview/\u2028x", ""],
)  # fmt: skip
def test_nobody_is_sent_on_to_another_place(browser, jana, wanted):
    entered = browser.fill("/sign-in", email=EMAIL, password=PASSWORD, next=wanted)

    assert entered.location == "/inbox/"


def test_marketer_begins_with_the_preview(browser, jana, services):
    services.people.change(jana.id, Particulars(name="Jana", role=Role.MARKETER))

    assert browser.sign_in(EMAIL, PASSWORD).location == "/preview/"


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, WRONG), ("nobody@firma.example", PASSWORD), ("", "")]
)
def test_whoever_is_refused_reads_the_same(browser, jana, email, password):
    refused = browser.sign_in(email, password)

    assert refused.status_code == 422
    assert "The e-mail or the password is not right" in refused.text
    assert "canary" not in refused.text
    assert f'value="{email}"' in refused.text
    assert not browser.is_in()


def test_session_that_somebody_planted_is_worth_nothing_after_the_sign_in(app, browser, jana):
    browser.client.get("/sign-in")
    planted = browser.cookie
    browser.sign_in(EMAIL, PASSWORD)

    attacker = Browser(app)
    attacker.client.set_cookie("realpad-form", planted)

    assert browser.is_in()
    assert not attacker.is_in()


def test_copied_cookie_is_dead_after_the_sign_out(app, browser, jana):
    browser.sign_in(EMAIL, PASSWORD)
    thief = Browser(app)
    thief.client.set_cookie("realpad-form", browser.cookie)
    assert thief.is_in()

    left = browser.fill("/account", "/sign-out")

    assert left.location == "/sign-in"
    assert not browser.is_in()
    assert not thief.is_in()


def test_idle_browser_is_signed_out(browser, jana, clock):
    browser.sign_in(EMAIL, PASSWORD)
    clock.advance(minutes=29)
    assert browser.is_in()
    clock.advance(minutes=30)

    assert not browser.is_in()


def test_window_that_only_counts_by_itself_is_signed_out(browser, jana, clock):
    browser.sign_in(EMAIL, PASSWORD)
    for _ in range(30):
        assert browser.client.get("/inbox/counts?newest=").status_code != 401
        clock.advance(minutes=1)

    answer = browser.client.get("/inbox/counts?newest=", headers={"Accept": "application/json"})

    assert answer.status_code == 401


def test_disabled_person_is_out_at_once(browser, jana, services):
    browser.sign_in(EMAIL, PASSWORD)

    services.people.disable(jana.id)

    assert not browser.is_in()


def test_guesses_have_to_wait_and_are_told_how_long(browser, jana, clock):
    for _ in range(4):
        browser.sign_in(EMAIL, WRONG)
        clock.advance(seconds=1)

    waiting = browser.sign_in(EMAIL, PASSWORD)

    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "1")
    assert "Wait 1 seconds" in waiting.text
    clock.advance(seconds=1)
    assert browser.sign_in(EMAIL, PASSWORD).status_code == 303


def test_old_proof_has_to_be_renewed_before_what_cannot_be_undone(browser, jana, services, clock):
    services.people.change(jana.id, Particulars(name="Jana", role=Role.ADMIN))
    browser.sign_in(EMAIL, PASSWORD)
    assert browser.client.get("/people/new").status_code == 200
    clock.advance(minutes=10, seconds=1)

    asked = browser.client.get("/people/new")
    assert asked.location == "/sign-in/again?next=%2Fpeople%2Fnew"
    before = browser.cookie
    proved = browser.fill("/sign-in/again?next=/people/new", password=PASSWORD)

    assert proved.location == "/people/new"
    assert browser.client.get("/people/new").status_code == 200
    browser.client.set_cookie("realpad-form", before)
    assert not browser.is_in(), "the proof came with a new token"


def test_stale_post_does_nothing_and_leads_back_to_its_page(browser, jana, services, clock):
    services.people.change(jana.id, Particulars(name="Jana", role=Role.ADMIN))
    browser.sign_in(EMAIL, PASSWORD)
    clock.advance(minutes=10, seconds=1)
    page = browser.client.get("/account").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]

    stale = browser.client.post(
        "/people/",
        data={"csrf_token": token, "email": "new@firma.example", "name": "New", "role": "admin"},
        headers={"Referer": "http://localhost/people/new"},
    )

    assert stale.location == "/sign-in/again?next=%2Fpeople%2Fnew"
    assert len(services.people.everybody()) == 1


def test_wrong_password_renews_nothing(browser, jana, clock):
    browser.sign_in(EMAIL, PASSWORD)
    clock.advance(minutes=11)

    refused = browser.fill("/sign-in/again", password=WRONG)

    assert refused.status_code == 422
    assert not browser.client.get("/account").headers.get("Location")


def test_pages_of_sign_in_are_kept_by_nobody(browser, jana):
    for path in ("/sign-in", "/account/link/unknown"):
        assert browser.client.get(path).headers["Cache-Control"] == "no-store"


def test_there_is_no_way_through_a_company_that_is_not_set_up(browser):
    assert browser.client.get("/sign-in/elsewhere").status_code == 404
    assert "company" not in browser.client.get("/sign-in").text


def test_twelve_hours_are_the_end_whatever_one_does(browser, jana, clock):
    browser.sign_in(EMAIL, PASSWORD)
    for _ in range(25):
        clock.time += timedelta(minutes=28)
        assert browser.is_in()
    clock.advance(minutes=20)

    assert not browser.is_in()


def guess(app, addresses):
    """Guess from so many addresses, by turns, until each was told to wait."""
    for n in 4 * [*range(addresses)]:
        attacker = Browser(app, address=f"203.0.113.{n}")
        attacker.sign_in(EMAIL, WRONG)


def test_stranger_who_guesses_keeps_nobody_out(app, jana):
    known = Browser(app, address="192.0.2.1")
    known.sign_in(EMAIL, PASSWORD)
    known.fill("/account", "/sign-out")
    guess(app, 8)
    assert Browser(app, address="203.0.113.0").sign_in(EMAIL, PASSWORD).status_code == 429

    known.address = "198.51.100.1"
    in_known_browser = known.sign_in(EMAIL, PASSWORD)
    at_known_address = Browser(app, address="192.0.2.1").sign_in(EMAIL, PASSWORD)
    at_new_place = Browser(app, address="198.51.100.2").sign_in(EMAIL, PASSWORD)

    assert in_known_browser.status_code == at_known_address.status_code == at_new_place.status_code == 303


def test_link_makes_its_browser_a_known_one(app, services, jana):
    link = services.people.reset(jana.id)
    browser = Browser(app, address="192.0.2.1")
    browser.fill(f"/account/link/{link}", new=PASSWORD)
    guess(app, 4)
    browser.address = "203.0.113.0"

    assert browser.sign_in(EMAIL, PASSWORD).status_code == 303


def test_mark_of_a_browser_is_kept_for_long_and_from_scripts(app, browser, jana):
    browser.sign_in(EMAIL, PASSWORD)

    mark = browser.client.get_cookie("realpad-form-known")

    assert (mark.http_only, mark.same_site, mark.path, mark.max_age) == (True, "Lax", "/", 400 * 24 * 3600)
    assert EMAIL not in mark.value


def test_mark_is_bound_to_host_and_tls(make_services):
    services = make_services(PUBLIC_URL="https://forms.example")
    _person, link = services.people.add(EMAIL, Particulars(name="Jana", role=Role.OPERATOR))
    services.accounts.set_password(link, PASSWORD)
    client = create_app(services).test_client()
    page = client.get("/sign-in", base_url="https://forms.example").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]

    entered = client.post(
        "/sign-in",
        base_url="https://forms.example",
        headers={"Referer": "https://forms.example/sign-in"},
        data={"csrf_token": token, "email": EMAIL, "password": PASSWORD},
    )

    cookies = [
        each
        for each in entered.headers.getlist("Set-Cookie")
        if each.startswith("__Host-realpad-form-known=")
    ]
    assert len(cookies) == 1
    assert "Secure" in cookies[0]


def test_forms_set_no_mark(app, browser, jana):
    browser.sign_in(EMAIL, PASSWORD)

    assert "Set-Cookie" not in browser.client.get("/f/riverside").headers
