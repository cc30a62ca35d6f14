"""The form for people with a keyboard, with large letters, with small screens."""

import pytest
from visitor import thanked

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
