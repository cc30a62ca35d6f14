"""What is typed is never lost, and never touched while it is typed."""

import json
import re
import time

import pytest
from desk_site import desk_site
from visitor import LANDED, fill, form_in, press_send, thanked, unfold

pytestmark = pytest.mark.browser


def values(page, *keys):
    return [page.locator(f"#q-{key}").input_value().replace("\N{NO-BREAK SPACE}", " ") for key in keys]


def send_and_lose_the_answer(page):
    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/leads", lose, times=1)
    with page.expect_event("requestfailed"):
        page.locator("#send").click()


def test_what_is_typed_survives_a_reload_and_consents_do_not(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Obnovená")
    unfold(page)
    page.locator("#q-note").fill("Máte sklep?\nDíky")
    page.get_by_text("2+kk", exact=True).click()
    page.locator("[name^=consent_]").check()

    page.reload()

    assert values(page, "name", "surname", "note") == ["Žofie", "Obnovená", "Máte sklep?\nDíky"]
    assert page.get_by_label("2+kk", exact=True).is_checked()
    assert not page.locator("[name^=consent_]").is_checked()


def test_a_reload_after_a_lost_answer_makes_no_second_lead(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Ztracená")
    send_and_lose_the_answer(page)
    page.reload()
    page.locator("#send").click()
    thanked(page)

    assert len(arrived("Ztracená")) == 1


def test_other_answers_after_a_lost_answer_and_a_reload_are_another_lead(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Prvotní")
    send_and_lose_the_answer(page)
    page.reload()
    fill(page, "Jinaková")
    page.locator("#send").click()
    thanked(page)

    assert [len(arrived("Prvotní")), len(arrived("Jinaková"))] == [1, 1]


@pytest.mark.parametrize("ticked", [True, False])
def test_a_consent_changed_after_a_lost_answer_counts(demo, open_page, arrived, ticked):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    surname = f"Rozmyšlená{ticked}"
    page.route("**/leads", lambda route: (route.fetch(), route.fulfill(status=502)), times=5)
    fill(page, surname)
    page.locator("[name^=consent_]").set_checked(ticked)
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for(timeout=30_000)
    page.locator("[name^=consent_]").set_checked(not ticked)
    page.locator("#send").click()
    thanked(page)

    consents = [lead.get("updateconsents") for lead in arrived(surname, 5, expected=2)]

    assert sorted(consents, key=str) == ["39268430", None]


@pytest.mark.parametrize(("before", "after", "leads"), [(True, False, 1), (True, True, 1), (False, True, 2)])
def test_after_a_reload_only_a_new_tick_makes_another_lead(demo, open_page, arrived, before, after, leads):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    surname = f"Znovu{before}{after}"
    fill(page, surname)
    page.locator("[name^=consent_]").set_checked(before)
    send_and_lose_the_answer(page)
    page.reload()
    page.locator("[name^=consent_]").set_checked(after)
    page.locator("#send").click()
    thanked(page)

    assert len(arrived(surname, expected=2)) == leads


def test_of_what_is_typed_only_who_it_was_is_left_after_the_thanks(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Uklizená")
    unfold(page)
    page.locator("#q-note").fill("Máte sklep?")
    page.get_by_text("2+kk", exact=True).click()
    page.locator("[name^=consent_]").check()
    page.locator("#send").click()
    thanked(page)

    kept = page.evaluate("Object.entries(sessionStorage).sort()")
    assert [name for name, _ in kept] == ["realpad-form-contact:riverside", "realpad-form-sent:riverside:"]
    assert set(json.loads(kept[0][1])) == {"name", "surname", "phone"}
    page.reload()
    assert values(page, "name", "surname", "note") == ["Žofie", "Uklizená", ""]
    assert page.locator("input[type=checkbox]:checked").count() == 0


@pytest.fixture
def opened_from(demo, open_page):
    """Open a host page's dialog for a unit, wait for its form, and return both."""
    page = open_page(f"{demo.crm}/site/riverside")

    def open_unit(unit):
        page.locator(f"button[data-unit={unit}]").click()
        return form_in(page, "dialog[open] iframe")

    return page, open_unit


def test_who_somebody_is_stays_for_the_next_unit_and_the_rest_does_not(opened_from):
    page, open_unit = opened_from
    form = open_unit("A-101")
    fill(form, "Druhobytová")
    form.locator("#q-email").fill("anna@firma.cz")
    unfold(form)
    form.locator("#q-note").fill("Máte sklep?")
    form.locator("[name^=consent_]").check()
    page.keyboard.press("Escape")

    form = open_unit("A-102")

    assert values(form, "name", "surname", "email", "phone", "note") == [
        "Žofie",
        "Druhobytová",
        "anna@firma.cz",
        "+420 777 123 456",
        "",
    ]
    assert not form.locator("[name^=consent_]").is_checked()


def test_who_somebody_is_stays_after_sending_for_another_unit_and_another_enquiry(opened_from, arrived):
    page, open_unit = opened_from
    form = open_unit("A-101")
    fill(form, "Opětovná")
    unfold(form)
    form.locator("#q-note").fill("Máte sklep?")
    press_send(form)
    thanked(form)

    form.locator("#another").click()
    again = values(form, "name", "surname", "phone", "note")
    page.keyboard.press("Escape")
    form = open_unit("A-102")
    press_send(form)
    thanked(form)

    assert again == ["Žofie", "Opětovná", "+420 777 123 456", ""]
    assert {lead["internalid"] for lead in arrived("Opětovná", expected=2)} == {"A-101", "A-102"}


def test_another_enquiry_knows_who_somebody_is_also_where_frames_keep_nothing(open_page, site, tag):
    page = open_page(site.put(tag()))  # another site: this browser denies its frames any storage
    form = form_in(page)
    denied = form.locator(":root").evaluate("() => { try { sessionStorage; } catch { return true; } }")
    fill(form, "Bezuložištní")
    unfold(form)
    form.locator("#q-note").fill("Máte sklep?")
    press_send(form)
    thanked(form)

    form.locator("#another").click()

    assert denied
    assert values(form, "name", "surname", "note") == ["Žofie", "Bezuložištní", ""]


def test_another_unit_set_while_somebody_types_costs_nothing_of_who_they_are(open_page, site, tag):
    page = open_page(site.put(f"<section>{tag(unit='A-101')}</section>", host="127.0.0.1"))
    form = form_in(page)
    fill(form, "Rozepsaná")

    page.evaluate("document.querySelector('[data-realpad-form]').dataset.unit = 'A-102'")
    page.wait_for_function("document.querySelector('iframe').src.includes('A-102')")
    form = form_in(page)

    assert values(form, "name", "surname", "phone") == ["Žofie", "Rozepsaná", "777 123 456"]


def test_form_beside_the_dialog_learns_who_somebody_is(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside")
    inline = form_in(page)
    page.locator("button[data-unit=A-102]").click()
    form = form_in(page, "dialog iframe")
    fill(form, "Vedlejší")
    page.keyboard.press("Escape")

    inline.locator("#q-surname").click()

    assert values(inline, "name", "surname") == ["Žofie", "Vedlejší"]


def test_who_somebody_is_is_another_project_s_no_business(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Jinoprojektová")

    page.goto(f"{demo.web}/f/jantar")

    assert values(page, "full_name", "phone") == ["", ""]


@pytest.mark.parametrize("way", ["reload", "back"])
def test_form_that_was_sent_says_so_when_it_is_seen_again(demo, open_page, way):
    page = open_page(f"{demo.crm}/site/riverside")
    page.goto(f"{demo.web}/f/riverside")
    assert page.locator("#sent").is_hidden()
    fill(page, "Vracející")
    page.locator("#send").click()
    thanked(page)

    if way == "reload":
        page.reload()
    else:
        page.goto("about:blank")
        page.go_back()

    line = page.locator("#sent")
    if page.locator(LANDED).is_hidden():  # the browser did not keep the page itself
        assert re.fullmatch(r"Vaši poptávku jsme přijali v\s\d?\d:\d\d\.", line.inner_text())
        assert page.locator("#send").is_visible()
    page.goto(f"{demo.web}/f/riverside?unit=A-102")
    assert line.is_hidden()


def test_thanks_in_a_dialog_can_be_closed(opened_from):
    page, open_unit = opened_from
    form = open_unit("A-102")
    fill(form, "Zavírající")
    press_send(form)
    thanked(form)
    assert form.locator("#thanks h2").evaluate("(title) => title === document.activeElement")

    form.locator("#close").click()

    page.locator("dialog[open]").wait_for(state="hidden")


def test_thanks_outside_a_dialog_offer_nothing_to_close(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Nezavírající")
    page.locator("#send").click()
    thanked(page)

    assert page.locator("#close").is_hidden()
    assert page.locator("#another").is_visible()


def test_a_project_may_keep_nothing_of_what_is_typed(tmp_path, open_page):
    with desk_site(tmp_path) as desk:
        path = tmp_path / "projects" / "riverside.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "\nkeep_draft: false\n", encoding="utf-8")
        while desk.services.catalog.get("riverside").keep_draft:
            time.sleep(0.1)
        page = open_page(f"{desk.url}/f/riverside")
        fill(page, "Zapomenutá")

        assert page.evaluate("sessionStorage.length") == 0
        page.reload()
        assert values(page, "name", "surname") == ["", ""]
        fill(page, "Zapomenutá")
        page.locator("#send").click()
        thanked(page)
        assert page.evaluate("sessionStorage.length") == 0
        page.locator("#another").click()
        assert values(page, "name", "surname") == ["", ""]


def test_numbers_become_readable_only_once_they_are_entered(demo, open_page):
    page = open_page(f"{demo.web}/f/jantar")

    page.locator("#q-price_max").press_sequentially("250000")
    page.locator("#q-price_max").press("ArrowLeft")
    page.keyboard.type("5")
    typed = values(page, "price_max")
    page.keyboard.press("Tab")
    page.locator("#q-phone").fill("+421905123456")
    page.keyboard.press("Tab")

    assert typed == ["2500050"]
    assert values(page, "price_max", "phone") == ["2 500 050", "+421 905 123 456"]
