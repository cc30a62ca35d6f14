"""The preview and its live editor in a real browser, under the desk's own policy."""

import re

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from test_browser_axe import violations

from realpad_form.ports import LeadFilter
from realpad_form.web.desk.preview.draft import DraftLinks

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_site(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture
def visit(desk, open_page):
    """Open a page of the preview as a marketer."""

    def open_(path, **options):
        return open_page(f"{desk.url}/preview{path}", storage_state=desk.state("marketer"), **options)

    return open_


@pytest.fixture
def editor(visit):
    page = visit("/riverside/edit#text")
    page.locator(".cm-content").wait_for()
    return page


def go_to_end_of(page, text):
    page.locator(".cm-line", has_text=text).first.click()
    page.keyboard.press("End")


def framed(page):
    return page.frame_locator("#stage iframe:not(.is-coming)")


def test_error_is_marked_at_its_line(editor):
    go_to_end_of(editor, "- field: email")

    editor.keyboard.type("x")

    expect(editor.locator(".cm-lintRange-error")).to_have_text("- field: emailx")
    expect(editor.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(editor.locator("#problems li").first).to_contain_text("emailx")


def test_list_of_problems_leads_to_their_lines(editor):
    go_to_end_of(editor, "- field: email")
    editor.keyboard.type("x")

    editor.locator("#problems button").first.click()

    expect(editor.locator(".cm-activeLine")).to_have_text("  - field: emailx")


ON_TOP = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.getRootNode().elementFromPoint(x + width / 2, y + height / 2) === element;
}"""


def test_problems_and_completion_are_in_the_language_of_the_person(editor):
    go_to_end_of(editor, "- field: email")
    editor.keyboard.type("x")

    said = editor.locator("#problems li span").last
    expect(said).to_contain_text('otázka emailx › field: "emailx" není hotová otázka; napište jednu z těchto')
    expect(editor.locator("#problems [lang=en]")).to_have_count(0)
    editor.locator(".cm-lintRange-error").hover()
    expect(editor.locator(".cm-diagnostic")).to_contain_text("není hotová otázka")

    go_to_end_of(editor, "- field: surname")
    editor.keyboard.press("Enter")
    editor.keyboard.type("req")
    explanation = editor.locator(".cm-completionInfo")
    expect(explanation).to_have_text("Jestli je odpověď povinná.")
    assert explanation.evaluate(ON_TOP)


def test_words_of_the_yaml_reader_are_marked_as_english(editor):
    editor.locator(".cm-content").press("Control+Home")
    editor.keyboard.type("%YAML 2.0\n---\n")

    expect(editor.locator("#problems [lang=en]")).to_contain_text("found incompatible YAML document")
    expect(editor.locator("#problems li").first).to_contain_text("toto není YAML: found incompatible")
    editor.locator(".cm-lintRange-error").first.hover()
    expect(editor.locator(".cm-diagnostic")).to_contain_text("toto není YAML: found incompatible")


def test_fields_are_offered_while_one_types(editor):
    go_to_end_of(editor, "- field: surname")
    editor.keyboard.press("Enter")
    editor.keyboard.press("Backspace")
    editor.keyboard.type("- fi")

    expect(editor.locator(".cm-tooltip-autocomplete li").first).to_have_text("field")
    editor.wait_for_timeout(150)  # so soon after it opened, Enter still is a new line
    editor.keyboard.press("Enter")
    expect(editor.locator(".cm-tooltip-autocomplete")).to_contain_text("full_name")


def test_typing_changes_the_form_that_is_shown(editor):
    go_to_end_of(editor, "- field: surname")
    editor.keyboard.press("Enter")
    editor.keyboard.type("label: Maiden name")

    expect(framed(editor).get_by_label("Maiden name")).to_be_visible()
    assert editor.evaluate("history.length") == 2


def test_last_good_form_stays_while_a_draft_is_broken(editor):
    go_to_end_of(editor, "- field: surname")
    editor.keyboard.press("Enter")
    editor.keyboard.type("label: Maiden name")
    expect(framed(editor).get_by_label("Maiden name")).to_be_visible()

    editor.keyboard.press("Enter")
    editor.keyboard.press("Backspace")
    editor.keyboard.type("- fiel")

    expect(editor.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(framed(editor).get_by_label("Maiden name")).to_be_visible()


def test_draft_survives_a_reload_until_it_is_discarded(editor):
    go_to_end_of(editor, "name: Riverside Residences")
    editor.keyboard.type(" II")

    editor.reload()
    expect(editor.locator(".cm-content")).to_contain_text("Riverside Residences II")
    editor.locator("#discard").click()

    expect(editor.locator(".cm-content")).not_to_contain_text("Riverside Residences II")


@pytest.fixture
def drafting(editor):
    """A tab that keeps a draft with another name, language order and question."""
    go_to_end_of(editor, "name: Riverside Residences")
    editor.keyboard.type(" II")
    go_to_end_of(editor, "- field: surname")
    editor.keyboard.press("Enter")
    editor.keyboard.type("label: Maiden name")
    expect(framed(editor).get_by_label("Maiden name")).to_be_visible()
    return editor


@pytest.mark.parametrize("tab", ["Co dostane Realpad", "Vložení", "Kontrola", "Zkušební poptávka", "Náhled"])
def test_every_page_of_a_project_shows_the_draft_or_what_is_live(drafting, tab):
    page = drafting
    page.get_by_label("O tomto formuláři").get_by_role("link", name=tab).click()

    expect(page.get_by_text("Vidíte koncept, ne to, co je zveřejněné.")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Riverside Residences II")
    page.get_by_role("button", name="Zobrazit, co je zveřejněné").click()
    expect(page.locator("h1")).to_have_text("Riverside Residences")
    page.get_by_role("button", name="Zobrazit koncept").click()
    expect(page.locator("h1")).to_have_text("Riverside Residences II")


def test_answers_are_tried_on_the_draft_and_back_asks_nothing(drafting):
    page = drafting
    page.get_by_role("link", name="Co dostane Realpad").click()
    before = page.evaluate("history.length")

    page.get_by_label("Maiden name").fill("Lišková")
    page.get_by_role("button", name="Zobrazit volání").click()

    expect(page.locator("table.call")).to_contain_text("Lišková")
    assert page.evaluate("history.length") == before
    page.reload()
    expect(page.get_by_label("Maiden name")).to_have_value("Lead")
    page.go_back()
    expect(page.locator(".cm-content")).to_contain_text("Riverside Residences II")


def test_embedding_of_the_draft_is_chosen_in_the_address(drafting):
    page = drafting
    page.get_by_role("link", name="Vložení").click()
    expect(page.locator("h1")).to_have_text("Riverside Residences II")

    page.get_by_label("Kampaň").fill("spring")
    page.get_by_role("button", name="Vytvořit odkazy a kódy").click()

    expect(page.locator("#script")).to_contain_text('data-campaign="spring"')
    expect(page.locator("h1")).to_have_text("Riverside Residences II")
    assert "campaign=spring" in page.url


def test_test_lead_of_the_draft_is_sent(desk, drafting):
    page = drafting
    before = desk.services.log.count(LeadFilter())
    page.get_by_role("link", name="Zkušební poptávka").click()
    expect(page.locator("h1")).to_have_text("Riverside Residences II")

    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Odeslat zkušební poptávku").click()

    expect(page.get_by_text("Zkušební poptávka je uložená")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Riverside Residences II")
    assert desk.services.log.count(LeadFilter()) == before + 1


def test_preview_shows_the_form_of_the_draft(drafting):
    page = drafting
    page.get_by_role("link", name="Náhled", exact=True).last.click()

    expect(framed(page).get_by_label("Maiden name")).to_be_visible()
    page.get_by_role("radio", name="S chybami").check()
    expect(framed(page).locator("#summary")).to_be_visible()
    expect(framed(page).get_by_label("Maiden name")).to_be_visible()


def test_draft_with_errors_leads_back_to_the_editor(drafting):
    page = drafting
    go_to_end_of(page, "- field: email")
    page.keyboard.type("x")
    expect(page.locator(".cm-lint-marker-error")).to_have_count(1)

    page.get_by_role("link", name="Kontrola").click()
    expect(page.locator("h1")).to_have_text("Riverside Residences")
    page.get_by_role("link", name="Opravit koncept").click()

    expect(page.locator(".cm-content")).to_contain_text("- field: emailx")


def test_server_that_does_not_answer_leaves_what_is_live(visit):
    page = visit("/riverside/edit?add-origin=https://new.example", may_complain=True)
    expect(page.locator("#discard")).to_be_visible()
    page.route("**/riverside/check", lambda route: route.abort() if is_post(route) else route.continue_())

    page.get_by_role("link", name="Kontrola").click()
    expect(page.get_by_text("Server neodpovídá. Koncept tu zůstane.")).to_be_visible()
    expect(page.get_by_text("https://new.example")).to_have_count(0)
    page.unroute("**/riverside/check")
    page.get_by_role("button", name="Zobrazit koncept").click()

    expect(page.get_by_text("https://new.example")).to_be_visible()


def is_post(route):
    return route.request.method == "POST"


def test_missing_site_is_put_into_the_draft(visit):
    page = visit("/riverside/embed?page=https://new.example/a")

    page.get_by_role("link", name="Přidat https://new.example").click()

    expect(page.get_by_text("V konceptu je teď uvedený web https://new.example.")).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("https://new.example")
    page.get_by_role("link", name="Vložení").click()
    page.get_by_label("Stránka s formulářem").fill("https://new.example/a")
    page.get_by_role("button", name="Vytvořit odkazy a kódy").click()
    expect(page.get_by_text("Vidíte koncept")).to_be_visible()
    expect(page.get_by_text("Formulář se tam nezobrazí")).to_have_count(0)


def test_editor_can_be_left_with_the_keyboard(editor):
    editor.locator(".cm-content").click()

    editor.keyboard.press("Tab")

    assert not editor.evaluate("document.activeElement.matches('.code')")


def test_shared_draft_opens_for_anybody(editor, open_page):
    go_to_end_of(editor, "- field: surname")
    editor.keyboard.press("Enter")
    editor.keyboard.type("label: Maiden name")

    editor.locator("#share").click()
    address = editor.locator("#shared a").get_attribute("href")
    anybody = open_page(address)

    expect(framed(anybody).get_by_label("Maiden name")).to_be_visible()
    expect(anybody.locator("h1 .tag")).to_have_text("Koncept")


def test_editor_works_without_script(visit):
    page = visit("/riverside/edit", may_complain=True, java_script_enabled=False)
    text = page.locator("textarea[name=text]")

    text.fill(text.input_value().replace("field: surname", "field: surnam"))
    page.get_by_role("button", name="Zkontrolovat a zobrazit").click()

    expect(framed(page).locator(".problems")).to_contain_text("riverside.yaml:30")


@pytest.mark.parametrize(("name", "width"), [("Telefon", 360), ("Tablet", 768), ("Počítač", 1280)])
def test_form_is_as_wide_as_the_screen_chosen(visit, name, width):
    page = visit("/riverside")

    page.get_by_role("radio", name=name).check()

    page.wait_for_function("width => frames[0].innerWidth === width", arg=width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_choices_show_at_once_and_stay_in_the_address(visit):
    page = visit("/riverside")

    page.get_by_role("radio", name="S chybami").check()
    page.get_by_role("radio", name="Tmavý").check()

    expect(framed(page).locator("#summary")).to_be_visible()
    expect(framed(page).locator("html")).to_have_attribute("data-theme", "dark")
    assert re.search("light=dark&state=errors", page.url)


def test_form_in_the_frame_says_that_nothing_was_sent(visit, desk):
    page, before = visit("/riverside?state=open", may_complain=True), desk.services.log.count(LeadFilter())

    framed(page).locator("#send").click()

    expect(framed(page).locator("#summary")).to_contain_text("nic se neodeslalo")
    assert desk.services.log.count(LeadFilter()) == before


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        *(
            f"/riverside{tab}"
            for tab in ("?state=errors", "/edit#text", "/call", "/embed", "/check", "/test")
        ),
    ],
)
def test_axe_finds_nothing(visit, path, mode):
    page = visit(path, may_complain=True, color_scheme=mode, reduced_motion="reduce")
    if path.endswith("#text"):
        go_to_end_of(page, "- field: email")
        page.keyboard.type("x")
        page.locator(".cm-lint-marker-error").wait_for()

    assert violations(page) == []


def test_axe_finds_nothing_on_a_shared_draft(desk, open_page):
    desk.cookie("marketer")
    project, [person, *_] = desk.services.catalog.get("riverside"), desk.services.roster.people()
    token = DraftLinks(desk.services.settings.secret_key).sign(project, by=person.id)

    page = open_page(f"{desk.url}/preview/_draft/{token}", may_complain=True)

    assert page.locator("h1 .tag").count() == 1
    assert violations(page) == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_on_a_page_with_a_draft(visit, mode):
    page = visit(
        "/riverside/edit?add-origin=https://new.example",
        may_complain=True, color_scheme=mode, reduced_motion="reduce",
    )  # fmt: skip
    expect(page.locator("#discard")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Kontrola").click()
    page.locator("[data-version=live]").wait_for()

    assert violations(page) == []


@pytest.mark.parametrize(
    "path", ["/", "/riverside", "/riverside/edit", "/riverside/call", "/riverside/embed"]
)
def test_pages_fit_a_phone(visit, path):
    page = visit(path, viewport={"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
