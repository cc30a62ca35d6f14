"""One lead at the desk, as an operator works on it in Chromium against the sandbox CRM."""

import pytest
from desk_site import desk_site
from test_browser_axe import needs_axe, violations

from realpad_form.domain.delivery import Event

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path):
    with desk_site(tmp_path) as site:
        yield site


@pytest.fixture
def visit(site, chromium):
    """Open a page of the desk as somebody who is signed in."""
    contexts, complaints = [], []

    def open_(path, *, cookie=None, **options):
        contexts.append(chromium.new_context(locale="cs-CZ", reduced_motion="reduce", **options))
        contexts[-1].add_cookies([cookie or site.cookie()])
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def rejected(site):
    """A lead about a unit that Realpad does not know."""
    lead_id = site.add(unit="Z-999")
    site.relay()
    assert site.status(lead_id) == "rejected"
    return lead_id


@pytest.fixture
def lost(site):
    """A lead that Realpad stored, and whose answer never came."""
    site.break_next_call("after")
    lead_id = site.add()
    site.relay()
    assert site.status(lead_id) == "unknown"
    return lead_id


def at(lead_id, *more):
    return "/".join([f"/inbox/leads/{lead_id}", *more])


def width(page):
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("has_script", [True, False])
def test_a_rejected_lead_is_read_corrected_sent_again_and_delivered(site, visit, rejected, has_script):
    page = visit(at(rejected), java_script_enabled=has_script)
    assert page.get_by_text("Realpad v tomto projektu takovou jednotku nezná.").first.is_visible()

    page.get_by_role("link", name="Opravit a odeslat znovu").click()
    page.get_by_label("Byt", exact=True).fill("A-102")
    page.get_by_role("button", name="Zkontrolovat před odesláním").click()
    compared = page.locator("tr.changed").first.inner_text()
    page.locator(".whole > summary").click()
    whole = page.locator(".whole tr.changed").inner_text()
    page.get_by_role("button", name="Odeslat do Realpadu").click()
    page.wait_for_url(f"**{at(rejected)}")
    site.relay()
    page.reload()

    assert compared.split() == ["Jednotka", "změněno", "Z-999", "A-102"]
    assert whole.split() == ["internalid", "změněno", "Z-999", "A-102"]
    assert page.locator(".tag.delivered").first.inner_text() == "Doručeno"
    assert [each["parameters"]["internalid"] for each in site.arrived()] == ["A-102"]


def test_a_mistake_takes_the_focus_and_keeps_what_was_typed(visit, rejected):
    page = visit(at(rejected, "correct"))

    page.locator("#q-phone").fill("12")
    page.get_by_role("button", name="Zkontrolovat před odesláním").click()

    page.locator("#wrong-phone").wait_for()
    assert page.evaluate("document.activeElement.id") == "mistakes"
    assert page.locator("#q-phone").input_value() == "12"
    assert page.locator("#q-phone").get_attribute("aria-invalid") == "true"


def test_the_call_can_be_copied(visit, rejected):
    page = visit(at(rejected), permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Kopírovat", exact=True).click()

    page.get_by_role("button", name="Zkopírováno").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[:3] == ["login=••••••••", "password=••••••••", "name=Žofie"]


def test_an_unknown_lead_is_looked_for_and_found(site, visit, lost):
    page = visit(at(lost))

    page.get_by_role("button", name="Podívat se do seznamu").click()
    page.locator(".sightings").wait_for()
    page.get_by_role("button", name="Je tam", exact=True).click()

    page.wait_for_url(f"**{at(lost)}")
    lead = site.services.log.get(lost).lead
    assert (lead.status, len(site.arrived())) == ("delivered", 1)
    assert lead.customer_id == site.arrived()[0]["customer_id"]


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_phone(site, visit, rejected, mode):
    admin = site.cookie("admin")
    found = {}

    def check(name, page):
        found[name] = (violations(page), width(page))

    for name in ("", "correct", "consents/39268430/revoke", "erase"):
        path = at(rejected, name) if name else at(rejected)
        check(name, visit(path, cookie=admin, color_scheme=mode, viewport={"width": 360, "height": 740}))
    page = visit(at(rejected, "correct"), color_scheme=mode, viewport={"width": 360, "height": 740})
    page.locator("#q-name").fill("")
    page.get_by_role("button", name="Zkontrolovat před odesláním").click()
    check("mistakes", page)
    page.locator("#q-name").fill("Anna")
    page.get_by_role("button", name="Zkontrolovat před odesláním").click()
    check("comparison", page)
    site.services.log.move(rejected, Event.DISCARDED)
    page.get_by_role("button", name="Odeslat do Realpadu").click()
    check("changed", page)

    assert found == {name: ([], 360) for name in found}
    assert len(found) == 7


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_realpads_entries_are_accessible_and_fit_a_phone(visit, lost, mode):
    page = visit(at(lost), color_scheme=mode, viewport={"width": 360, "height": 740})

    page.get_by_role("button", name="Podívat se do seznamu").click()
    page.locator(".sightings").wait_for()

    assert (violations(page), width(page)) == ([], 360)


def test_hostile_words_are_only_words(site, visit):
    lead_id = site.add(
        name="<img src=x onerror=alert(1)>", surname="\u202eאבג", note="😀" * 5000, suspicions=("honeypot",)
    )

    page = visit(at(lead_id), viewport={"width": 360, "height": 740})

    assert page.locator("h1").inner_text().startswith("<img src=x")
    assert page.locator("main img").count() == 0
    assert width(page) == 360


@pytest.mark.parametrize("name", ["Realpadu", "comparison"])
def test_going_back_never_asks_whether_to_send_a_form_again(site, visit, rejected, lost, name):
    if name == "comparison":
        page = visit(at(rejected, "correct"))
        page.locator("#q-unit").fill("A-102")
        page.get_by_role("button", name="Zkontrolovat před odesláním").click()
        page.get_by_role("button", name="Odeslat do Realpadu").click()
        page.wait_for_url(f"**{at(rejected)}")
    else:
        page = visit(at(lost))
        page.get_by_role("button", name="Podívat se do seznamu").click()
        page.locator(".sightings").wait_for()
        page.get_by_role("link", name="Poptávky").first.click()
        page.wait_for_url("**/inbox/*")

    answer = page.go_back()

    assert answer.ok
    assert answer.request.method == "GET"
    expected = at(rejected, "correct") if name == "comparison" else at(lost)
    assert page.url.endswith(expected)
    page.reload()
    assert page.locator("h1").is_visible()


def test_two_candidates_are_shown_and_the_rest_is_folded(site, visit):
    for number in range(6):
        site.add(name="Žofie", surname="Šťastná", note=str(number))
        site.relay()
    site.break_next_call("after")
    lead_id = site.add()
    site.relay()
    page = visit(at(lead_id))

    page.get_by_role("button", name="Podívat se do seznamu").click()
    page.locator(".sightings").first.wait_for()

    assert page.locator(".sightings:visible tbody tr").count() <= 3
    page.locator(".whole > summary").click()
    assert page.locator(".sightings:visible tbody tr").count() >= 7
