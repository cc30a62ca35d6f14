"""The core of it in Firefox and WebKit, too."""

import time

import pytest
from desk_site import desk_site
from engines import ROOMY

from realpad_form.ports import LeadFilter

pytestmark = pytest.mark.browser

ENTER = "\ue006"  # as WebDriver names the key
SUMMARY = "document.activeElement.id === 'summary'"
FOLDED = "details.section:not([open]) > summary"
FOCUSED_UNIT = "document.activeElement.dataset.unit"
LOSE_ONE_ANSWER = """(() => {
    const real = window.fetch;
    window.fetch = async (address, options) => {
        const answer = await real(address, options);
        if (options?.method !== 'POST' || answer.status !== 201) return answer;
        window.fetch = real;
        throw new TypeError('the connection was lost');
    };
    return true;
})()"""

UNPLUG = """(() => {
    const real = window.fetch;
    let isOnline = false;
    Object.defineProperty(navigator, 'onLine', { get: () => isOnline });
    window.fetch = (...request) => (isOnline ? real(...request) : Promise.reject(new TypeError('offline')));
    window.plugIn = () => (isOnline = true);
    return true;
})()"""
HOLD_ANSWERS = """(() => {
    const real = window.fetch;
    const released = new Promise((release) => (window.release = () => release(true) ?? true));
    window.fetch = async (address, options) => {
        if (address.endsWith('/leads')) await released;
        return real(address, options);
    };
    return true;
})()"""


def fill(browser, surname, phone="777 123 456"):
    browser.shown("#q-name")
    for name, text in {"name": "Žofie", "surname": surname, "phone": phone}.items():
        browser.click(f"#q-{name}")
        browser.read(f"document.querySelector('#q-{name}').select()")  # the draft of a test before
        browser.type(text)


def test_a_lead_arrives_from_a_host_page(demo, engine, arrived):
    engine.open(f"{demo.crm}/site/riverside?utm_campaign=jaro")
    engine.read(
        "window.heard = [], document.addEventListener('realpad-form:submitted', e => heard.push(e.detail)), 1"
    )
    engine.scroll_to("#ask")
    engine.enter("main iframe")
    surname = f"Inline{type(engine).__name__}"
    fill(engine, surname)
    engine.click("#send")
    engine.shown("#thanks")
    engine.leave()

    detail = engine.wait("heard[0]")
    entries = engine.read("dataLayer.filter((entry) => entry.event === 'generate_lead')")
    [inquiry] = arrived(surname)
    assert (inquiry["phone"], inquiry["campaign"]) == ("+420777123456", "jaro")
    assert [entry["event_id"] for entry in entries] == [detail["id"]]


def test_a_dialog_opens_sends_and_returns_the_focus(demo, engine, arrived):
    engine.open(f"{demo.crm}/site/riverside")
    engine.wait("Boolean(window.RealpadForm?.open)")
    engine.click("button[data-unit='A-102']")
    engine.enter("dialog[open] iframe")
    surname = f"Dialog{type(engine).__name__}"
    fill(engine, surname)
    engine.click("#send")
    engine.shown("#thanks")
    engine.leave()
    engine.click("dialog[open] button")

    engine.wait("!document.querySelector('dialog[open]')")
    assert engine.wait(FOCUSED_UNIT) == "A-102"
    assert arrived(surname)[0]["internalid"] == "A-102"


@pytest.fixture
def phone(engine):
    """An engine whose window is as narrow as a phone."""
    engine.resize(500, 900)
    yield engine
    engine.resize(*ROOMY)


CLOSED = "!document.querySelector('dialog[open]')"
LOADED = "Boolean(window.RealpadForm?.open)"
BUTTON = '<button data-realpad-form="riverside" data-unit="A-102">Zájem</button>'


@pytest.mark.parametrize("way", ["back", "cross"])
def test_back_closes_the_dialog_of_a_phone_and_no_dead_entry_is_left(demo, phone, site, way):
    before = site.put("<p id=before>before</p>")
    phone.open(before)
    phone.open(site.put(f'{BUTTON}<script src="{demo.web}/embed.js"></script>'))
    phone.wait(LOADED)
    phone.wait("innerWidth <= 560")
    phone.click("main button")
    phone.shown("dialog[open] iframe")
    phone.wait("history.state?.['realpad-form']")

    if way == "back":
        phone.go_back()
    else:
        phone.click("dialog[open] button")
    phone.wait(CLOSED)
    phone.wait("history.state === null")
    assert phone.wait(FOCUSED_UNIT) == "A-102"

    phone.go_back()
    phone.shown("#before")


