"""From the host page to the CRM, in a real browser."""

import pytest
from visitor import fill, form_in, press_send, thanked, unfold

pytestmark = pytest.mark.browser


def test_a_lead_from_the_host_page_arrives_in_the_crm(demo, open_page, arrived):
    page = open_page(f"{demo.crm}/site/riverside?utm_source=seznam&utm_campaign=jaro")
    form = form_in(page)
    fill(form, "Inlineová")
    unfold(form)
    form.get_by_text("2+kk", exact=True).click()
    form.locator("#q-note").fill("Dobrý den,\nzajímá mě výhled na řeku.")
    form.locator("input[name=consent_39268430]").check()

    press_send(form)
    thanked(form)

    [inquiry] = arrived("Inlineová")
    assert (inquiry["name"], inquiry["phone"], inquiry["project"]) == ("Žofie", "+420777123456", "39264441")
    assert (inquiry["preferencerooms"], inquiry["language"], inquiry["campaign"]) == ("2+kk", "cs", "jaro")
    assert inquiry["updateconsents"] == "39268430"
    assert f"{demo.crm}/site/riverside" in inquiry["consentsource"] + inquiry["note"]
    assert inquiry["note"].startswith("Dobrý den,\nzajímá mě výhled na řeku.")
    assert "seznam" in inquiry["note"]


def test_the_host_page_learns_of_one_conversion_and_of_no_personal_value(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside")
    page.evaluate("""() => {
        window.told = [];
        for (const name of ['ready', 'start', 'error', 'submitted'])
            document.addEventListener(`realpad-form:${name}`, (event) => told.push([name, event.detail]));
    }""")
    form = form_in(page)
    fill(form, "Konverzní")
    press_send(form)
    thanked(form)
    page.wait_for_function("() => window.dataLayer?.length")

    entries = page.evaluate("dataLayer.filter((entry) => entry.event === 'generate_lead')")
    told = page.evaluate("told")
    assert len(entries) == 1
    assert [detail["id"] for name, detail in told if name == "submitted"] == [entries[0]["event_id"]]
    assert "Konverzní" not in str(told) + str(entries)
    assert "777123456" not in "".join(str(told).split())


def test_a_button_opens_the_form_of_its_unit_and_gets_the_focus_back(demo, open_page, arrived):
    page = open_page(f"{demo.crm}/site/riverside")
    button = page.locator("button[data-unit=A-102]")
    button.click()
    form_in(page, "dialog iframe")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.unit") == "A-102"

    button.click()
    form = form_in(page, "dialog iframe")
    fill(form, "Jednotková")
    press_send(form)
    thanked(form)

    assert arrived("Jednotková")[0]["internalid"] == "A-102"


def test_mistakes_are_summed_up_focused_and_linked(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Chybová", phone="12")

    page.locator("#send").click()
    page.locator("#summary:not([hidden])").wait_for()

    assert page.evaluate("document.activeElement.id") == "summary"
    assert page.locator("#q-phone").get_attribute("aria-invalid") == "true"
    page.locator("#summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "q-phone"
    page.locator("#q-phone").fill("608 123 456")
    page.locator("#send").click()
    thanked(page)
    assert arrived("Chybová")[0]["phone"] == "+420608123456"


def test_without_script_a_person_is_thanked_and_corrected_too(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", java_script_enabled=False, may_complain=True)
    fill(page, "Bezskriptová", phone="12")
    page.locator("#send").click()
    page.locator("#summary").wait_for()
    assert page.locator("#q-surname").input_value() == "Bezskriptová"

    page.locator("#q-phone").fill("777 123 456")
    page.locator("#send").click()
    page.wait_for_url("**/thanks/cs")

    assert arrived("Bezskriptová", wait_s=1) == []  # quarantined


def test_a_conditional_question_appears_and_is_sent_only_when_it_applies(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/jantar")
    hidden = page.locator("[data-show-if]:visible").count()
    page.locator("input[type=checkbox][name=customer_has_pets]").check()
    assert page.locator("[data-show-if]:visible").count() > hidden

    page.locator("#q-full_name").fill("Ľubomír Kráľ")
    page.locator("#q-phone").fill("0905 123 456")
    page.locator("#send").click()
    thanked(page)

    [inquiry] = arrived("Kráľ")
    assert (inquiry["name"], inquiry["phone"]) == ("Ľubomír", "+421905123456")
    assert inquiry["customer_has_pets"] == "true"


def test_a_visitor_who_is_thanked_is_no_longer_asked_to_fill_in(demo, open_page, arrived):
    page = open_page(f"{demo.crm}/site/sadova")
    page.get_by_role("button", name="Objednat prohlídku").click()
    form = form_in(page, "dialog iframe")
    asked = form.locator(".intro").is_visible()
    form.locator("#q-full_name").fill("Žofie Úvodní")
    form.locator("#q-phone").fill("777 123 456")
    form.locator("#q-price_max").fill("12,5 mil.")
    press_send(form)
    thanked(form)

    assert (asked, form.locator(".intro").is_visible()) == (True, False)
    [inquiry] = arrived("Úvodní")
    assert (inquiry["project"], inquiry["preferencepricemax"]) == ("39264663", "12500000")


def test_the_flat_of_the_button_stands_above_the_form_and_the_seller_in_the_thanks(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside")
    page.locator("button[data-unit=A-101]").click()
    form = form_in(page, "dialog iframe")
    fill(form, "Bytová")
    card = form.locator("#unit").inner_text()
    press_send(form)
    thanked(form)

    assert " ".join(card.split()).endswith("A-101 · 1+kk · 38 m² · 4 890 000 Kč")
    thanked_for = form.locator("#thanks-unit span:last-child").inner_text()
    assert " ".join(thanked_for.split()) == "A-101 · 1+kk · 38 m² · 4 890 000 Kč"
    photo = form.locator(".person img")
    photo.scroll_into_view_if_needed()
    photo.evaluate("(image) => image.decode()")
    assert photo.evaluate("(image) => image.naturalWidth") == 216


def test_corners_of_a_dialog_are_those_of_the_project(demo, open_page):
    page = open_page(f"{demo.crm}/site/jantar")
    page.locator("button[data-unit='4.03']").click()
    page.frame_locator("dialog iframe").locator("html.js").wait_for()

    corner = "getComputedStyle(document.querySelector('dialog')).borderRadius"
    page.wait_for_function(f"() => {corner} === '0px'")


def test_the_frame_is_as_high_as_its_form(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside", viewport={"width": 1280, "height": 800})
    form = form_in(page)
    form.locator("#q-name").wait_for()

    inside = form.locator("#page").evaluate("(element) => element.getBoundingClientRect().height")

    page.wait_for_function(
        "(height) => Math.abs(document.querySelector('iframe').offsetHeight - height) < 20", arg=inside
    )
