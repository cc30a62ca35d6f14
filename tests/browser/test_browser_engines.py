"""The core of it in Firefox and WebKit, too."""

import os

import pytest
from engines import Firefox, WebKit

pytestmark = pytest.mark.browser

SUMMARY = "document.activeElement.id === 'summary'"
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


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=lambda engine: engine.__name__)
def engine(request, tmp_path_factory):
    kind = request.param
    if not kind.is_installed:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"no {kind.__name__} of Debian on this machine"
        )
    browser = kind(str(tmp_path_factory.mktemp("profile")))
    yield browser
    browser.quit()


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
