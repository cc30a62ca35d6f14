"""What the loader says around the frame, and what open() does when it is told nothing."""

import pytest
from visitor import form_in, send

pytestmark = pytest.mark.browser

LOADED = "Boolean(window.RealpadForm?.open)"


@pytest.fixture
def opened(open_page, site, demo):
    """Open a page of ours with the loader on it."""

    def open_(body, **options):
        page = open_page(site.put(f'{body}<script src="{demo.web}/embed.js"></script>'), **options)
        page.wait_for_function(LOADED)
        return page

    return open_


@pytest.mark.parametrize(
    ("language", "title", "close"),
    [
        ("cs", "Poptávkový formulář", "Zavřít"),
        ("de", "Anfrageformular", "Schließen"),
        ("xx", "Enquiry form", "Close"),
    ],
)
def test_dialog_and_frame_are_named_in_the_language_of_the_button(opened, language, title, close):
    page = opened(f'<button data-realpad-form="riverside" data-lang="{language}">Ask</button>')

    page.evaluate("RealpadForm.open(document.querySelector('button'))")

    assert page.locator("dialog[open]").get_attribute("aria-label") == title
    assert page.locator("dialog iframe").get_attribute("title") == title
    assert page.locator("dialog button").get_attribute("aria-label") == close


def test_open_without_arguments_opens_the_first_button_as_a_click_would(opened):
    button = '<button data-realpad-form="riverside" data-unit="{}">Ask</button>'
    page = opened(button.format("A-101") + button.format("A-102"))

    page.evaluate("RealpadForm.open()")

    form_in(page, "dialog[open] iframe").locator("#q-surname").wait_for()
    assert "unit=A-101" in page.locator("dialog[open] iframe").get_attribute("src")


def test_open_without_arguments_shows_the_project_of_a_form_in_place(opened):
    page = opened('<div data-realpad-form="riverside"></div>')

    page.evaluate("RealpadForm.open()")

    form_in(page, "dialog[open] iframe").locator("#q-surname").wait_for()
    assert page.locator("main div iframe").count() == 1


def test_a_dialog_for_a_form_in_place_knows_all_that_the_form_does(opened):
    page = opened(
        '<div data-realpad-form="riverside" data-unit-id="7" data-lang="de" data-campaign="leto"'
        ' data-theme="dark" data-prefill-surname="Veselá"></div>'
    )

    for call in ("open()", "open(document.querySelector('main div'))"):
        page.evaluate(f"RealpadForm.{call}")

        address = page.locator("dialog[open] iframe").get_attribute("src")
        assert "/f/riverside/de#" in address
        assert all(part in address for part in ("unit_id=7", "campaign=leto", "theme=dark"))
        assert form_in(page, "dialog[open] iframe").locator("#q-surname").input_value() == "Veselá"
        page.evaluate("RealpadForm.close()")
        page.locator("dialog").wait_for(state="detached")


def test_a_second_call_leaves_the_open_dialog_as_it_is(opened):
    page = opened('<div data-realpad-form="riverside"></div>')
    page.evaluate("RealpadForm.open('riverside')")
    form = form_in(page, "dialog[open] iframe")
    form.locator("#q-surname").fill("Rozepsaná")

    page.evaluate("RealpadForm.open('riverside')")

    assert page.locator("dialog").count() == 1
    assert form.locator("#q-surname").input_value() == "Rozepsaná"


def test_the_data_layer_names_a_campaign_of_the_address(site, tag, open_page):
    page = open_page(site.put(tag()) + "?utm_campaign=jaro")

    send(form_in(page), "Kampaňová")
    page.wait_for_function("window.dataLayer?.length")

    assert page.evaluate("dataLayer[0].campaign") == "jaro"


def test_open_on_a_page_without_a_form_says_so(opened):
    page = opened("", may_complain=True)

    with page.expect_console_message() as said:
        page.evaluate("RealpadForm.open()")

    assert (said.value.type, said.value.text) == ("error", "realpad-form: no-form")
    assert page.locator("dialog").count() == 0
