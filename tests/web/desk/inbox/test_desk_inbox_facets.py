"""Campaigns and units in the filters of the inbox: parts of names, and what is said of them."""

import re
from html import unescape

import pytest
from desk_leads import JANA, actions, keep

from realpad_form.adapters.sql import facets


def names(page):
    """Return who is listed."""
    return re.findall(r'id="lead-[^"]+"><bdi>([^<]+)', page)


def notes(page):
    """Return what is said between the filters and the list."""
    between = page.partition('class="filters"')[2].partition('class="fresh"')[0]
    return [unescape(text) for text in re.findall(r"<p class=\"[^\"]+\"><span>([^<]+)</span>", between)]


@pytest.fixture
def campaigns(services):
    """Leads of campaigns, each by a person who is called like it."""

    def add(*campaigns, **more):
        for campaign in campaigns:
            keep(services, {"name": campaign.upper(), "campaign": campaign, "phone": "+420777123456"}, **more)

    return add


@pytest.mark.parametrize("typed", ["jaro", "JAŘO", "jaro 2026", "2026_jaro", "ro"])
def test_leads_are_found_by_a_part_of_their_campaign(desk, campaigns, typed):
    campaigns("praha_2026_jaro", "podzim")

    page = desk().search(campaign=typed).text

    assert names(page) == ["PRAHA_2026_JARO"]
    assert notes(page) == [f"Campaigns with “{typed}” in their name: praha_2026_jaro"]


def test_leads_are_found_by_parts_of_campaign_and_unit_together(desk, services):
    for name, unit, campaign in (
        ("Adam", "A-101", "jaro fb"),
        ("Bára", "A-102", "léto"),
        ("Cyril", "B-7", "jaro"),
    ):
        keep(services, {"name": name, "unit": unit, "campaign": campaign})

    page = desk().search(campaign="jaro", unit="a-1").text

    assert names(page) == ["Adam"]
    assert (
        notes(page)
        == [
            "Campaigns with “jaro” in their name: jaro, jaro fb",
            "Units with “a-1” in their name: A-101, A-102",
        ]
        or notes(page)[1] == "Units with “a-1” in their name: A-102, A-101"
    )


def test_leads_of_the_very_name_alone_are_one_click_away(desk, campaigns):
    campaigns("jaro", "jaro-fb")
    somebody = desk()
    page = somebody.search(campaign="Jaro").text

    [address] = re.findall(r'<a href="([^"]+)">Only “Jaro”</a>', page)
    only = somebody.text(unescape(address))

    assert names(page) == ["JARO-FB", "JARO"]
    assert names(only) == ["JARO"]
    assert "jaro" not in address.lower()
    assert notes(only) == []


def test_of_a_campaign_that_alone_is_meant_nothing_is_said(desk, campaigns):
    campaigns("jaro", "podzim")

    assert notes(desk().search(campaign="jaro").text) == []


def test_it_is_said_that_no_campaign_or_unit_is_called_so(desk, campaigns):
    campaigns("jaro")
    somebody = desk()

    assert notes(somebody.search(campaign="xyz").text) == ["No campaign has “xyz” in its name."]
    assert notes(somebody.search(unit="xyz").text) == ["No unit has “xyz” in its name."]


def test_only_some_names_are_listed(desk, campaigns):
    campaigns(*(f"jaro {n}" for n in range(7)))

    [note] = notes(desk().search(campaign="jaro").text)

    assert note.endswith(", and 2 more")


def test_it_is_said_where_more_campaigns_match_than_are_looked_for(desk, campaigns, monkeypatch):
    monkeypatch.setattr(facets, "MOST_FOUND", 2)
    campaigns("jaro 1", "jaro 2", "jaro 3")
    admin = desk("admin")
    said = "More than 2 campaigns have “jaro” in their name."

    [note] = notes(admin.search(campaign="jaro").text)
    sealed = admin.sealed(campaign="jaro")
    export = admin.text(f"/inbox/export?search={sealed}")
    bulk = admin.text(f"/inbox/bulk?act=discard&all=1&search={sealed}")

    assert note.startswith(said)
    assert said in unescape(export)
    assert said in unescape(bulk)


def test_campaigns_of_others_projects_are_not_told(desk, campaigns):
    campaigns("jaro tajné", project="jantar")
    campaigns("jaro")

    page = desk(projects=["riverside"]).search(campaign="jaro").text

    assert names(page) == ["JARO"]
    assert "tajné" not in page


@pytest.mark.parametrize("length", [201, 500])
def test_a_long_name_is_found_as_a_whole(desk, campaigns, length):
    name = "jaro " + "x" * (length - 5)
    campaigns(name, name[:-1])
    somebody = desk()

    for each in (name, name[:-1]):
        [_] = names(somebody.search(campaign=f'"{each}"').text)


def test_what_a_visitor_made_up_is_shown_harmlessly(desk, campaigns):
    campaigns("<script>alert(1)</script> %(x)s")

    page = desk().search(campaign="script").text

    assert "<script>alert" not in page
    assert notes(page)[0].endswith("<script>alert(1)</script> %(x)s")


def test_people_who_see_leads_masked_search_for_parts_of_campaigns_alone(desk, services):
    keep(services, {**JANA, "campaign": "jaro fb", "unit": "A-101"})
    masked = desk(is_masked=True)

    by_campaign, by_unit = masked.search(campaign="jar").text, masked.search(unit="a-1").text
    by_name = masked.search(q="novak", campaign="jar")
    by_phone = masked.search(q="777123456", campaign="jar").text

    assert len(names(by_campaign)) == len(names(by_unit)) == len(names(by_phone)) == 1
    assert "Nováková" not in by_campaign + by_unit + by_phone
    assert by_name.status_code == 422
    assert len(actions(services, "searched")) == 1
