"""A marketer who reads no YAML changes a form in the builder, in a real browser."""

import re
import threading

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from test_browser_axe import violations

pytestmark = pytest.mark.browser

PLACE = "/preview/riverside"


@pytest.fixture
def desk(tmp_path):
    with desk_site(tmp_path) as desk:
        for _ in range(2):
            desk.services.folder_publisher.run_once(desk.services.catalog.contents())
        yield desk


@pytest.fixture
def visit(desk, open_page):
    def open_(role="marketer", **options):
        options = {"may_complain": True, **options}  # a refusal is a 422, which Chromium writes down in red
        page = open_page(f"{desk.url}{PLACE}/edit#builder", storage_state=desk.state(role), **options)
        page.locator(".entry").first.wait_for()
        return page

    return open_


@pytest.fixture
def page(visit):
    return visit()


def framed(page):
    return page.frame_locator("#stage iframe:not(.is-coming)")


def keys(page):
    entries = page.locator("#b-questions > .entries > .entry")
    return entries.evaluate_all("entries => entries.map((entry) => entry.dataset.key)")


def text_of(page):
    return page.locator("#text").input_value()


def open_question(page, key):
    page.locator(f"#entry-{key} > summary").click()


def test_a_label_that_is_typed_stands_in_the_preview_and_in_the_text(page):
    open_question(page, "email")
    page.fill("#b-fields-2-label-cs", "Váš e-mail")

    expect(framed(page).locator("[data-key=email] .label")).to_contain_text("Váš e-mail")
    expect(page.locator("#entry-email .title")).to_have_text("Váš e-mail")
    expect(page.locator("#text")).to_have_value(re.compile("label: {cs: Váš e-mail}"))
    assert "# two beside each other where there is room" in text_of(page)


def test_a_label_changes_in_the_preview_with_the_key_that_is_pressed(page):
    open_question(page, "email")
    page.focus("#b-fields-2-label-cs")
    framed(page).locator("[data-key=email] .label").wait_for()

    took_ms = page.evaluate(
        """() => {
          const box = document.activeElement;
          const began = performance.now();
          box.value = "Váš e-mail";
          box.dispatchEvent(new Event("input", { bubbles: true }));
          const frame = document.querySelector("#stage iframe:not(.is-coming)");
          const label = frame.contentDocument.querySelector("[data-key=email] .label");
          return label.textContent.includes("Váš e-mail") ? performance.now() - began : -1;
        }"""
    )

    assert 0 <= took_ms < 150


def test_a_question_of_ones_own_is_added_and_published(desk, visit):
    page = visit("admin")
    page.locator("#b-add > summary").click()
    page.select_option("#b-new-kind", "single_select")
    page.fill("#b-new-label", "Kdy se chcete stěhovat?")
    page.fill("#b-new-key", "customer_moving")
    page.fill("#b-new-options", "do roka\npozději")
    page.locator("[data-do=add]").click()

    expect(framed(page).locator("[data-key=customer_moving] legend")).to_contain_text(
        "Kdy se chcete stěhovat?"
    )
    expect(page.locator("#entry-customer_moving")).to_have_attribute("open", "")
    page.click("#review")
    page.click("#publish .main")
    expect(page.locator(".versions tbody tr").first).to_contain_text("2")
    assert "customer_moving" in desk.services.catalog.get("riverside").questions


