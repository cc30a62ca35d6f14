"""A correction made while a submission is under way is sent, or could not be made."""

import re

import pytest
from visitor import LANDED, fill, form_in, press_send, thanked, unfold

pytestmark = pytest.mark.browser

LOCKED = "#questions.is-locked"
CORRECTED = "777 999 888"


class Line:
    """The way from a page to the server, with every post in the test's hands."""

    def __init__(self, page):
        self.page, self.held, self.sent = page, [], []
        page.route("**/leads", self._hold)

    def _hold(self, route):
        self.sent.append(route.request.post_data_json)
        self.held.append(route)

    def next(self):
        """Return the next post once it is under way."""
        while not self.held:
            self.page.wait_for_timeout(20)
        return self.held.pop(0)

    def open(self):
        """Let the next post go, and all that follow."""
        self.page.route("**/leads", self._pass)
        for route in self.held:
            route.continue_()

    def _pass(self, route):
        self.sent.append(route.request.post_data_json)
        route.continue_()


@pytest.fixture
def form(demo, open_page):
    """A filled in form, ready to be sent."""

    def open_form(surname, project="riverside"):
        page = open_page(f"{demo.web}/f/{project}", may_complain=True)
        fill(page, surname)
        return page

    return open_form


def phone(page):
    return page.locator("#q-phone").input_value().replace("\N{NO-BREAK SPACE}", " ")


def correct(page):
    """Correct the phone and write a note, as somebody who waits does."""
    page.locator("#q-phone").fill(CORRECTED)
    unfold(page)
    page.locator("#q-note").fill("Máte sklep?")


def go_offline_while_sending(page):
    page.context.set_offline(True)
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for()


def test_what_was_corrected_offline_is_what_arrives(form, arrived):
    page = form("Opravená")
    go_offline_while_sending(page)
    correct(page)

    page.context.set_offline(False)
    thanked(page)

    [lead] = arrived("Opravená")
    assert lead["phone"] == "+420777999888"
    assert "Máte sklep?" in lead["note"]


def test_nothing_is_sent_while_somebody_is_typing(form, arrived):
    page = form("Píšící")
    go_offline_while_sending(page)
    unfold(page)
    page.locator("#q-note").focus()
    page.keyboard.type("Máte ")
    page.context.set_offline(False)

    for word in ("ještě ", "volný ", "sklep ", "nebo ", "garáž?"):
        page.keyboard.type(word)
        page.wait_for_timeout(1000)
    assert not page.locator(LANDED).is_visible()
    thanked(page)

    [lead] = arrived("Píšící")
    assert "Máte ještě volný sklep nebo garáž?" in lead["note"]


def test_while_offline_the_button_tries_at_once(form, arrived):
    page = form("Tlačící")
    go_offline_while_sending(page)
    button = page.locator("#send")
    assert (button.inner_text(), button.get_attribute("aria-disabled")) == ("Zkusit znovu", "false")
    page.evaluate("Object.defineProperty(navigator, 'onLine', { value: false })")  # some systems err for good
    page.context.set_offline(False)

    unfold(page)
    page.locator("#q-note").fill("Máte sklep?")
    button.click()
    thanked(page)

    assert len(arrived("Tlačící")) == 1


def test_while_an_answer_is_awaited_nothing_can_be_changed_and_all_can_be_read(form, arrived):
    page = form("Zamčená")
    line = Line(page)
    page.locator("[name^=consent_]").press("Enter")
    post = line.next()
    page.locator("#q-phone").focus()

    page.keyboard.type("999")
    page.locator("#q-name").focus()
    page.keyboard.press("End")
    page.keyboard.type("x")
    page.keyboard.press("Backspace")
    focused = page.locator("#q-name").evaluate("(box) => box === document.activeElement")
    page.get_by_text("2+kk", exact=True).click(force=True)
    page.locator("[name^=consent_]").click(force=True)
    state = page.locator("#q-phone").evaluate(
        "(box) => [box.readOnly, box.disabled, Boolean(box.closest('[inert], [aria-busy]')), box.tabIndex]"
    )
    chosen = page.locator("input[name=rooms]:checked, [name^=consent_]:checked").count()
    names = page.locator("#questions").aria_snapshot()

    assert state == [True, False, False, 0]
    assert (phone(page), chosen, page.locator("#q-name").input_value()) == ("+420 777 123 456", 0, "Žofie")
    assert "Zamčená" in names
    assert focused
    assert page.locator("#status").inner_text() == "Odesíláme…"

    post.continue_()
    thanked(page)
    [lead] = arrived("Zamčená")
    assert lead["phone"] == "+420777123456"


def test_choices_stay_as_they_are_whatever_changes_them(demo, open_page):
    page = open_page(f"{demo.web}/f/jantar", may_complain=True)
    page.locator("#q-phone").fill("777 123 456")
    changed = page.evaluate("""() => {
        const of = (name) => [...document.querySelectorAll(name)];
        const optionsOf = (control) => [...(control.options ?? [])].map(({ selected }) => selected);
        const stateOf = (control) => [control.value, control.checked, optionsOf(control)];
        const read = () => JSON.stringify(of('[data-key] :is(input, select, textarea)').map(stateOf));
        document.querySelector('#q-note').value = 'Dobrý den';
        document.querySelector('#send').click();
        const before = read();
        for (const control of of('[data-key] :is(input, select, textarea)')) {
            if (control.options) for (const option of control.options) option.selected = !option.selected;
            else if (['radio', 'checkbox'].includes(control.type)) control.checked = !control.checked;
            else control.value += 'x';
            control.dispatchEvent(new Event('input', { bubbles: true }));
            control.dispatchEvent(new Event('change', { bubbles: true }));
        }
        return [before, read()];
    }""")

    assert changed[0] == changed[1]


