"""What operators do to leads and lanes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from fakes import ACCEPTED, BROKEN, LOST, REFUSED

from realpad_form.domain.delivery import Event
from realpad_form.domain.errors import (
    CredentialNotFoundError,
    IllegalTransitionError,
    LeadNotFoundError,
)
from realpad_form.domain.reconcile import ListMatch, Presence

CORRECTED = {"name": "Jana", "surname": "Malá"}


@pytest.fixture
def resubmit(log):
    """Correct a lead as it stands now."""

    def correct(lead_id):
        return log.resubmit(log.get(lead_id).lead.version, answers=CORRECTED, payload=CORRECTED)

    return correct


@pytest.mark.parametrize("answer", [REFUSED, LOST, ACCEPTED])
def test_resubmitted_lead_is_queued_at_once_with_its_corrections(append, claim, log, clock, resubmit, answer):
    receipt = append()
    log.close(claim(), answer)
    clock.advance(seconds=60)

    lead = resubmit(receipt.lead_id)

    assert (lead.status, lead.due_at, lead.reasons) == ("queued", clock(), ())
    assert claim().payload == CORRECTED
    record = log.get(receipt.lead_id)
    assert [(each.number, each.author) for each in record.revisions] == [(1, "visitor"), (2, "operator")]
    assert [attempt.revision for attempt in record.attempts] == [1, 2]


def test_resubmitted_queued_lead_keeps_its_place_and_forgets_its_failures(
    append, claim, log, clock, resubmit
):
    receipt = append()
    clock.advance(seconds=60)
    waiting = log.get(receipt.lead_id).lead
    assert resubmit(receipt.lead_id).due_at == waiting.due_at

    log.close(claim(), BROKEN)
    lead = resubmit(receipt.lead_id)

    assert (lead.due_at, lead.failures, lead.first_failed_at) == (clock(), 0, None)


def test_lead_in_flight_cannot_be_resubmitted(append, claim, log, resubmit):
    receipt = append()
    claim()

    with pytest.raises(IllegalTransitionError):
        resubmit(receipt.lead_id)
    assert len(log.get(receipt.lead_id).revisions) == 1


def test_quarantined_lead_cannot_be_resubmitted(append, resubmit):
    receipt = append(suspicions=("honeypot",))

    with pytest.raises(IllegalTransitionError):
        resubmit(receipt.lead_id)


def test_two_operators_at_once_queue_one_revision(append, claim, log):
    receipt = append()
    log.close(claim(), REFUSED)
    seen = log.get(receipt.lead_id).lead

    def correct(_):
        try:
            return log.resubmit(seen.version, answers=CORRECTED, payload=CORRECTED)
        except IllegalTransitionError:
            return None

    with ThreadPoolExecutor(4) as pool:
        done = [lead for lead in pool.map(correct, range(4)) if lead]

    assert len(done) == 1
    assert len(log.get(receipt.lead_id).revisions) == 2


def test_released_lead_is_sent(append, claim, log, clock):
    receipt = append(suspicions=("honeypot",))
    clock.advance(seconds=60)

    lead = log.move(receipt.lead_id, Event.RELEASED)

    assert (lead.status, lead.due_at, lead.reasons) == ("queued", clock(), ())
    assert claim().lead_id == receipt.lead_id


def test_discarded_lead_keeps_its_reasons_and_is_never_sent(append, claim, log):
    receipt = append(suspicions=("honeypot",))

    lead = log.move(receipt.lead_id, Event.DISCARDED)

    assert (lead.status, list(map(str, lead.reasons))) == ("discarded", ["honeypot"])
    assert claim() is None


@pytest.mark.parametrize("event", [Event.RELEASED, Event.CLAIMED, Event.DELIVERED])
def test_nobody_can_move_a_queued_lead_by_other_means(append, log, event):
    receipt = append()

    with pytest.raises(IllegalTransitionError):
        log.move(receipt.lead_id, event)
    assert log.get(receipt.lead_id).lead.status == "queued"


def test_unknown_lead_id_is_told(log, append):
    known = log.get(append().lead_id).lead
    stranger = replace(known, id=uuid4())

    for step in (
        lambda: log.get(stranger.id),
        lambda: log.move(stranger.id, Event.DISCARDED),
        lambda: log.resubmit(stranger.version, answers={}, payload={}),
    ):
        with pytest.raises(LeadNotFoundError):
            step()


def test_lane_that_was_never_opened_cannot_be_resumed(log, key):
    with pytest.raises(CredentialNotFoundError):
        log.resume(key)


def test_opening_a_lane_again_leaves_it_as_it_is(append, claim, log, key):
    append()
    claim(pace_s=60)
    before = log.lanes()

    log.open_lanes([key])

    assert log.lanes() == before


def test_changed_password_makes_a_fresh_lane(append, claim, log, key, clock):
    for _ in range(5):
        append()
        log.close(claim(), REFUSED)
    append()
    assert claim() is None

    changed = replace(key, fingerprint="f2")

    assert claim(changed)
    assert [lane.state(clock()) for lane in log.lanes()] == ["stopped", "open"]


@pytest.mark.parametrize("number", [4711, None])
def test_a_person_settles_an_unknown_lead_once(append, claim, log, number):
    receipt = append()
    log.close(claim(), LOST)
    seen = log.get(receipt.lead_id).lead

    lead = log.move(seen.id, Event.SETTLED, seen=seen.version, customer_id=number)

    assert (lead.status, lead.customer_id, lead.reasons) == ("delivered", number, ())
    with pytest.raises(IllegalTransitionError):
        log.move(seen.id, Event.SETTLED, seen=seen.version, customer_id=number)


def test_nothing_is_decided_about_a_lead_that_changed_since_it_was_seen(append, log, resubmit):
    receipt = append()
    seen = log.get(receipt.lead_id).lead
    resubmit(receipt.lead_id)

    with pytest.raises(IllegalTransitionError):
        log.move(seen.id, Event.DISCARDED, seen=seen.version)
    assert log.get(receipt.lead_id).lead.status == "queued"


def test_an_unknown_lead_that_was_called_again_is_not_the_one_seen(append, claim, log, clock, key):
    receipt = append()
    log.close(claim(), LOST)
    seen, absent = log.get(receipt.lead_id).lead, ListMatch(presence=Presence.ABSENT)
    for _ in range(2):
        log.reconcile(seen, absent, asked_at=clock(), apart_s=60)
        clock.advance(seconds=61)
    log.resume(key)
    log.close(claim(), LOST)

    for decide in (
        lambda: log.move(seen.id, Event.SETTLED, seen=seen.version),
        lambda: log.resubmit(seen.version, answers=CORRECTED, payload=CORRECTED),
    ):
        with pytest.raises(IllegalTransitionError):
            decide()
    assert log.get(seen.id).lead.attempts == 2
