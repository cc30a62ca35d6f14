"""The flat, sections, prefixes, a slider, days and a closed form: what project files say beyond questions."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from visitor import form_in, press_send, thanked

pytestmark = pytest.mark.browser

PROJECT = """
version: 1
project: paulina
name: Vila Paulína
title: Nezávazná poptávka
submit: Chci nabídku
languages: [cs]
origins: ["http://localhost:*", "http://127.0.0.1:*"]
phone_regions: [CZ, SK]
realpad: {credentials: riverside, project: 39264441}
fields:
  - field: unit
    visible: card
    known: [{id: A-101, label: "1+kk · 38 m²", price: 4890000}, {id: A-102, label: 2+kk}]
  - {field: name}
  - {field: surname}
  - {field: phone, required: true}
  - section: Upřesnit
    collapsed: true
  - {field: price_max, min: 3000000, max: 20000000, step: 500000, slider: true}
  - {attribute: customer_day, type: date, label: Prohlídka, min: today+1, max: today+30}
  - attribute: customer_purpose
    type: single_select
    label: Účel
    options: [bydlení, investice]
    none: false
  - {field: note, show_if: {any: [{price_max: {min: 9000000}}, {customer_purpose: {not: investice}}]}}
thank_you:
  contact: {name: Jana Malá, role: prodej, phone: "+420 777 123 456"}
  link: {label: Katalog, url: "https://www.example.com/k.pdf"}
