from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import ACCEPTED, BANNED, BROKEN, LOST, REFUSED, UNREACHABLE, throttled

from realpad_form.adapters.sql import claiming
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.ports import LeadFilter

HTML = Answer(outcome=Outcome.UNKNOWN, status=200, text="<html>")
RETIRED = Answer(outcome=Outcome.ACCOUNT_REFUSED, status=404, text="gone")


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


@pytest.mark.parametrize(
    ("answer", "status", "state"),
    [
        (ACCEPTED, "delivered", "open"),
        (HTML, "unknown", "open"),
        (REFUSED, "rejected", "open"),
        (BANNED, "queued", "stopped"),
        (RETIRED, "queued", "stopped"),
        (throttled(90), "queued", "paused"),
        (throttled(), "queued", "paused"),
        (BROKEN, "queued", "paused"),
        (LOST, "unknown", "paused"),
        (UNREACHABLE, "queued", "paused"),
    ],
)
def test_answer_settles_lead_lane_and_attempt(append, claim, log, clock, answer, status, state):
    receipt = append()
    held = claim()
    clock.advance(seconds=2)

    assert log.close(held, answer)

    record = log.get(receipt.lead_id)
    attempt = record.attempts[0]
    assert (record.lead.status, log.lanes()[0].state(clock())) == (status, state)
    assert (attempt.outcome, attempt.status, attempt.answer) == (answer.outcome, answer.status, answer.text)
    assert attempt.ended_at == clock()


def test_answer_is_cut_to_2000_characters(append, claim, log):
    receipt = append()

    log.close(claim(), replace(REFUSED, text="x" * 3000))

    assert len(log.get(receipt.lead_id).attempts[0].answer) == 2000


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


def test_claim_that_was_closed_closes_nothing_again(append, claim, log):
    receipt = append()
    held = claim()
    log.close(held, ACCEPTED)

    assert not log.close(held, REFUSED)
    assert log.get(receipt.lead_id).lead.status == "delivered"


def test_relay_that_lost_its_lease_writes_nothing(append, claim, log, clock):
    receipt = append()
    late = claim()
    clock.advance(seconds=46)
    log.sweep()
    before = log.get(receipt.lead_id), log.lanes()

    assert not log.close(late, ACCEPTED)
    assert (log.get(receipt.lead_id), log.lanes()) == before


def test_late_claim_cannot_close_the_next_one(append, claim, log, clock):
    receipt = append()
    late = claim()
    clock.advance(seconds=46)
    log.sweep()
    record = log.get(receipt.lead_id)
    log.resubmit(record.lead, answers=record.current.answers, payload=record.current.payload)
    clock.advance(seconds=60)
    assert claim().lead_id == receipt.lead_id

    assert not log.close(late, REFUSED)
    assert log.get(receipt.lead_id).lead.status == "sending"


def test_lease_that_has_not_run_out_is_left_alone(append, claim, log, clock):
    append()
    claim()
    clock.advance(seconds=44)

    assert log.sweep() == 0


def test_lead_of_a_dead_relay_becomes_unknown_and_counts_as_failure(append, claim, log, clock):
    receipt = append()
    claim()
    clock.advance(seconds=46)

    assert log.sweep() == 1

    record, lane = log.get(receipt.lead_id), log.lanes()[0]
    assert (record.lead.status, lane.failures) == ("unknown", 1)
    assert (record.attempts[0].outcome, record.attempts[0].ended_at) == ("unknown", clock())
    assert log.sweep() == 0


def test_unknown_lead_is_never_claimed(append, claim, log, clock):
    append()
    log.close(claim(), LOST)

    clock.advance(days=30)

    assert claim() is None


def test_refusal_on_two_credentials_stops_every_lane_of_the_host(append, claim, log, key, clock):
    others = [replace(key, credential=name) for name in ("jantar", "idle")]
    elsewhere = replace(key, credential="elsewhere", host="https://other.example")
    log.open_lanes([*others, elsewhere])
    append()
    append(credential="jantar")

    for each in (key, others[0]):
        log.close(claim(each), BANNED)
        clock.advance(seconds=60)

    states = {lane.key.credential: lane.state(clock()) for lane in log.lanes()}
    assert states == {"riverside": "stopped", "jantar": "stopped", "idle": "stopped", "elsewhere": "open"}


def test_claim_looks_again_under_the_lane_lock(sql_log, submission, key, clock, monkeypatch):
    for _ in range(3):
        sql_log.append(submission(), credential="riverside", payload={})
    sql_log.open_lanes([key])
    monkeypatch.setattr(claiming, "candidates", lambda _tx, keys, width: keys)  # seen before it changed

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


def test_sweep_looks_again_under_the_lane_lock(sql_log, submission, key, monkeypatch):
    lead_id = sql_log.append(submission(), credential="riverside", payload={}).lead_id
    sql_log.open_lanes([key])
    held = sql_log.claim([key], lease_s=45, pace_s=0, width=1)
    monkeypatch.setattr(claiming, "expired", lambda _tx: [held])

    assert sql_log.sweep() == 0
    assert sql_log.get(lead_id).lead.status == "sending"


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
