"""What a page does around a form that loads: it keeps still, and says what to do if no form comes."""

import pytest
from visitor import form_in

pytestmark = pytest.mark.browser

LOADED = "Boolean(window.RealpadForm?.on)"
SHIFTS = """<script>
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    addEventListener('realpad-form:ready', () => { window.isReady = true; });
</script>"""
SIZES = [(1280, 800), (768, 1024), (390, 700)]
HEIGHT = "document.querySelector('main iframe').offsetHeight"


def page_with(element, loader):
    """Return a page with something above the form and a footer below."""
    return f'{SHIFTS}<h1>Byty</h1>{element}{loader}<footer style="height: 600px">Patička</footer>'


def settled(page):
    """Wait until the form is there and has its height, and return how much the page jumped."""
    page.wait_for_function("window.isReady")
    form_in(page)
    page.wait_for_timeout(500)
    return page.evaluate("window.shift")


def test_the_shift_is_seen_where_there_is_one(open_page, site):
    page = open_page(site.put(page_with('<div id="grows"></div>', "")))
    page.wait_for_timeout(300)

    page.evaluate("document.querySelector('#grows').style.height = '300px'")
    page.wait_for_timeout(300)

    assert page.evaluate("window.shift") > 0.02


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("project", ["riverside", "sadova", "jantar"])
def test_nothing_shifts_where_the_element_has_the_room(demo, open_page, site, project, width, height):
    element = f'<div data-realpad-form="{project}" style="min-height: 2000px"></div>'
    loader = f'<script async src="{demo.web}/embed.js"></script>'
    page = open_page(site.put(page_with(element, loader)), viewport={"width": width, "height": height})

    assert settled(page) == 0


def test_the_frame_fills_the_room_until_its_height_is_known(demo, open_page, site):
    page = open_page("about:blank", may_complain=True)
    page.route("**/f/**", lambda route: None)
    element = '<div data-realpad-form="riverside" style="min-height: 777px"></div>'
    body = f'{element}<script src="{demo.web}/embed.js"></script>'
    page.goto(site.put(body), wait_until="commit")
    page.wait_for_function(LOADED)

    assert page.evaluate(HEIGHT) == 777


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("project", ["sadova", "jantar"])  # longer than the rest of the screen
def test_next_to_nothing_shifts_elsewhere_once_the_loader_is_there(
    open_page, site, tag, project, width, height
):
    loader = tag(project).replace(" async", "")  # else what is below may be painted before anything is known
    page = open_page(site.put(page_with("", loader)), viewport={"width": width, "height": height})

    assert settled(page) <= 0.02


def test_on_the_next_page_of_the_visit_a_form_has_its_height_from_the_start(open_page, site, tag):
    page = open_page(site.put(page_with("", tag())), viewport={"width": 1280, "height": 3000})
    settled(page)
    height = page.evaluate(HEIGHT)
    page.route("**/f/**", lambda route: None)

    page.goto(site.put(page_with("", tag())), wait_until="commit")
    page.wait_for_function("document.querySelector('main iframe')")

    assert page.evaluate(HEIGHT) == height > 480


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("cs", "Formulář se nepodařilo načíst."),
        ("uk", "Не вдалося завантажити форму."),
        ("fr", "The form could not be loaded."),
    ],
)
def test_where_no_form_comes_a_sentence_says_so_beside_the_contact(open_page, site, tag, language, sentence):
    page = open_page("about:blank", may_complain=True)
    page.route("**/f/**", lambda route: route.abort())
    page.goto(site.put(tag(lang=language, phone="+420 777 123 456", email="prodej@riverside.example")))

    page.get_by_text(sentence).wait_for(timeout=12_000)

    links = page.locator("main a")
    assert [links.nth(n).get_attribute("href").split(":")[0] for n in range(3)] == ["http", "tel", "mailto"]
    assert page.locator("main iframe").bounding_box()["height"] == 0


def test_a_form_that_comes_late_takes_the_place_of_the_sentence(open_page, site, tag):
    page = open_page("about:blank")
    held = []
    page.route("**/f/riverside/cs", lambda route: held.append(route))
    page.goto(site.put(tag()), wait_until="commit")
    page.locator("main p a").wait_for(timeout=12_000)

    held[0].continue_()

    form_in(page).locator("#q-surname").wait_for()
    page.locator("main p").wait_for(state="detached")
    assert page.evaluate(HEIGHT) > 480


@pytest.mark.parametrize("surface", ["light", "dark"])
def test_a_form_is_first_painted_as_its_page_looks(open_page, site, tag, surface):
    """It is painted before its script is there, which never comes here."""
    page = open_page("about:blank", may_complain=True, color_scheme="dark" if surface == "light" else "light")
    page.route("**/form.js", lambda route: None)
    colour = "color: #eee; background: #111" if surface == "dark" else "color: #111"
    page.goto(site.put(f'<div style="{colour}">{tag()}</div>'), wait_until="domcontentloaded")
    frame = page.frame_locator("main iframe")

    frame.locator("#q-surname").wait_for()

    assert page.locator("main iframe").is_visible()
    assert frame.locator("html").get_attribute("data-theme") == surface
    assert frame.locator("html.framed").count() == 1
