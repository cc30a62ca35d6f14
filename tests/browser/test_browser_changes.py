"""A form that has changed since its page was loaded, and questions with difficult names or conditions."""

import json
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from visitor import fill, send, thanked, unfold

pytestmark = pytest.mark.browser

NAMES = """[...new Set(function* () {
    for (let part = HTMLFormElement.prototype; part; part = Object.getPrototypeOf(part))
        yield* Object.getOwnPropertyNames(part).filter((name) => /^[a-z][a-z0-9_]*$/.test(name));
}())]"""
"""Every name of a custom attribute that a form element has for a property of its own."""
BUDGET = {"field": "price_max"}
LOAN = {
    "attribute": "customer_financing",
    "type": "string",
    "label": "Financing",
    "required": True,
    "show_if": {"price_max": 6000000},
}
FLOOR = {"attribute": "customer_floor", "type": "single_select", "label": "Floor", "required": True}


@pytest.fixture
def publish(demo):
    """Publish a version of a project and wait until the service has it; return the form's address."""

    def write(slug, *questions, name="Amber"):
        contact = [{"field": key} for key in ("name", "surname", "phone")]
        project = {
            "version": 1, "project": slug, "name": name, "languages": ["en"], "origins": [demo.web],
            "limits": {"per_address": "9999/minute", "per_project": "9999/minute"},
            "realpad": {"credentials": "riverside", "project": 39264441},
            "fields": [*contact, *questions],
        }  # fmt: skip
        (demo.projects / f"{slug}.yaml").write_text(json.dumps(project), encoding="utf-8")
        address = f"{demo.web}/f/{slug}"
        deadline = time.monotonic() + 15
        while f">{name}<" not in page_at(address):
            assert time.monotonic() < deadline, "the service did not take the project"
            time.sleep(0.1)
        return address

    return write


def page_at(address):
    try:
        with urlopen(address) as answer:  # noqa: S310 - our own server
            return answer.read().decode()
    except HTTPError as error:
        error.close()
        return ""


def test_boxes_may_be_called_like_anything_that_a_form_element_has(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside")
    names = page.evaluate(NAMES)
    boxes = "".join(f'<input class="visually-hidden" name="{name}">' for name in names)
    body = page_at(page.url).replace('<div class="actions wide">', f'{boxes}<div class="actions wide">')
    page.route(
        "**/f/riverside", lambda route: route.fulfill(body=body, headers={"Content-Type": "text/html"})
    )
    page.reload()

    for surname in ("Pojmenovaná", "Přejmenovaná"):
        unfold(page)
        page.locator("#q-note").fill("Dobrý den")
        send(page, surname)
        page.locator("#another").click()

    assert {"action", "closest", "constructor", "dataset", "elements", "reset", "submit"} <= set(names)
    assert [page.locator(f"#q-{key}").input_value() for key in ("surname", "note")] == ["Přejmenovaná", ""]
    assert [len(arrived("Pojmenovaná")), len(arrived("Přejmenovaná"))] == [1, 1]


def test_a_question_stays_as_long_as_the_answer_before_it_means_the_same(publish, open_page, demo):
    page = open_page(publish("conditional", BUDGET, LOAN))
    loan = page.locator("#q-customer_financing")
    page.locator("#q-price_max").press_sequentially("6000000")
    loan.fill("mortgage")
    tidied = page.locator("#q-price_max").input_value()

    fill(page, "Conditional")
    assert (tidied, loan.is_visible()) == ("6,000,000", True)

    with page.expect_request("**/leads") as sent:
        page.locator("#send").click()

    assert sent.value.post_data_json["customer_financing"] == "mortgage"
    thanked(page)


@pytest.mark.parametrize(
    ("slug", "before", "after"),
    [
        ("added", [], [{**FLOOR, "options": ["1", "2"]}]),
        ("removed", [{**FLOOR, "options": ["3", "4"]}], [{**FLOOR, "options": ["1", "2"]}]),
    ],
)
def test_a_form_that_has_changed_says_so_and_is_loaded_again(publish, open_page, slug, before, after):
    page = open_page(publish(slug, *before), may_complain=True)
    fill(page, "Changed")
    if before:
        page.get_by_text("3", exact=True).click()
    publish(slug, *after, name="Beryl")

    page.locator("#send").click()
    page.locator("#changed").wait_for()
    page.locator("#reload").click()
    page.get_by_text("2", exact=True).click()

    assert page.locator("#q-surname").input_value() == "Changed"
    page.locator("#send").click()
    thanked(page)


def test_a_mistake_that_can_be_corrected_does_not_ask_to_load_the_form_again(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Opravná", phone="12")

    page.locator("#send").click()
    page.locator("#summary:not([hidden])").wait_for()

    assert page.locator("#changed").is_hidden()


def test_page_tells_which_words_of_a_consent_it_showed(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Vědoucí")
    page.locator("[name^=consent_]").check()

    with page.expect_request("**/leads") as sent:
        page.locator("#send").click()

    body = sent.value.post_data_json
    shown = page.locator("[name^=words_]")
    assert body[shown.get_attribute("name")] == shown.input_value()
    assert body["form_version"] == page.locator("[name=form_version]").input_value()
