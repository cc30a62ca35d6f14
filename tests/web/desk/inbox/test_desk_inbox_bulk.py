"""Decisions about many leads: told beforehand, done once each, and what was left alone is named."""

import re

import pytest
from desk_leads import SECOND, actions, keep, send, status
from fakes import BANNED, LOST, REFUSED, throttled
from sqlalchemy import update

from realpad_form.adapters.sql.schema import lead
from realpad_form.domain.delivery import Event, Status
from realpad_form.domain.lead import LeadVersion
from realpad_form.domain.restored import Sign
from realpad_form.web.desk.inbox import bulk

JSON = {"Accept": "application/json"}


def seen(services, *lead_ids):
    return [str(services.log.get(lead_id).lead.version) for lead_id in lead_ids]


def suspicious(services, count):
    return [keep(services, {"name": f"n{number}"}, suspicions=("no_script",)) for number in range(count)]


def plan(page):
    """Return how many of which status have which fate."""
    return re.findall(r"<li><strong>(\d+)</strong> <span>([a-z]+).*?</span> <span[^>]*>([^<]+)<", page)


def test_what_will_happen_is_told_before_it_does(desk, services):
    lead_ids = [*suspicious(services, 2), keep(services)]

    page = desk().text("/inbox/bulk", query_string={"act": "release", "lead": seen(services, *lead_ids)})

    assert plan(page) == [("2", "will", "Possible spam"), ("1", "are", "Waiting")]
    assert "their status does not allow this" in page
    assert status(services, lead_ids[0]) is Status.QUARANTINED


@pytest.mark.parametrize(
    ("answer", "words"), [(BANNED, "“riverside” is stopped"), (throttled(900), "“riverside” is paused")]
)
def test_who_queues_leads_hears_that_nothing_is_sent_just_now(desk, services, answer, words):
    """Before and after, so that "queued" is not taken for "on its way"."""
    keep(services)
    send(services, answer)
    [lead_id] = suspicious(services, 1)
    somebody, order = desk(), {"act": "release", "lead": seen(services, lead_id)}

    before = somebody.text("/inbox/bulk", query_string=order)
    after = somebody.post("/inbox/bulk", order).get_data(as_text=True)

    assert words in before
    assert words in after
    assert words not in somebody.text("/inbox/bulk", query_string={**order, "act": "discard"})


def test_nothing_is_said_of_a_lane_that_is_open(desk, services):
    page = desk().text("/inbox/bulk", query_string={"act": "release", "lead": seen(services, keep(services))})

    assert "leads wait until" not in page


def test_all_that_match_are_chosen_and_no_others(desk, services):
    suspicious(services, 3)
    keep(services, {"name": "Karel"})

    page = desk().text("/inbox/bulk?act=discard&all=1&status=quarantined&lead=")

    assert page.count('name="lead"') == 3


