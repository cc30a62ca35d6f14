"""Ways to put the form into a page."""

import pytest
from visitor import fill, form_in, press_send, send, thanked

pytestmark = pytest.mark.browser

FAR = '<div style="height: 4000px"></div>'
LEADS = "(window.dataLayer ?? []).filter((entry) => entry.event === 'generate_lead').length"
FOCUSED = "document.activeElement.closest('dialog') ? 'dialog' : document.activeElement.tagName"
ADD = """(project) => {
    const element = document.createElement('div');
    element.id = 'late';
    element.dataset.realpadForm = project;
    document.querySelector('main').append(element);
}"""


def ready(form):
    form.locator("#q-phone").wait_for()


def test_the_form_works_on_another_site(open_page, site, tag, arrived):
    page = open_page(site.put(tag(campaign="leto")) + "?utm_campaign=jaro&utm_source=seznam")
    send(form_in(page), "Cizodomá")

    [inquiry] = arrived("Cizodomá")

    assert inquiry["campaign"] == "leto"
    assert "seznam" in inquiry["note"]
    assert "http://localhost:" in inquiry["note"]


def test_several_forms_on_a_page_keep_apart(open_page, site, tag, arrived):
    element = '<div id="second" data-realpad-form="riverside" data-unit="B-301"></div>'
    page = open_page(site.put(f"<section>{tag(unit='A-101')}</section>{element}"))
    send(form_in(page, "main section iframe"), "Prvá")
    second = form_in(page, "main #second iframe")
    send(second, "Druhá")

    assert arrived("Prvá")[0]["internalid"] == "A-101"
    assert arrived("Druhá")[0]["internalid"] == "B-301"
    assert page.evaluate(LEADS) == 2


def test_a_tag_included_twice_makes_one_form_and_one_conversion(demo, open_page, site, tag):
    again = f'<script src="{demo.web}/embed.js"></script>'
    page = open_page(site.put(f'{again}<div data-realpad-form="riverside"></div>{again}{again}'))
    send(form_in(page), "Dvojitá")

    assert page.locator("iframe").count() == 1
    assert page.evaluate(LEADS) == 1


def test_a_button_right_after_the_tag_does_not_take_the_place_of_its_form(open_page, site, tag):
    page = open_page(site.put(f'{tag()}<button data-realpad-form="riverside">Zájem</button>'))

    ready(form_in(page))


def test_what_a_page_adds_and_takes_away_later_is_followed(open_page, site, tag):
    page = open_page(site.put(tag()))
    ready(form_in(page))

    page.evaluate(ADD, "jantar")
    form_in(page, "main #late iframe").locator("#q-full_name").wait_for()
    page.evaluate("document.getElementById('late').remove()")
    page.evaluate(ADD, "riverside")

    ready(form_in(page, "main #late iframe"))


def test_a_form_is_unmounted_and_mounted_by_hand(open_page, site, tag):
    page = open_page(site.put(f'{tag()}<div id="place" data-realpad-form="riverside"></div>'))
    place = page.locator("#place iframe")
    place.scroll_into_view_if_needed()

    page.evaluate("RealpadForm.unmount('#place')")
    page.evaluate("document.querySelector('main').append('more')")  # which must not bring it back
    page.wait_for_timeout(200)
    assert place.count() == 0

    page.evaluate("RealpadForm.mount('#place', {project: 'riverside', prefill: {surname: 'Předem'}})")
    assert form_in(page, "main #place iframe").locator("#q-surname").input_value() == "Předem"


def test_calls_before_the_script_is_there_wait_for_it(open_page, site, tag):
    stub = """<script>
        window.RealpadForm = window.RealpadForm || { q: [] };
        RealpadForm.q.push(["on", "ready", (event) => { window.heard = event.detail.project; }]);
        RealpadForm.q.push(["nonsense"]);
    </script>"""
    page = open_page(site.put(stub + tag()), may_complain=True, may_fail="is not a function")

    page.wait_for_function("window.heard === 'riverside'")


def test_a_form_far_below_loads_when_it_comes_near_and_nothing_jumps(demo, open_page, site, tag):
    page = open_page("about:blank")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.put(FAR + tag() + FAR))
    page.wait_for_function("window.RealpadForm?.on && document.querySelector('iframe')")
    page.wait_for_timeout(300)
    height = page.evaluate("document.documentElement.scrollHeight")
    assert not [url for url in asked if "/f/" in url]
    assert height > 8300  # the form has its room

    page.locator("iframe").scroll_into_view_if_needed()

    ready(form_in(page))


