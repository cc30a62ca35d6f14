"""What the end of a call does to lead, lane and attempt, and what becomes of a dead relay's lead."""

from dataclasses import replace

import pytest
from fakes import ACCEPTED, BANNED, LOST, REFUSED, SETTLED, new_lead

from realpad_form.adapters.sql import relay


@pytest.mark.parametrize(
    ("answer", "status", "state"),
    SETTLED,
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
    log.resubmit(record.lead.version, answers=record.current.answers, payload=record.current.payload)
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


def test_sweep_looks_again_under_the_lane_lock(sql_log, submission, key, monkeypatch):
    lead_id = sql_log.append(new_lead(submission(), payload={})).lead_id
    sql_log.open_lanes([key])
    held = sql_log.claim([key], lease_s=45, pace_s=0, width=1)
    monkeypatch.setattr(relay, "expired", lambda _tx: [held])

    assert sql_log.sweep() == 0
    assert sql_log.get(lead_id).lead.status == "sending"
