"""What a screen reader has to read of every state of the form, kept as text in `readings/`.

A reading that changed fails here. Read the new one as somebody who hears it would, then write all of them
with `WRITE_READINGS=1 pytest tests/browser/test_browser_readings.py`.
"""

import os
import shutil
import time
from pathlib import Path

import pytest
from reading import read_aloud
from visitor import fill, form_in, send, thanked, unfold

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).with_name("readings")
WRITES = "WRITE_READINGS" in os.environ


@pytest.fixture(scope="module")
def forms(demo):
    """Publish the forms of this module, and return the address of all forms."""
    copies = [Path(shutil.copy(source, demo.projects)) for source in FOLDER.glob("*.yaml")]
    time.sleep(2.5)  # every process looks at the folder once a second
    yield f"{demo.web}/f"
    for copy in copies:
        copy.unlink()


@pytest.fixture
def visit(open_page, forms):
    """Open a form, ready to be used."""

    def open_(address, *, is_scripted=True, **options):
        page = open_page("about:blank", may_complain=True, reduced_motion="reduce", **options)
        if not is_scripted:
            page.route("**/*.js", lambda route: route.abort())
        page.goto(f"{forms}/{address}")
        page.locator("html.js, #closed" if is_scripted else "html").wait_for()
        return page

    return open_


def keep(name, heard):
    """Compare what is heard with what was reviewed, or write it."""
    path = FOLDER / f"{name}.txt"
    if WRITES:
        path.write_text(heard, encoding="utf-8")
    assert heard == path.read_text(encoding="utf-8"), "read it anew, then WRITE_READINGS=1"


def refuse(page):
    page.locator("#send").click()
    page.locator("#summary:not([hidden])").wait_for()


LANGUAGES = pytest.mark.parametrize("language", ["cs", "en"])


@LANGUAGES
def test_fresh(visit, language):
    keep(f"{language}-fresh", read_aloud(visit(f"riverside/{language}")))


@LANGUAGES
def test_every_kind_of_question(visit, language):
    page = visit(f"otazky/{language}")
    folded = read_aloud(page)
    unfold(page)
    page.locator("input[type=checkbox][name=customer_pets]").check()

    keep(f"{language}-questions-folded", folded)
    keep(f"{language}-questions", read_aloud(page))


@LANGUAGES
def test_refused(visit, language):
    page = visit(f"otazky/{language}")

    refuse(page)

    keep(f"{language}-refused", read_aloud(page))


def test_corrected_and_hinted(visit):
    page = visit("otazky/cs")
    refuse(page)
    page.locator("#q-name").fill("Žofie")
    page.locator("#q-email").fill("zofie@gmial.com")
    page.locator("#q-price_max").fill("4500000")
    page.locator("#q-phone").fill("123")
    page.locator("#q-note").fill(" ".join(["slovo"] * 48))
    page.locator("#q-surname").focus()
    page.locator(".hint").wait_for()
    page.locator(".is-fine").first.wait_for()
    page.wait_for_timeout(1_200)  # until the count is said

    keep("cs-corrected", read_aloud(page))


def test_flat_named_by_the_page(visit):
    keep("cs-flat", read_aloud(visit("otazky/cs#unit=A-101")))


def test_on_the_way_and_arrived(visit, forms):
    page = visit("riverside/cs#unit=A-101&unit_label=1%2Bkk")
    held = []
    page.route("**/leads", lambda route: held.append(route))
    fill(page, "Čtená")
    page.locator("#send").click()
    while not held:
        page.wait_for_timeout(50)
    keep("cs-sending", read_aloud(page))

    held[0].continue_()
    thanked(page)
    keep("cs-thanks", read_aloud(page))

    page.locator("#another").click()
    page.locator("#sent:not([hidden])").wait_for()
    keep("cs-another", read_aloud(page))


def test_thanks_in_english(visit):
    page = visit("riverside/en")
    send(page, "Readová")

    keep("en-thanks", read_aloud(page))


def test_offline(visit):
    page = visit("riverside/cs")
    fill(page, "Odpojená")
    page.context.set_offline(True)
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for()

    keep("cs-offline", read_aloud(page))


@pytest.mark.parametrize(("name", "status"), [("limit", 429), ("failed", 500)])
def test_not_accepted_now(visit, name, status):
    page = visit("riverside/cs")
    headers = {"Retry-After": "3600"}
    page.route("**/leads", lambda route: route.fulfill(status=status, headers=headers, json={}))
    fill(page, "Nepřijatá")
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for(timeout=40_000)

    keep(f"cs-{name}", read_aloud(page))


def test_form_that_changed_meanwhile(visit):
    page = visit("riverside/cs")
    page.route(
        "**/leads", lambda route: route.fulfill(status=422, json={"errors": {"floor": ["Vyplňte patro."]}})
    )
    fill(page, "Změněná")

    refuse(page)

    keep("cs-changed", read_aloud(page))


def test_closed(visit):
    page = visit("zavreny/cs")

    keep("cs-closed", read_aloud(page))


def test_company_before_and_after_choosing(visit):
    page = visit("spolecnost/cs")
    keep("cs-company", read_aloud(page))

    page.locator("[name=project][value=jantar]").check()

    keep("cs-company-chosen", read_aloud(page))


def test_page_with_a_form_and_a_dialog(open_page, site, demo, tag):
    button = (
        '<button data-realpad-form="riverside" data-unit="A-101" data-unit-label="1+kk">Mám zájem</button>'
    )
    page = open_page(site.put(f"<h1>Byty</h1>{button}{tag()}", host="127.0.0.1"))
    form_in(page)
    keep("cs-page", read_aloud(page))
    keep("cs-page-form", read_aloud(page, page.frames[1]))

    page.locator("button[data-realpad-form]").click()
    form_in(page, "dialog[open] iframe").locator("#unit:not([hidden])").wait_for()
    page.wait_for_function("document.querySelector('dialog').ariaLabel === 'Mám zájem'")
    page.wait_for_timeout(300)
    keep("cs-dialog", read_aloud(page))
    keep("cs-dialog-form", read_aloud(page, page.frames[2]))


def test_no_form_comes(open_page, site, tag):
    page = open_page("about:blank", may_complain=True)
    page.route("**/f/**", lambda route: route.abort())
    page.goto(site.put(f"<h1>Byty</h1>{tag(phone='+420 777 123 456', email='prodej@riverside.example')}"))
    page.locator("main p a").first.wait_for(timeout=12_000)

    keep("cs-no-form", read_aloud(page))


def test_without_script(visit):
    page = visit("otazky/cs", is_scripted=False)
    keep("cs-unscripted", read_aloud(page))

    page.locator("#send").click()
    page.locator("#summary").wait_for()
    keep("cs-unscripted-refused", read_aloud(page))

    page = visit("riverside/cs", is_scripted=False)
    fill(page, "Bezskriptová")
    page.locator("#send").click()
    page.wait_for_url("**/thanks/*")
    keep("cs-unscripted-thanks", read_aloud(page))


def test_address_of_no_form(visit):
    keep("cs-nowhere", read_aloud(visit("nowhere", is_scripted=False)))
