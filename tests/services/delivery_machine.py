"""Visitors, relays, Realpad and operators as a state machine, and what must hold after every step."""

from dataclasses import replace

import pytest
from delivery_world import (
    APART,
    CUSTOMERS,
    ENDS,
    LANES,
    LEASE_S,
    LISTS,
    NEXT,
    PACE_S,
    PAIRS,
    PROJECT,
    WAITS_S,
    Flight,
    TickingClock,
    World,
)
from fakes import BANNED, LOST, new_lead
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from realpad_form.domain.delivery import Event
from realpad_form.domain.errors import IllegalTransitionError
from realpad_form.ports import LeadFilter
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import MARGIN_S, STOOD_STILL

MAY_RESUBMIT = ("queued", "delivered", "unknown", "rejected")
MAY_DISCARD = ("quarantined", "queued", "unknown", "rejected")

picks = st.integers(0, 20)


class Deliveries(RuleBasedStateMachine):
    """Visitors, relays, Realpad and operators, one step at a time; `make_log` starts with an empty log."""

    def __init__(self, make_log, submission):
        super().__init__()
        self.clock = TickingClock()
        self.log, self.submission = make_log(self.clock), submission
        self.world = World(self.clock)
        readings = Readings(self.log, self.world, PAIRS, pace_s=PACE_S)
        self.reconcile = Reconcile(readings, apart_s=APART.total_seconds(), alerts=self.world)
        self.acknowledged, self.discarded, self.refused = [], set(), set()
        self.log.open_lanes(LANES)

    @initialize(width=st.sampled_from([1, 1, 2]))
    def begin(self, width):
        self.width = width
        self.submit_each(["Jana", "Jana", "Petr"], 3)

    @rule(names=st.lists(st.sampled_from(["Jana", "Jana", "Petr"]), min_size=1, max_size=3), pick=picks)
    def submit(self, names, pick):
        self.submit_each(names, pick)

    @rule(
        wait_s=st.sampled_from(WAITS_S),
        thens=st.lists(st.sampled_from(ENDS), min_size=1, max_size=3),
        which=picks,
    )
    def claim(self, wait_s, thens, which):
        for then in thens:
            self.clock.advance(seconds=wait_s)
            if flight := self.claim_next():
                self.go_on(flight, then, which)

    @precondition(lambda self: self.flying())
    @rule(pick=picks, then=st.sampled_from(NEXT), which=picks)
    def go_on_with_a_call(self, pick, then, which):
        self.go_on(chosen(self.flying(), pick), then, which)

    @precondition(lambda self: self.travelling())
    @rule(pick=picks)
    def arrive(self, pick):
        self.world.arrive(chosen(self.travelling(), pick))

    @rule(wait_s=st.sampled_from(WAITS_S), answer=st.sampled_from(LISTS), times=st.integers(0, 5))
    def tend(self, wait_s, answer, times):
        self.clock.advance(seconds=wait_s)
        self.sweep()
        self.world.list_answer = answer
        for _ in range(times):
            self.look_at_the_list()
            self.clock.advance(seconds=APART.total_seconds() / 2)

    @precondition(lambda self: self.acknowledged)
    @rule(pick=picks, does=st.sampled_from(["resume", "resume", "resubmit", "discard", "release", "settle"]))
    def operator(self, pick, does):
        if does == "resume":
            self.resume(chosen(LANES, pick))
        else:
            getattr(self, does)(self.log.get(chosen(self.acknowledged, pick)).lead)

    @invariant()
    def nothing_is_lost_or_invented(self):
        records = list(self.log.records(LeadFilter()))
        assert {record.lead.id for record in records} == set(self.acknowledged)
        discarded = {record.lead.id for record in records if record.lead.status == "discarded"}
        assert discarded == self.discarded, "people discard, and for good"
        for record in records:
            self.check(record)
        sending = [record.lead.credential for record in records if record.lead.status == "sending"]
        assert all(sending.count(key.credential) <= self.width for key in LANES), "lane too wide"

    def check(self, record):
        """A delivered lead arrived; a call is open as long as its lead is being sent."""
        lead, still_open = record.lead, [attempt.ended_at is None for attempt in record.attempts]
        assert lead.status != "delivered" or self.world.has_arrived(lead.id), "delivered, never arrived"
        assert sum(still_open) == (lead.status == "sending")
        assert lead.attempts == len(still_open)

    def resume(self, lane):
        self.log.resume(lane)
        self.refused.discard(lane)

    def resubmit(self, lead):
        if lead.status not in MAY_RESUBMIT:
            self.refuses(lambda: self.correct(lead))
            return
        self.correct(lead)
        self.refuses(lambda: self.correct(lead))  # a second operator, who looks at the same page
        if lead.status != "queued":
            self.world.may_be_called[lead.id] = True

    def release(self, lead):
        if lead.status != "quarantined":
            self.refuses(lambda: self.log.move(lead.id, Event.RELEASED))
            return
        self.log.move(lead.id, Event.RELEASED)
        self.world.may_be_called[lead.id] = True

    def discard(self, lead):
        if lead.status not in MAY_DISCARD:
            self.refuses(lambda: self.log.move(lead.id, Event.DISCARDED))
            return
        self.log.move(lead.id, Event.DISCARDED)
        self.discarded.add(lead.id)

    def settle(self, lead):
        """Call a lead delivered, as people do who found it in Realpad; some note its customer's number."""
        if lead.status == "unknown" and not self.world.has_arrived(lead.id):
            return
        number = CUSTOMERS[self.log.get(lead.id).current.payload["name"]] if lead.attempts % 2 else None

        def settle():
            return self.log.move(lead.id, Event.SETTLED, seen=lead.version, customer_id=number)

        if lead.status == "unknown":
            settle()
        self.refuses(settle)

    def submit_each(self, names, pick):
        for name in names:
            lane, is_odd = chosen(LANES, pick // 2), pick % 8 == 0
            sent = self.submission(suspicions=("honeypot",) if is_odd else ())
            receipt = self.append(sent, name, lane)
            assert self.append(sent, name, lane) == replace(receipt, is_repeat=True)
            self.acknowledged.append(receipt.lead_id)
            self.world.may_be_called[receipt.lead_id] = not is_odd

    def append(self, sent, name, lane):
        payload = {"name": name, "surname": "Nováková", "project": PROJECT}
        return self.log.append(new_lead(sent, credential=lane.credential, payload=payload))

    def claim_next(self):
        """Claim a lead, never through a stopped lane."""
        stopped = {lane.key for lane in self.log.lanes() if lane.is_stopped}
        assert self.refused <= stopped
        claim = self.log.claim(LANES, lease_s=LEASE_S, pace_s=PACE_S, width=self.width)
        if claim is None:
            return None
        assert claim.lane not in stopped, "claimed through a stopped lane"
        self.world.flights.append(Flight(claim, self.clock(), claim.payload["name"]))
        return self.world.flights[-1]

    def sweep(self):
        before = self.with_status("sending")
        self.log.sweep()
        gone = set(before) - set(self.with_status("sending"))
        assert all(self.status(lead_id) == "unknown" for lead_id in gone)
        for flight in self.world.flights:
            if flight.claim.lead_id in gone and flight.ended_at is None:
                flight.ended_at = self.clock()

    def look_at_the_list(self):
        before = self.with_status("unknown")
        self.reconcile.run_once()
        for lead_id in before:
            if self.status(lead_id) == "queued":
                self.allow_after_proof(lead_id)

    def go_on(self, flight, steps, which):
        """Make the next steps of a call, as far as they can be made."""
        for step in steps:
            self.make(step, flight, which)

    def make(self, step, flight, which):
        if step == "send" and not flight.has_left:
            self.send(flight)
        elif step == "arrive" and self.world.may_arrive(flight):
            self.world.arrive(flight)
        elif step == "answer" and flight.has_left and not flight.is_over:
            self.close(flight, self.world.answer_to(flight, which))
        elif step == "crash":
            flight.is_over = True

    def send(self, flight):
        """Call, as a relay does: not through a claim that has grown old."""
        if (self.clock() - flight.claimed_at).total_seconds() > MARGIN_S / 2:
            self.close(flight, STOOD_STILL)
            return
        assert self.width > 1 or flight.claim.lane not in self.refused, "called after a refusal"
        self.world.leave(flight)

    def close(self, flight, answer):
        """End a flight; its answer counts only if the log took it down."""
        flight.is_over = True
        flight.is_dead = answer is not LOST
        if not self.log.close(flight.claim, answer):
            return
        self.world.heard(flight, answer)
        if answer is BANNED:
            self.refused.add(flight.claim.lane)

    def allow_after_proof(self, lead_id):
        """The log takes it for proved that a lead is not at Realpad: it has to be true."""
        last = [each for each in self.world.flights if each.claim.lead_id == lead_id][-1:]
        assert not any(each.has_arrived or self.world.may_arrive(each) for each in last), "no proof"
        self.world.may_be_called[lead_id] = True

    def correct(self, seen):
        return self.log.resubmit(seen.version, answers={}, payload=self.log.get(seen.id).current.payload)

    def refuses(self, step):
        with pytest.raises(IllegalTransitionError):
            step()

    def flying(self):
        return [each for each in self.world.flights if not each.is_over]

    def travelling(self):
        return [each for each in self.world.flights if self.world.may_arrive(each)]

    def with_status(self, status):
        found = {lead.id for lead in self.log.leads(LeadFilter(status=status))}
        return [lead_id for lead_id in self.acknowledged if lead_id in found]

    def status(self, lead_id):
        return self.log.get(lead_id).lead.status


def chosen(things, pick):
    return things[pick % len(things)]