@pytest.mark.parametrize("allowed", ["{address}", "'nonce-abc'", "'nonce-abc' 'strict-dynamic'"])
def test_a_page_may_allow_the_loader_by_address_or_by_nonce(demo, engine, site, allowed):
    allowed = allowed.format(address=demo.web)
    policy = f"default-src 'none'; script-src {allowed}; frame-src {demo.web}"
    engine.open(site.put(f'{BUTTON}<script nonce="abc" src="{demo.web}/embed.js"></script>', policy=policy))
    engine.wait(LOADED)
    engine.click("main button")

    engine.enter("dialog[open] iframe")
    engine.shown("#q-surname")
    engine.leave()


def test_mistakes_are_summed_up_and_focused(demo, engine):
    engine.open(f"{demo.web}/f/riverside")
    fill(engine, "Chybová", phone="12")
    engine.click("#send")

    engine.shown("#summary")
    assert engine.wait(SUMMARY)
    assert engine.read("document.querySelector('#q-phone').getAttribute('aria-invalid')") == "true"


def test_an_answer_lost_on_the_way_makes_no_second_lead(demo, engine, arrived):
    engine.open(f"{demo.web}/f/riverside")
    surname = f"Ztracená{type(engine).__name__}"
    fill(engine, surname)
    assert engine.read(LOSE_ONE_ANSWER)
    engine.click("#send")

    engine.shown("#thanks")
    assert len(arrived(surname)) == 1


def test_what_was_corrected_offline_is_what_arrives(demo, engine, arrived):
    engine.open(f"{demo.web}/f/riverside")
    surname = f"Opravená{type(engine).__name__}"
    fill(engine, surname)
    assert engine.read(UNPLUG)
    engine.click("#send")
    engine.shown("#problem")
    fill(engine, surname, phone="777 999 888")
    assert engine.read("plugIn()")

    engine.shown("#thanks")
    assert [lead["phone"] for lead in arrived(surname)] == ["+420777999888"]


