"""Leads that a backup held as queued or unknown: whatever was sent since, none is sent twice."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from fakes import FakeCrm, new_lead

from realpad_form.adapters.sidecar_files import CallFile
from realpad_form.adapters.sql import SqlRestores
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Answer, Event, Outcome
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.listing import ListEntry
from realpad_form.domain.restored import Sign
from realpad_form.ports import Credential
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy

APART_S = 600
PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}
UNKNOWN = Answer(outcome=Outcome.UNKNOWN, text="reset")


@pytest.fixture
def store(sql_log, submission):
    def append(credential="riverside", **changes):
        return sql_log.append(new_lead(submission(**changes), credential=credential, payload=PAYLOAD)).lead_id

    return append


@pytest.fixture
def relay(sql_log, key):
    pairs = {key: Credential(name="riverside", login="l", password="p")}
    crm = FakeCrm()
    reconcile = Reconcile(Readings(sql_log, crm, pairs, pace_s=0), apart_s=APART_S)
    sql_log.open_lanes(pairs)
    return Relay(sql_log, crm, pairs, RelayPolicy(timeout_s=15, concurrency=1, pace_s=0), reconcile)


@pytest.fixture
def call(sql_log, key, clock):
    """Make one call as the log knows it; its relay was away for long before it wrote down the end."""

    def end(answer):
        claim = sql_log.claim([key], lease_s=3600, pace_s=0, width=1)
        clock.advance(minutes=10)
        assert sql_log.close(claim, answer)

    return end


@pytest.fixture
def sent_since(relay, clock):
    """A call made after the backup, of which only Realpad knows."""

    def arrive(**later):
        at = clock() + timedelta(**later)
        relay.crm.listed.append(
            ListEntry(inquiry_id=uuid4().int % 9999, customer_id=4711, customer_name="Jana Nováková", at=at)
        )

    return arrive


@pytest.fixture
def doubt(sql_log, key, clock, tmp_path):
    """Put everything in doubt; return how many leads that is."""

    def run():
        calls = CallFile(tmp_path / "calls.json")
        restores = SqlRestores(sql_log.database, Vault(["k" * 32]), calls, keys=lambda: [key], clock=clock)
        return restores.doubt(Sign.PERSON).in_doubt

    return run


@pytest.fixture
def restore(doubt, relay, clock):
    """Restore the log hours later, and let the relay work until everything is settled."""

    def run():
        relay.crm.dated_by = clock
        clock.advance(hours=5)
        doubted = doubt()
        for _ in range(6):
            relay.drain()
            clock.advance(seconds=APART_S)
        return doubted

    return run


def status(log, lead_id):
    return log.get(lead_id).lead.status


def test_queued_lead_that_was_sent_since_is_not_sent_again(sql_log, store, sent_since, restore, relay):
    lead_id = store()
    sent_since(hours=1)

    assert restore() == 1

    assert (status(sql_log, lead_id), relay.crm.sent) == ("delivered", [])


def test_queued_lead_that_was_not_sent_since_is_sent_once(sql_log, store, restore, relay):
    lead_id = store()

    restore()

    assert (status(sql_log, lead_id), len(relay.crm.sent)) == ("delivered", 1)


@pytest.mark.parametrize("later", [{"minutes": -9}, {"hours": 1}], ids=["by its call", "by one since"])
def test_unknown_lead_that_arrived_is_not_sent_again(sql_log, store, call, sent_since, restore, relay, later):
    lead_id = store()
    call(UNKNOWN)
    sent_since(**later)

    assert restore() == 1

    assert (status(sql_log, lead_id), relay.crm.sent) == ("delivered", [])


def test_corrected_lead_is_not_taken_for_the_one_delivered_before(
    sql_log, store, call, sent_since, restore, relay, clock
):
    lead_id = store()
    call(Answer(outcome=Outcome.ACCEPTED, status=201, text="4711", customer_id=4711))
    sent_since(seconds=0)
    clock.advance(hours=1)
    sql_log.resubmit(sql_log.get(lead_id).lead.version, answers={}, payload=PAYLOAD)

    restore()

    assert (status(sql_log, lead_id), len(relay.crm.sent)) == ("delivered", 1)


def test_lead_that_another_customer_may_be_is_left_to_a_person(sql_log, store, sent_since, restore, relay):
    lead_id = store()
    sent_since(hours=1)
    sent_since(hours=2)

    restore()

    assert (status(sql_log, lead_id), relay.crm.sent) == ("unknown", [])


def test_lead_shows_that_it_is_in_doubt_and_why(sql_log, store, doubt, clock):
    lead_id, created_at = store(), clock()
    clock.advance(hours=5)

    doubt()

    [attempt] = sql_log.get(lead_id).attempts
    assert (attempt.started_at, attempt.ended_at) == (created_at, clock())
    assert attempt.answer == "restored from a backup; it may have been sent since"


def test_what_nobody_would_send_stays_as_it_is(sql_log, store, doubt):
    others = {store(): "discarded", store(suspicions=("spam",)): "quarantined"}
    sql_log.move(next(iter(others)), Event.DISCARDED)

    assert doubt() == 0

    assert {lead_id: status(sql_log, lead_id) for lead_id in others} == others


def test_leads_of_credentials_that_are_not_configured_are_in_doubt_until_these_are_and_the_list_decides(
    sql_log, store, doubt, relay, clock
):
    sent, unsent = store("later"), store("later", answers={"name": "Petr"})
    later = LaneKey(credential="later", fingerprint="f9", host="https://crm.example")
    clock.advance(hours=5)

    assert doubt() == 2
    assert sql_log.claim([later], lease_s=45, pace_s=0, width=1) is None

    relay.credentials[later] = Credential(name="later", login="l", password="p")
    relay.crm.listed.append(
        ListEntry(
            inquiry_id=1, customer_id=4711, customer_name="Jana Nováková", at=clock() - timedelta(hours=1)
        )
    )
    for _ in range(6):
        relay.drain()
        clock.advance(seconds=APART_S)
    # Both have one name here and the list holds one of them: that is for a person.
    assert (status(sql_log, sent), status(sql_log, unsent)) == ("unknown", "unknown")
    assert relay.crm.sent == []


def test_lead_of_credentials_that_are_configured_later_is_sent_once_it_is_proved_absent(
    sql_log, store, doubt, relay, clock
):
    lead_id = store("later")
    clock.advance(hours=5)
    doubt()

    later = LaneKey(credential="later", fingerprint="f9", host="https://crm.example")
    relay.credentials[later] = Credential(name="later", login="l", password="p")
    for _ in range(6):
        relay.drain()
        clock.advance(seconds=APART_S)

    assert (status(sql_log, lead_id), len(relay.crm.sent)) == ("delivered", 1)


def test_leads_of_a_password_of_before_are_asked_about_with_that_of_today(
    sql_log, store, doubt, relay, clock
):
    old = LaneKey(credential="later", fingerprint="old", host="https://crm.example", account="one")
    new = replace(old, fingerprint="new")
    lead_id = store("later")
    sql_log.open_lanes([old])
    clock.advance(hours=5)
    doubt()

    relay.credentials[new] = Credential(name="later", login="l", password="p")
    for _ in range(6):
        relay.drain()
        clock.advance(seconds=APART_S)

    assert (status(sql_log, lead_id), len(relay.crm.sent)) == ("delivered", 1)