def test_more_than_are_taken_at_once_are_told(desk, services, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    suspicious(services, 3)

    page = desk().text("/inbox/bulk?act=release&all=1")

    assert "These are the newest 2" in page
    assert page.count('name="lead"') == 2


def test_released_leads_are_queued_and_each_is_written_down(desk, services):
    lead_ids = suspicious(services, 3)
    somebody = desk()

    page = somebody.post("/inbox/bulk", {"act": "release", "lead": seen(services, *lead_ids)})

    assert "Released: 3" in page.get_data(as_text=True)
    assert {status(services, lead_id) for lead_id in lead_ids} == {Status.QUEUED}
    written = actions(services, "released", by=somebody.person.id)
    assert {entry.subject for entry in written} == set(map(str, lead_ids))


def test_two_operators_make_one_resubmission_of_each_lead(desk, services):
    lead_ids = [keep(services), keep(services)]
    for _ in lead_ids:
        send(services, REFUSED)
    one, other = desk(email="one@example.com"), desk(email="other@example.com")
    order = {"act": "resubmit", "lead": seen(services, *lead_ids)}

    one.post("/inbox/bulk", order)
    page = other.post("/inbox/bulk", order).get_data(as_text=True)

    assert "Queued to be sent: 0" in page
    assert page.count("it is not as it was when you chose it") == 2
    assert [services.log.get(lead_id).lead.revision for lead_id in lead_ids] == [2, 2]
    assert len(actions(services, "resubmitted")) == 2


def test_stale_lead_is_left_alone_and_named_and_the_others_are_done(desk, services):
    stale, fresh = suspicious(services, 2)
    order = {"act": "discard", "lead": seen(services, stale, fresh)}
    services.log.move(stale, Event.RELEASED)

    said = desk().post("/inbox/bulk", order, headers=JSON).get_json()

    assert said["done"] == 1
    assert [skipped["lead"] for skipped in said["skipped"]] == [str(stale)]
    assert status(services, stale) is Status.QUEUED
    assert status(services, fresh) is Status.DISCARDED


@pytest.mark.parametrize("answer", [None, LOST])
def test_what_may_have_arrived_is_sent_again_only_if_somebody_says_so(desk, services, answer):
    lead_id = keep(services)
    send(services, *filter(None, [answer]))
    somebody, order = desk(), {"act": "resubmit", "lead": seen(services, lead_id)}

    refused = somebody.post("/inbox/bulk", order, headers=JSON).get_json()
    taken = somebody.post("/inbox/bulk", {**order, "again": "1"}, headers=JSON).get_json()

    assert (refused["done"], taken["done"]) == (0, 1)
    assert "may be at Realpad already" in refused["skipped"][0]["why"]
    assert status(services, lead_id) is Status.QUEUED


def test_sending_again_is_asked_for_only_where_it_matters(desk, services):
    lead_id = keep(services)
    query = {"act": "resubmit", "lead": seen(services, lead_id)}
    somebody = desk()
    assert 'name="again"' not in somebody.text("/inbox/bulk", query_string=query)

    send(services)
    query["lead"] = seen(services, lead_id)

    assert 'name="again"' in somebody.text("/inbox/bulk", query_string=query)


def test_many_leads_are_done_step_by_step_without_a_script(desk, services, monkeypatch):
    monkeypatch.setattr(bulk, "STEP", 2)
    lead_ids = [*suspicious(services, 4), keep(services)]
    somebody, values = desk(), {"act": "release", "lead": seen(services, *lead_ids)}
    steps = 0

    while values.get("lead"):
        page = somebody.post("/inbox/bulk", values).get_data(as_text=True)
        steps += 1
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
        values = {}
        for name, value in fields:
            values.setdefault(name, []).append(value)

    assert steps == 3
    assert "Released: 4" in page
    assert "Not done, or not yet: 1" in page
    assert [status(services, lead_id) for lead_id in lead_ids] == [Status.QUEUED] * 5


def test_leads_of_other_projects_are_left_alone(desk, services, folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")
    lead_id = keep(services, project="jantar", suspicions=("no_script",))

    said = desk(projects=["riverside"]).post(
        "/inbox/bulk", {"act": "discard", "lead": seen(services, lead_id)}, headers=JSON
    )

    assert said.get_json()["done"] == 0
    assert status(services, lead_id) is Status.QUARANTINED


def test_discarded_leads_are_restored_together(desk, services):
    lead_ids = suspicious(services, 2)
    for lead_id in lead_ids:
        services.log.move(lead_id, Event.DISCARDED)
    operator = desk("operator")
    leads = {"act": "restore", "lead": seen(services, *lead_ids)}

    assert 'value="restore"' in operator.text("/inbox/?status=discarded")
    page = operator.text("/inbox/bulk", query_string=leads)
    operator.post("/inbox/bulk", leads)

    assert plan(page) == [("2", "will", "Discarded")]
    assert [status(services, lead_id) for lead_id in lead_ids] == [Status.QUARANTINED] * 2
    assert [each.detail for each in actions(services, "undiscarded")] == ["bulk"] * 2


def test_nobody_is_offered_to_restore_what_is_not_discarded(desk, services):
    suspicious(services, 1)

    assert 'value="restore"' not in desk("operator").text("/inbox/")


def test_lead_whose_project_file_is_gone_is_sent_as_it_was_accepted(desk, services):
    lead_id = keep(services, project="gone")
    send(services, REFUSED)
    before = services.log.get(lead_id)

    somebody, order = desk(), {"act": "resubmit", "lead": seen(services, lead_id)}
    said = somebody.post("/inbox/bulk", order, headers=JSON).get_json()

    after = services.log.get(lead_id)
    assert said == {"done": 1, "left": 0, "skipped": []}
    assert (after.lead.status, after.lead.credential) == (Status.QUEUED, "riverside")
    assert after.current.payload == before.current.payload
    assert actions(services, "resubmitted")[0].detail == "bulk, revision 2, without project file"
    assert "or with its last version if it is gone" in somebody.text("/inbox/bulk?act=resubmit&all=1")


def test_delivered_lead_whose_project_file_is_gone_is_sent_again_only_if_that_is_ticked(desk, services):
    lead_id = keep(services, project="gone")
    send(services)

    order = {"act": "resubmit", "lead": seen(services, lead_id)}
    said = desk().post("/inbox/bulk", order, headers=JSON).get_json()

    assert said["done"] == 0
    assert status(services, lead_id) is Status.DELIVERED


def test_garbled_orders_do_nothing(desk, services):
    somebody = desk()

    assert somebody.get("/inbox/bulk?act=explode").status_code == 400
    assert somebody.post("/inbox/bulk", {"act": ""}).status_code == 400
    assert "No lead is chosen" in somebody.text("/inbox/bulk?act=release&lead=x.y.z")
    tampered = {"act": "release", "done": "many", "skipped": ["x", "1.state"], "back": "//evil.example"}
    page = somebody.post("/inbox/bulk", tampered).get_data(as_text=True)
    assert "Released: 0" in page
    assert "evil" not in page


def test_nothing_is_done_without_a_csrf_token(desk, services):
    (lead_id,) = suspicious(services, 1)

    answer = desk().client.post("/inbox/bulk", data={"act": "discard", "lead": seen(services, lead_id)})

    assert answer.status_code == 400
    assert status(services, lead_id) is Status.QUARANTINED


def test_a_thousand_leads_fit_into_one_form(desk, services):
    (lead_id,) = suspicious(services, 1)
    longest = str(LeadVersion(lead_id, Status.QUARANTINED, 99, 0))
    order = {
        "act": "release",
        "lead": [longest.replace(longest[:4], f"{n:04x}", 1) for n in range(bulk.MOST)],
    }

    said = desk().post("/inbox/bulk", order, headers=JSON)

    assert said.get_json()["left"] == bulk.MOST - bulk.STEP


def test_lead_that_would_go_to_another_login_is_left_alone(desk, services):
    lead_id = keep(services)
    send(services, REFUSED)
    with services.database.write() as connection:
        connection.execute(update(lead).values(account="of another login"))
    order = {"act": "resubmit", "lead": seen(services, lead_id)}

    said = desk().post("/inbox/bulk", order, headers=JSON).get_json()

    assert (said["done"], len(said["skipped"])) == (0, 1)
    assert "another project, login or address" in said["skipped"][0]["why"]
    assert status(services, lead_id) is Status.REJECTED


@pytest.mark.parametrize("act", ["release", "resubmit"])
def test_what_is_asked_about_first_on_a_restored_copy_is_not_counted_as_sent(desk, services, leads, act):
    lead_id = leads.add(suspicions=("honeypot",)) if act == "release" else leads.refused()
    services.restores.doubt(Sign.PERSON)

    answer = desk().post("/inbox/bulk", {"act": act, "lead": seen(services, lead_id)})

    page = answer.get_data(as_text=True)
    assert leads.status(lead_id) == "unknown"
    assert re.search("(Released|Queued to be sent): 0", page)
    assert "list is checked first" in page


def test_who_is_meant_is_named_before_anything_is_done(desk, services):
    for number in range(10):
        keep(services, {"name": f"Jana {number}", "surname": "Nová"})

    page = desk().text("/inbox/bulk?act=discard&all=1")
    masked = desk(email="m@example.com", is_masked=True).text("/inbox/bulk?act=discard&all=1")

    assert page.count("Nová</bdi>") == 8
    assert "and 2 more" in page
    assert "Nová" not in masked


def test_discarding_many_is_undone_where_they_stood(desk, services):
    spam, waiting = keep(services, suspicions=("no_script",)), keep(services)
    somebody = desk()
    page = somebody.text("/inbox/bulk?act=discard&all=1")
    chosen = re.findall(r'name="lead" value="([^"]+)"', page.split('id="progress"')[0])
    step = somebody.post("/inbox/bulk", {"act": "discard", "lead": chosen}).text
    assert {status(services, each) for each in (spam, waiting)} == {Status.DISCARDED}

    undo = re.findall(r'name="lead" value="([^"]+)"', step)
    somebody.post("/inbox/bulk", {"act": "restore", "lead": undo})

    assert status(services, spam) is Status.QUARANTINED
    assert status(services, waiting) is Status.QUEUED


def test_what_leaves_cannot_be_undone(desk, services):
    keep(services, suspicions=("no_script",))

    assert "Undo" not in desk().text("/inbox/bulk?act=release&all=1")
