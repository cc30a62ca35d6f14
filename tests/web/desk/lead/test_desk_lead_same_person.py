"""Other leads of the same person on the page of a lead, and who is told of them."""

import re

import pytest
from desk_leads import JANA, SECOND, actions, keep
from lead_desk import at, says

from realpad_form.domain.people import Actor


@pytest.fixture
def two_projects(folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")


def others(page):
    """Return the ids of other leads that a page names, in their order."""
    section = page.partition('id="same-person"')[2].partition("</section>")[0]
    return re.findall(r'href="/inbox/leads/([0-9a-f-]+)"', section)


def test_leads_with_the_same_phone_or_mail_are_named_the_newest_first(desk, services):
    by_phone = keep(services, {"name": "J.", "phone": JANA["phone"], "unit": "B-7"})
    by_mail = keep(services, {"name": "J.", "email": "JANA@example.com"})
    keep(services, {"name": "Jana", "surname": "Nováková", "phone": "+420777123457"})
    lead_id = keep(services)

    page = desk().get(at(lead_id))

    assert others(page.text) == [str(by_mail), str(by_phone)]
    assert "B-7 · same phone" in says(page)
    assert "same e-mail" in says(page)


def test_a_number_with_the_same_end_in_another_country_is_somebody_elses(desk, services):
    keep(services, {"name": "J.", "phone": "+421777123456"})
    lead_id = keep(services)

    assert others(desk().text(at(lead_id))) == []


def test_both_ways_and_what_an_earlier_version_said_count(desk, services):
    first = keep(services, {"name": "J.", "phone": JANA["phone"]})
    second = keep(services)
    record = services.log.get(first)
    services.lead_actions.resubmit(
        services.lead_actions.prepare(record, {"name": "J.", "phone": "+420602000111"}),
        seen=record.lead.version,
        by=Actor(None),
    )
    services.indexer.run_once()

    page = desk().get(at(second))

    assert others(page.text) == [str(first)]
    assert "same in an earlier version" in says(page)


def test_five_are_shown_and_the_search_has_all(desk, services):
    for _ in range(7):
        lead_id = keep(services)
    somebody = desk()

    page = somebody.text(at(lead_id))
    typed = re.search(r'name="q" value="([^"]+)"', page)[1]

    assert len(others(page)) == 5
    assert somebody.search(q=typed).text.count('class="who"') == 7


def test_leads_of_other_projects_are_not_told(two_projects, desk, services):
    keep(services, JANA, project="jantar")
    lead_id = keep(services)

    assert others(desk(projects=["riverside"]).text(at(lead_id))) == []
    assert len(others(desk(email="b@example.com").text(at(lead_id)))) == 1


def test_masked_people_are_told_nothing_even_of_a_lead_they_revealed(desk, services):
    keep(services)
    lead_id = keep(services)
    masked = desk(is_masked=True)

    before = masked.text(at(lead_id))
    masked.post(at(lead_id, "reveal"))
    after = masked.text(at(lead_id))

    assert "Nováková" in after
    assert (others(before), others(after)) == ([], [])
    assert actions(services, "searched", by=masked.person.id) == []


def test_an_erased_lead_is_like_nobody(desk, services):
    gone, lead_id = keep(services), keep(services)
    services.lead_actions.erase(gone, by=Actor(None))

    assert others(desk().text(at(lead_id))) == []
    assert others(desk(email="b@example.com").text(at(gone))) == []
