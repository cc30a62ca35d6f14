"""What a browser still shows and keeps of the desk, once somebody is signed out or has gone away."""

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from test_browser_axe import needs_axe, violations

pytestmark = pytest.mark.browser

HIDDEN = "Tato stránka je teď skrytá"
NAME = "Žofie Šťastná"


@pytest.fixture
def desk(tmp_path):
    with desk_site(tmp_path) as desk:
        yield desk


@pytest.fixture
def lead(desk):
    """Return the address of a lead that Realpad has refused."""
    lead_id = desk.add(unit="not there")
    desk.relay()
    while desk.services.indexer.run_once():
        pass
    return f"{desk.url}/inbox/leads/{lead_id}"


@pytest.fixture
def browser(desk, lead, open_page):
    """Return the first tab of somebody who is signed in, on the page of a lead."""
    return open_page(lead, storage_state=desk.state("admin"), may_complain=True)


def another_tab(page, address):
    tab = page.context.new_page()
    tab.goto(address)
    return tab


def assert_hidden(page):
    expect(page.get_by_role("heading", name=HIDDEN)).to_be_visible()
    assert "Šťastná" not in page.content()
    assert "Šťastná" not in page.title()


def sign_out(page):
    page.get_by_role("button", name="Odhlásit se").click()
    page.get_by_label("E-mail").wait_for()


def typing(page, lead):
    """Type a correction, and send nothing."""
    page.goto(f"{lead}/correct")
    page.get_by_label("Příjmení").fill("Opravená")


def go_away(page, minutes):
    """Let time pass as when a lid is shut: no timer runs meanwhile."""
    page.clock.fast_forward(minutes * 60_000)


def test_signing_out_empties_this_tab_and_every_other(desk, lead, browser):
    other = another_tab(browser, f"{desk.url}/inbox/")
    for tab in (browser, other):
        tab.evaluate("sessionStorage.setItem('realpad-form:yaml:riverside', 'a draft')")

    sign_out(browser)

    assert_hidden(other)
    for tab in (browser, other):
        tab.wait_for_function("sessionStorage.getItem('realpad-form:yaml:riverside') === null")
    browser.go_back()
    browser.wait_for_load_state()
    assert "Šťastná" not in browser.content()


def test_signing_out_clears_the_browser_without_a_script_too(desk, lead, open_page):
    page = open_page(lead, storage_state=desk.state("admin"), java_script_enabled=False)
    with page.expect_response("**/sign-out") as answer:
        sign_out(page)

    assert answer.value.all_headers()["clear-site-data"] == '"cache", "storage"'
    page.go_back()
    page.get_by_label("E-mail").wait_for()
    assert "Šťastná" not in page.content()


def test_signing_out_without_a_network_empties_the_tabs(desk, lead, browser):
    other = another_tab(browser, lead)
    browser.context.set_offline(True)

    browser.get_by_role("button", name="Odhlásit se").click()

    assert_hidden(other)
    browser.wait_for_timeout(500)
    assert "Šťastná" not in browser.content()


def test_a_correction_goes_with_whoever_signs_out(desk, lead, browser):
    other = another_tab(browser, lead)
    typing(other, lead)

    sign_out(browser)

    assert_hidden(other)
    assert "Opravená" not in other.evaluate(
        "[...document.querySelectorAll('input')].map((i) => i.value).join()"
    )
    expect(other.get_by_role("link", name="Otevřít stránku znovu")).to_be_visible()
    expect(other.get_by_role("button", name="Znovu odeslat")).to_have_count(0)


def test_left_alone_for_half_an_hour_a_page_is_hidden_without_a_network(desk, lead, browser):
    browser.clock.install()
    browser.reload()
    browser.context.set_offline(True)
    go_away(browser, 29)
    expect(browser.get_by_role("heading", name=NAME)).to_be_visible()

    go_away(browser, 2)

    assert_hidden(browser)