def test_nothing_can_be_changed_while_an_answer_is_awaited(demo, engine, arrived):
    engine.open(f"{demo.web}/f/riverside")
    surname = f"Zamčená{type(engine).__name__}"
    fill(engine, surname)
    engine.click(FOLDED)
    assert engine.read(HOLD_ANSWERS)
    engine.click("#send")
    engine.shown("#questions.is-locked")
    engine.click("#q-phone")
    engine.type("999")
    engine.click("[name=rooms]")
    engine.click("[name^=consent_]")

    assert engine.read("document.activeElement.name") == "consent_39268430"
    assert (
        engine.read("document.querySelectorAll('[name=rooms]:checked, [name^=consent_]:checked').length") == 0
    )
    assert engine.read("document.querySelector('#q-phone').value").split() == ["+420", "777", "123", "456"]
    assert engine.read("release()")
    engine.shown("#thanks")
    assert [lead["phone"] for lead in arrived(surname)] == ["+420777123456"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with desk_site(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.mark.parametrize("way", ["click", "enter"])
def test_a_sandboxed_frame_sends_a_lead_into_quarantine(server, engine, site, way):
    address = f"{server.url}/f/riverside/cs"
    engine.open(
        site.put(f'<iframe sandbox="allow-scripts" src="{address}" width="720" height="1500"></iframe>')
    )
    engine.enter("iframe")
    surname = f"Písková{type(engine).__name__}{way}"
    fill(engine, surname)
    if way == "click":
        engine.click("#send")
    else:
        engine.read("document.querySelector('[name^=consent_]').focus()")
        engine.type(ENTER)

    engine.shown("#thanks")
    leads = [
        r.lead for r in server.services.log.records(LeadFilter()) if r.current.answers["surname"] == surname
    ]
    assert [(lead.status, "null_origin" in map(str, lead.reasons)) for lead in leads] == [
        ("quarantined", True)
    ]


def test_links_are_underlined_in_the_colour_of_the_project(demo, engine):
    engine.open(f"{demo.web}/f/riverside")
    engine.shown("#questions .notice a")

    style = engine.read("""(() => {
        const style = getComputedStyle(document.querySelector('.notice a'));
        const { color } = style;
        return ["Line", "Thickness", "Color"].map((part) => style[`textDecoration${part}`]).concat(color);
    })()""")

    assert style[:2] == ["underline", "1px"]
    assert style[2] != style[3]


def test_enter_goes_to_the_next_box(demo, engine):
    engine.open(f"{demo.web}/f/riverside")
    engine.shown("#q-name")
    engine.click("#q-name")
    engine.type(f"Jan{ENTER}")

    assert engine.read("document.activeElement.id") == "q-surname"
    assert engine.read("document.querySelector('#summary').hidden")


def test_chosen_answer_can_be_taken_back(demo, engine):
    engine.open(f"{demo.web}/f/riverside")
    engine.shown("html.js")
    engine.click(FOLDED)
    engine.shown("#q-price_max")
    engine.read("document.querySelector('[data-key=price_max]').dataset.clearable = ''")
    chosen = "document.querySelector('[name=price_max]:checked')?.value ?? null"

    engine.click("#q-name")
    time.sleep(1)  # what watches the answers is fetched now
    for value in ("'6000000'", "null", "'6000000'"):
        engine.click("#q-price_max-2")
        engine.wait(f"({chosen}) === {value}")
    for value in ("null", "'6000000'"):
        engine.type(" ")
        engine.wait(f"({chosen}) === {value}")


def test_struck_out_mistakes_move_nothing(demo, engine):
    engine.open(f"{demo.web}/f/riverside")
    engine.read("sessionStorage.clear() ?? true")
    engine.open(f"{demo.web}/f/riverside?again")
    engine.shown("#q-name")
    engine.click("#send")
    engine.shown("#summary")
    engine.wait(SUMMARY)
    tops = "[...document.querySelectorAll('.box')].map((box) => box.getBoundingClientRect().top + scrollY)"
    before = engine.read(tops)
    engine.click("#q-name")
    engine.type("J")

    assert engine.wait("document.querySelector('#summary .is-done') !== null")
    assert engine.read(tops) == before


def test_a_prefix_a_slider_and_days_work_together(demo, engine, arrived):
    engine.open(f"{demo.web}/f/sadova")
    engine.shown("#q-full_name")
    surname = f"Alej{type(engine).__name__}"
    for name, text in {"full_name": f"Žofie {surname}", "phone": "+421905123456"}.items():
        engine.click(f"#q-{name}")
        engine.read(f"document.querySelector('#q-{name}').select()")  # what this tab knows of the visitor
        engine.type(text)
    engine.click("#q-price_max")
    engine.type("9,5 mil.")

    engine.wait("document.querySelector('[name=phone_prefix]').value === 'SK'")
    assert engine.read("document.querySelector('#q-phone').value.replace(/\\s/g, '')") == "905123456"
    engine.wait("document.querySelector('.slider input').value === '9500000'")
    assert engine.read("document.querySelector('#q-customer_viewing_date').min > '2026'") is True
    engine.click("#send")
    engine.shown("#thanks")

    [lead] = arrived(surname, wait_s=10)
    assert (lead["phone"], lead["preferencepricemax"]) == ("+421905123456", "9500000")


def test_a_folded_section_opens_for_what_is_wrong_in_it_and_the_flat_is_named(demo, engine):
    engine.open(f"{demo.web}/f/riverside?unit=A-101&unit_label=1%2Bkk&unit_price=4890000")
    engine.shown("#unit")
    assert engine.read("document.querySelector('#unit').textContent").count("A-101") == 1
    assert engine.read("document.querySelector('details.section').open") is False

    fill(engine, f"Skladba{type(engine).__name__}")
    engine.click("details.section summary")
    engine.shown("#q-note")
    engine.click("#q-note")
    engine.type("Dobrý den")
    engine.read("(window.isLeft = true), location.reload(), 1")
    there = "!window.isLeft && document.documentElement?.matches('.js')"  # not still the page before
    engine.wait(f"{there} && document.querySelector('#q-note')?.value")

    assert engine.read("document.querySelector('details.section').open") is True
    engine.click("#send")
    engine.shown("#thanks-unit")
    assert "A-101" in engine.read("document.querySelector('#thanks-unit').textContent")
