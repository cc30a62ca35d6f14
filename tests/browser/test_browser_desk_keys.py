"""The desk by the keyboard alone: single keys, their help, and how to turn them off."""

import pytest
from desk_site import desk_site
from playwright.sync_api import expect
from test_browser_axe import needs_axe, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path):
    with desk_site(tmp_path) as desk:
        yield desk


@pytest.fixture
def visit(desk, open_page):
    def open_(path="/inbox/", **options):
        return open_page(desk.url + path, storage_state=desk.state(), **options)

    return open_


@pytest.fixture
def wrong_phone(desk):
    """A lead that Realpad refused for its phone, below another one in the inbox."""
    lead_id = desk.add(name="Marta", phone="+420777000003")
    desk.refuse_next_call("Invalid phone number")
    desk.relay()
    desk.add(name="Bára", suspicions=("no_script",))
    assert desk.status(lead_id) == "rejected"
    return lead_id


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_wrong_phone_is_corrected_and_sent_with_five_keys_besides_the_number(desk, wrong_phone, visit):
    page = visit()

    press(page, "j", "j", "r")
    page.wait_for_url("**/correct*")
    expect(page.locator("#q-phone")).to_be_focused()
    page.keyboard.type("+420777123456")
    press(page, "Enter")
    page.locator("tr.changed").first.wait_for()
    changed = page.locator("tr.changed").first.inner_text().split("\n")
    press(page, "Enter")
    page.wait_for_url(f"**/inbox/leads/{wrong_phone}*")
    desk.relay()

    assert desk.status(wrong_phone) == "delivered"
    assert [each["parameters"]["phone"] for each in desk.arrived()] == ["+420777123456"]
    assert "+420777000003" in " ".join(changed)


def test_what_was_refused_is_marked_and_said_to_be_wrong(wrong_phone, visit):
    page = visit(f"/inbox/leads/{wrong_phone}/correct")

    box = page.locator("#q-phone")
    assert box.get_attribute("aria-invalid") == "true"
    expect(page.locator(f"#{box.get_attribute('aria-describedby')}")).to_contain_text("telefonní číslo")
    assert page.evaluate("getSelection().toString()") == "+420777000003"


def test_single_keys_move_choose_and_ask_but_decide_nothing(desk, wrong_phone, visit):
    page = visit()

    press(page, "j")
    expect(page.locator(".who > a").first).to_be_focused()
    press(page, "x")
    expect(page.get_by_text("vybráno: 1")).to_be_visible()
    press(page, "r")
    expect(page.get_by_role("button", name="Uvolnit…")).to_be_focused()
    press(page, "/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jr?")

    expect(page.get_by_role("searchbox")).to_have_value("jr?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert len(desk.arrived()) == 0


def test_a_lead_is_discarded_by_two_keys_and_the_list_has_its_place(desk, wrong_phone, visit):
    page = visit("/inbox/?sort=oldest")
    press(page, "j", "Enter")
    page.wait_for_url("**/inbox/leads/*")

    press(page, "e")
    expect(page.locator(".ask button")).to_be_focused()
    assert desk.status(wrong_phone) == "rejected"
    press(page, "Enter")
    page.get_by_role("status").first.wait_for()
    press(page, "j")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bára")
    press(page, "u")
    page.wait_for_url("**/inbox/?sort=oldest*")

    assert desk.status(wrong_phone) == "discarded"
    expect(page.locator(".who > a", has_text="Bára")).to_be_focused()


def test_help_names_the_keys_and_turns_them_off(wrong_phone, visit):
    page = visit()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("zpět na seznam")

    page.get_by_label("Zkratky jsou v tomto prohlížeči zapnuté").uncheck()
    page.get_by_role("button", name="Zavřít").click()
    press(page, "j", "?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('.leads')") is None
    page.reload()
    page.get_by_role("button", name="Klávesové zkratky").click()

    expect(page.get_by_label("Zkratky jsou v tomto prohlížeči zapnuté")).not_to_be_checked()


def test_phone_and_mail_are_links_and_are_copied_as_they_are(wrong_phone, visit):
    page = visit(f"/inbox/leads/{wrong_phone}", permissions=["clipboard-read", "clipboard-write"])

    expect(page.get_by_role("link", name="+420 777 000 003")).to_have_attribute("href", "tel:+420777000003")
    mail = page.get_by_role("link", name="zofie.stastna@example.com")
    expect(mail).to_have_attribute("href", "mailto:zofie.stastna@example.com")
    page.get_by_role("button", name="Kopírovat +420 777 000 003").click()
    page.get_by_text("Zkopírováno").wait_for()

    assert page.evaluate("navigator.clipboard.readText()") == "+420777000003"


def test_a_call_is_noted_and_the_lead_taken_without_a_mouse(desk, wrong_phone, visit):
    page = visit(f"/inbox/leads/{wrong_phone}")

    page.get_by_label("Nová poznámka").focus()
    page.keyboard.type("Nebere to. Zkusit jr v pátek?")
    press(page, "Tab", "Tab", "Enter")
    expect(page.locator("#notes .trail li")).to_contain_text("Nebere to. Zkusit jr v pátek?")
    page.get_by_label("Řeší").focus()
    press(page, "P", "Tab", "Enter")
    expect(page.get_by_text("Poptávku teď řeší Petra Dvořáková.")).to_be_visible()
    page.locator(".crumbs a").first.click()

    expect(page.locator(".work")).to_have_text("Petra Dvořáková, voláno")


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (768, 900), (1280, 800)], ids=str)
def test_help_and_marked_questions_are_accessible(wrong_phone, visit, mode, size):
    viewport = {"width": size[0], "height": size[1]}
    page = visit(color_scheme=mode, reduced_motion="reduce", viewport=viewport)
    found = []
    for path in ("/inbox/", f"/inbox/leads/{wrong_phone}", f"/inbox/leads/{wrong_phone}/correct"):
        page.goto(page.url.split("/inbox/")[0] + path)
        page.get_by_role("button", name="Klávesové zkratky").click()
        found += violations(page)
        page.keyboard.press("Escape")
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path

    assert found == []
