"""The form for people with a keyboard, with large letters, with small screens."""

import pytest
from visitor import form_in, thanked, unfold

pytestmark = pytest.mark.browser

FIT = "document.documentElement.scrollWidth <= innerWidth"
CUT = """[...document.querySelectorAll('#form *')].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    const isOut = left < -1 || right > innerWidth + 1;
    return isOut && width > 1 && !element.closest('.visually-hidden, [aria-hidden]');
}).map((element) => element.outerHTML.slice(0, 80))"""
SMALL = """[...document.querySelectorAll('#form :is(input, select, textarea, button)')]
    .filter((element) => element.type !== 'hidden' && !element.closest('[aria-hidden], [hidden]'))
    .map((element) => element.closest('label') ?? element)
    .filter((element) => element.getBoundingClientRect().height < 44)
    .map((element) => element.outerHTML.slice(0, 80))"""
NAMES = {"q-name": "Jan", "q-surname": "Klávesový", "q-email": "jan@example.com", "q-phone": "777123456"}


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.getAttribute('name') || ''")


def test_the_keyboard_alone_is_enough_from_first_field_to_thanks(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside")
    page.keyboard.press("Tab")
    assert focused(page) == "q-name"

    for _ in range(60):
        here = focused(page)
        if here == "send":
            break
        page.keyboard.type(NAMES.get(here, ""))
        if here in ("q-rooms", "rooms", "consent_39268430"):
            page.keyboard.press("Space")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    thanked(page)

    [inquiry] = arrived("Klávesový")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert (inquiry["phone"], inquiry["email"]) == ("+420777123456", "jan@example.com")
    assert inquiry["preferencerooms"]


def test_the_focus_is_always_to_be_seen(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    unseen = []
    outline = """() => {
        const shown = document.activeElement.closest('label') ?? document.activeElement;
        const styles = [document.activeElement, shown, document.activeElement.nextElementSibling ?? shown];
        return styles.map((element) => getComputedStyle(element))
            .some(({ outlineStyle, boxShadow }) => outlineStyle !== 'none' || boxShadow !== 'none');
    }"""

    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        if not page.evaluate(outline):
            unseen.append(focused(page))

    assert not unseen


@pytest.mark.parametrize("slug", ["riverside", "jantar"])
@pytest.mark.parametrize("width", [320, 768])
def test_nothing_is_cut_off(demo, open_page, slug, width):
    page = open_page(f"{demo.web}/f/{slug}", viewport={"width": width, "height": 700})

    assert page.evaluate(FIT)
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("slug", ["riverside", "jantar"])
def test_200_percent_zoom_cuts_nothing_off(demo, open_page, slug):
    zoomed = {
        "viewport": {"width": 640, "height": 400},
        "device_scale_factor": 2,
    }  # what zooming 1280 px gives
    page = open_page(f"{demo.web}/f/{slug}", **zoomed)

    assert page.evaluate(FIT)
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("slug", ["riverside", "jantar"])
def test_letters_twice_as_large_fit_in(demo, open_page, slug):
    page = open_page(f"{demo.web}/f/{slug}", viewport={"width": 640, "height": 700})
    page.evaluate("document.documentElement.style.fontSize = '200%'")

    assert page.evaluate(FIT)
    assert page.evaluate(CUT) == []


def test_fingers_find_every_control(demo, open_page):
    page = open_page(
        f"{demo.web}/f/jantar", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )

    assert page.evaluate(SMALL) == []


def test_ios_has_no_reason_to_zoom_in(demo, open_page):
    page = open_page(f"{demo.web}/f/jantar", viewport={"width": 360, "height": 740})
    sizes = """[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
        .map((element) => parseFloat(getComputedStyle(element).fontSize))"""

    assert min(page.evaluate(sizes)) >= 16


@pytest.mark.parametrize("slug", ["riverside", "jantar", "sadova"])
def test_a_phone_may_be_held_either_way_up(demo, open_page, slug):
    page = open_page(f"{demo.web}/f/{slug}", viewport={"width": 740, "height": 360}, is_mobile=True)

    assert page.evaluate(FIT)
    assert page.evaluate(CUT) == []


SPACING = """* {
    line-height: 1.5 !important;
    letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important;
}
p { margin-bottom: 2em !important; }"""
HIDDEN_WORDS = """[...document.querySelectorAll('#form *, .masthead, .intro')].filter((element) => {
    const { overflowX, overflowY } = getComputedStyle(element);
    const isClipped = [overflowX, overflowY].some((overflow) => overflow === 'hidden' || overflow === 'clip');
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
    const isTooLong = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
    return isClipped && isTooLong && !element.closest('.visually-hidden, [aria-hidden], input, select');
}).map((element) => element.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("slug", ["riverside", "jantar", "sadova"])
@pytest.mark.parametrize("width", [320, 1280])
def test_wide_text_spacing_cuts_nothing_off(demo, open_page, slug, width):
    """Source: WCAG 2.1, 1.4.12."""
    page = open_page(f"{demo.web}/f/{slug}", viewport={"width": width, "height": 900})
    style = f"document.adoptedStyleSheets[0].replaceSync({SPACING!r})"
    page.evaluate(f"document.adoptedStyleSheets.push(new CSSStyleSheet()), {style}")

    assert page.evaluate("getComputedStyle(document.querySelector('.label')).letterSpacing") != "normal"
    assert page.evaluate(FIT)
    assert page.evaluate(CUT) == []
    assert page.evaluate(HIDDEN_WORDS) == []


def test_a_slider_without_an_amount_is_not_faint(demo, open_page):
    page = open_page(f"{demo.web}/f/sadova")
    slider = page.locator(".slider.is-unset input")

    assert slider.evaluate("(input) => getComputedStyle(input).opacity") == "1"


def test_nothing_moves_for_those_who_want_it_so(demo, open_page):
    moving = (
        "document.getAnimations().filter(({ effect }) => effect.getComputedTiming().activeDuration).length"
    )
    seen = {}
    for motion in ("reduce", "no-preference"):
        page = open_page(f"{demo.web}/f/riverside", reduced_motion=motion)
        page.route("**/leads", lambda route: None)
        for key in ("name", "surname", "phone"):
            page.locator(f"#q-{key}").fill("777123456" if key == "phone" else "Klidná")
        page.locator("#send").click()
        page.locator("#send.is-busy").wait_for()
        page.wait_for_timeout(300)
        seen[motion] = page.evaluate(moving)

    assert seen["reduce"] == 0
    assert seen["no-preference"] > 0


def test_a_press_that_ends_elsewhere_does_nothing(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    page.locator("#send").scroll_into_view_if_needed()
    box = page.locator("#send").bounding_box()

    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] - 60)
    page.mouse.up()
    page.wait_for_timeout(500)

    assert page.locator("#summary").is_hidden()


SEEN_AND_NAMED = """[...document.querySelectorAll('[aria-label]')].filter((element) => {
    const label = element.closest('[data-key]')?.querySelector('.label')?.textContent ?? '';
    const seen = element.matches('select, input') ? '' : element.textContent.trim();
    return !element.ariaLabel.trim() || !element.ariaLabel.includes(seen) ||
        (element.type === 'range' && !label.includes(element.ariaLabel));
}).map((element) => element.outerHTML.slice(0, 80))"""


def test_what_is_seen_of_a_control_is_in_its_name(demo, open_page):
    """What has no name of its own is called by what is seen of it anyway."""
    page = open_page(f"{demo.web}/f/sadova")

    assert page.locator("[aria-label]").count() > 1
    assert page.evaluate(SEEN_AND_NAMED) == []


FOCUS = """() => {
    const { id, tagName } = document.activeElement;
    return [id || tagName, document.activeElement.getBoundingClientRect().top];
}"""


def test_the_button_that_closes_the_dialog_covers_no_focus(demo, open_page):
    page = open_page(f"{demo.crm}/site/sadova", viewport={"width": 360, "height": 480})
    page.locator("button[data-realpad-form]").first.click()
    form = form_in(page, "dialog[open] iframe")
    form.locator("#send").focus()
    frame = page.locator("dialog[open] iframe")
    button = page.locator("dialog[open] > button")
    covered, seen = [], []

    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        page.wait_for_timeout(50)
        name, start = form.locator("body").evaluate(FOCUS)
        if name == "BODY":
            break
        top = frame.bounding_box()["y"] + start
        below = button.bounding_box()["y"] + button.bounding_box()["height"]
        seen.append(name)
        covered += [name] if top < below and start > 100 else []

    assert "q-full_name" in seen
    assert not covered


RING = """() => {
    const element = document.activeElement;
    const { left, right } = element.getBoundingClientRect();
    const { outlineOffset, outlineWidth, outlineStyle } = getComputedStyle(element);
    const room = parseFloat(outlineOffset) + parseFloat(outlineWidth);
    const isInside = outlineStyle !== 'none' && left - room >= 0 && right + room <= innerWidth;
    return [element.id || element.tagName, isInside || element.tagName === 'A'];
}"""


@pytest.mark.parametrize("project", ["riverside", "sadova"])
def test_the_ring_around_what_has_the_focus_is_inside_a_frame_without_padding(open_page, site, tag, project):
    """Links in sentences keep theirs; of one at the very edge, three sides are seen."""
    page = open_page(site.put(tag(project, lang="cs")), viewport={"width": 390, "height": 800})
    form = form_in(page)
    unfold(form)
    form.locator("input:not([type=hidden])").first.focus()
    seen = {}

    for _ in range(45):
        page.keyboard.press("Tab")
        name, is_inside = form.locator("body").evaluate(RING)
        if name == "BODY":
            break
        seen.setdefault(name, is_inside)  # the parts of a date box have rings of their own

    assert "send" in seen
    assert [name for name, is_inside in seen.items() if not is_inside] == []


@pytest.mark.parametrize(("surface", "background"), [("light", "rgb(0, 0, 0)"), ("dark", "rgba(0, 0, 0, 0)")])
def test_a_page_of_the_other_mode_does_not_show_through(open_page, site, tag, surface, background):
    """Jantar is always dark, and lets its page show through."""
    colour = "color: #eee; background: #111" if surface == "dark" else "color: #111"
    form = form_in(open_page(site.put(f'<div style="{colour}">{tag("jantar")}</div>')))

    shown = form.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")

    assert shown == background
