"""Notes on the page of a lead, who called, who looks after it, and who sees any of that."""

import json

import pytest
from desk_leads import JANA, SECOND, actions, keep
from lead_desk import at, says

from realpad_form.domain.people import Actor


@pytest.fixture
def two_projects(folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")


def test_a_note_is_kept_with_who_wrote_it_and_when(desk, services):
    lead_id, petra = keep(services), desk(email="petra@example.com")

    answer = petra.post(at(lead_id, "notes"), {"text": "  Chce terasu.\nVolat po páté.  "})
    petra.post(at(lead_id, "notes"), {"text": "", "called": "1"})

    page = petra.get(at(lead_id))
    assert answer.status_code == 303
    assert "Chce terasu.\nVolat po páté." in page.text
    assert says(page).index("Called") < says(page).index("Chce terasu.")
    assert [each.kind for each in services.log.get(lead_id).notes] == ["note", "called"]
    assert {(each.detail, each.by) for each in actions(services, "noted")} == {
        ("note", petra.person.id),
        ("called", petra.person.id),
    }


def test_nothing_is_kept_of_an_empty_note_and_a_long_one_is_not_cut(desk, services):
    lead_id, somebody = keep(services), desk()

    somebody.post(at(lead_id, "notes"), {"text": " \n"})
    told = somebody.text(at(lead_id))
    long = somebody.post(at(lead_id, "notes"), {"text": "x" * 2001})

    assert "The note was empty." in told
    assert long.status_code == 413
    assert services.log.get(lead_id).notes == ()


def test_masked_people_neither_see_nor_write_notes(desk, services):
    lead_id = keep(services)
    desk().post(at(lead_id, "notes"), {"text": "Rozvádí se.", "called": "1"})
    masked = desk(email="m@example.com", is_masked=True)

    masked.post(at(lead_id, "reveal"))
    page = masked.text(at(lead_id))

    assert "Nováková" in page
    assert "Rozvádí se." not in page
    assert "called" not in masked.text("/inbox/")
    assert masked.post(at(lead_id, "notes"), {"text": "x"}).status_code == 403
    assert len(services.log.get(lead_id).notes) == 1


def test_leads_of_other_projects_take_no_notes(two_projects, desk, services):
    lead_id, stranger = keep(services), desk(projects=["jantar"])

    answers = [stranger.post(at(lead_id, act), {"text": "x"}).status_code for act in ("notes", "assign")]

    assert answers == [404, 404]


def test_a_lead_is_given_to_a_colleague_and_found_among_theirs(desk, services):
    mine, other = keep(services), keep(services)
    petra, karel = desk(email="petra@example.com"), desk(email="karel@example.com")

    petra.post(at(mine, "assign"), {"person": str(karel.person.id)})

    assert "Operator looks after it now." in petra.text(at(mine))
    assert 'class="small work">Operator<' in petra.text("/inbox/")
    listed = karel.text("/inbox/?mine=1")
    assert str(mine) in listed
    assert str(other) not in listed
    assert str(mine) not in petra.text("/inbox/?mine=1")
    [entry] = actions(services, "assigned")
    assert (entry.by, entry.detail) == (petra.person.id, f"person {karel.person.id}")


def test_only_who_may_see_the_lead_can_look_after_it(two_projects, desk, services):
    lead_id, somebody = keep(services), desk()
    people = [
        desk(email="j@example.com", projects=["jantar"]),
        desk("marketer", email="q@example.com"),
    ]

    answers = [somebody.post(at(lead_id, "assign"), {"person": str(each.person.id)}) for each in people]

    assert [each.status_code for each in answers] == [400, 400]
    assert services.log.get(lead_id).lead.assignee is None


def test_people_of_other_projects_are_not_named(two_projects, desk, services):
    lead_id = keep(services)
    boss = desk("admin", email="boss@example.com")
    boss.post(at(lead_id, "notes"), {"text": "x"})
    boss.post(at(lead_id, "assign"), {"person": str(boss.person.id)})

    page = says(desk(projects=["riverside"]).get(at(lead_id)))

    assert "Admin" not in page
    assert "somebody outside your projects" in page


def test_notes_go_into_the_export_and_are_erased_with_the_lead(desk, services):
    lead_id, boss = keep(services, JANA), desk("admin")
    boss.post(at(lead_id, "notes"), {"text": "Chce terasu."})

    before = json.loads(boss.post("/inbox/export", {"format": "jsonl"}).text)
    services.lead_actions.erase(lead_id, by=Actor(None))
    after = json.loads(boss.post("/inbox/export", {"format": "jsonl"}).text)
    page = boss.text(at(lead_id))

    assert [(each["kind"], each["text"]) for each in before["notes"]] == [("note", "Chce terasu.")]
    assert after["notes"] == []
    assert 'name="text"' not in page
    assert boss.post(at(lead_id, "notes"), {"text": "x"}).status_code == 409


def test_hostile_notes_are_only_text(desk, services):
    lead_id, somebody = keep(services), desk()

    somebody.post(at(lead_id, "notes"), {"text": "<script>alert(1)</script>\u202e"})

    assert "<script>alert" not in somebody.text(at(lead_id))
