"""axe-core finds nothing, in any state, light or dark."""

import os
from pathlib import Path

import pytest
from visitor import form_in, thanked

AXE = Path(__file__).parents[2] / ".ci/node_modules/axe-core/axe.min.js"
RUN = """async () => {
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const options = {runOnly: {type: 'tag', values}, iframes: false, resultTypes: ['violations']};
    const { violations } = await axe.run(document, options);
    const say = (id, { target, failureSummary }) => `${id}: ${target} ${failureSummary}`;
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => say(id, node)));
}"""

needs_axe = pytest.mark.skipif(
    not AXE.exists() and "CI" not in os.environ, reason="axe-core is not installed: make test"
)
pytestmark = [pytest.mark.browser, needs_axe]
slugs = pytest.mark.parametrize("slug", ["riverside", "jantar", "sadova"])
modes = pytest.mark.parametrize("mode", ["light", "dark"])


def violations(place):
    """Return what axe-core has to say of a page or a frame."""
    place.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    return place.evaluate(RUN)


@pytest.fixture
def open_in(open_page):
    """Open a page in a light or dark browser, without movements that would be measured halfway."""

    def open_(url, mode, **options):
        return open_page(url, may_complain=True, color_scheme=mode, reduced_motion="reduce", **options)

    return open_


def fill_in(page, slug):
    """Answer whatever a sample project demands."""
    if slug == "riverside":
        page.locator("#q-name").fill("Anna")
        page.locator("#q-surname").fill("Axová")
    else:
        page.locator("#q-full_name").fill("Anna Axová")
    page.locator("#q-phone").fill("+420 777 123 456")


@slugs
@modes
def test_every_state_of_the_form(demo, open_in, slug, mode):
    page = open_in(f"{demo.web}/f/{slug}", mode)
    found = {"initial": violations(page)}

    page.locator("#send").click()
    page.locator("#summary:not([hidden])").wait_for()
    found["errors"] = violations(page)

    fill_in(page, slug)
    page.context.set_offline(True)
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for()
    found["offline"] = violations(page)

    held = []
    page.route("**/leads", lambda route: held.append(route))
    page.context.set_offline(False)
    page.wait_for_function("document.querySelector('#problem').hidden")
    found["sending"] = violations(page)

    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    thanked(page)
    found["thanks"] = violations(page)

    assert found == {state: [] for state in found}


@modes
@pytest.mark.parametrize("width", [320, 1280])
def test_hints_ticks_and_folded_options(long_form, open_in, mode, width):
    page = open_in(long_form, mode, viewport={"width": width, "height": 900})
    page.locator("#send").click()
    page.locator("#summary:not([hidden])").wait_for()
    page.get_by_text("Zobrazit další (5)").click()
    page.get_by_label("recepce").check()
    page.locator("#q-email").fill("anna@gmial.com")
    page.locator("#q-phone").fill("777 123 456")
    page.locator("#q-full_name").fill("Anna Axová")
    page.locator("#q-note").fill("x" * 310)
    page.locator("#q-price_max").fill("1")
    page.locator("#q-customer_source").press("Tab")
    page.locator(".hint").wait_for()
    page.locator(".is-fine").first.wait_for()

    assert page.locator(".count.is-over").count() == 1
    assert page.locator("#summary .is-done").count() == 3
    assert violations(page) == []


@modes
def test_form_that_was_sent_before(demo, open_in, mode):
    page = open_in(f"{demo.web}/f/riverside", mode)
    fill_in(page, "riverside")
    page.locator("#send").click()
    thanked(page)
    page.locator("#another").click()
    page.locator("#sent").wait_for()

    assert violations(page) == []


@modes
def test_questions_that_appear_later(demo, open_in, mode):
    page = open_in(f"{demo.web}/f/jantar", mode)

    page.locator("input[type=checkbox][name=customer_has_pets]").check()

    assert violations(page) == []


@modes
def test_a_project_in_trouble_shows_how_to_reach_people(demo, open_in, mode):
    page = open_in("about:blank", mode)
    page.route("**/leads", lambda route: route.fulfill(status=429, headers={"Retry-After": "3600"}, json={}))
    page.goto(f"{demo.web}/f/riverside")
    fill_in(page, "riverside")
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for()

    assert violations(page) == []


@slugs
@modes
def test_pages_without_script(demo, open_in, slug, mode):
    page = open_in("about:blank", mode)
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{demo.web}/f/{slug}")
    page.locator("#send").click()
    page.locator("#summary").wait_for()
    assert violations(page) == []

    fill_in(page, slug)
    page.locator("#send").click()
    page.wait_for_url("**/thanks/*")
    assert violations(page) == []


@slugs
@modes
def test_an_open_dialog_and_the_form_in_it(demo, open_in, slug, mode):
    page = open_in(f"{demo.crm}/site/{slug}", mode)
    page.locator("button[data-realpad-form]").first.click()
    page.frame_locator("dialog[open] iframe").locator("#send").wait_for()
    frame = page.query_selector("dialog[open] iframe").content_frame()

    assert violations(page) == []
    assert violations(frame) == []


@modes
def test_a_frame_in_a_page(demo, open_in, mode):
    page = open_in(f"{demo.crm}/site/riverside", mode)
    form_in(page).locator("#send").wait_for()
    frame = page.query_selector("main iframe").content_frame()
    behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
    frame.evaluate("(colour) => (document.body.style.background = colour)", behind)  # axe takes it for white

    assert violations(frame) == []


@modes
def test_a_page_that_does_not_exist(demo, open_in, mode):
    page = open_in(f"{demo.web}/f/nowhere", mode)

    assert violations(page) == []
