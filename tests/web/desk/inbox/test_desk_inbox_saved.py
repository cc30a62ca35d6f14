"""Filters that people save for themselves, and what is suggested for a filter."""

import re
from html import unescape

import pytest
from desk_leads import JANA, SECOND, keep

from realpad_form.web.desk.inbox import views


@pytest.fixture
def two_projects(folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")


def chips(page):
    """Return the addresses of saved filters by name."""
    found = re.findall(r'<a class="chip" href="([^"]+)"[^>]*><bdi>([^<]+)</bdi>', page)
    return {name: unescape(address) for address, name in found}


def fields(page):
    """Return what the form that saves a filter holds."""
    form = page.partition('id="save-filter"')[2].partition("</form>")[0]
    found = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return {name: text for name, text in found.items() if name != "csrf_token"}


def save(somebody, name, **filters):
    page = somebody.search(**filters).text
    return somebody.post("/inbox/filters", {**fields(page), "name": name})


def test_a_filter_is_saved_with_what_was_typed_and_opened_again(desk, services):
    keep(services)
    keep(services, {"name": "Karel"})
    somebody = desk()

    answer = save(somebody, " Jana  N. ", q="novak", status="queued", sort="oldest")

    assert answer.status_code == 303
    page = somebody.text("/inbox/")
    opened = somebody.text(chips(page)["Jana N."])
    assert 'value="novak"' in opened
    assert opened.count('class="who"') == 1
    assert 'aria-current="true"><bdi>Jana N.</bdi>' in opened
    assert 'aria-current="true"><bdi>' not in page


def test_nothing_that_was_typed_is_stored_or_told_readably(desk, services):
    somebody = desk()

    save(somebody, "first", q="novakova")

    [saved] = services.saved_filters.of(somebody.person.id)
    assert "novakova" not in saved.query
    assert "novakova" not in somebody.text("/inbox/")


def test_same_name_replaces_and_removing_removes_ones_own_only(desk, services):
    mine, other = desk(), desk(email="b@example.com")
    save(mine, "A", status="rejected")
    save(mine, "A", status="queued")
    save(other, "A", status="unknown")
    [kept] = services.saved_filters.of(mine.person.id)

    other.post(f"/inbox/filters/{kept.id}/remove")
    still = chips(mine.text("/inbox/"))
    mine.post(f"/inbox/filters/{kept.id}/remove")

    assert still == {"A": "/inbox/?status=queued"}
    assert chips(mine.text("/inbox/")) == {}
    assert chips(other.text("/inbox/")) == {"A": "/inbox/?status=unknown"}


@pytest.mark.parametrize("name", ["A\x00B", "A\tB\r\n", "\x1b A  B"])
def test_what_cannot_be_shown_is_no_part_of_a_filters_name(desk, services, name):
    somebody = desk()

    assert save(somebody, name, status="queued").status_code == 303

    [kept] = services.saved_filters.of(somebody.person.id)
    assert kept.name in {"A B", "AB"}
    assert chips(somebody.text("/inbox/")) == {kept.name: "/inbox/?status=queued"}


@pytest.mark.parametrize("name", ["", "  ", "\x00", "x" * 61])
def test_a_filter_needs_a_short_name(desk, services, name):
    somebody = desk()

    save(somebody, name, status="queued")

    assert "give it a short name" in somebody.text("/inbox/")
    assert services.saved_filters.of(somebody.person.id) == []


def test_no_more_than_fit_above_the_list_are_saved(desk, services, monkeypatch):
    monkeypatch.setattr(views, "MOST_SAVED", 2)
    somebody = desk()

    for name in "ABCA":
        save(somebody, name, status="queued")

    assert sorted(chips(somebody.text("/inbox/"))) == ["A", "B"]


def test_saved_search_whose_key_is_gone_hides_nothing_else(desk, services):
    somebody = desk()
    services.saved_filters.save(somebody.person.id, name="old", query="search=v1.00000000.xyz")

    page = somebody.text("/inbox/")

    assert "old" in chips(page)
    assert somebody.get(chips(page)["old"]).status_code == 400


def test_campaigns_and_units_of_visible_projects_are_suggested(two_projects, desk, services):
    for _ in range(2):
        keep(services, {**JANA, "unit": "A-1", "campaign": "jaro 2026"})
    keep(services, {**JANA, "unit": "B-7"}, utm_campaign="léto")
    keep(services, {**JANA, "unit": "C-9"}, project="jantar")

    ours = desk(projects=["riverside"]).get("/inbox/suggestions").get_json()
    nobodys = desk(email="b@example.com", projects=[]).get("/inbox/suggestions").get_json()

    assert ours == {"campaign": ["jaro 2026", "léto"], "unit": ["A-1", "B-7"]}
    assert nobodys == {"campaign": [], "unit": []}
    assert desk("marketer").get("/inbox/suggestions").status_code == 403
