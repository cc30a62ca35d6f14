"""What the loader says around the frame and tells the form, and what open() does when it is told nothing."""

import urllib.request
from importlib.metadata import version
from urllib.parse import parse_qsl, urlsplit

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


@pytest.mark.parametrize(("language", "close"), [("cs", "Zavřít"), ("en", "Close"), ("xx", "Zavřít")])
def test_the_cross_is_named_in_the_language_of_the_form(opened, language, close):
    page = opened(f'<button data-realpad-form="riverside" data-lang="{language}">Mám zájem o A-101</button>')

    page.evaluate("RealpadForm.open(document.querySelector('button'))")

    page.get_by_role("dialog").get_by_role("button", name=close, exact=True).wait_for()


def test_the_dialog_is_named_after_its_button_and_the_frame_after_its_form(opened):
    page = opened('<button data-realpad-form="riverside">Mám zájem o A-101</button>')
    page.locator("button").click()
    form_in(page, "dialog[open] iframe")

    page.locator("dialog iframe[title='Riverside Residences']").wait_for()
    assert page.locator("dialog").get_attribute("aria-label") == "Mám zájem o A-101"


def test_until_the_form_has_come_dialog_and_cross_have_names_too(demo, open_page, site):
    page = open_page("about:blank", may_complain=True)
    page.route("**/f/**", lambda route: None)  # never answered
    page.goto(
        site.put(
            f'<button data-realpad-form="riverside">Zájem</button><script src="{demo.web}/embed.js"></script>'
        )
    )
    page.locator("main button").click()

    assert page.locator("dialog[open]").get_attribute("aria-label") == "Zájem"
    assert page.locator("dialog iframe").get_attribute("title") == "Zájem"
    assert page.get_by_role("button", name="Close", exact=True).is_visible()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")


def test_a_dialog_of_a_call_is_named_after_the_form(opened):
    page = opened("")
    page.evaluate("RealpadForm.open('riverside')")
    form_in(page, "dialog[open] iframe")

    page.locator("dialog[aria-label='Riverside Residences']").wait_for()


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


def test_only_what_names_the_flat_is_left_to_the_page(site, tag, open_page):
    page = open_page(site.put(tag()) + "?units=2&themed=1&unit=X&unit_id=9&theme=dark&prefill-name=Eva")
    page.wait_for_function("document.querySelector('main iframe')?.src")

    sent = page.evaluate(
        "Object.fromEntries(new URLSearchParams(document.querySelector('main iframe').src.split('#')[1]))"
    )

    assert {"units", "themed"} <= sent.keys()
    assert sent.keys().isdisjoint({"unit", "unit_id", "theme", "prefill-name"})


def test_open_on_a_page_without_a_form_says_so(opened):
    page = opened("", may_complain=True)

    with page.expect_console_message() as said:
        page.evaluate("RealpadForm.open()")

    assert (said.value.type, said.value.text) == ("error", "realpad-form: no-form")
    assert page.locator("dialog").count() == 0


def src(page, place="main iframe"):
    """Return the parameters in the hash of a frame's address."""
    page.locator(f"{place}[src]").wait_for(state="attached")
    address = page.locator(place).get_attribute("src")
    return dict(parse_qsl(urlsplit(address).fragment))


FROM_THE_ADDRESS = '<div data-realpad-form="riverside" data-unit-from="byt"{}></div>{}'


def test_the_unit_of_the_address_gets_into_the_lead(demo, open_page, site, arrived):
    loader = f'<script src="{demo.web}/embed.js"></script>'
    page = open_page(site.put(FROM_THE_ADDRESS.format("", loader)) + "?byt=B-301")
    send(form_in(page), "Zadresy")

    assert arrived("Zadresy")[0]["internalid"] == "B-301"


@pytest.mark.parametrize(
    ("attributes", "query", "unit"),
    [
        ("", "?byt=A-102", "A-102"),
        (' data-unit="A-101"', "?byt=A-102", "A-101"),
        (' data-unit=""', "?byt=A-102", "A-102"),
        ("", "?unit=A-102", None),  # no other parameter names a unit
        ("", "?byt=", None),
    ],
)
def test_an_explicit_unit_wins_over_that_of_the_address(demo, open_page, site, attributes, query, unit):
    loader = f'<script src="{demo.web}/embed.js"></script>'
    page = open_page(site.put(FROM_THE_ADDRESS.format(attributes, loader)) + query)

    assert src(page).get("unit") == unit