def test_an_answer_lost_on_the_way_leaves_the_form_locked_until_it_is_settled(form, arrived):
    page = form("Nejistá")
    line = Line(page)
    page.locator("#send").click()
    post = line.next()
    assert post.fetch().status == 201
    post.abort()
    page.wait_for_timeout(200)

    locked = page.locator(LOCKED).count()
    line.open()
    thanked(page)

    assert locked == 1
    assert len({sent["submission"] for sent in line.sent}) == 1
    assert len(arrived("Nejistá")) == 1


def test_a_correction_at_a_server_that_is_at_its_limit_goes_with_the_next_try(form, arrived):
    page = form("Limitující")
    line = Line(page)
    page.locator("#send").click()
    line.next().fulfill(status=429, headers={"Retry-After": "2"}, json={"status": "error"})
    page.locator("#questions:not(.is-locked)").wait_for()

    correct(page)
    line.open()
    thanked(page)

    [lead] = arrived("Limitující")
    assert lead["phone"] == "+420777999888"
    assert len({sent["submission"] for sent in line.sent}) == 2


def test_a_correction_after_the_line_broke_with_the_lead_stored_is_not_lost(form, arrived):
    page = form("Rozdělená")
    line = Line(page)
    page.locator("#send").click()
    post = line.next()
    assert post.fetch().status == 201
    page.context.set_offline(True)
    post.abort("internetdisconnected")
    page.locator("#problem:not([hidden])").wait_for()
    correct(page)

    page.context.set_offline(False)
    line.open()
    thanked(page)

    first, second = line.sent[0], line.sent[-1]
    assert first["submission"] != second["submission"]
    assert first["token"] != second["token"]
    assert {lead["phone"] for lead in arrived("Rozdělená", 5, expected=2)} == {
        "+420777123456",
        "+420777999888",
    }


def test_the_line_breaking_with_the_lead_stored_makes_one_lead_if_nothing_is_corrected(form, arrived):
    page = form("Nerozdělená")
    line = Line(page)
    page.locator("#send").click()
    post = line.next()
    assert post.fetch().status == 201
    page.context.set_offline(True)
    post.abort("internetdisconnected")
    page.locator("#problem:not([hidden])").wait_for()
    page.locator("#q-phone").fill(CORRECTED)
    page.locator("#q-phone").fill("777 123 456")

    page.context.set_offline(False)
    line.open()
    thanked(page)

    assert len(arrived("Nerozdělená", expected=2)) == 1


def test_nothing_can_be_changed_while_the_captcha_is_worked_on(form, arrived):
    page = form("Počítající")
    held = []
    page.route("**/pbkdf2.js", lambda route: held.append(route))
    page.reload()
    page.locator("#q-phone").focus()
    page.locator("#send").click()
    while not held:
        page.wait_for_timeout(20)

    page.locator("#q-phone").focus()
    page.keyboard.type("999")
    assert phone(page) == "+420 777 123 456"
    held[0].continue_()
    thanked(page)

    assert [lead["phone"] for lead in arrived("Počítající")] == ["+420777123456"]


def test_a_page_from_the_cache_sends_its_correction_and_nothing_else(form, arrived):
    page = form("Uložená")
    line = Line(page)
    page.locator("#send").click()
    line.next()  # and never answered
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    correct(page)
    page.locator("#send").click()
    line.open()
    thanked(page)
    page.wait_for_timeout(11_000)  # by then the first try is given up

    assert len(line.sent) == 2
    assert [lead["phone"] for lead in arrived("Uložená")] == ["+420777999888"]


def test_a_second_frame_can_be_filled_in_while_the_first_is_sending(open_page, site, tag, arrived):
    page = open_page(site.put(f"<section>{tag()}</section><aside>{tag()}</aside>"), may_complain=True)
    first, second = form_in(page, "main section iframe"), form_in(page, "main aside iframe")
    fill(first, "Prvnírám")
    held = []
    page.route("**/leads", lambda route: held.append(route), times=1)
    press_send(first)
    while not held:
        page.wait_for_timeout(20)

    fill(second, "Druhýrám")
    press_send(second)
    thanked(second)
    held[0].continue_()
    thanked(first)

    assert [len(arrived(name)) for name in ("Prvnírám", "Druhýrám")] == [1, 1]


def test_after_the_last_try_everything_can_be_changed_again(form, arrived):
    page = form("Vytrvalá")
    page.route("**/leads", lambda route: route.fulfill(status=429, headers={"Retry-After": "3600"}, json={}))
    page.locator("#send").click()
    page.locator("#problem:not([hidden])").wait_for()
    page.unroute("**/leads")

    correct(page)
    page.locator("#send").click()
    thanked(page)

    assert [lead["phone"] for lead in arrived("Vytrvalá")] == ["+420777999888"]
    assert re.search("sklep", arrived("Vytrvalá")[0]["note"])