def test_whoever_comes_back_too_late_sees_nothing_by_moving_the_pointer(desk, lead, browser):
    browser.clock.install()
    browser.reload()
    browser.evaluate("clearInterval = setInterval = () => {}")
    browser.clock.pause_at(browser.evaluate("Date.now()") + 31 * 60_000)

    browser.mouse.move(300, 300)

    assert_hidden(browser)


def test_a_page_in_use_stays(desk, lead, browser):
    browser.clock.install()
    browser.reload()
    for _ in range(3):
        go_away(browser, 20)
        browser.mouse.wheel(0, 10)
        browser.keyboard.press("Shift")

    expect(browser.get_by_role("heading", name=NAME)).to_be_visible()


def test_a_correction_is_sent_again_after_half_an_hour_and_a_sign_in(desk, lead, browser):
    browser.clock.install()
    typing(browser, lead)
    go_away(browser, 31)
    expect(browser.get_by_role("heading", name=HIDDEN)).to_be_visible()
    assert "not there" not in browser.get_by_role("main").inner_text()
    expect(browser.get_by_role("link", name="Otevřít stránku znovu")).to_be_hidden()

    browser.get_by_role("button", name="Znovu odeslat, co jsem napsal(a)").click()

    expect(browser.get_by_role("heading", name="Co se změní")).to_be_visible()
    expect(browser.get_by_text("Opravená").first).to_be_visible()


def test_the_end_of_a_session_seen_by_one_tab_hides_the_others_and_keeps_what_was_typed(desk, lead, browser):
    typing(browser, lead)
    other = another_tab(browser, lead)
    browser.context.clear_cookies()

    other.goto(f"{desk.url}/inbox/")

    expect(browser.get_by_role("heading", name=HIDDEN)).to_be_visible()
    browser.get_by_role("button", name="Znovu odeslat, co jsem napsal(a)").click()
    expect(browser.get_by_text("Co jste napsali, zůstává na této stránce")).to_be_visible()
    assert "Opravená" in browser.content()


def test_the_inbox_hides_its_leads_when_it_hears_that_nobody_is_signed_in(desk, lead, browser):
    browser.goto(f"{desk.url}/inbox/")
    browser.context.clear_cookies()

    browser.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    assert_hidden(browser)


def test_who_signs_in_after_somebody_else_finds_nothing_of_theirs(desk, lead, browser):
    other = another_tab(browser, lead)
    typing(other, lead)
    browser.evaluate("sessionStorage.setItem('realpad-form:yaml:riverside', 'a draft')")
    browser.context.clear_cookies()
    browser.context.add_cookies([desk.cookie("admin", name="Karel")])

    browser.goto(f"{desk.url}/account")

    assert browser.evaluate("sessionStorage.getItem('realpad-form:yaml:riverside')") is None
    assert_hidden(other)
    expect(other.get_by_role("button", name="Znovu odeslat")).to_have_count(0)


def test_a_draft_of_the_editor_outlives_the_session_and_not_the_sign_out(desk, lead, browser):
    browser.evaluate("sessionStorage.setItem('realpad-form:yaml:riverside', 'a draft')")
    browser.clock.install()
    browser.reload()
    go_away(browser, 31)
    expect(browser.get_by_role("heading", name=HIDDEN)).to_be_visible()

    browser.get_by_role("link", name="Otevřít stránku znovu").click()

    expect(browser.get_by_role("heading", name=NAME)).to_be_visible()
    assert browser.evaluate("sessionStorage.getItem('realpad-form:yaml:riverside')") == "a draft"


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (1280, 900)], ids=str)
@pytest.mark.parametrize("page", ["", "/correct"])
def test_the_notice_stands_in_nobodys_way(desk, lead, open_page, mode, size, page):
    viewport = {"width": size[0], "height": size[1]}
    look = {"color_scheme": mode, "reduced_motion": "reduce", "viewport": viewport}
    tab = open_page(lead, storage_state=desk.state("admin"), **look)
    tab.clock.install()
    tab.goto(lead + page)
    go_away(tab, 31)
    expect(tab.get_by_role("heading", name=HIDDEN)).to_be_visible()

    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= size[0]