def test_a_question_is_moved_by_the_keyboard_and_keeps_the_focus(page):
    page.focus("#b-fields-2-up")
    page.keyboard.press("Enter")
    expect(page.locator("#b-fields-1-up")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#b-fields-0-down")).to_be_focused()  # it can go no further up
    assert keys(page)[:3] == ["email", "name", "surname"]
    expect(page.locator("#builder-status")).to_have_text("E-mail: 1 / 9")
    expect(framed(page).locator(".field").first).to_have_attribute("data-key", "email")


def test_a_question_is_dragged_by_the_mouse(page):
    handles = page.locator("#b-questions .entry .handle")

    handles.nth(3).drag_to(page.locator("#b-questions .entry").nth(0))

    expect(page.locator("#b-questions .entry").first).to_have_attribute("data-key", "phone")


def test_what_only_an_admin_may_publish_is_told_as_long_as_it_stands_in_the_draft(page):
    told = page.locator("#needs-admin")
    expect(told).to_be_hidden()
    page.locator("#b-consents > summary").click()
    page.locator("#b-consents .entry summary").first.click()
    page.locator("#b-consents-0-remove").click()

    expect(told).to_contain_text("consents")
    expect(told).to_contain_text("o které souhlasy se žádá")
    page.click("#undo")

    expect(told).to_be_hidden()


def test_what_is_removed_comes_back_with_undo(page):
    before = text_of(page)
    open_question(page, "note")
    page.locator("#b-fields-8-remove").click()
    expect(page.locator("#entry-note")).to_have_count(0)
    assert "Co by vás zajímalo?" not in text_of(page)

    page.click("#undo")

    expect(page.locator("#entry-note")).to_have_count(1)
    assert text_of(page) == before
    expect(page.locator("#undo")).to_be_disabled()


def test_what_would_make_the_file_wrong_is_refused_at_its_box(page):
    before = text_of(page)
    page.locator("#b-thanks > summary").click()
    page.fill("#b-thank_you-redirect", "riverside")

    expect(page.locator("#b-thank_you-redirect-wrong")).to_be_visible()
    expect(page.locator("#b-thank_you-redirect")).to_have_attribute("aria-invalid", "true")
    assert text_of(page) == before
    page.fill("#b-thank_you-redirect", "https://www.riverside.example/dekujeme")

    expect(page.locator("#b-thank_you-redirect-wrong")).to_be_hidden()
    expect(page.locator("#text")).to_have_value(
        re.compile("redirect: https://www.riverside.example/dekujeme")
    )


def test_what_needs_each_other_can_be_typed_one_after_the_other(visit):
    page = visit()
    page.locator("#b-consents > summary").click()
    page.locator("#b-add-consent > summary").click()
    page.fill("#b-consent-id", "77")
    page.locator("[data-do=add-consent]").click()
    expect(page.locator("#b-consent-label-wrong")).to_be_visible()
    page.fill("#b-consent-label", "Souhlasím")
    page.locator("[data-do=add-consent]").click()
    expect(page.locator("#entry-consent-77")).to_have_count(1)

    open_question(page, "rooms")
    page.locator("#b-thanks > summary").click()
    for part in ("name", "phone"):
        page.fill(f"#b-thank_you-contact-{part}", "")
    page.fill("#b-thank_you-contact-name", "Petr Malý")

    expect(page.locator("#text")).to_have_value(re.compile("name: Petr Malý"))


def test_nothing_that_is_typed_is_lost_while_the_builder_is_drawn_anew(page):
    open_question(page, "email")
    page.locator("#b-fields-2-required").check()
    page.locator("#b-fields-2-help-cs").press_sequentially("Nikomu ji nedáme, jen vám odpovíme.", delay=15)

    expect(page.locator("#b-fields-2-help-cs")).to_have_value("Nikomu ji nedáme, jen vám odpovíme.")
    expect(page.locator("#text")).to_have_value(re.compile("Nikomu ji nedáme, jen vám odpovíme."))
    assert "required: true" in text_of(page).split("- field: email")[1].split("- field:")[0]


def hold(page, path):
    """Hold back the answers of an address; return what lets them through."""
    held, is_open = [], threading.Event()
    page.route(f"**/{path}", lambda route: route.continue_() if is_open.is_set() else held.append(route))

    def release():
        is_open.set()
        for route in held:
            route.continue_()

    return release


def test_a_draft_is_discarded_and_brought_back_before_the_server_has_said_anything_of_it(page):
    label = page.locator("#b-fields-2-label-cs")
    open_question(page, "email")
    label.fill("Kam psát")
    expect(page.locator("#text")).to_have_value(re.compile("Kam psát"))
    release = hold(page, "draft")
    page.reload()

    page.locator("#discard").click()
    expect(page.locator("#text")).not_to_have_value(re.compile("Kam psát"))
    release()

    expect(label).not_to_have_value("Kam psát")
    page.locator("#undo").click()
    expect(label).to_have_value("Kam psát")
    expect(page.locator("#text")).to_have_value(re.compile("Kam psát"))


def test_nothing_can_be_typed_into_a_place_that_is_about_to_be_anothers(page):
    open_question(page, "note")
    open_question(page, "email")
    release = hold(page, "draft/change")
    page.locator("#b-fields-2-remove").click()

    expect(page.locator("#builder")).to_have_js_property("inert", True)
    release()

    expect(page.locator("#entry-email")).to_have_count(0)
    expect(page.locator("#builder")).to_have_js_property("inert", False)
    expect(page.locator("#b-fields-2-down")).to_be_focused()  # of the question that has its place now
    page.fill("#b-fields-7-label-cs", "Zpráva")
    expect(page.locator("#text")).to_have_value(re.compile("cs: Zpráva"))


def test_what_is_typed_into_the_text_meanwhile_is_not_taken_back_by_an_answer(page):
    release = hold(page, "draft/change")
    open_question(page, "email")
    page.fill("#b-fields-2-label-cs", "Váš e-mail")
    page.locator("[name=mode][value=text]").check(force=True)
    page.locator(".cm-line", has_text="name: Riverside Residences").first.click()
    page.keyboard.press("End")
    page.keyboard.type(" II")

    release()
    page.wait_for_timeout(300)

    assert "name: Riverside Residences II" in text_of(page)


def test_what_was_just_typed_is_what_is_reviewed(page):
    release = hold(page, "draft/change")
    open_question(page, "email")
    page.fill("#b-fields-2-label-cs", "Poslední slova")
    page.click("#review", no_wait_after=True)
    page.wait_for_timeout(300)
    assert page.url.endswith("/edit#builder")

    release()

    expect(page.locator(".changes .added").first).to_contain_text("Poslední slova")


def test_nothing_is_published_while_a_box_holds_what_was_refused(page):
    page.locator("#b-thanks > summary").click()
    page.fill("#b-thank_you-redirect", "riverside")
    page.locator("#b-thank_you-redirect-wrong").wait_for()
    page.locator("#b-thanks > summary").click()
    page.click("#review")

    expect(page.locator("#b-thank_you-redirect")).to_be_focused()
    expect(page.locator("#verdict")).to_contain_text("Nejdřív opravte označené políčko")
    assert page.url.endswith("/edit#builder")


def test_undo_while_something_is_under_way_is_done_after_it(page):
    before = text_of(page)
    open_question(page, "email")
    page.fill("#b-fields-2-label-cs", "Váš e-mail")
    expect(page.locator("#undo")).to_be_enabled()
    release = hold(page, "draft/builder")
    page.locator("#b-fields-2-up").click()
    page.wait_for_timeout(200)
    page.click("#undo")

    release()

    expect(page.locator("#b-fields-2-up")).to_be_visible()
    page.click("#undo")
    expect(page.locator("#text")).to_have_value(before)
    page.fill("#b-fields-2-label-cs", "Váš e-mail")
    expect(page.locator("#text")).to_have_value(re.compile("Váš e-mail"))


def test_what_is_discarded_is_gone_from_the_builder_and_comes_back_with_undo(page):
    live = text_of(page)
    page.locator("#b-fields-1-down").click()
    expect(page.locator("#b-fields-2-down")).to_be_focused()
    draft = text_of(page)
    page.click("#discard")

    expect(page.locator("#b-questions .entry").nth(1)).to_have_attribute("data-key", "surname")
    expect(page.locator("#discard")).to_be_hidden()
    assert text_of(page) == live
    page.click("#undo")

    expect(page.locator("#text")).to_have_value(draft)
    expect(page.locator("#b-questions .entry").nth(1)).to_have_attribute("data-key", "email")


def test_an_option_that_is_emptied_and_typed_anew_is_the_same_one(page):
    open_question(page, "rooms")
    page.fill("#b-fields-6-options-1", "")
    expect(page.locator("#b-fields-6-options-1")).to_have_attribute("aria-invalid", "true")
    assert "- 2+kk" in text_of(page)

    page.fill("#b-fields-6-options-1", "2+1")

    expect(page.locator("#text")).to_have_value(re.compile(r"- 1\+kk\n +- 2\+1\n +- 3\+kk"))


def test_what_was_typed_to_be_added_outlives_another_change_and_says_what_is_wrong_where(page):
    page.locator("#b-add > summary").click()
    page.select_option("#b-new-kind", "single_select")
    page.fill("#b-new-label", "Kdy?")
    page.fill("#b-new-key", "Moving")
    page.locator("#b-fields-1-up").click()
    expect(page.locator("#b-fields-0-down")).to_be_focused()
    expect(page.locator("#b-new-label")).to_have_value("Kdy?")
    page.locator("[data-do=add]").click()

    expect(page.locator("#b-new-key-wrong")).to_be_visible()
    expect(page.locator("#b-new-options-wrong")).to_be_visible()
    expect(page.locator("#b-new-label-wrong")).to_be_hidden()
    expect(page.locator("#b-new-key")).to_have_attribute("aria-invalid", "true")
    page.fill("#b-new-key", "customer_moving")
    page.fill("#b-new-options", "teď")
    page.locator("[data-do=add]").click()

    expect(page.locator("#entry-customer_moving")).to_have_attribute("open", "")
    expect(page.locator("#b-new-label")).to_have_value("")


def test_a_question_under_a_folded_heading_is_shown_in_the_preview_when_it_is_opened(page):
    open_question(page, "note")

    expect(framed(page).locator("[data-key=note]")).to_be_in_viewport()
    page.fill("#b-fields-8-help-cs", "Třeba patro nebo termín.")

    expect(framed(page).locator("[data-key=note]")).to_contain_text("Třeba patro")
    expect(framed(page).locator("[data-key=note]")).to_be_in_viewport()


def test_a_refused_removal_leaves_the_focus_where_it_was(page):
    open_question(page, "surname")
    page.focus("#b-fields-1-remove")
    page.keyboard.press("Enter")

    expect(page.locator("#b-fields-1-remove-wrong")).to_be_visible()
    expect(page.locator("#b-fields-1-remove")).to_be_focused()


def test_colours_and_lengths_are_understood_as_people_write_them(page):
    page.locator("#b-look > summary").click()
    page.fill("#b-theme-accent", "0b5fff")
    page.fill("#b-theme-radius", "12")

    expect(page.locator("#text")).to_have_value(re.compile("#0b5fff"))
    expect(page.locator("#text")).to_have_value(re.compile("radius: 12px"))


def test_what_was_refused_stays_at_its_own_question(page):
    page.locator("#b-thanks > summary").click()
    page.fill("#b-thank_you-redirect", "riverside")
    page.locator("#b-thank_you-redirect-wrong").wait_for()
    open_question(page, "email")
    page.locator("#b-fields-2-required").check()
    expect(page.locator("#entry-email .tag.cool")).to_have_count(1)

    expect(page.locator("#b-thank_you-redirect")).to_have_value("riverside")
    expect(page.locator("#b-thank_you-redirect-wrong")).to_be_visible()


def test_a_click_on_a_question_in_the_preview_opens_it(page):
    framed(page).locator("[data-key=phone] .label").click()

    expect(page.locator("#entry-phone")).to_have_attribute("open", "")
    expect(page.locator("#b-fields-3-label-cs")).to_be_focused()


def test_options_get_labels_and_conditions_are_added(page):
    open_question(page, "rooms")
    page.locator("#b-fields-6-options-0-name").click()
    expect(page.locator("#b-fields-6-options-0-label-cs")).to_be_focused()
    page.fill("#b-fields-6-options-0-label-cs", "garsonka")
    expect(framed(page).locator("[data-key=rooms]")).to_contain_text("garsonka")

    open_question(page, "note")
    page.click("#b-fields-8-show_if-new")
    expect(page.locator("#b-condition-key option[value=note]")).to_be_disabled()
    expect(page.locator("#b-condition-how option[value=min]")).to_be_disabled()
    page.select_option("#b-condition-key", "price_max")
    expect(page.locator("#b-condition-how option[value=min]")).to_be_enabled()
    page.select_option("#b-condition-key", "rooms")
    answers = page.locator("#b-condition-answers option")
    assert answers.evaluate_all("all => all.map((each) => each.value)") == [
        "1+kk",
        "2+kk",
        "3+kk",
        "4+kk",
        "5+kk",
    ]
    page.fill("#b-condition-answer", "1+kk, 2+kk")
    page.locator("#entry-note [data-do=condition]").click()

    expect(page.locator("#entry-note")).to_contain_text("1+kk")
    expect(page.locator("#text")).to_have_value(re.compile(r"show_if:\n +rooms: \[1\+kk, 2\+kk\]"))


def test_a_colour_says_at_once_whether_it_can_be_read(page):
    page.locator("#b-look > summary").click()
    page.fill("#b-theme-accent", "#ffee00")

    expect(page.locator("#b-contrasts .tag.bad").first).to_be_visible()
    expect(page.locator("[data-mirrors=b-theme-accent]")).to_have_value("#ffee00")


def test_a_text_with_errors_is_fixed_in_the_text_first(page):
    page.locator("[name=mode][value=text]").check(force=True)
    page.locator(".cm-line", has_text="- field: email").first.click()
    page.keyboard.press("End")
    page.keyboard.type("x")
    page.locator(".cm-lint-marker-error").wait_for()
    page.locator("[name=mode][value=builder]").check(force=True)

    expect(page.locator("#builder .problems")).to_contain_text("emailx")
    page.locator("#builder [data-go=text]").click()
    expect(page.locator(".cm-content")).to_be_visible()


def test_who_chose_the_text_finds_it_again(page, desk):
    page.locator("[name=mode][value=text]").check(force=True)

    page.goto(f"{desk.url}{PLACE}/edit")

    expect(page.locator(".cm-content")).to_be_visible()
    expect(page.locator("#builder")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_builder_has_no_barriers_and_fits(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    for box in page.locator("#builder details").all():
        box.evaluate("box => { box.open = true }")
    page.fill("#b-thank_you-redirect", "riverside")
    page.locator("#b-thank_you-redirect-wrong").wait_for()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
