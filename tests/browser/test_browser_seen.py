"""A visit is counted when it happens, once, and without anything that tells whose it was."""

import json

import pytest
from visitor import form_in, send

pytestmark = pytest.mark.browser

FAR = '<div style="height: 4000px"></div>'
WISH = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })"


@pytest.fixture
def told():
    """Listen to what a page counts: steps, and headers of the requests."""

    def listen(page):
        steps, headers = [], []

        def counts(request):
            return request.url.endswith("/f/riverside/seen")

        # In the order sent, as two answers may overtake each other; headers are known at the end only.
        page.on("request", lambda request: counts(request) and steps.append(json.loads(request.post_data)))
        page.on("requestfinished", lambda request: counts(request) and headers.append(request.all_headers()))
        return steps, headers

    return listen


def test_a_visit_counts_as_seen_begun_and_sent_once_each(open_page, site, tag, told):
    page = open_page("about:blank")
    steps, headers = told(page)
    page.goto(site.put(tag(campaign="leto", unit="A-101")))

    send(form_in(page), "Počítaná")
    page.wait_for_timeout(1000)

    place = {"campaign": "leto", "unit": "A-101"}
    assert steps == [{"event": event, **place} for event in ("view", "start", "send")]
    assert not any({"cookie", "authorization"} & each.keys() for each in headers)


def test_a_form_that_nobody_scrolled_to_was_not_seen(open_page, site, tag, told):
    page = open_page("about:blank")
    steps, _ = told(page)
    page.goto(site.put(FAR + tag(eager="true")))
    page.wait_for_timeout(1000)
    before = list(steps)

    form_in(page).locator("#q-name").wait_for()
    page.wait_for_timeout(500)

    assert (before, steps) == ([], [{"event": "view"}])


def test_who_wishes_not_to_be_followed_is_not_counted(open_page, site, tag, told):
    page = open_page("about:blank")
    page.context.add_init_script(WISH)
    steps, _ = told(page)
    page.goto(site.put(tag()))

    send(form_in(page), "Nepočítaná")

    assert steps == []
