"""Release, discard, look into Realpad's list, settle an unknown lead: one step each, and only once."""

from datetime import timedelta

import pytest
from fakes import LOST
from lead_desk import at, hidden, says

from realpad_form.domain.delivery import Event
from realpad_form.domain.people import COMMAND
from realpad_form.domain.reconcile import ListMatch, Presence
from realpad_form.domain.restored import Sign
from realpad_form.sandbox import start
from realpad_form.sandbox.app import create_app as create_sandbox
from realpad_form.sandbox.crm import CrmAccount, CrmProject, Tenant

ABSENT = ListMatch(presence=Presence.ABSENT)
TENANT = Tenant(
    accounts=(CrmAccount(login="riverside", password="canary-password"),),
    projects=(CrmProject(id=39264441, name="Riverside Residences", currency="CZK"),),
    consent_types={39268430: "Nabídky"},
)


@pytest.fixture
def sandbox():
    """Realpad, as far as these tests need it."""
    server = start(create_sandbox(TENANT))
    yield server
    server.shutdown()


@pytest.fixture
def services(make_services, sandbox):
    return make_services(REALPAD_URL=f"{sandbox.url}ws/v10/", RELAY_RATE="unlimited")


@pytest.fixture
def operator(desk):
    return desk("operator")


def state(sandbox):
    return sandbox.app.test_client().get("/sandbox/state").get_json()


def drop(sandbox, when):
    """Break the connection of the next call, before or after Realpad stored the lead."""
    sandbox.app.test_client().post("/sandbox/faults", json={"drop": when})


def lose(services, sandbox, leads, when="after", **answers):
    """Send a lead for real, and get no answer."""
    lead_id = leads.add(unit=None, **answers)
    drop(sandbox, when)
    assert services.relay.run_once()
    assert leads.status(lead_id) == "unknown"
    leads.log.resume(leads.key)
    return lead_id


