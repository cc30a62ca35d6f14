"""The inbox in a real browser: what stands still goes on again, numbers live, decisions with progress."""

import json
import urllib.request

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from sqlalchemy import update
from test_browser_axe import violations

from realpad_form.adapters.sql.schema import lead
from realpad_form.domain.delivery import Event

pytestmark = pytest.mark.browser

SIZES = [(360, 740), (1280, 900)]


@pytest.fixture
def desk(tmp_path):
    with desk_site(tmp_path) as desk:
        yield desk


@pytest.fixture
def visit(desk, open_page):
    """Open a page of the inbox as somebody who is signed in."""

    def open_(path="/inbox/", role="operator", **options):
        return open_page(desk.url + path, storage_state=desk.state(role), **options)

    return open_


def fail_next(desk, **fault):
    """Let Realpad fail the next call."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{desk.crm}/sandbox/faults",
        data=json.dumps(fault).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - our own server


@pytest.fixture
def stopped(desk):
    """Stop the only lane, with three leads waiting."""
    for name in ("Adéla", "Bára", "Cyril"):
        desk.add(name=name)
    fail_next(desk, status=401, body="Unauthorized")
    desk.relay()
    return desk


@pytest.fixture
def suspicious(desk):
    """Quarantine two dozen leads."""
    lead_ids = [desk.add(name=f"Robot {number}", suspicions=("no_script",)) for number in range(24)]
    while desk.services.indexer.run_once():
        pass
    return lead_ids


def look_again(page):
    """Let the page ask for its numbers, as it does when somebody comes back to it."""
    with page.expect_response("**/inbox/counts*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_stopped_lane_is_resumed_and_drains_before_ones_eyes(stopped, visit):
    page = visit()
    expect(page.get_by_role("heading", name="Realpad odmítá přihlášení.")).to_be_hidden()
    page.locator(".alerts > summary").click()
    expect(page.get_by_role("heading", name="Realpad odmítá přihlášení.")).to_be_visible()
    expect(page.locator("[data-waiting=riverside]")).to_have_text("3")

    page.get_by_text("Obnovit…").click()
    page.get_by_role("button", name="Obnovit a odeslat jednu poptávku").click()

    expect(page.get_by_role("status").first).to_contain_text("nejdřív odejde jedna poptávka")
    expect(page.locator("[data-count=queued]")).to_have_text("3")
    stopped.services.relay.drain()
    look_again(page)
    expect(page.locator("[data-count=queued]")).to_have_text("0")
    page.reload()
    expect(page.locator(".tag.delivered")).to_have_count(3)


def test_resuming_needs_no_mouse(stopped, visit):
    page = visit()

    page.locator(".alerts > summary").focus()
    page.keyboard.press("Enter")
    page.locator("summary", has_text="Obnovit…").focus()
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)

    expect(page.get_by_role("status").first).to_contain_text("nejdřív odejde jedna poptávka")
    assert stopped.services.credentials.lanes()[0].is_on_trial


def test_new_leads_are_offered_and_nothing_jumps(desk, visit):
    desk.add(name="Adéla")
    page = visit()
    look_again(page)
    before = page.locator(".leads").inner_text()

    desk.add(name="Bára")
    look_again(page)

    offer = page.get_by_role("link", name="1 nová poptávka: zobrazit")
    expect(offer).to_be_visible()
    assert page.locator(".leads").inner_text() == before
    offer.click()
    expect(page.locator(".leads tbody tr").first).to_contain_text("Bára")


def test_numbers_are_asked_for_every_ten_seconds_while_somebody_is_there(desk, visit):
    page = visit("/account")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/inbox/counts" in request.url else None)
    page.clock.install()
    page.goto(f"{desk.url}/inbox/")
    page.clock.run_for(31_000)
    while_there = len(asked)

    page.clock.fast_forward(16 * 60_000)
    page.clock.run_for(60_000)

    assert while_there == 4
    assert len(asked) <= 5


@pytest.mark.parametrize("has_script", [True, False])
def test_a_search_is_told_to_no_address_on_its_way_and_back(desk, suspicious, visit, has_script):
    page = visit(role="admin", java_script_enabled=has_script)
    told = []
    page.on("request", lambda request: told.append(f"{request.url} {request.headers.get('referer')}"))
    box = page.get_by_role("searchbox")
    box.fill("robot")
    box.press("Enter")
    expect(page.locator(".leads tbody tr")).to_have_count(24)
    if has_script:
        look_again(page)
    found = page.url

    page.get_by_role("link", name="Export…").click()
    expect(page.get_by_text("robot")).to_be_visible()
    page.get_by_role("link", name="Zrušit").click()
    expect(page.locator(".leads tbody tr")).to_have_count(24)
    page.locator("input[name=all]").check()
    page.get_by_role("button", name="Uvolnit…").click()
    expect(page.get_by_role("button", name="Uvolnit (24)")).to_be_visible()
    page.goto(found)
    page.locator(".leads tbody a").first.click()
    page.go_back()

    expect(box).to_have_value("robot")
    expect(page.locator(".leads tbody tr")).to_have_count(24)
    assert "search=" in "".join(told)
    assert not [each for each in told if "robot" in each.lower()]


def test_many_leads_are_released_with_progress(desk, suspicious, visit):
    page = visit("/inbox/?status=quarantined")
    page.get_by_label("Vybrat vše na této stránce").check()
    expect(page.get_by_text("vybráno: 24")).to_be_visible()
    page.get_by_role("button", name="Uvolnit…").click()
    page.wait_for_load_state()  # with its script; without one it works, too
    desk.services.log.move(suspicious[3], Event.DISCARDED)

    page.get_by_role("button", name="Uvolnit (24)").click()

    expect(page.get_by_role("heading", name="Uvolněno: 23")).to_be_focused()
    expect(page.locator(".skipped li")).to_have_text(
        [f"{str(suspicious[3])[:8]} od vašeho výběru se změnila: podívejte se na ni"]
    )
    assert {desk.status(lead_id) for lead_id in suspicious} == {"queued", "discarded"}


def test_many_leads_that_were_discarded_are_restored_at_once(desk, suspicious, visit):
    page = visit("/inbox/bulk?act=discard&all=1&status=quarantined")
    expect(page.get_by_text("Robot 23 Šťastná")).to_be_visible()
    page.get_by_role("button", name="Vyřadit (24)").click()
    expect(page.get_by_role("heading", name="Vyřazeno: 24")).to_be_focused()

    page.get_by_role("button", name="Vrátit zpět: obnovit je").click()

    expect(page.get_by_role("heading", name="Obnoveno: 24")).to_be_visible()
    assert {desk.status(lead_id) for lead_id in suspicious} == {"quarantined"}


def test_broken_connection_stops_and_goes_on(desk, suspicious, visit):
    page = visit("/inbox/bulk?act=discard&all=1&status=quarantined", may_complain=True)
    steps = []

    def fail_the_second(route):
        steps.append(route)
        if len(steps) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/inbox/bulk", fail_the_second)
    page.get_by_role("button", name="Vyřadit (24)").click()
    expect(page.get_by_role("alert")).to_contain_text("Co je hotové, zůstává")
    expect(page.locator("#done")).to_have_text("10")

    page.get_by_role("button", name="Pokračovat").click()

    expect(page.get_by_role("heading", name="Vyřazeno: 24")).to_be_visible()
    assert {desk.status(lead_id) for lead_id in suspicious} == {"discarded"}


def test_decisions_need_no_script(desk, suspicious, visit):
    page = visit("/inbox/?status=quarantined", java_script_enabled=False)
    page.locator("input[name=lead]").nth(0).check()
    page.locator("input[name=lead]").nth(1).check()
    page.get_by_role("button", name="Uvolnit…").click()

    page.get_by_role("button", name="Uvolnit (2)").click()

    expect(page.get_by_role("heading", name="Uvolněno: 2")).to_be_visible()


def test_a_laptop_shows_eight_leads_at_least_below_a_folded_alert(stopped, suspicious, visit):
    page = visit(viewport={"width": 1280, "height": 800})

    expect(page.locator(".alerts")).to_be_visible()
    shown = page.evaluate(
        "[...document.querySelectorAll('.leads tbody tr')]"
        ".filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert shown >= 8


def test_a_full_page_of_a_search_stays_small(desk, visit):
    for number in range(52):
        email = f"z{number}@dlouha-domena.example"
        desk.add(name=f"Zdeňka {number}", surname="Kynčlová-Svobodová", email=email)
    while desk.services.indexer.run_once():
        pass
    page = visit("/inbox/?sort=oldest")
    page.get_by_role("searchbox").fill("zdenka dlouha-domena.example")
    with page.expect_navigation() as navigation:
        page.keyboard.press("Enter")

    expect(page.locator(".leads tbody tr")).to_have_count(50)
    assert len(navigation.value.body()) <= 60_000


@pytest.mark.parametrize("has_script", [True, False])
def test_a_queue_is_worked_through_and_left_where_it_was_entered(desk, suspicious, visit, has_script):
    page = visit("/inbox/?status=quarantined", java_script_enabled=has_script)
    page.get_by_role("link", name="Robot 20").click()

    page.get_by_role("link", name="Další →").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Robot 19")
    page.get_by_role("button", name="Uvolnit", exact=True).click()
    expect(page.get_by_text("Poptávka je uvolněná.")).to_be_visible()
    page.get_by_role("link", name="← Předchozí").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Robot 20")
    page.locator(".crumbs a").first.click()

    assert "/inbox/?status=quarantined#lead-" in page.url
    expect(page.locator(".leads tbody tr")).to_have_count(23)


def test_hostile_lead_runs_nothing_and_moves_nothing(desk, visit):
    desk.add(name="<img src=x onerror=alert(1)>", surname="\u202eanaJ", note="<script>alert(1)</script>")
    desk.add(name="👩‍👩‍👧‍👦" * 700, surname="W" * 400, campaign="M" * 400)
    page = visit(viewport={"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_stands_in_anybodys_way(stopped, suspicious, visit, mode, size):
    look = {
        "color_scheme": mode,
        "reduced_motion": "reduce",
        "viewport": {"width": size[0], "height": size[1]},
    }
    page = visit(role="admin", **look)
    found = {}
    for path in (
        "/inbox/",
        "/inbox/?status=rejected",
        "/inbox/?status=person&project=riverside&since=2026-01-01",
        "/inbox/lanes",
        "/inbox/bulk?act=resubmit&all=1",
        "/inbox/export?status=rejected",
    ):
        page.goto(stopped.url + path)
        for summary in page.locator("main summary").all():
            summary.click()
        found[path] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path

    assert found == {path: [] for path in found}


def test_results_of_a_bulk_decision_are_read_out(desk, suspicious, visit):
    page = visit("/inbox/bulk?act=release&all=1&status=quarantined")
    page.get_by_role("button", name="Uvolnit (24)").click()
    page.locator("#result:not([hidden])").wait_for()

    assert violations(page) == []


@pytest.fixture
def stranded(desk):
    """A lead that was accepted for another login than is set now."""
    lead_id = desk.add()
    with desk.services.database.write() as connection:
        connection.execute(update(lead).values(account="of another login"))
    return lead_id


def test_lead_of_another_login_is_sent_after_both_sides_were_seen(desk, stranded, visit):
    page = visit("/inbox/lanes")
    page.get_by_role("link", name="Porovnat a odeslat…").click()
    expect(page.get_by_role("cell", name="39264441")).to_be_visible()

    page.get_by_role("button", name="Odeslat 1 poptávku přes „riverside“").click()
    desk.relay()

    expect(page.get_by_text("1 poptávka teď odejde do Realpadu")).to_be_visible()
    assert desk.status(stranded) == "delivered"


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pages_about_another_login_stand_in_nobodys_way(desk, stranded, visit, mode, size):
    viewport = {"width": size[0], "height": size[1]}
    page = visit(color_scheme=mode, reduced_motion="reduce", viewport=viewport)
    for path in ("/inbox/", "/inbox/lanes", "/inbox/lanes/riverside/adopt"):
        page.goto(desk.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path


@pytest.fixture
def units(desk, visit):
    """The filters of an inbox with two units, of which one's name begins like the other's."""
    for unit in ("A-1", "A-10"):
        desk.add(name=unit, unit=unit)
    while desk.services.indexer.run_once():
        pass
    page = visit()
    page.get_by_text("Další filtry").click()
    page.get_by_label("Jednotka").focus()
    expect(page.locator("#unit-list option")).to_have_count(2)
    return page


def test_what_is_typed_into_a_filter_is_a_part_of_the_name(units):
    page = units

    page.get_by_label("Jednotka").press_sequentially("a-1")
    page.get_by_role("button", name="Použít").click()

    expect(page.locator(".who")).to_have_count(2)
    expect(page.get_by_text("Jednotky, které mají v názvu „a-1“: A-1, A-10")).to_be_visible()
    page.get_by_role("link", name="Jen „a-1“").click()
    expect(page.locator(".who")).to_have_count(1)


def test_a_suggestion_that_is_taken_is_the_whole_name(units):
    page = units

    # Playwright cannot open the browser's own list; this is what browsers do when one is taken from it.
    page.get_by_label("Jednotka").evaluate(
        "(field) => { field.value = 'A-1'; field.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.get_by_label("Jednotka")).to_have_value('"A-1"')
    page.get_by_role("button", name="Použít").click()

    expect(page.locator(".who")).to_have_count(1)
