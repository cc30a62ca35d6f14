"""A form in a sandboxed frame, as WordPress makes of an address whose service it does not know."""

import pytest
from desk_site import desk_site
from visitor import fill, thanked

from realpad_form.ports import LeadFilter

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with desk_site(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def stored(server):
    """Return the leads of a person."""

    def read(surname):
        records = server.services.log.records(LeadFilter())
        return [record for record in records if record.current.answers["surname"] == surname]

    return read


@pytest.fixture
def frame_in(server, open_page, site):
    """Open a page with the form in a sandbox; return the page, and its frame."""

    def open_frame(sandbox, *, routes=(), has_script=True):
        address = f"{server.url}/f/riverside/cs?unit=A-101#?secret=dUdM5jUCWQ"
        frame = (
            f'<iframe class="wp-embedded-content" sandbox="{sandbox}" security="restricted"'
            f' src="{address}" data-secret="dUdM5jUCWQ" width="720" height="1500"></iframe>'
        )
        page = open_page("about:blank", may_complain=True)
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        for address, answer in routes:
            page.route(address, answer)
        page.goto(site.put(frame))
        form = page.frame_locator("iframe")
        form.locator("html.js" if has_script else "#q-name").wait_for()
        return page, form

    return open_frame


@pytest.mark.parametrize("way", ["click", "enter"])
def test_what_wordpress_makes_of_an_unknown_address_sends_a_lead(frame_in, stored, way):
    page, form = frame_in("allow-scripts")
    surname = f"Wordpress{way}"
    fill(form, surname)
    if way == "click":
        form.locator("#send").click()
    else:
        form.locator("[name^=consent_]").press("Enter")
    thanked(form)

    [record] = stored(surname)
    assert record.lead.status == "quarantined"
    assert "null_origin" in map(str, record.lead.reasons)
    assert record.current.answers["unit"] == "A-101"
    assert record.context.page.startswith("http://localhost:")
    assert not [text for text in page.said if "CORS" in text or "Content Security Policy" in text]


def test_a_double_click_in_a_sandbox_makes_one_lead(frame_in, stored):
    _, form = frame_in("allow-scripts")
    fill(form, "Dvojitá")
    form.locator("#send").dblclick()
    thanked(form)

    assert len(stored("Dvojitá")) == 1


def test_mistakes_are_shown_in_a_sandbox_as_elsewhere(frame_in):
    _, form = frame_in("allow-scripts")
    fill(form, "Chybná", phone="12")
    form.locator("#send").click()

    form.locator("#summary:not([hidden])").wait_for()


def test_a_sandbox_that_leaves_the_origin_alone_sends_as_any_frame_does(frame_in, stored):
    _, form = frame_in("allow-scripts allow-same-origin")
    fill(form, "Volnější")
    form.locator("#send").click()
    thanked(form)

    [record] = stored("Volnější")
    assert record.lead.status != "quarantined"


def refuse(route):
    """Answer as a proxy does that lets nobody read its answers."""
    route.fulfill(status=403, body="no")


def test_what_cannot_be_sent_nevertheless_says_where_else(server, frame_in):
    _, form = frame_in("allow-scripts", routes=[("**/leads", refuse)])
    fill(form, "Neodeslaná")
    form.locator("#send").click()

    problem = form.locator("#problem:not([hidden])")
    problem.wait_for(timeout=40_000)

    address = f"{server.url}/f/riverside/cs?unit=A-101"
    assert problem.locator(f"a[href='{address}']").inner_text() == address
    assert problem.locator("a[href^='tel:']").is_visible()
    assert form.locator("#q-surname").input_value() == "Neodeslaná"


@pytest.mark.parametrize(
    ("sandbox", "routes"),
    [("", []), ("allow-scripts", [("**/form.js", lambda route: route.abort())])],
    ids=["no scripts", "script lost"],
)
def test_where_no_script_runs_there_is_another_way_beside_the_button(server, frame_in, sandbox, routes):
    _, form = frame_in(sandbox, routes=routes, has_script=False)
    assert not form.locator(".stuck").is_visible()  # most scripts come within that time

    form.locator(".stuck").wait_for(timeout=10_000)

    assert form.locator(".stuck a[href^='tel:']").is_visible()
    assert form.locator("#elsewhere a").inner_text() == f"{server.url}/f/riverside/cs"
