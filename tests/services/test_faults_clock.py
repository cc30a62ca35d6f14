"""Faults that take hours or days, on a clock of the test's, and clocks that are wrong."""

from datetime import datetime, timedelta

import pytest
from fakes import ACCEPTED, BANNED, REFUSED, new_lead, throttled
from opened import closing_database, make_sql_log

from realpad_form.adapters.sql import database as database_module
from realpad_form.domain.errors import IllegalTransitionError

TEN_DAYS_S = 864_000


@pytest.fixture
def resubmit(log):
    """Queue a lead as an operator who looks at it now, or looked at it before."""

    def again(lead_id, *, seen=None):
        return log.resubmit(seen or log.get(lead_id).lead.version, answers={}, payload={"note": "corrected"})

    return again


@pytest.mark.parametrize("wait_s", [60, TEN_DAYS_S])
def test_lane_is_left_alone_for_as_long_as_it_was_told(store, relay, crm, clock, wait_s):
    crm.script = [throttled(wait_s)]
    for _ in range(3):
        store()
    relay.drain()

    for _ in range(50):
        clock.advance(seconds=wait_s / 50 - 0.01)
        relay.drain()
    assert len(crm.sent) == 1

    clock.advance(seconds=1)
    relay.drain()
    assert len(crm.sent) == 4


def test_lane_that_is_told_nonsense_waits_longer_each_time(store, relay, crm, clock):
    crm.answer = throttled()
    for _ in range(3):
        store()

    calls = []
    for _ in range(105):
        relay.drain()
        calls.append(len(crm.sent))
        clock.advance(minutes=1)

    assert [calls.index(number) for number in (1, 2, 3)] == [0, 15, 45]
    assert calls[-1] == 3


def test_first_refusal_of_the_credentials_is_the_only_call_of_many_relays(
    store, log, open_log, make_relay, running, crm
):
    crm.answer = BANNED
    for _ in range(20):
        store()
    crm.gate.clear()

    with running(*(make_relay(open_log(), concurrency=4) for _ in range(3))) as stop:
        assert crm.entered.wait(10)
        stop.wait(0.3)
        crm.gate.set()
        stop.wait(0.3)

    assert len(crm.sent) == 1


def test_operator_who_resubmits_twice_makes_one_call(log, store, relay, crm, resubmit):
    lead_id, crm.script = store(), [REFUSED]
    relay.drain()
    seen = log.get(lead_id).lead
    resubmit(lead_id)

    with pytest.raises(IllegalTransitionError):
        resubmit(lead_id, seen=seen.version)
    relay.drain()

    assert [body["note"] for _, body in crm.sent] == ["", "corrected"]


def test_operator_who_resubmits_during_the_call_is_refused(log, store, relay, crm, resubmit):
    refused = []

    def resubmitted_meanwhile(_credential, _body):
        with pytest.raises(IllegalTransitionError):
            resubmit(lead_id)
        refused.append(lead_id)
        return ACCEPTED

    lead_id, crm.answer = store(), resubmitted_meanwhile
    relay.drain()

    assert refused == [lead_id]
    assert len(crm.sent) == 1
    assert log.get(lead_id).lead.status == "delivered"


@pytest.mark.parametrize("hours", [-1, 1])
def test_jump_of_the_database_clock_during_a_call_makes_no_second_one(
    log, store, relay, make_relay, crm, clock, hours
):
    def jump(_credential, _body):
        clock.advance(hours=hours)
        assert make_relay(log).drain() == 0
        return ACCEPTED

    crm.answer = jump
    lead_id = store()

    relay.drain()
    for _ in range(5):
        clock.advance(hours=1)
        relay.drain()

    assert len(crm.sent) == 1
    assert log.get(lead_id).lead.status == ("delivered" if hours < 0 else "unknown")


@pytest.mark.parametrize("days", [-2, 2])
def test_clock_of_a_worker_changes_nothing(postgresql_url, submission, make_relay, crm, monkeypatch, days):
    class WrongDatetime(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=days)

    def another_worker_looks(_credential, _body):
        monkeypatch.setattr(database_module, "datetime", WrongDatetime)
        assert make_relay(log).drain() == 0
        return ACCEPTED

    crm.answer = another_worker_looks
    with closing_database(postgresql_url) as database:
        log = make_sql_log(database, None)
        lead_id = log.append(new_lead(submission(), payload={})).lead_id

        make_relay(log).drain()

        assert log.get(lead_id).lead.status == "delivered"
        assert abs(log.now() - datetime.now(log.now().tzinfo)) < timedelta(minutes=1)
    assert len(crm.sent) == 1
