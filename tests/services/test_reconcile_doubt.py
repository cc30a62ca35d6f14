"""Entries of Realpad's list that look like an unknown lead and may be another one, or come late."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import ACCEPTED, BROKEN, LOST, new_lead

from realpad_form.domain.delivery import Event
from realpad_form.domain.listing import ListEntry
from realpad_form.ports import Credential
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy

APART_S = 600
PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}


@pytest.fixture
def reconcile(log, crm, pairs):
    return Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S)


@pytest.fixture
def store_jana(log, submission):
    """Store a lead, every time of the same name."""
    return lambda: log.append(new_lead(submission(), payload=PAYLOAD)).lead_id


@pytest.fixture
def lose(store_jana, crm, relay, clock):
    """Send a lead whose answer never comes; return its id."""

    def send():
        lead_id, crm.script = store_jana(), [LOST]
        assert relay.run_once()
        clock.advance(seconds=61)  # past the pause after a failure
        return lead_id

    return send


@pytest.fixture
def look(reconcile, clock):
    """Ask often enough for any proof of absence."""

    def ask():
        for _ in range(4):
            reconcile.run_once()
            clock.advance(seconds=APART_S)

    return ask


def listed_at(when):
    return ListEntry(
        inquiry_id=1, customer_id=4711, customer_name="Jana Nováková", at=when,
        projects=("Riverside Residences",),
    )  # fmt: skip


def status(log, lead_id):
    return log.get(lead_id).lead.status


def test_call_that_arrives_minutes_after_its_end_is_found(log, crm, lose, look, clock):
    lead_id = lose()
    crm.listed = [listed_at(clock() + timedelta(minutes=5))]

    look()

    assert status(log, lead_id) == "delivered"


@pytest.fixture
def twins(pairs, key):
    """The credentials, and the same account under another name."""
    twin = Credential(name="twin", login=pairs[key].login, password=pairs[key].password)
    return {**pairs, replace(key, credential="twin", fingerprint="twin"): twin}


@pytest.fixture
def send_as(log, crm, twins, submission):
    """Send a lead under one of the names."""
    relay = Relay(log, crm, twins, RelayPolicy(timeout_s=15, concurrency=1, pace_s=0, width=1))
    log.open_lanes(twins)

    def send(credential, answer):
        lead_id = log.append(new_lead(submission(), credential=credential, payload=PAYLOAD)).lead_id
        crm.script = [answer]
        assert relay.run_once()
        return lead_id

    return send


def test_entry_of_a_lead_of_the_same_account_under_another_name_is_not_taken(log, crm, twins, send_as, clock):
    reconcile = Reconcile(Readings(log, crm, twins, pace_s=0), apart_s=APART_S)
    send_as("riverside", ACCEPTED)
    lost = send_as("twin", LOST)
    crm.listed = [listed_at(clock())]

    for _ in range(4):
        clock.advance(seconds=APART_S)
        reconcile.run_once()

    assert status(log, lost) != "delivered"


def test_lead_that_an_account_of_two_names_lacks_is_told_once(log, crm, twins, send_as):
    missing = [send_as("riverside", ACCEPTED), send_as("twin", ACCEPTED)]

    checks = list(Reconcile(Readings(log, crm, twins, pace_s=0), apart_s=APART_S).verify())

    assert [check.delivered for check in checks] == [1, 1]
    assert [lead.id for check in checks for lead in check.missing] == missing


def test_call_in_flight_may_be_the_entry(log, crm, lose, look, store_jana, key, clock):
    lead_id = lose()
    store_jana()
    assert log.claim([key], lease_s=86_400, pace_s=0, width=1)
    crm.listed = [listed_at(clock())]

    look()

    assert status(log, lead_id) == "unknown"


def test_call_written_down_by_a_clock_that_was_ahead_may_be_the_entry(
    log, crm, relay, reconcile, lose, store_jana, clock
):
    """Realpad stored it now, and our log has it in two days: no time of ours tells the two apart."""
    lead_id = lose()
    clock.advance(days=2)
    lose()
    clock.advance(days=-2)
    [lane] = log.lanes()
    log.resume(lane.key)
    crm.listed = [listed_at(clock())]

    list(reconcile.verify())

    assert status(log, lead_id) == "unknown"


def test_call_begun_since_the_list_was_read_only_puts_the_answer_off(
    log, crm, pairs, lose, store_jana, relay, clock
):
    begun = []

    class Busy(Readings):
        def account(self, key):
            if not begun:
                clock.advance(seconds=1)
                begun.append(store_jana())
                assert relay.run_once()
                crm.listed.append(replace(listed_at(clock()), inquiry_id=2))
            return super().account(key)

    lead_id = lose()
    crm.listed = [listed_at(clock())]
    reconcile = Reconcile(Busy(log, crm, pairs, pace_s=0), apart_s=APART_S)

    reconcile.run_once()
    clock.advance(seconds=APART_S)
    reconcile.run_once()

    assert status(log, lead_id) == "delivered"


def test_lead_delivered_since_the_list_was_read_is_no_gap_of_it(
    log, crm, pairs, lose, store_jana, relay, clock
):
    class Busy(Readings):
        def account(self, key):
            clock.advance(seconds=1)
            store_jana()
            assert relay.run_once()
            return super().account(key)

    lead_id = lose()
    reasons = log.get(lead_id).lead.reasons

    Reconcile(Busy(log, crm, pairs, pace_s=0), apart_s=APART_S).run_once()

    assert log.get(lead_id).lead.reasons == reasons


def test_call_of_a_discarded_lead_may_be_the_entry(log, crm, lose, look, clock):
    first, second = lose(), lose()
    crm.listed = [listed_at(clock() - timedelta(seconds=90))]
    log.move(first, Event.DISCARDED)

    look()

    assert status(log, second) == "unknown"


def test_earlier_call_of_a_lead_that_waits_again_may_be_the_entry(log, crm, lose, look, clock):
    first, second = lose(), lose()
    crm.listed = [listed_at(clock() - timedelta(seconds=90))]
    log.resubmit(log.get(first).lead.version, answers={}, payload=PAYLOAD)

    look()

    assert status(log, second) == "unknown"


def test_call_that_realpad_said_to_have_failed_may_be_the_entry(
    log, crm, store_jana, relay, lose, look, clock
):
    crm.script = [BROKEN, ACCEPTED]
    store_jana()
    relay.run_once()
    clock.advance(seconds=61)
    relay.run_once()
    lost = lose()
    crm.listed = [listed_at(clock() - timedelta(seconds=ago_s)) for ago_s in (122, 61)]

    look()

    assert status(log, lost) == "unknown"


def test_call_of_an_erased_lead_may_be_the_entry(log, crm, lose, look, clock):
    first, second = lose(), lose()
    crm.listed = [listed_at(clock() - timedelta(seconds=90))]
    log.erase(first)

    look()

    assert status(log, second) == "unknown"


def test_call_with_the_password_of_before_may_be_the_entry(
    log, crm, pairs, store_jana, relay, lose, clock, key
):
    old = replace(key, fingerprint="old")
    log.open_lanes([old])
    store_jana()
    log.close(log.claim([old], lease_s=45, pace_s=0, width=1), ACCEPTED)
    lead_id = lose()
    crm.listed = [listed_at(clock() - timedelta(seconds=61))]

    Reconcile(Readings(log, crm, pairs, pace_s=0), apart_s=APART_S).run_once()

    assert status(log, lead_id) == "unknown"


def test_call_made_before_the_list_begins_is_left_to_a_person(log, store_jana, look, key, clock):
    lead_id = store_jana()
    log.open_lanes([key])
    log.claim([key], lease_s=45, pace_s=0, width=1)
    clock.advance(days=8)
    log.sweep()
    clock.advance(minutes=1)

    look()

    assert status(log, lead_id) == "unknown"


def test_a_lead_settled_without_a_number_is_not_missed_and_lends_its_entry_to_nobody(
    log, crm, lose, look, clock
):
    settled = lose()
    came_at = clock() - timedelta(seconds=61)
    namesake = lose()
    seen = log.get(settled).lead
    log.move(settled, Event.SETTLED, seen=seen.version)
    crm.listed = [listed_at(came_at)]

    look()

    assert log.get(settled).lead.status == "delivered"
    assert log.get(namesake).lead.status == "unknown"


def test_a_lead_called_before_the_list_begins_is_not_missed_nor_takes_the_entry_of_a_namesake(
    log, crm, store_jana, lose, look, reconcile, key, clock
):
    settled = store_jana()
    log.open_lanes([key])
    log.claim([key], lease_s=45, pace_s=0, width=1)  # its relay dies
    clock.advance(days=8)
    log.sweep()
    log.move(settled, Event.SETTLED, customer_id=4711)
    clock.advance(minutes=1)
    namesake = lose()
    crm.listed = [listed_at(clock() - timedelta(seconds=61))]

    look()

    assert log.get(namesake).lead.status == "unknown"
    assert [checked.missing for checked in reconcile.verify()] == [()]
