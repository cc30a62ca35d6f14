from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import ACCEPTED, BANNED, UNREACHABLE, new_lead, throttled

from realpad_form.adapters.sql import relay
from realpad_form.ports import LeadFilter


def test_claimed_lead_is_sending_and_its_attempt_is_open(log, append, claim, clock):
    receipt = append()

    held = claim()

    record = log.get(receipt.lead_id)
    assert (held.lead_id, held.payload["name"]) == (receipt.lead_id, "Jana")
    assert (record.lead.status, record.lead.attempts) == ("sending", 1)
    attempt = record.attempts[0]
    assert (attempt.started_at, attempt.ended_at, attempt.outcome) == (clock(), None, None)


def test_oldest_lead_is_claimed_first(append, claim, log, clock):
    clock.advance(seconds=3)
    receipts = []
    for _ in range(3):
        receipts.insert(0, append())
        clock.advance(seconds=-1)
    clock.advance(seconds=3)

    claimed = []
    for _ in range(3):
        held = claim()
        claimed.append(held.lead_id)
        log.close(held, ACCEPTED)

    assert claimed == [receipt.lead_id for receipt in receipts]


def test_quarantined_lead_is_not_claimed(append, claim):
    append(suspicions=("honeypot",))

    assert claim() is None


def test_lead_of_other_credentials_is_not_claimed(append, claim):
    append(credential="jantar")

    assert claim() is None


def test_lane_takes_no_second_call_while_one_is_in_flight(append, claim):
    for _ in range(2):
        append()

    assert claim()
    assert claim() is None


def test_wider_lane_takes_as_many_calls_as_it_is_wide(append, claim):
    for _ in range(4):
        append()

    assert [bool(claim(width=3)) for _ in range(4)] == [True, True, True, False]


def test_lane_keeps_its_pace(append, claim, log, clock):
    for _ in range(2):
        append()

    log.close(claim(pace_s=0.5), ACCEPTED)

    assert claim() is None
    clock.advance(seconds=0.5)
    assert claim()


def test_lane_that_waited_longest_goes_first(append, claim, log, key, clock):
    other = replace(key, credential="jantar")
    for _ in range(2):
        append()
        append(credential="jantar")

    served = []
    log.open_lanes([key, other])
    for _ in range(4):
        clock.advance(seconds=1)
        held = claim(key, other)
        served.append(held.lane.credential)
        log.close(held, ACCEPTED)

    assert sorted(served[:2]) == sorted(served[2:]) == ["jantar", "riverside"]


@pytest.mark.parametrize("answer", [BANNED, throttled(90), UNREACHABLE])
def test_held_back_lane_gives_out_no_lead(append, claim, log, answer):
    for _ in range(2):
        append()

    log.close(claim(), answer)

    assert claim() is None


def test_paused_lane_sends_one_lead_when_its_pause_is_over(append, claim, log, clock):
    for _ in range(3):
        append()
    log.close(claim(width=3), throttled(90))

    clock.advance(seconds=200)

    assert claim(width=3)
    assert claim(width=3) is None


def test_resumed_lane_sends_one_lead_first(append, claim, log, key):
    for _ in range(4):
        append()
    log.close(claim(width=3), BANNED)

    log.resume(key)

    first = claim(width=3)
    assert claim(width=3) is None
    log.close(first, ACCEPTED)
    assert claim(width=3)
    assert claim(width=3)


def test_claim_looks_again_under_the_lane_lock(sql_log, submission, key, clock, monkeypatch):
    for _ in range(3):
        sql_log.append(new_lead(submission(), payload={}))
    sql_log.open_lanes([key])
    monkeypatch.setattr(relay, "candidates", lambda _tx, keys, width: keys)  # seen before it changed

    def take(pace_s=0):
        return sql_log.claim([key], lease_s=45, pace_s=pace_s, width=1)

    first = take(pace_s=60)
    assert take() is None  # full
    sql_log.close(first, ACCEPTED)
    assert take() is None  # paced
    clock.advance(seconds=60)
    sql_log.close(take(), throttled(600))
    assert take() is None  # paused
    clock.advance(seconds=700)
    sql_log.close(take(), BANNED)
    assert take() is None  # stopped


def test_many_relays_claim_each_lead_once_and_keep_to_the_width(append, log, key):
    for _ in range(60):
        append()
    log.open_lanes([key])

    def relay(_):
        claimed = []
        for _ in range(200):
            held = log.claim([key], lease_s=45, pace_s=0, width=2)
            if held:
                assert log.count(LeadFilter(status="sending")) <= 2
                claimed.append(held.lead_id)
                log.close(held, ACCEPTED)
            elif not log.count(LeadFilter(status="queued")):
                break
        return claimed

    with ThreadPoolExecutor(6) as pool:
        claimed = [lead_id for mine in pool.map(relay, range(6)) for lead_id in mine]

    assert len(claimed) == len(set(claimed)) == 60


def test_database_tells_the_time_without_a_clock_of_the_test(sql_log):
    on_its_own = replace(sql_log, clock=None)

    first, second = on_its_own.now(), on_its_own.now()

    assert first.utcoffset() == timedelta(0)
    assert first < second