def test_a_released_lead_is_queued_once(operator, leads):
    lead_id = leads.add(suspicions=("honeypot",))
    seen = leads.seen(lead_id)

    answers = [operator.post(at(lead_id, "release"), seen) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert leads.status(lead_id) == "queued"
    assert leads.actions(lead_id) == [("released", "")]


@pytest.mark.parametrize("language", ["en", "cs", "sk"])
def test_who_releases_a_lead_of_a_restored_copy_is_told_that_the_list_is_asked_first(
    desk, leads, services, language
):
    lead_id = leads.add(suspicions=("honeypot",))
    services.restores.doubt(Sign.PERSON)
    operator, spoken = desk("operator"), {"Accept-Language": language}

    operator.post(at(lead_id, "release"), leads.seen(lead_id), headers=spoken)

    page = operator.text(at(lead_id), headers=spoken)
    assert leads.status(lead_id) == "unknown"
    assert {
        "en": "Realpad’s list is checked first; the lead is sent only if it is not there.",
        "cs": "Nejdřív se ověří v seznamu Realpadu",
        "sk": "Najprv sa overí v zozname Realpadu",
    }[language] in page


def test_a_discarded_lead_says_that_it_can_be_restored(operator, leads):
    lead_id = leads.refused()
    page = says(operator.get(at(lead_id)))

    operator.post(at(lead_id, "discard"), leads.seen(lead_id))

    after = says(operator.get(at(lead_id)))
    assert "It stays readable, with the evidence of consent, and can be restored." in page
    assert leads.status(lead_id) == "discarded"
    assert "Nováková" in after
    assert "Discard" not in after.replace("Discarded", "")
    assert "If that was a mistake, restore it." in after
    assert ("discarded", "") in leads.actions(lead_id)


@pytest.mark.parametrize(
    ("made", "status", "told"),
    [
        ("refused", "rejected", "It is restored."),
        ("add", "queued", "It is restored and queued to be sent."),
    ],
)
def test_a_discarded_lead_is_restored_to_where_it_stood(operator, leads, made, status, told):
    lead_id = getattr(leads, made)()
    operator.post(at(lead_id, "discard"), leads.seen(lead_id))
    seen = leads.seen(lead_id)

    answer = operator.post(at(lead_id, "restore"), seen)

    assert answer.status_code == 303
    assert told in says(operator.get(at(lead_id)))
    assert operator.post(at(lead_id, "restore"), seen).status_code == 409
    assert leads.status(lead_id) == status
    assert ("undiscarded", "") in leads.actions(lead_id)


@pytest.mark.parametrize(
    ("role", "limits", "status"), [("marketer", {}, 403), ("operator", {"projects": {"harbour"}}, 404)]
)
def test_nobody_restores_a_lead_that_is_not_theirs_to_decide(desk, leads, role, limits, status):
    lead_id = leads.refused()
    leads.log.move(lead_id, Event.DISCARDED)

    answer = desk(role, **limits).post(at(lead_id, "restore"), leads.seen(lead_id))

    assert (answer.status_code, leads.status(lead_id)) == (status, "discarded")


def test_a_lead_corrected_meanwhile_is_not_discarded(operator, leads, services):
    lead_id = leads.refused()
    seen = leads.seen(lead_id)
    record = leads.get(lead_id)
    actions = services.lead_actions
    actions.resubmit(actions.prepare(record), seen=record.lead.version, by=COMMAND)

    answer = operator.post(at(lead_id, "discard"), seen)

    assert answer.status_code == 409
    assert "Nothing was done" in says(answer)
    assert leads.status(lead_id) == "queued"


def test_realpads_entries_are_shown_beside_an_unknown_lead(operator, leads, services, sandbox):
    lead_id = lose(services, sandbox, leads)

    page = operator.post(at(lead_id, "look"))

    [inquiry] = state(sandbox)["inquiries"]
    number = inquiry["customer_id"]
    assert page.status_code == 200
    assert f'name="customer_chosen" value="{number}" checked' in page.get_data(as_text=True)
    assert says(page).count("agrees") == 4
    assert leads.status(lead_id) == "unknown"


def test_what_cannot_be_the_lead_is_said_to_be_none_of_it(operator, leads, services, sandbox):
    lead_id = lose(services, sandbox, leads, when="before")

    page = says(operator.post(at(lead_id, "look")))

    assert "Realpad lists nobody of this name" in page
    assert "The call may still arrive" in page


def test_a_look_waits_for_nobody_while_the_lane_is_stopped(operator, leads, services, sandbox):
    lead_id = lose(services, sandbox, leads)
    sandbox.app.test_client().post("/sandbox/faults", json={"status": 401, "body": "no"})
    first = says(operator.post(at(lead_id, "look")))

    calls = state(sandbox)["calls"]
    second = says(operator.post(at(lead_id, "look")))

    assert "Realpad gave no list." in first
    assert "The connection to Realpad is stopped" in second
    assert state(sandbox)["calls"] == calls


@pytest.mark.parametrize("is_masked", [False, True])
def test_realpads_words_about_its_list_are_hidden_from_masked_people(
    desk, leads, services, sandbox, is_masked
):
    lead_id = lose(services, sandbox, leads)
    sandbox.app.test_client().post("/sandbox/faults", json={"status": 403, "body": "not for Jana Nováková"})

    page = says(desk("operator", is_masked=is_masked).post(at(lead_id, "look")))

    assert "Realpad gave no list." in page
    assert "403" in page
    assert ("not for Jana Nováková" in page) != is_masked


def test_an_unknown_lead_that_is_there_counts_as_delivered(operator, leads):
    lead_id = leads.lost()
    seen = leads.seen(lead_id)

    answers = [operator.post(at(lead_id, "settle"), {**seen, "customer": "4711"}) for _ in range(2)]

    lead = leads.get(lead_id).lead
    assert [answer.status_code for answer in answers] == [303, 409]
    assert (lead.status, lead.customer_id, lead.reasons) == ("delivered", 4711, ())
    assert leads.actions(lead_id) == [("settled", "customer 4711")]


def test_it_can_be_there_under_a_number_nobody_knows(operator, leads):
    lead_id = leads.lost()

    operator.post(at(lead_id, "settle"), leads.seen(lead_id))

    lead = leads.get(lead_id).lead
    assert (lead.status, lead.customer_id) == ("delivered", None)


@pytest.mark.parametrize("customer", ["-1", "0", "12a", "9" * 19, "९"])
def test_a_customers_number_is_a_number(operator, leads, customer):
    lead_id = leads.lost()

    answer = operator.post(at(lead_id, "settle"), {**leads.seen(lead_id), "customer": customer})

    assert (answer.status_code, leads.status(lead_id)) == (400, "unknown")


def test_an_unknown_lead_that_is_not_there_is_sent_again_with_the_tick(operator, leads):
    lead_id = leads.lost()
    compared = operator.post(at(lead_id, "correct"), leads.seen(lead_id))
    carried = {name: hidden(compared, name) for name in ("status", "revision", "attempts", "call")}

    without = operator.post(at(lead_id, "resubmit"), carried)
    with_it = operator.post(at(lead_id, "resubmit"), {**carried, "again": "1"})

    assert "no difference" in says(compared)
    assert (without.status_code, with_it.status_code) == (422, 303)
    assert leads.status(lead_id) == "queued"
    assert leads.actions(lead_id) == [("resubmitted", "revision 2")]


def test_a_second_call_meanwhile_makes_the_decision_void(operator, leads):
    lead_id = leads.lost()
    seen = leads.seen(lead_id)
    record, now = leads.get(lead_id), leads.log.now()
    for asked_at in (now - timedelta(hours=1), now):
        leads.log.reconcile(record.lead, ABSENT, asked_at=asked_at, apart_s=60)
    leads.send(lead_id, LOST)

    answer = operator.post(at(lead_id, "settle"), {**seen, "customer": "4711"})

    assert leads.seen(lead_id) == {**seen, "attempts": 2}
    assert (answer.status_code, leads.status(lead_id)) == (409, "unknown")
