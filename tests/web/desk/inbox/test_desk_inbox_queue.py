"""A list as a queue: how many there are, in which order, and the way from lead to lead and back."""

import re
from html import unescape

import pytest
from desk_leads import JANA, SECOND, actions, keep, send
from fakes import REFUSED

from realpad_form.adapters.sql import search
from realpad_form.domain.people import Actor
from realpad_form.web.desk.inbox import views


@pytest.fixture
def two_projects(folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")


@pytest.fixture
def rejected(services):
    """Three rejected leads with a waiting one between them; by name."""
    found = {}
    for name in ("Adam", "Bára", "Cyril"):
        found[name] = keep(services, {"name": name})
        send(services, REFUSED)
    found["Waiting"] = keep(services, {"name": "Waiting"})
    return found


def names(page):
    return re.findall(r'<a href="/inbox/leads/[^"]+" id="[^"]+"><bdi>([^<]*)</bdi></a>', page)


def opened(page, name):
    """Return the address behind a name in the list."""
    return unescape(re.search(rf'<a href="([^"]+)" id="[^"]+"><bdi>{name}<', page)[1])


def link(page, rel):
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found[1]) if found else None


def total(page):
    found = re.search(r'class="total">([^<]*)<', page)
    return found[1] if found else None


def test_list_says_how_many_leads_match(desk, services, rejected):
    somebody = desk()

    assert total(somebody.text("/inbox/")) == "4 leads"
    assert total(somebody.text("/inbox/?status=rejected")) == "3 leads"
    assert total(somebody.search(q="cyril").text) == "1 lead"
    assert total(somebody.search(q="nobody").text) is None


def test_all_pages_say_the_same_total(desk, rejected, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    somebody = desk()

    first = somebody.text("/inbox/?status=rejected")
    second = somebody.text(link(first, "next"))

    assert (total(first), total(second)) == ("3 leads", "3 leads")


def test_what_is_not_counted_to_the_end_is_said_to_be_more(desk, rejected, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 1)
    monkeypatch.setattr(search, "WINDOWS", (1, 2, 3))

    assert total(desk().text("/inbox/")) == "more than 2 leads"


def test_oldest_come_first_if_asked_for_on_every_page_and_when_one_goes_back(desk, rejected, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    somebody = desk()

    first = somebody.text("/inbox/?sort=oldest")
    second = somebody.text(link(first, "next"))

    assert (names(first), names(second)) == (["Adam", "Bára"], ["Cyril", "Waiting"])
    assert names(somebody.text(link(second, "prev"))) == ["Adam", "Bára"]
    assert 'aria-sort="ascending"' in first
    assert somebody.get("/inbox/?sort=name").status_code == 400


def test_next_and_previous_stay_among_what_was_asked_for(desk, rejected):
    somebody = desk()
    page = somebody.text(opened(somebody.text("/inbox/?status=rejected"), "Cyril"))

    assert link(page, "prev") is None
    second = link(page, "next")
    third = link(somebody.text(second), "next")

    assert [address.split("?")[0] for address in (second, third)] == [
        f"/inbox/leads/{rejected[name]}" for name in ("Bára", "Adam")
    ]
    last = somebody.text(third)
    assert (link(last, "next"), link(last, "prev")) == (None, second)


def test_next_goes_the_way_of_the_list(desk, rejected):
    somebody = desk()
    page = somebody.text(opened(somebody.text("/inbox/?sort=oldest"), "Adam"))

    assert link(page, "next").startswith(f"/inbox/leads/{rejected['Bára']}?")
    assert link(page, "prev") is None


def test_a_lead_that_left_the_list_still_has_those_beside_it(desk, services, rejected):
    somebody = desk()
    address = opened(somebody.text("/inbox/?status=rejected"), "Bára")
    lead = services.log.get(rejected["Bára"]).lead
    services.lead_actions.discard(lead.version, by=Actor(somebody.person.id))

    page = somebody.text(address)

    assert rejected["Adam"].hex in link(page, "next").replace("-", "")
    assert rejected["Cyril"].hex in link(page, "prev").replace("-", "")


def test_what_is_done_with_a_lead_leads_back_to_its_list(desk, services, rejected):
    somebody = desk()
    place = somebody.place(q="bara", status="rejected")
    address = opened(somebody.text(place), "Bára")
    seen = services.log.get(rejected["Bára"]).lead
    form = {"status": seen.status, "revision": seen.revision, "attempts": seen.attempts}
    discard = unescape(re.search(r'action="([^"]+/discard[^"]*)"', somebody.text(address))[1])

    answer = somebody.post(discard, form)
    page = somebody.text(answer.headers["Location"])

    back = unescape(re.search(r'<a href="([^"]+)">Inbox</a>\s', page.split("crumbs")[1])[1])
    assert answer.status_code == 303
    assert 'value="bara"' in somebody.text(back)


def test_a_lead_leads_back_to_the_page_it_stood_on(desk, rejected, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    somebody = desk()
    second = somebody.text(link(somebody.text("/inbox/"), "next"))

    page = somebody.text(opened(second, "Adam"))

    back = unescape(re.search(r'<a href="([^"]+)">Inbox</a>\s', page.split("crumbs")[1])[1])
    assert names(somebody.text(back)) == ["Bára", "Adam"]


def test_address_with_somebody_elses_search_shows_the_lead_all_the_same(desk, rejected):
    address = opened(desk().search(q="cyril").text, "Cyril")

    page = desk(email="b@example.com").text(address)

    assert "Cyril" in page
    assert "search=" not in page.split("<main")[1].split("</main>")[0]


def test_leads_beside_are_of_ones_own_projects_only(two_projects, desk, services):
    keep(services, {"name": "Theirs"}, project="jantar")
    lead_id = keep(services, {"name": "Ours"})
    keep(services, {"name": "Theirs"}, project="jantar")
    somebody = desk(projects=["riverside"])

    page = somebody.text(f"/inbox/leads/{lead_id}")

    assert (link(page, "prev"), link(page, "next")) == (None, None)
    assert somebody.get(f"/inbox/leads/{lead_id}?project=jantar").status_code == 200


def test_a_masked_search_is_not_made_again_by_opening_a_lead(desk, services):
    for _ in range(2):
        keep(services, JANA)
    masked = desk(is_masked=True)
    listed = masked.search(q="jana@example.com").text
    before = len(actions(services, "searched", by=masked.person.id))
    assert total(listed) == "2 leads"

    page = masked.text(unescape(re.search(r'<a href="(/inbox/leads/[^"]+)"', listed)[1]))

    assert (link(page, "prev"), link(page, "next")) == (None, None)
    assert len(actions(services, "searched", by=masked.person.id)) == before


@pytest.mark.parametrize(
    ("status", "offered"),
    [("quarantined", {"release", "discard"}), ("rejected", {"resubmit", "discard"})],
)
def test_only_what_can_be_done_with_these_leads_is_offered(desk, services, status, offered):
    keep(services, suspicions=("no_script",))
    keep(services)
    send(services, REFUSED)

    page = desk().text(f"/inbox/?status={status}")

    assert set(re.findall(r'name="act" value="(\w+)"', page)) == offered
