"""Unknown leads on every kind of log: found, proved absent, or left to a person."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from fakes import ACCEPTED, BANNED, BROKEN, LOST, new_lead, throttled

from realpad_form.domain.alert import Kind
from realpad_form.domain.listing import LeadList, ListEntry
from realpad_form.domain.reconcile import describe_duration
from realpad_form.services.reconcile import LEASE_S, Reading, Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy

APART_S = 600


@pytest.fixture
def reconcile(log, crm, pairs):
    return Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S)


@pytest.fixture
def lose(log, crm, relay, submission, clock):
    """Send a lead whose answer never comes; return its id."""

    def send(name="Jana"):
        payload = {"name": name, "surname": "Nováková", "project": "39264441"}
        lead_id = log.append(new_lead(submission(), payload=payload)).lead_id
        crm.script = [LOST]
        assert relay.run_once()
        clock.advance(seconds=61)  # past the pause after a failure
        return lead_id

    return send


def entry(clock, *, name="Jana Nováková", ago_s=61, customer_id=4711):
    return ListEntry(
        inquiry_id=1, customer_id=customer_id, customer_name=name,
        at=clock() - timedelta(seconds=ago_s), projects=("Riverside Residences",),
    )  # fmt: skip


def test_a_lead_that_is_listed_becomes_delivered(log, crm, reconcile, lose, clock):
    lead_id = lose()
    crm.listed = [entry(clock)]

    assert reconcile.run_once() is Reading.DONE

    lead = log.get(lead_id).lead
    assert (lead.status, lead.customer_id, lead.reasons) == ("delivered", 4711, ())


@pytest.fixture
def deliver(log, crm, relay, submission, clock):
    """Deliver a lead of somebody else, which is listed from then on."""

    def send(name, customer_id):
        payload = {"name": name, "surname": "Malý", "project": "39264441"}
        log.append(new_lead(submission(), payload=payload))
        crm.script = [replace(ACCEPTED, customer_id=customer_id)]
        assert relay.run_once()
        crm.listed = [*crm.listed, entry(clock, name=f"{name} Malý", ago_s=0, customer_id=customer_id)]

    return send


def look_at_the_list(log, reconcile, clock, lead_id, *, times):
    """Return what becomes of a lead with each reading."""
    seen = []
    for _ in range(times):
        assert reconcile.run_once() is Reading.DONE
        seen.append(log.get(lead_id).lead.status)
        clock.advance(seconds=APART_S)
    return seen


def test_an_absence_counts_only_when_the_call_cannot_arrive_any_more_and_twice(
    log, reconcile, lose, deliver, clock
):
    deliver("Petr", 1)
    lead_id = lose()
    assert look_at_the_list(log, reconcile, clock, lead_id, times=1) == ["unknown"]
    clock.advance(seconds=APART_S)
    deliver("Ota", 2)

    assert look_at_the_list(log, reconcile, clock, lead_id, times=2) == ["unknown", "queued"]


def test_an_absence_from_a_list_that_nothing_shows_to_be_complete_counts_after_three_times_as_long(
    log, reconcile, lose, clock
):
    lead_id = lose()

    seen = look_at_the_list(log, reconcile, clock, lead_id, times=5)

    assert seen == ["unknown", "unknown", "unknown", "unknown", "queued"]


def test_a_lead_proved_absent_is_sent_once_more(log, crm, reconcile, relay, lose, clock):
    lead_id = lose()
    look_at_the_list(log, reconcile, clock, lead_id, times=5)

    relay.run_once()

    assert log.get(lead_id).lead.status == "delivered"
    assert len(crm.sent) == 2


@pytest.mark.parametrize("ahead", [timedelta(days=2), -timedelta(days=2), timedelta(hours=1)])
def test_clocks_that_do_not_agree_are_told_and_nothing_is_sent(log, crm, pairs, lose, clock, ahead):
    noted = []
    alerts = SimpleNamespace(note=noted.append)
    reconcile = Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S, alerts=alerts)
    lead_id = lose()
    crm.list_leads = lambda _credential: LeadList(entries=(), dated_at=clock() + ahead)

    assert set(look_at_the_list(log, reconcile, clock, lead_id, times=6)) == {"unknown"}

    [reason] = log.get(lead_id).lead.reasons
    assert reason.params["difference"] == describe_duration(abs(ahead))
    assert {(alert.kind, alert.subject) for alert in noted} == {(Kind.CLOCK, "riverside")}


def test_a_call_that_our_clock_put_into_the_future_is_for_a_person(log, reconcile, lose, clock):
    clock.advance(days=2)
    lead_id = lose()
    clock.advance(days=-2)
    [lane] = log.lanes()
    log.resume(lane.key)
    clock.advance(minutes=10)

    list(reconcile.verify())

    lead = log.get(lead_id).lead
    assert lead.status == "unknown"
    assert "clock is" in str(lead.reasons[0])


def test_one_person_at_two_projects_is_sent_to_each_once_though_realpads_clock_is_behind(
    log, crm, pairs, submission, relay, clock
):
    """Enquiries seconds apart, the second answer lost, Realpad 45 s behind: by time each is the other."""
    reconcile = Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S)
    arrived = []

    def store(answer):
        def take(_credential, payload):
            arrived.append(
                ListEntry(
                    inquiry_id=len(arrived), customer_id=4711, customer_name="Jana Nováková",
                    at=clock() - timedelta(seconds=45), projects=(f"Project {payload['project']}",),
                )
            )  # fmt: skip
            return answer

        return take

    ids = []
    for project, answer in (("1", ACCEPTED), ("2", LOST)):
        payload = {"name": "Jana", "surname": "Nováková", "project": project}
        ids.append(log.append(new_lead(submission(), payload=payload)).lead_id)
        crm.script = [store(answer)]
        assert relay.run_once()
        clock.advance(seconds=8)
    crm.list_leads = lambda _credential: LeadList(
        entries=tuple(arrived), dated_at=clock() - timedelta(seconds=45)
    )
    clock.advance(seconds=61)

    for _ in range(6):
        reconcile.run_once()
        clock.advance(seconds=APART_S)
        relay.run_once()

    assert [log.get(lead_id).lead.status for lead_id in ids] == ["delivered", "delivered"]
    assert len(crm.sent) == 2


def test_a_lead_that_turns_up_between_two_absences_is_not_sent_again(log, crm, reconcile, lose, clock):
    lead_id = lose()
    for _ in range(2):
        reconcile.run_once()
        clock.advance(seconds=APART_S)
    crm.listed = [entry(clock, ago_s=2 * APART_S + 61)]

    reconcile.run_once()

    assert log.get(lead_id).lead.status == "delivered"


def test_what_may_be_the_lead_is_shown_to_a_person_and_proves_no_absence(log, crm, reconcile, lose, clock):
    lead_id = lose()
    crm.listed = [entry(clock, name="J. Novak")]

    for _ in range(4):
        reconcile.run_once()
        clock.advance(seconds=APART_S)

    lead = log.get(lead_id).lead
    assert lead.status == "unknown"
    assert "customer 4711" in str(lead.reasons[0])


def test_a_lane_is_asked_no_more_often_than_agreed(crm, reconcile, lose, clock):
    lose()

    asked = []
    for _ in range(4):
        asked.append(reconcile.run_once() is Reading.DONE)
        clock.advance(seconds=APART_S / 2)

    assert asked == [True, False, True, False]
    assert crm.readings == 2


def test_nobody_is_asked_without_an_unknown_lead(crm, reconcile, store, relay):
    store()
    relay.run_once()

    assert reconcile.run_once() is Reading.NOT_DUE
    assert crm.readings == 0


@pytest.mark.parametrize(
    ("answer", "state"), [(BANNED, "stopped"), (throttled(3600), "paused"), (BROKEN, "paused")]
)
def test_a_list_that_is_refused_holds_the_lane_and_settles_nothing(
    log, crm, reconcile, lose, clock, answer, state
):
    lead_id = lose()
    crm.listed = answer

    assert reconcile.run_once() is Reading.DONE

    [lane] = log.lanes()
    assert lane.state(clock()) == state
    assert log.get(lead_id).lead.status == "unknown"


def test_a_stopped_lane_is_not_asked(log, crm, reconcile, lose, clock):
    lose()
    crm.listed = BANNED
    reconcile.run_once()
    clock.advance(seconds=APART_S)

    assert reconcile.run_once() is Reading.NOT_DUE


def test_a_lead_older_than_the_list_is_left_to_a_person(log, reconcile, lose, clock):
    lead_id = lose()
    clock.advance(days=7)

    for _ in range(3):
        reconcile.run_once()
        clock.advance(seconds=APART_S)

    assert log.get(lead_id).lead.status == "unknown"


def test_a_lead_resubmitted_meanwhile_is_left_alone(log, crm, reconcile, lose, clock):
    lead_id = lose()
    seen = log.get(lead_id).lead
    crm.listed = [entry(clock)]
    log.resubmit(seen.version, answers={}, payload={"name": "Jana"})

    reconcile.run_once()

    assert log.get(lead_id).lead.status == "queued"


def test_a_call_of_other_credentials_proves_nothing_with_these(log, crm, lose, clock, key, pairs):
    lead_id = lose()
    changed = replace(key, fingerprint="changed", account="another")
    log.open_lanes([changed])
    other = Reconcile(Readings(log, crm, {changed: pairs[key]}, pace_s=0), apart_s=APART_S)

    for _ in range(3):
        other.run_once()
        clock.advance(seconds=APART_S)

    assert log.get(lead_id).lead.status == "unknown"


def test_verify_asks_at_once_and_names_what_is_missing(log, crm, reconcile, store, relay):
    lead_id = store()
    relay.run_once()

    [checked] = reconcile.verify()

    assert (checked.delivered, [lead.id for lead in checked.missing]) == (1, [lead_id])


def test_a_lead_delivered_while_the_list_is_read_is_not_missing(log, crm, reconcile, store, relay, clock):
    store()
    relay.run_once()

    def read_while_another_is_sent(_credential):
        listed = LeadList(entries=(entry(clock, ago_s=0),))
        clock.advance(seconds=LEASE_S)  # it took so long that the lane went on without it
        store()
        relay.run_once()
        return listed

    crm.list_leads = read_while_another_is_sent
    [checked] = reconcile.verify()

    assert (checked.delivered, checked.missing) == (2, ())


def test_verify_finds_unknown_leads(log, crm, reconcile, lose, clock):
    lead_id = lose()
    crm.listed = [entry(clock)]

    [checked] = reconcile.verify()

    assert (checked.found, checked.problem, checked.missing) == (1, None, ())
    assert log.get(lead_id).lead.status == "delivered"


def test_a_person_may_ask_while_a_lane_backs_off_but_not_under_a_ban(
    log, crm, reconcile, relay, store, clock
):
    store()
    store()
    crm.script = [LOST, throttled(3600)]
    relay.run_once()

    assert next(iter(reconcile.verify())).problem is None

    clock.advance(seconds=61)
    relay.run_once()

    assert "banned" in next(iter(reconcile.verify())).problem


def test_verify_asks_nothing_where_there_is_nothing_to_compare(crm, reconcile):
    assert list(reconcile.verify()) == []
    assert crm.readings == 0


def test_verify_says_which_lane_could_not_be_asked(crm, reconcile, store, relay):
    store()
    relay.run_once()
    crm.listed = BANNED

    assert next(iter(reconcile.verify())).problem == "HTTP 401: login"
    assert "stopped" in next(iter(reconcile.verify())).problem


def test_a_running_relay_reconciles(log, crm, reconcile, pairs, lose, running, eventually, clock):
    lead_id = lose()
    crm.listed = [entry(clock)]
    policy = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)

    with running(Relay(log, crm, pairs, policy, reconcile)):
        eventually(lambda: log.get(lead_id).lead.status == "delivered")


def test_delivered_leads_are_proved_daily_beginning_when_the_first_is_a_day_old(
    crm, reconcile, store, relay, clock
):
    store()
    relay.run_once()

    asked = []
    for _ in range(5):
        asked.append(reconcile.run_once() is Reading.DONE)
        clock.advance(hours=12)

    assert asked == [False, False, True, False, True]


def test_a_delivered_lead_that_is_missing_alerts(log, crm, pairs, store, relay, clock):
    noted = []
    alerts = SimpleNamespace(note=noted.append)
    reconcile = Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S, alerts=alerts)
    lead_id = store()
    relay.run_once()
    clock.advance(days=1)

    reconcile.run_once()

    [alert] = noted
    assert (alert.kind, alert.subject) == (Kind.MISSING, str(lead_id))
