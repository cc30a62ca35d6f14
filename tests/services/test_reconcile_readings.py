"""Realpad's list is read as one of its lane's calls: never beside another one, by whom it shows leads to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import ACCEPTED, BANNED, LOST, new_lead

from realpad_form.domain.lane import LaneState
from realpad_form.domain.listing import LeadList, ListEntry
from realpad_form.services.reconcile import LEASE_S, Reading, Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy, lane_key

URL = "https://crm.example/ws/v10/"
POLICY = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)
APART_S = 600


@pytest.fixture
def reading(log, crm):
    """Reconcile as some credential pairs let one."""
    return lambda pairs: Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S)


@pytest.fixture
def send(log, crm, submission, clock):
    """Send a lead with some credential pairs; return its id."""

    def call(pairs, *, answer=LOST):
        payload = {"name": "Jana", "surname": "Nováková", "project": "1"}
        lead_id = log.append(new_lead(submission(), payload=payload)).lead_id
        crm.script = [answer]
        assert Relay(log, crm, pairs, POLICY).run_once()
        clock.advance(seconds=61)  # past the pause after a failure
        return lead_id

    return call


@pytest.fixture
def changed(pairs, key):
    """Return the credentials after something about them was changed."""

    def change(**what):
        pair = replace(pairs[key], **what)
        return {lane_key(pair, URL): pair}

    return change


def entry(clock, *, ago_s=61):
    at = clock() - timedelta(seconds=ago_s)
    return ListEntry(inquiry_id=1, customer_id=815, customer_name="Jana Nováková", at=at)


def status(log, lead_id):
    return log.get(lead_id).lead.status


def test_list_is_not_read_while_a_call_is_in_flight(log, crm, pairs, key, reading, send, store):
    send(pairs)
    store()
    claim = log.claim([key], lease_s=45, pace_s=0, width=1)

    assert reading(pairs).run_once() is Reading.WAITING
    assert crm.readings == 0

    log.close(claim, ACCEPTED)
    assert reading(pairs).run_once() is Reading.DONE


def test_nothing_is_sent_while_the_list_is_read(log, crm, pairs, key, reading, send, store):
    def read_while_a_lead_waits(_credential):
        claims.append(log.claim([key], lease_s=45, pace_s=0, width=1))
        return LeadList(entries=())

    claims, crm.list_leads = [], read_while_a_lead_waits
    send(pairs)
    store()

    reading(pairs).run_once()

    assert claims == [None]
    assert log.claim([key], lease_s=45, pace_s=0, width=1)


def test_reading_whose_relay_dies_holds_its_lane_no_longer_than_its_lease(log, key, store, clock):
    log.open_lanes([key])
    store()
    assert log.begin_listing(key, every_s=0, lease_s=LEASE_S)

    clock.advance(seconds=LEASE_S - 1)
    assert log.claim([key], lease_s=45, pace_s=0, width=1) is None

    clock.advance(seconds=1)
    assert log.claim([key], lease_s=45, pace_s=0, width=1)


def test_lane_with_a_backlog_is_read_before_its_backlog_is_sent(
    log, crm, pairs, key, reading, send, store, running, eventually, clock
):
    def list_leads(_credential):
        sent_before.append(len(crm.sent))
        return LeadList(entries=(entry(clock),))

    sent_before, crm.list_leads = [], list_leads
    send(pairs)
    for _ in range(50):
        store()
    relay = Relay(log, crm, pairs, POLICY, reading(pairs))
    claim = log.claim([key], lease_s=45, pace_s=0, width=1)  # by another machine

    with running(relay):
        eventually(relay._listing_waits.is_set)
        log.close(claim, ACCEPTED)
        eventually(lambda: sent_before)

    assert sent_before[0] < 10  # the lost one, and what others were just about to send


def test_refused_list_stops_its_lane_once(log, crm, pairs, reading, send, store, relay, clock):
    send(pairs)
    store()
    crm.listed = BANNED
    reading(pairs).run_once()
    [stopped] = log.lanes()
    log.resume(stopped.key)
    clock.advance(days=2)

    assert "list-leads" in str(stopped.reason)
    assert reading(pairs).run_once() is Reading.NOT_DUE
    assert relay.run_once()
    assert crm.readings == 1


def test_person_may_ask_for_a_list_that_was_refused_and_it_is_read_again(
    log, crm, pairs, reading, send, clock
):
    lead_id, crm.listed = send(pairs), BANNED
    reading(pairs).run_once()
    log.resume(log.lanes()[0].key)
    crm.listed = []

    [checked] = reading(pairs).verify()
    assert checked.problem is None

    for _ in range(4):
        clock.advance(seconds=APART_S)
        assert reading(pairs).run_once() is Reading.DONE
    assert status(log, lead_id) == "queued"


def test_accounts_that_may_not_list_stop_each_lane_by_itself(log, crm, pairs, reading, send, changed):
    other = changed(name="another", login="another")
    log.open_lanes(other)
    send(pairs)
    crm.listed = BANNED

    for credentials in (pairs, other):
        [key] = credentials
        assert log.begin_listing(key, every_s=0, lease_s=LEASE_S, on_demand=True)
        reading(credentials).readings.read(key)

    assert {str(lane.reason) for lane in log.lanes()} == {"HTTP 401: list-leads: login"}
    assert {lane.state(log.now()) for lane in log.lanes()} == {LaneState.STOPPED}


def test_lead_lost_with_the_password_of_before_is_found_with_todays(
    log, crm, pairs, reading, send, changed, clock
):
    lead_id, today = send(pairs), changed(password="another")
    log.open_lanes(today)
    crm.listed = [entry(clock)]

    assert reading(today).run_once() is Reading.DONE

    assert status(log, lead_id) == "delivered"


def test_lead_delivered_with_the_password_of_before_is_missed_with_todays(log, pairs, reading, send, changed):
    lead_id = send(pairs, answer=ACCEPTED)

    [checked] = reading(changed(password="another")).verify()

    assert (checked.delivered, [lead.id for lead in checked.missing]) == (1, [lead_id])


def test_list_of_another_account_proves_nothing_about_leads_of_the_one_before(
    log, crm, pairs, reading, send, changed, clock
):
    lost, _ = send(pairs), send(pairs, answer=ACCEPTED)
    another = reading(changed(login="another"))

    [checked] = another.verify()
    for _ in range(3):
        clock.advance(seconds=APART_S)
        another.run_once()

    assert (checked.strange, checked.delivered, checked.missing) == (2, 0, ())
    assert status(log, lost) == "unknown"
