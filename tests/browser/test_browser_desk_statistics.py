"""Statistics in a real browser: a visit shows up in them, and everybody can read them."""

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from test_browser_axe import violations

pytestmark = pytest.mark.browser

PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)
"""A browser that does not say it is a program, since those are not counted."""


@pytest.fixture
def desk(tmp_path):
    with desk_site(tmp_path) as desk:
        yield desk


@pytest.fixture
def statistics(desk, open_page):
    """Open the statistics as a marketer."""

    def open_(query="", **options):
        return open_page(f"{desk.url}/figures/{query}", storage_state=desk.state("marketer"), **options)

    return open_


def test_a_visit_and_its_lead_show_up_on_their_way_to_realpad(desk, statistics, open_page):
    form = open_page(f"{desk.url}/f/riverside?utm_campaign=jaro", user_agent=PERSON)
    form.get_by_label("Jméno").fill("Jana")
    form.get_by_label("Příjmení").fill("Nováková")
    form.get_by_label("Telefon").fill("777 123 456")
    form.get_by_role("button", name="Odeslat").click()
    expect(form.get_by_role("heading", name="Děkujeme")).to_be_visible()
    desk.relay()
    desk.services.statistics.add_up()
    while desk.services.indexer.run_once():
        pass

    page = statistics("?by=campaign")

    expect(page.locator(".funnel strong")).to_have_text(["1"] * 5)
    expect(page.get_by_role("row", name="jaro")).to_be_visible()


def test_figures_need_no_script(statistics):
    page = statistics(java_script_enabled=False)

    page.get_by_label("Projekt").select_option("riverside")
    page.get_by_role("button", name="Zobrazit").click()

    assert "project=riverside" in page.url
    expect(page.get_by_role("heading", name="Statistiky")).to_be_visible()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_stands_in_anybodys_way(desk, statistics, mode, width):
    desk.add()
    desk.relay()
    while desk.services.indexer.run_once():
        pass
    page = statistics(color_scheme=mode, reduced_motion="reduce", viewport={"width": width, "height": 800})

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
