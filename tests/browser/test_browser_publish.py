"""A marketer changes a form and publishes it, in a real browser; nobody's change is taken back unnoticed."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from test_browser_axe import violations

from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.publishing import ScheduleFailure

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
    def open_(path, role="marketer", **options):
        return open_page(f"{desk.url}{PLACE}{path}", storage_state=desk.state(role), **options)

    return open_


def type_at_end_of(page, line, words):
    page.locator(".cm-line", has_text=line).first.click()
    page.keyboard.press("End")
    page.keyboard.type(words)
    expect(page.locator("#verdict")).to_contain_text(re.compile("Žádné|Bez|chyb"))


def publish_elsewhere(desk, line, words):
    """Publish a change as a colleague does meanwhile."""
    text = desk.services.catalog.source("riverside").decode()
    assert line in text
    desk.services.publisher.publish("riverside", text.replace(line, line + words, 1))


def name_of(desk):
    return desk.services.catalog.get("riverside").name


def test_a_change_is_live_in_three_steps_and_undone_in_one(desk, visit):
    page = visit("/edit#text")
    type_at_end_of(page, "name: Riverside Residences", " II")

    page.click("#review")
    expect(page.locator(".changes .added code")).to_have_text("name: Riverside Residences II")
    expect(page.frame_locator(".sides figure >> nth=1 >> iframe").locator("form")).to_be_visible()
    page.fill("#note", "nové jméno")
    page.click("#publish .main")

    expect(page.locator(".versions tbody tr").first).to_contain_text("nové jméno")
    assert name_of(desk) == "Riverside Residences II"
    page.locator(".versions form button").first.click()
    expect(page.locator(".versions tbody tr")).to_have_count(3)
    assert name_of(desk) == "Riverside Residences"


def test_what_was_published_is_no_draft_any_more(desk, visit):
    page = visit("/edit#text")
    type_at_end_of(page, "name: Riverside Residences", " II")
    page.click("#review")
    page.click("#publish .main")
    page.goto(f"{desk.url}{PLACE}/history")
    page.locator(".versions form button").first.click()

    page.goto(f"{desk.url}{PLACE}/edit#text")

    expect(page.locator(".cm-content")).not_to_contain_text("Residences II")
    expect(page.locator("#discard")).to_be_hidden()


def test_a_draft_that_somebody_published_over_says_so_and_takes_nothing_back(desk, visit):
    page = visit("/edit#text")
    type_at_end_of(page, "name: Riverside Residences", " II")
    publish_elsewhere(desk, "currency: CZK", "  # colleague")

    page.reload()
    expect(page.locator("#behind")).to_be_visible()
    page.click("#review")

    expect(page.locator(".told.wait")).to_be_visible()
    page.click("#publish .main")
    expect(page.locator(".versions tbody tr")).to_have_count(3)
    assert "currency: CZK  # colleague" in desk.services.catalog.source("riverside").decode()
    assert name_of(desk) == "Riverside Residences II"


def test_the_way_back_to_the_editor_keeps_the_draft(visit):
    page = visit("/edit#text")
    type_at_end_of(page, "name: Riverside Residences", " II")
    page.click("#review")

    page.click("#publish button:not(.main)")

    expect(page.locator(".cm-content")).to_contain_text("Riverside Residences II")
    page.click("#discard")
    expect(page).to_have_url(re.compile("/riverside/edit$"))
    expect(page.locator(".cm-content")).not_to_contain_text("Residences II")


def in_two_days():
    """Return a time to come as the field takes it."""
    return f"{datetime.now(ZoneInfo('Europe/Prague')) + timedelta(days=2):%Y-%m-%dT08:00}"


def test_filling_in_a_time_chooses_it_and_now_gives_it_up(desk, visit):
    page = visit("/edit#text")
    type_at_end_of(page, "name: Riverside Residences", " II")
    page.click("#review")
    time = page.locator("[name=at]")
    expect(page.get_by_label("Hned")).to_be_checked()

    time.fill(in_two_days())
    expect(page.locator("#later")).to_be_checked()
    page.get_by_label("Hned").check()
    expect(time).to_have_value("")
    time.fill(in_two_days())
    page.keyboard.press("Enter")

    expect(page.locator("#scheduled")).to_have_text("Naplánováno")
    assert name_of(desk) == "Riverside Residences"
    page.goto(f"{desk.url}{PLACE}/edit#text")
    expect(page.locator(".cm-content")).not_to_contain_text("Residences II")


def test_a_scheduled_version_is_published_now_or_cancelled_from_the_list(desk, visit):
    for button, name in (("Zrušit", "Riverside Residences"), ("Zveřejnit hned", "Riverside Residences II")):
        page = visit("/edit#text")
        type_at_end_of(page, "name: Riverside Residences", " II")
        page.click("#review")
        page.fill("[name=at]", in_two_days())
        page.click("#publish .main")
        page.goto(f"{desk.url}/preview/")

        page.get_by_role("button", name=button, exact=True).click()

        expect(page.locator(".told.good")).to_be_visible()
        assert name_of(desk) == name
        page.goto(f"{desk.url}/preview/")
        expect(page.get_by_role("button", name="Zveřejnit hned")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_about_a_schedule_have_no_barriers_and_fit(desk, visit, scheme, width):
    page = visit("/edit#text", color_scheme=scheme, viewport={"width": width, "height": 800})
    type_at_end_of(page, "name: Riverside Residences", " II")
    page.click("#review")
    page.fill("[name=at]", in_two_days())
    page.click("#publish .main")
    expect(page.locator("#scheduled")).to_be_visible()
    pages = ["/preview/", f"{PLACE}/history?scheduled=1", f"{PLACE}/edit#text"]
    for has_failed in (False, True):
        if has_failed:
            scheduler = desk.services.publication_scheduler
            kept = scheduler.schedules.get("riverside")
            note = AuditNote(action=AuditAction.SCHEDULE_FAILED, by=kept.by, subject="riverside")
            scheduler.schedules.fail(kept, ScheduleFailure.RIGHT, note)
        for path in pages:
            page.goto(desk.url + path)
            if path.endswith("/edit#text"):
                type_at_end_of(page, "name: Riverside Residences", " III")
                page.click("#review")
                expect(page.locator(".told.wait")).to_be_visible()
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_works_without_script(desk, visit):
    page = visit("/edit", java_script_enabled=False, may_complain=True)
    text = page.input_value("#text").replace("name: Riverside Residences", "name: Jinak", 1)
    page.fill("#text", text)

    page.click("#review")
    page.click("#publish .main")

    expect(page.locator(".versions tbody tr")).to_have_count(2)
    assert name_of(desk) == "Jinak"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_have_no_barriers_and_fit(desk, visit, scheme, width):
    publish_elsewhere(desk, "currency: CZK", "  # a comment that is longer than a phone is wide, as they are")
    page = visit("/history?version=2", "admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{desk.url}{PLACE}/edit#text")
    type_at_end_of(page, "  - https://www.riverside.example", "2")
    page.click("#review")
    expect(page.locator("#parts")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{desk.url}/preview/_new")
    assert violations(page) == []
