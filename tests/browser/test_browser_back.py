"""Back on a phone, where the dialog fills the screen, and pages that go on while a dialog is open."""

import pytest
from visitor import fill, form_in, press_send, send, thanked

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 700}
ROUTER = """<script>
    history.replaceState({ route: 'list' }, '');
    window.popped = [];
    addEventListener('popstate', (event) => popped.push(event.state));
    window.go = (route) => {
        history.pushState({ route }, '', '#' + route);
        document.querySelector('main').replaceChildren(route);
    };
</script>"""
BUTTONS = """
    <button data-realpad-form="riverside" data-unit="A-101">A-101</button>
    <button data-realpad-form="riverside" data-unit="A-102">A-102</button>"""
STATE = "JSON.stringify(history.state)"
LISTEN = """() => {
    window.heard = [];
    for (const name of ['start', 'submitted', 'closed']) RealpadForm.on(name, () => heard.push(name));
}"""


@pytest.fixture
def opened(open_page, site, demo):
    """Open a page with a router of its own, two buttons and a page before it in the history."""

    def open_(**options):
        page = open_page(site.put("before"), **{"viewport": PHONE, **options})
        page.goto(site.put(f'{ROUTER}{BUTTONS}<script src="{demo.web}/embed.js"></script>'))
        page.wait_for_function("Boolean(window.RealpadForm?.on)")
        page.evaluate(LISTEN)
        return page

    return open_


def open_dialog(page, unit="A-101"):
    page.locator(f"button[data-unit={unit}]").click()
    return form_in(page, "dialog[open] iframe")


def closed(page):
    page.locator("dialog[open]").wait_for(state="detached")


def test_back_closes_the_dialog_stays_on_the_page_and_keeps_what_was_typed(opened):
    page = opened()
    address = page.url
    open_dialog(page).locator("#q-surname").fill("Rozepsaná")

    page.evaluate("history.back()")
    closed(page)

    assert page.url == address
    # Whether the router hears of it is up to who came first; if it does, it is where it was.
    assert page.evaluate("popped.every(({ route }) => route === 'list')")
    assert page.evaluate("document.activeElement.dataset.unit") == "A-101"
    assert open_dialog(page).locator("#q-surname").input_value() == "Rozepsaná"


@pytest.mark.parametrize("way", ["cross", "escape", "call"])
def test_a_dialog_closed_otherwise_leaves_no_dead_entry(opened, way):
    page = opened()
    for unit in ("A-101", "A-102", "A-101"):
        open_dialog(page, unit).locator("#q-surname").wait_for()
        assert page.evaluate("history.state.route") == "list"  # as the router left it
        if way == "cross":
            page.locator("dialog[open] button").click()
        elif way == "escape":
            page.keyboard.press("Escape")
        else:
            page.evaluate("RealpadForm.close()")
        closed(page)
        page.wait_for_function(f'{STATE} === \'{{"route":"list"}}\'')

    page.go_back()

    assert "before" in page.locator("main").inner_text()


def test_the_next_dialog_after_a_close_in_one_go_is_closed_by_back(opened):
    page = opened()
    open_dialog(page)
    page.evaluate("RealpadForm.close(), RealpadForm.open(document.querySelector('[data-unit=A-102]'))")
    page.locator("dialog[open] iframe[src*='unit=A-102']").wait_for()
    page.wait_for_timeout(200)
    assert page.locator("dialog[open]").count() == 1

    page.evaluate("history.back()")
    closed(page)

    assert page.evaluate(STATE) == '{"route":"list"}'


def test_a_route_that_follows_the_close_in_one_go_stays(opened):
    page = opened()
    open_dialog(page)

    page.evaluate("RealpadForm.close(), go('detail')")
    closed(page)
    page.wait_for_timeout(200)

    assert page.evaluate("location.hash") == "#detail"


def test_on_a_large_screen_the_history_is_left_alone(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    before = page.evaluate("history.length")

    open_dialog(page)

    assert page.evaluate("history.length") == before


def test_a_redirect_takes_the_place_of_the_dialog_in_the_history(opened, site):
    page = opened()
    target, address = site.put("thanks"), page.url
    form = open_dialog(page)
    message = {"source": "realpad-form", "version": 1, "type": "submitted", "id": "1", "redirect": target}
    form.locator("body").evaluate("(body, message) => parent.postMessage(message, '*')", message)
    page.wait_for_url(target)

    page.go_back()

    assert page.url == address


def test_a_dialog_with_something_typed_outlives_its_button_and_reports(opened, arrived):
    page = opened(viewport={"width": 1280, "height": 800})
    form = open_dialog(page)
    fill(form, "Přeživší")
    page.evaluate("go('detail')")
    press_send(form)
    thanked(form)
    page.locator("dialog[open] button").click()

    page.wait_for_function("heard.join() === 'start,submitted,closed'")
    assert len(arrived("Přeživší")) == 1
    assert page.locator("dialog").count() == 0


def test_a_dialog_with_nothing_typed_closes_when_the_page_goes_on(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    open_dialog(page)

    page.evaluate(
        "history.pushState({}, '', '?route=detail'), document.querySelector('main').replaceChildren('detail')"
    )

    page.wait_for_function("heard.join() === 'closed'")
    assert page.locator("dialog").count() == 0


def test_a_dialog_whose_button_is_only_rendered_anew_stays(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    form = open_dialog(page)

    page.evaluate("document.querySelector('main').innerHTML = document.querySelector('main').innerHTML")
    page.wait_for_timeout(200)

    send(form, "Překreslená")
    page.wait_for_function("heard.join() === 'start,submitted'")


def test_after_a_reload_with_the_dialog_open_back_leaves_at_the_first_press(opened):
    page = opened()
    open_dialog(page)
    page.reload()
    page.wait_for_function(f'{STATE} === \'{{"route":"list"}}\'')

    page.go_back()

    assert "before" in page.locator("main").inner_text()


def test_an_entry_that_a_router_made_of_the_dialogs_state_is_left_alone(opened):
    page = opened()
    open_dialog(page)
    page.evaluate("history.pushState(history.state, '', '?route=copied')")
    page.reload()
    page.wait_for_function("Boolean(window.RealpadForm?.on)")
    page.wait_for_timeout(500)

    assert page.url.endswith("?route=copied")