def test_prefilled_answers_are_text_and_never_consents(open_page, site, tag):
    given = {
        "prefill_name": "&lt;b&gt;Jana&lt;/b&gt;",
        "prefill_consent_39268430": "true",
        "prefill_phone": "777123456",
    }
    form = form_in(open_page(site.put(tag(**given))))

    assert form.locator("#q-name").input_value() == "<b>Jana</b>"
    assert form.locator("#q-phone").input_value().replace(" ", "") == "777123456"
    assert not form.locator("input[name=consent_39268430]").is_checked()


def test_the_language_is_that_of_the_page_unless_told(open_page, site, tag):
    page = open_page(site.put(f"<section>{tag()}</section><section>{tag(lang='en')}</section>"))

    own = form_in(page, "main section:first-child iframe").locator("html").get_attribute("lang")
    told = form_in(page, "main section:last-child iframe").locator("html").get_attribute("lang")

    assert (own, told) == ("cs", "en")


def test_the_dialog_keeps_the_focus_until_it_gives_it_back(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside")
    button = page.locator("button[data-unit=A-102]")
    button.focus()
    page.keyboard.press("Enter")
    ready(page.frame_locator("dialog iframe"))

    visited = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        visited.add(page.evaluate(FOCUSED))

    assert visited <= {"dialog", "BODY"}  # the body stands for the browser's own controls
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.unit") == "A-102"


def test_a_click_beside_the_dialog_closes_it(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside", viewport={"width": 1280, "height": 800})
    page.evaluate("() => { RealpadForm.on('closed', () => { window.closed_once = true; }); }")
    page.locator("button[data-unit=A-102]").click()
    ready(page.frame_locator("dialog iframe"))

    page.mouse.click(20, 400)

    page.wait_for_function("() => window.closed_once")
    assert page.locator("dialog[open]").count() == 0


def test_the_dialog_opens_and_closes_by_a_call(open_page, site, tag, arrived):
    page = open_page(site.put(tag()))
    page.wait_for_function("Boolean(window.RealpadForm?.open)")
    page.evaluate("RealpadForm.open('riverside', {unit: 'B-301'})")
    send(form_in(page, "dialog[open] iframe"), "Zavolaná")

    page.evaluate("RealpadForm.close()")

    page.locator("dialog[open]").wait_for(state="detached")
    assert arrived("Zavolaná")[0]["internalid"] == "B-301"


def test_the_dialog_fills_a_phone(demo, open_page):
    page = open_page(f"{demo.crm}/site/riverside", viewport={"width": 360, "height": 640})
    page.locator("button[data-unit=A-102]").click()
    ready(page.frame_locator("dialog iframe"))

    box = page.locator("dialog[open]").bounding_box()

    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 640)


def test_the_frame_grows_with_the_mistakes_and_shrinks_with_the_thanks(open_page, site, tag):
    page = open_page(site.put(tag()), may_complain=True, viewport={"width": 400, "height": 800})
    form = form_in(page)
    ready(form)
    height = "document.querySelector('iframe').offsetHeight"
    page.wait_for_function(f"{height} !== 480")
    before = page.evaluate(height)

    press_send(form)
    form.locator("#summary").wait_for()
    page.wait_for_function(f"{height} > {before} + 40")
    grown = page.evaluate(height)
    fill(form, "Vysoká")
    page.wait_for_timeout(200)
    filled = page.evaluate(height)
    assert filled == grown  # nothing moves while somebody types
    press_send(form)
    thanked(form)

    page.wait_for_function(f"{height} < {filled} / 2")


@pytest.mark.parametrize("script", [True, False])
def test_a_plain_frame_is_enough(demo, open_page, site, arrived, script):
    surname = f"Rámová{script}"
    frame = f'<iframe src="{demo.web}/f/riverside" title="Poptávka" width="600" height="1400"></iframe>'
    page = open_page(site.put(frame), java_script_enabled=script)
    form = form_in(page, "iframe") if script else page.frame_locator("iframe")
    form.locator("#q-surname").fill(surname)
    form.locator("#q-phone").fill("777 123 456")
    form.locator("#q-name").fill("Jan")
    press_send(form)

    form.locator("#thanks:visible, .thanks:visible").first.wait_for()
    assert len(arrived(surname, wait_s=1)) == int(script)  # without script it is quarantined