fallback: {phone: "+420 777 123 456"}
theme: {frame_radius: 0}
limits: {per_address: 9999/minute, per_project: 9999/minute}
"""
FLAT = "A-101 · 1+kk · 38 m² · 4 890 000 Kč"


def publish(demo, name, text):
    (demo.projects / f"{name}.yaml").write_text(text, encoding="utf-8")
    time.sleep(2.5)  # every process looks at the folder once a second


@pytest.fixture(scope="module")
def paulina(demo):
    """Return the address of a form that has everything."""
    publish(demo, "paulina", PROJECT)
    yield f"{demo.web}/f/paulina"
    (demo.projects / "paulina.yaml").unlink()


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def text(form, selector):
    return plain(form.locator(selector).inner_text()).strip()


def fill(form, surname, phone="777 123 456"):
    form.locator("#q-name").fill("Žofie")
    form.locator("#q-surname").fill(surname)
    form.locator("#q-phone").fill(phone)


def send(form):
    press_send(form)
    thanked(form)


def test_the_flat_is_named_above_the_form_and_in_the_thank_you(paulina, open_page, arrived):
    page = open_page(f"{paulina}?unit=A-101")

    assert text(page, "#unit").endswith(FLAT)
    assert page.locator("#q-unit").is_hidden()
    fill(page, "Bytová")
    send(page)

    assert text(page, "#thanks-unit span:last-child") == FLAT
    assert text(page, ".person").split("\n") == ["Jana Malá", "prodej", "+420 777 123 456"]
    assert page.locator(".more").get_attribute("href") == "https://www.example.com/k.pdf"
    assert [lead["internalid"] for lead in arrived("Bytová", wait_s=10)] == ["A-101"]


def test_a_page_without_a_flat_lets_the_visitor_choose_one(paulina, open_page, arrived):
    page = open_page(paulina)

    assert page.locator("#unit").is_hidden()
    page.locator("#q-unit").select_option("A-102")
    fill(page, "Vybíravá")
    send(page)

    assert text(page, "#thanks-unit span:last-child") == "A-102 · 2+kk"
    assert [lead["internalid"] for lead in arrived("Vybíravá", wait_s=10)] == ["A-102"]


def test_a_flat_that_the_file_does_not_know_is_named_by_the_page_and_kept_in_the_note(
    paulina, site, open_page, arrived
):
    base = paulina.rpartition("/f/")[0]
    button = (
        '<button data-realpad-form="paulina" data-unit="C-9" data-unit-label="3+kk · 80 m²" '
        f'data-unit-price="9480000">Mám zájem</button><script async src="{base}/embed.js"></script>'
    )
    page = open_page(site.put(button))
    page.locator("button").first.click()
    form = form_in(page, "dialog iframe")

    assert text(form, "#unit").endswith("C-9 · 3+kk · 80 m² · 9 480 000 Kč")
    assert page.locator("dialog").evaluate("dialog => dialog.style.borderRadius") == "0px"
    fill(form, "Neznámá")
    send(form)

    [lead] = arrived("Neznámá", wait_s=10)
    assert "internalid" not in lead
    assert "unit: C-9" in lead["note"]


def test_a_section_is_folded_and_opens_for_an_error_inside(paulina, open_page):
    page = open_page(paulina, may_complain=True)
    section = page.locator("details.section")

    assert section.get_attribute("open") is None
    section.locator("summary").click()
    page.locator("#q-price_max").fill("1")
    section.locator("summary").click()
    fill(page, "Skládací")
    page.locator("#send").click()
    page.locator("#summary li a").click()

    assert section.get_attribute("open") is not None
    assert page.locator("#q-price_max").evaluate("box => box === document.activeElement")
    assert "3 000 000 Kč" in text(page, "#error-price_max")


def test_without_script_a_section_is_open_and_a_flat_can_be_chosen(paulina, chromium, arrived):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(paulina)

    assert page.locator("#q-price_max").is_visible()
    page.locator("#q-unit").select_option("A-101")
    fill(page, "Tichá", phone="0905 123 456")
    page.locator("[name=phone_prefix]").select_option("SK")
    page.locator("#send").click()

    assert page.locator(".person").is_visible()
    context.close()


def test_slider_and_box_say_the_same(paulina, open_page):
    page = open_page(paulina)
    page.locator("details.section summary").click()
    slider = page.locator(".slider input")

    page.locator("#q-price_max").fill("9,5 mil.")
    assert slider.input_value() == "9500000"
    slider.press("ArrowRight")

    assert plain(page.locator("#q-price_max").input_value()) == "10 000 000"
    assert plain(slider.get_attribute("aria-valuetext")) == "10 000 000 Kč"
    assert page.locator("#q-note").is_visible()  # by the condition on the budget


def test_days_are_limited_from_today_on(paulina, open_page):
    page = open_page(paulina)
    box = page.locator("#q-customer_day")

    days = [date.fromisoformat(box.get_attribute(end)) for end in ("min", "max")]

    assert days[1] - days[0] == timedelta(days=29)
    assert abs(days[0] - datetime.now(UTC).date() - timedelta(days=1)) <= timedelta(
        days=1
    )  # the browser's time zone


def test_the_chosen_prefix_decides_how_a_number_is_read(paulina, open_page, arrived):
    page = open_page(paulina)
    fill(page, "Slovenská", phone="905 123 456")
    page.locator("[name=phone_prefix]").select_option("SK")
    send(page)
    assert [lead["phone"] for lead in arrived("Slovenská", wait_s=10)] == ["+421905123456"]

    page = open_page(paulina, may_complain=True)
    fill(page, "Cizí", phone="20 7946 0000")
    page.locator("[name=phone_prefix]").select_option("other")
    page.locator("#send").click()
    page.locator("#summary li").first.wait_for()

    assert "+44 20 7946 0000" in text(page, "#error-phone")


def test_the_prefix_outlives_a_reload(paulina, open_page):
    page = open_page(paulina)
    page.locator("[name=phone_prefix]").select_option("SK")
    page.locator("#q-phone").fill("905 123 456")
    page.reload()

    assert page.locator("[name=phone_prefix]").input_value() == "SK"


def test_an_answer_without_an_empty_choice_is_taken_back_by_another_click(paulina, open_page):
    page = open_page(paulina)
    page.locator("details.section summary").click()
    choice = page.locator("[name=customer_purpose]").first
    assert page.locator("[name=customer_purpose]").count() == 2
    page.locator("#q-phone").focus()  # what helps to answer is fetched
    page.wait_for_timeout(500)
    choice.check()
    choice.click()
    page.wait_for_timeout(100)

    assert not choice.is_checked()


def test_a_closed_form_says_so_in_its_frame_too(demo, site, open_page):
    closed = PROJECT.replace("project: paulina", "project: zavreno", 1)
    publish(demo, "zavreno", f"{closed}closed: {{message: Vyprodáno.}}\n")
    tag = f'<script async src="{demo.web}/embed.js" data-project="zavreno"></script>'

    page = open_page(site.put(f"<main>{tag}</main>"))
    frame = page.frame_locator("main iframe")

    assert "Vyprodáno." in text(frame, "#closed")
    assert frame.locator("form").count() == 0
    page.wait_for_function("document.querySelector('main iframe').offsetHeight < 400")
    (demo.projects / "zavreno.yaml").unlink()


def test_what_was_typed_into_a_section_opens_it_after_a_reload(paulina, open_page):
    page = open_page(paulina)
    page.locator("details.section summary").click()
    page.locator("#q-price_max").fill("9 mil")
    page.locator("#q-price_max").press("Tab")
    page.reload()

    assert page.locator("details.section").get_attribute("open") is not None


def test_an_error_in_a_folded_section_opens_it(paulina, open_page):
    page = open_page(paulina, may_complain=True)
    section = page.locator("details.section")
    section.locator("summary").click()
    page.locator("#q-price_max").fill("1")
    section.locator("summary").click()
    fill(page, "Zamčená")
    page.locator("#send").click()
    page.locator("#summary li").first.wait_for()

    assert section.get_attribute("open") is not None


def test_the_slider_forgets_with_the_form(paulina, open_page):
    page = open_page(paulina)
    page.locator("details.section summary").click()
    page.locator("#q-price_max").fill("9 mil")
    fill(page, "Další")
    send(page)
    page.locator("#another").click()

    page.wait_for_function("document.querySelector('.slider').matches('.is-unset')")


def test_a_number_with_its_code_moves_the_list_and_is_shown_without_it(paulina, open_page):
    page = open_page(paulina)
    page.locator("#q-phone").fill("+421905123456")
    page.locator("#q-phone").press("Tab")

    assert page.locator("[name=phone_prefix]").input_value() == "SK"
    assert plain(page.locator("#q-phone").input_value()) == "905 123 456"
    page.wait_for_timeout(300)
    assert page.locator("[data-key=phone].is-fine").count() == 1


def test_of_a_wrong_phone_or_budget_only_the_box_is_called_wrong(paulina, open_page):
    page = open_page(paulina, may_complain=True)
    page.locator("details.section summary").click()
    fill(page, "Chybná", phone="1")
    page.locator("#q-price_max").fill("1")
    page.locator("#send").click()
    page.locator("#summary li").first.wait_for()

    assert page.evaluate("[...document.querySelectorAll('[aria-invalid]')].map(({ id }) => id)") == [
        "q-phone",
        "q-price_max",
    ]


CONDITIONAL = """
version: 1
project: oddily
name: Oddíly
languages: [cs]
origins: ["http://localhost:*", "http://127.0.0.1:*"]
realpad: {credentials: riverside, project: 39264441}
fields:
  - {field: full_name}
  - {field: phone, required: true}
  - {attribute: customer_pets, type: boolean, label: Mám zvíře}
  - section: O zvířeti
  - {attribute: customer_pet, type: string, label: Jaké, show_if: {customer_pets: true}}
  - section: O procházkách
    collapsed: true
  - {attribute: customer_walks, type: string, label: Kam, show_if: {customer_pets: true}}
  - section: O vás
  - {field: note}
"""


@pytest.mark.parametrize("has_script", [True, False])
def test_a_heading_is_there_only_if_one_of_its_questions_is(demo, chromium, has_script):
    publish(demo, "oddily", CONDITIONAL)
    context = chromium.new_context(java_script_enabled=has_script)
    page = context.new_page()
    page.goto(f"{demo.web}/f/oddily")
    page.locator("html.js" if has_script else "html").wait_for()
    headings = [page.get_by_text(name, exact=True) for name in ("O zvířeti", "O procházkách", "O vás")]

    before = [heading.is_visible() for heading in headings]
    page.locator("[type=checkbox][name=customer_pets]").check()
    after = [heading.is_visible() for heading in headings]

    assert before == ([False, False, True] if has_script else [True, True, True])
    assert after == [True, True, True]
    context.close()
    (demo.projects / "oddily.yaml").unlink()
