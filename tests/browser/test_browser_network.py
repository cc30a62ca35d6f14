"""Bad lines and impatient people: nothing typed gets lost, and no lead comes twice."""

import re

import pytest
from visitor import fill, send, thanked

pytestmark = pytest.mark.browser


def test_a_lost_network_loses_no_lead_and_makes_no_second_one(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Výpadková")
    page.context.set_offline(True)
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for()
    assert page.locator("#q-surname").input_value() == "Výpadková"

    page.context.set_offline(False)
    thanked(page)

    assert len(arrived("Výpadková")) == 1


def test_offline_looks_calm_and_offers_nothing_that_needs_a_connection(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Klidná")
    page.context.set_offline(True)
    page.locator("#send").click()
    problem = page.locator("#problem:not([hidden])")
    problem.wait_for()

    assert problem.evaluate("(box) => box.classList.contains('is-calm')")
    assert "Nechte tuto stránku otevřenou" in problem.inner_text()
    assert problem.locator("a[href^='tel:']").is_visible()
    assert problem.locator("a[href^='mailto:']").is_hidden()
    assert page.locator("#send").inner_text() == "Zkusit znovu"
    assert not page.locator("#send").evaluate("(button) => button.classList.contains('is-busy')")

    page.context.set_offline(False)
    thanked(page)


def test_an_answer_lost_on_the_way_makes_no_second_lead(demo, open_page, arrived):
    page = open_page("about:blank", may_complain=True)
    lost = []

    def lose_the_first(route):
        if not lost:
            lost.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    page.route("**/leads", lose_the_first)
    page.goto(f"{demo.web}/f/riverside")
    fill(page, "Ztracenka")
    page.locator("#send").click()
    thanked(page)

    assert lost == [201]
    assert len(arrived("Ztracenka")) == 1


def test_an_expired_token_is_renewed_unnoticed(demo, open_page, arrived):
    page = open_page("about:blank", may_complain=True)
    page.route("**/session", lambda route: route.fulfill(json={"token": "long gone", "captcha": None}))
    page.goto(f"{demo.web}/f/riverside")
    fill(page, "Propadlá")
    page.locator("#send").click()
    thanked(page)

    assert len(arrived("Propadlá")) == 1


def test_a_line_that_breaks_while_sending_makes_one_lead(demo, open_page, arrived):
    page = open_page("about:blank", may_complain=True)
    held = []
    page.route("**/leads", lambda route: route.continue_() if held else held.append(route))
    page.goto(f"{demo.web}/f/riverside")
    fill(page, "Přerušená")
    page.locator("#send").click()
    page.locator("#send[aria-disabled=true]").wait_for()
    while not held:
        page.wait_for_timeout(50)
    page.context.set_offline(True)
    held[0].abort("internetdisconnected")
    page.locator("#problem:not([hidden])").wait_for()
    assert page.locator("#q-surname").input_value() == "Přerušená"

    page.context.set_offline(False)
    thanked(page)

    assert len(arrived("Přerušená")) == 1


def test_a_busy_server_is_asked_again_after_the_time_it_names(demo, open_page, arrived):
    page = open_page("about:blank", may_complain=True)
    refused = []

    def refuse_the_first(route):
        if refused:
            return route.continue_()
        refused.append(route)
        answer = {"status": "error", "error": "storage cannot take it now"}
        return route.fulfill(status=503, headers={"Retry-After": "1"}, json=answer)

    page.route("**/leads", refuse_the_first)
    page.goto(f"{demo.web}/f/riverside")
    send(page, "Vytížená")

    assert len(refused) == 1
    assert len(arrived("Vytížená")) == 1


def test_a_limit_keeps_the_answers_and_shows_another_way(demo, open_page):
    page = open_page("about:blank", may_complain=True)
    answer = {"status": "error", "error": "too many"}
    busy = {"status": 429, "headers": {"Retry-After": "3600"}, "json": answer}
    page.route("**/leads", lambda route: route.fulfill(**busy))
    page.goto(f"{demo.web}/f/riverside")
    fill(page, "Limitovaná")
    page.locator("#send").click()

    problem = page.locator("#problem:not([hidden])")
    problem.wait_for()

    assert problem.locator("a[href^='tel:']").count() == 1
    assert problem.locator("a[href^='mailto:']").is_visible()
    assert "Nechte tuto stránku otevřenou" in problem.inner_text()
    assert re.search(r"asi za\s60\smin", problem.inner_text())
    assert problem.evaluate("(box) => box.classList.contains('is-calm')")
    assert not page.locator("#send").evaluate("(button) => button.classList.contains('is-busy')")
    assert page.locator("#q-surname").input_value() == "Limitovaná"


def test_a_double_click_makes_one_lead(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Dvojkliková")

    page.locator("#send").dblclick()
    thanked(page)

    assert len(arrived("Dvojkliková")) == 1


def test_enter_pressed_again_and_again_makes_one_lead(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Netrpělivá")
    page.locator("[name^=consent_]").focus()

    for _ in range(4):
        page.keyboard.press("Enter")
    thanked(page)

    assert len(arrived("Netrpělivá")) == 1


def test_back_from_elsewhere_brings_a_form_that_sends(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Vrácená")
    page.goto(f"{demo.web}/f/jantar")
    page.go_back()
    page.locator("#q-name").wait_for()

    assert page.locator("#send").get_attribute("aria-disabled") != "true"
    send(page, "Vrácená")

    assert len(arrived("Vrácená")) == 1


def test_back_to_a_form_that_was_sending_makes_no_second_lead(demo, open_page, arrived):
    page = open_page("about:blank", may_complain=True)
    taken = []

    def take_and_say_nothing(route):
        if taken:
            return route.continue_()
        taken.append(route.fetch().status)
        return None

    page.route("**/leads", take_and_say_nothing)
    page.goto(f"{demo.web}/f/riverside")
    fill(page, "Odešlá")
    page.locator("#send").click()
    while not taken:
        page.wait_for_timeout(50)
    page.goto(f"{demo.web}/f/jantar")
    page.go_back()
    send(page, "Odešlá")

    assert taken == [201]
    assert len(arrived("Odešlá")) == 1
