"""What is typed is never lost, and never touched while it is typed."""

import time

import pytest
from desk_site import desk_site
from visitor import LANDED, fill

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
    page.locator(LANDED).wait_for()

    assert len(arrived("Ztracená")) == 1


def test_other_answers_after_a_lost_answer_and_a_reload_are_another_lead(demo, open_page, arrived):
    page = open_page(f"{demo.web}/f/riverside", may_complain=True)
    fill(page, "Prvotní")
    send_and_lose_the_answer(page)
    page.reload()
    fill(page, "Jinaková")
    page.locator("#send").click()
    page.locator(LANDED).wait_for()

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
    page.locator(LANDED).wait_for()

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
    page.locator(LANDED).wait_for()

    assert len(arrived(surname, expected=2)) == leads


def test_nothing_typed_is_left_after_the_thanks(demo, open_page):
    page = open_page(f"{demo.web}/f/riverside")
    fill(page, "Uklizená")
    page.locator("#send").click()
    page.locator(LANDED).wait_for()

    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    assert values(page, "name", "surname") == ["", ""]


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
