"""Pages and frames that are broken, strict or wicked."""

import re
from pathlib import Path

import pytest
from visitor import fill, form_in, press_send, send, thanked

pytestmark = pytest.mark.browser

EMBEDDING = Path(__file__).parents[2] / "docs/embedding.md"
JUNK = """[
    null, 1, 'text', [], {}, {source: 'realpad-form'}, {source: 'realpad-form', version: 1},
    {source: 'realpad-form', version: 2, type: 'ready'},
    {source: 'realpad-form', version: 1, type: 'nonsense'},
    {source: 'realpad-form', version: 1, type: '__proto__'},
    {source: 'realpad-form', version: 1, type: 'constructor'},
    {source: 'realpad-form', version: 1, type: 'height', height: 'NaN'},
    {source: 'realpad-form', version: 1, type: 'close'},
]"""
FORGED = """{source: 'realpad-form', version: 1, type: 'submitted', id: 'forged', unit: null, campaign: null,
    redirect: 'https://wicked.example/'}"""
LEADS = "(window.dataLayer ?? []).filter((entry) => entry.event === 'generate_lead').length"
NO_STORAGE = "(() => { try { return !sessionStorage; } catch { return true; } })()"


def policy_for(address):
    """Return what docs/embedding.md tells the owner of a strict page, and Trusted Types on top."""
    told = EMBEDDING.read_text(encoding="utf-8")
    named = set(re.findall(r"((?:script|frame)-src) https://forms\.example\.com", told))
    assert named == {"script-src", "frame-src"}
    directives = ["default-src 'none'; img-src data:", *(f"{name} {address}" for name in sorted(named))]
    return "; ".join([*directives, "require-trusted-types-for 'script'", "trusted-types 'none'"])


def test_a_page_with_a_strict_policy_needs_only_what_the_document_says(demo, open_page, site, tag, arrived):
    button = '<button data-realpad-form="riverside" data-unit="A-102">Zájem</button>'
    page = open_page(site.put(f"<section>{tag()}</section>{button}", policy=policy_for(demo.web)))
    send(form_in(page, "main section iframe"), "Přísná")

    page.locator("button[data-unit]").click()
    send(form_in(page, "dialog[open] iframe"), "Přísnější")

    assert arrived("Přísná")
    assert arrived("Přísnější")[0]["internalid"] == "A-102"
    assert (
        page.locator("dialog[open]").evaluate("(dialog) => getComputedStyle(dialog).borderTopWidth") == "0px"
    )


def test_a_page_that_is_not_listed_shows_the_way_out(demo, open_page, site, tag):
    listener = (
        "<script>addEventListener('realpad-form:error', (e) => { window.code = e.detail.code; });</script>"
    )
    body = listener + tag(phone="+420 777 123 456", email="prodej@riverside.example")
    page = open_page(site.put(body, host="stranger.localhost"), may_complain=True)

    page.wait_for_function("window.code", timeout=12_000)

    assert page.evaluate("window.code") == "no-answer"
    assert page.locator(f"main a[href^='{demo.web}/f/riverside']").is_visible()
    assert page.locator("main a[href^='tel:']").is_visible()
    assert page.locator("main a[href^='mailto:']").is_visible()


def test_a_form_that_is_out_of_reach_shows_the_way_out(demo, open_page, site, tag):
    page = open_page("about:blank", may_complain=True)
    page.route("**/f/**", lambda route: route.abort())
    page.goto(site.put(tag()))

    page.locator(f"main a[href^='{demo.web}/f/riverside']").wait_for(timeout=12_000)


def test_junk_from_the_page_disturbs_neither_loader_nor_form(open_page, site, tag, arrived):
    page = open_page(site.put(tag()))
    form = form_in(page)
    form.locator("#q-name").wait_for()
    page.evaluate(f"for (const junk of {JUNK}) postMessage(junk, '*')")
    page.evaluate(
        f"for (const junk of {JUNK}) document.querySelector('iframe').contentWindow.postMessage(junk, '*')"
    )

    send(form, "Nerušená")

    assert len(arrived("Nerušená")) == 1
    assert page.evaluate(LEADS) == 1


def test_junk_from_the_form_itself_is_survived(open_page, site, tag):
    page = open_page(site.put(tag()))
    form = form_in(page)
    form.locator("#q-name").wait_for()
    form.locator("body").evaluate(f"for (const junk of {JUNK}) parent.postMessage(junk, '*')")
    page.wait_for_timeout(100)

    assert 100 <= page.locator("iframe").bounding_box()["height"] <= 5000
    send(form, "Odolná")


def test_nobody_else_can_forge_a_conversion(demo, open_page, site, tag):
    forger = site.put(f"<script>parent.postMessage({FORGED}, '*')</script>")
    ours = f'<iframe id="raw" src="{demo.web}/f/jantar"></iframe>'
    page = open_page(site.put(f'<section>{tag()}</section><iframe src="{forger}"></iframe>{ours}'))
    form_in(page, "main section iframe").locator("#q-name").wait_for()
    address = page.url

    page.evaluate(f"postMessage({FORGED}, '*')")  # the page itself
    raw = page.frame_locator("#raw").locator("body")  # the right origin, but a frame that is not the loader's
    raw.evaluate(f"parent.postMessage({FORGED}, '*')")
    page.wait_for_timeout(600)

    assert page.evaluate(LEADS) == 0
    assert page.url == address


def test_a_redirect_to_a_script_is_not_followed(open_page, site, tag):
    page = open_page(site.put(tag()))
    form = form_in(page)
    form.locator("#q-name").wait_for()
    forged = FORGED.replace("https://wicked.example/", "javascript:window.hacked=1")
    form.locator("body").evaluate(f"parent.postMessage({forged}, '*')")
    page.wait_for_function(f"{LEADS} === 1")
    page.wait_for_timeout(500)

    assert page.evaluate("window.hacked") is None


def test_the_form_tells_no_page_but_the_one_named_in_its_address(demo, open_page, site):
    src = f"{demo.web}/f/riverside#origin=https%3A%2F%2Felsewhere.example"
    listener = (
        "<script>window.told = []; addEventListener('message', (event) => told.push(event.data));</script>"
    )
    page = open_page(site.put(f'{listener}<iframe src="{src}" height="1400"></iframe>'), may_complain=True)
    send(page.frame_locator("iframe"), "Mlčenlivá")

    assert page.evaluate("told") == []


def test_markup_in_the_address_stays_text(demo, open_page):
    wicked = "%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E"
    page = open_page(
        f"{demo.web}/f/riverside?utm_source={wicked}#prefill-surname={wicked}&unit={wicked}&theme={wicked}"
    )
    page.locator("#q-surname").wait_for()

    assert page.locator("img:not(.person img)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_blocked_third_party_cookies_change_nothing(strict_chromium, site, tag, arrived):
    page = strict_chromium.new_page()
    page.goto(site.put(tag()))
    form = form_in(page)
    fill(form, "Bezkoláčková")
    assert form.locator("body").evaluate(f"() => {NO_STORAGE}")

    press_send(form)
    thanked(form)

    assert len(arrived("Bezkoláčková")) == 1
    assert strict_chromium.cookies() == []
