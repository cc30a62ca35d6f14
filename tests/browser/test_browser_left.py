"""Where visitors leave a form is counted in a real browser, by question."""

import re

import pytest
from desk_site import desk_site

from realpad_form.domain.statistics import FormEvent, StatisticsQuery, day_of

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path, monkeypatch):
    # A browser of tests says that it is a program, at least in what a page posts while it closes.
    monkeypatch.setattr("realpad_form.web.form._PROGRAM", re.compile("(?!)"))
    with desk_site(tmp_path) as desk:
        yield desk


@pytest.fixture
def form(desk, open_page):
    return open_page(f"{desk.url}/f/riverside")


def leave(page):
    """Go elsewhere; what the old page posts then arrives by itself."""
    page.goto("about:blank")
    page.wait_for_timeout(500)


def left(desk):
    """Return at which questions forms were left, as it was counted."""
    services = desk.services
    services.statistics.add_up()
    today = day_of(services.log.now())
    return services.statistics.obstacles(StatisticsQuery(since=today, until=today))[FormEvent.LEFT]


def test_question_reached_is_counted_when_a_begun_form_is_left(desk, form):
    form.get_by_label("Jméno").fill("Jana")
    form.get_by_label("Telefon").fill("777 123")

    leave(form)

    assert left(desk) == [("phone", 1)]


def test_form_that_was_not_begun_or_was_sent_is_not_left(form, desk):
    leave(form)
    form.goto(f"{desk.url}/f/riverside")
    form.get_by_label("Jméno").fill("Jana")
    form.get_by_label("Příjmení").fill("Nováková")
    form.get_by_label("Telefon").fill("777 123 456")
    form.get_by_role("button", name="Odeslat").click()
    form.get_by_role("heading", name="Děkujeme").wait_for()
    leave(form)

    assert left(desk) == []