def test_another_unit_in_the_address_of_an_application_is_another_form(demo, open_page, site):
    loader = f'<script src="{demo.web}/embed.js"></script>'
    page = open_page(site.put(FROM_THE_ADDRESS.format("", loader)) + "?byt=A-101")
    form_in(page)

    page.evaluate("history.pushState(null, '', '?byt=A-102'), document.querySelector('main').append('…')")

    page.wait_for_function("document.querySelector('main iframe').src.includes('unit=A-102')")


def test_what_the_page_knows_of_a_unit_gets_to_the_form_and_a_change_is_another_form(opened):
    page = opened(
        '<div data-realpad-form="riverside" data-unit="X-1" data-unit-label="1+kk · 38 m²"'
        ' data-unit-price="4890000"></div>'
    )

    told = src(page)
    page.evaluate("document.querySelector('main div').dataset.unitPrice = '4790000'")

    assert (told["unit"], told["unit_label"], told["unit_price"]) == ("X-1", "1+kk · 38 m²", "4890000")
    page.wait_for_function("document.querySelector('main iframe').src.includes('unit_price=4790000')")


def test_calls_take_what_attributes_do(opened):
    page = opened('<div id="place"></div>')
    known = "{unitFrom: 'byt', unitLabel: '2+kk', unitPrice: 5}"
    page.evaluate("history.replaceState(null, '', '?byt=C-7')")

    page.evaluate(f"RealpadForm.mount('#place', {{project: 'riverside', ...{known}}})")
    page.evaluate(f"RealpadForm.open('riverside', {known})")

    for place in ("#place iframe", "dialog iframe"):
        told = src(page, place)
        assert (told["unit"], told["unit_label"], told["unit_price"]) == ("C-7", "2+kk", "5")


def test_parameters_of_the_page_do_not_speak_for_the_unit(demo, open_page, site, tag):
    query = "?undefined=A-1&unit_label=cheap&unit_price=1&unit_id=7&theme=dark&gclid=g"
    page = open_page(site.put(tag()) + query)

    told = src(page)

    assert told["gclid"] == "g"
    assert not {"unit", "unit_id", "unit_label", "unit_price", "theme"} & set(told)


def test_the_loader_names_its_version(opened):
    assert opened("").evaluate("RealpadForm.version") == version("realpad-form")


def test_a_tag_in_the_head_says_why_it_shows_nothing(demo, open_page, site):
    page = open_page(site.put(""))

    with page.expect_console_message() as said:
        page.evaluate(
            """(src) => {
                const tag = Object.assign(document.createElement('script'), { src });
                tag.dataset.project = 'riverside';
                document.head.append(tag);
            }""",
            f"{demo.web}/embed.js",
        )

    assert (said.value.type, "realpad-form: in <head>" in said.value.text) == ("warning", True)
    assert page.locator("iframe").count() == 0


@pytest.mark.parametrize("kind", ["text/javascript", "module"])
def test_a_bundled_loader_knows_its_server(demo, open_page, site, kind):
    bundle = fetch_text(f"{demo.web}/embed.js")
    page = open_page(
        site.put(
            f'<div data-realpad-form="riverside"></div><script type="{kind}">let other; {bundle}</script>'
        )
    )

    form_in(page).locator("#q-surname").wait_for()


def fetch_text(url):
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
        return answer.read().decode()


def test_where_the_loader_cannot_get_the_rest_a_button_still_leads_to_the_form(demo, open_page, site):
    page = open_page("about:blank", may_complain=True, may_fail="Failed to fetch")
    page.route("**/host.js", lambda route: route.abort())
    page.goto(
        site.put(
            '<button data-realpad-form="riverside" data-unit="A-101">Zájem</button>'
            f'<script src="{demo.web}/embed.js"></script>'
        )
    )
    page.wait_for_function("Boolean(window.RealpadForm?.on)")

    page.locator("button").click()

    page.wait_for_url(f"{demo.web}/f/riverside/cs#*")
    page.locator("#q-surname").wait_for()


def test_a_click_before_the_rest_is_there_is_not_lost(demo, open_page, site):
    page = open_page("about:blank")
    held = []
    page.route("**/host.js", lambda route: held.append(route))
    page.goto(
        site.put(
            '<a href="/nowhere" data-realpad-form="riverside">Zájem</a>'
            f'<script src="{demo.web}/embed.js"></script>'
        )
    )
    page.wait_for_function("Boolean(window.RealpadForm?.on)")
    page.locator("main a").click()
    while not held:
        page.wait_for_timeout(50)

    held[0].continue_()

    form_in(page, "dialog[open] iframe").locator("#q-surname").wait_for()
