"""The port LeadLog without a database."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from memory_lanes import MemoryLanes, atomic
from memory_webhooks import MemoryWebhookLog

from realpad_form.domain.delivery import Answer, Event, Outcome, Status
from realpad_form.domain.errors import (
    IllegalTransitionError,
    LeadNotFoundError,
)
from realpad_form.domain.lane import LATEST_DUE, LONGEST_CALL, LaneState, settle
from realpad_form.domain.lead import Attempt, Author, Lead, LeadRecord, Receipt, Revision, Route, hash_of
from realpad_form.ports import Claim, Standing


class MemoryLeadLog(MemoryLanes):
    """The port LeadLog without a database; shares nothing with the SQL one but the domain.

    Set `outage` to an error and every method raises it.
    """

    def __init__(self, clock, *, retry_for=timedelta(hours=120)):
        self.clock, self.retry_for, self.outage = clock, retry_for, None
        self.lock = threading.RLock()
        self.records_by_id, self.claims, self.lanes_by_key = {}, {}, {}
        self.keys, self.spent, self.called_through, self.words = {}, {}, {}, {}
        self.outbox = MemoryWebhookLog(clock)

    @atomic
    def append(self, new):
        submission, lead_id = new.submission, new.lead_id
        repeat = self.find_repeat(submission.key, project=submission.project, token=submission.token)
        if lead_id in self.records_by_id:
            repeat = self._receipt(lead_id, is_repeat=True)
        if repeat:
            return repeat
        now = self.clock()
        if submission.captcha is not None and f"captcha:{submission.captcha}" in self.spent:
            submission = replace(submission, suspicions=(*submission.suspicions, "captcha_reused"))
        lead = Lead(
            id=lead_id,
            project=submission.project,
            credential=new.credential,
            account=new.account,
            status=submission.status,
            created_at=now,
            due_at=now,
            reasons=submission.reasons,
        )
        first = Revision(
            number=1,
            author=Author.VISITOR,
            created_at=now,
            answers=submission.answers,
            payload=dict(new.payload),
        )
        self.records_by_id[lead_id] = LeadRecord(
            lead=lead,
            context=submission.context,
            consents=submission.consents,
            revisions=(first,),
            attempts=(),
        )
        self.outbox.add(None, lead, new.submission)
        self.keys[submission.project, submission.key] = lead_id
        self.spent.setdefault(f"captcha:{submission.captcha}", lead_id)
        self.spent[f"token:{submission.token}"] = lead_id
        return self._receipt(lead_id, is_repeat=False)

    @atomic
    def find_repeat(self, submission_key, *, project, token):
        lead_id = self.keys.get((project, submission_key)) if submission_key else None
        lead_id = lead_id or (self.spent.get(f"token:{token}") if token else None)
        return self._receipt(lead_id, is_repeat=True) if lead_id else None

    def _receipt(self, lead_id, *, is_repeat):
        record = self.records_by_id[lead_id]
        language = record.context.language
        return Receipt(lead_id=lead_id, project=record.lead.project, language=language, is_repeat=is_repeat)

    @atomic
    def claim(self, keys, *, lease_s, pace_s, width):
        known = [self.lanes_by_key[key] for key in keys if key in self.lanes_by_key]
        for lane in sorted(known, key=lambda lane: lane.next_send_at):
            if lead := self._due(lane, width):
                return self._take(lane, lead, lease_s=lease_s, pace_s=pace_s)
        return None

    @atomic
    def close(self, claim, answer):
        if self.claims.get(claim.lead_id, (None,))[0] != claim.token:
            return False
        del self.claims[claim.lead_id]
        now, record = self.clock(), self.records_by_id[claim.lead_id]
        ended = replace(
            record.attempts[-1],
            ended_at=now,
            outcome=answer.outcome,
            status=answer.status,
            answer=answer.text[:2000],
        )
        lead = settle(record.lead, answer, now=now, jitter=0, retry_for=self.retry_for)
        self._store(replace(record, lead=lead, attempts=(*record.attempts[:-1], ended)))
        self.advance(self.lanes_by_key[claim.lane], answer)
        return True

    @atomic
    def sweep(self):
        gone = Answer(outcome=Outcome.UNKNOWN, text="the relay did not come back before its lease ran out")
        expired = [
            Claim(token=token, lead_id=lead_id, lane=key, payload={})
            for lead_id, (token, lease_until, key) in self.claims.items()
            if lease_until <= self.clock()
        ]
        return sum(self.close(claim, gone) for claim in expired)

    @atomic
    def count_misdated(self, *, pace_s):
        now, pace = self.clock(), timedelta(seconds=pace_s)
        lanes = [each for each in self.lanes_by_key.values() if each != each.repaired(now=now, pace=pace)]
        leased = [until for _token, until, _key in self.claims.values() if until > now + LONGEST_CALL]
        return len(lanes) + len(leased) + len(self._late())

    @atomic
    def repair_times(self, *, pace_s):
        repaired, now = self.count_misdated(pace_s=pace_s), self.clock()
        for key, lane in self.lanes_by_key.items():
            self.lanes_by_key[key] = lane.repaired(now=now, pace=timedelta(seconds=pace_s))
        for lead_id, (token, until, key) in self.claims.items():
            self.claims[lead_id] = (token, min(until, now + LONGEST_CALL), key)
        late = sorted(self._late(), key=lambda lead: lead.due_at)
        for place, lead in enumerate(late):
            due_at = now - timedelta(microseconds=len(late) - place)
            self._store(replace(self.records_by_id[lead.id], lead=replace(lead, due_at=due_at)))
        return repaired

    @atomic
    def called(self, key, *, status, since):
        found = [r for r in self.records_by_id.values() if r.lead.status is status and r.attempts]
        mine = [r for r in found if self.called_through.get(r.lead.id) == key]
        return sorted(
            (r for r in mine if r.attempts[-1].ended_at >= since), key=lambda r: r.attempts[-1].ended_at
        )

    @atomic
    def also_called(self, key, *, since):
        mine = [r for r in self.records_by_id.values() if r.lead.credential == key.credential]
        return [
            r
            for r in mine
            if any(a.outcome in (None, "accepted", "unknown") or (a.status or 0) >= 500 for a in r.attempts)
        ]

    @atomic
    def reconcile(self, seen, finding, *, asked_at, apart_s):
        record = self.get(seen.id)
        if (record.lead.status, record.lead.attempts) != (Status.UNKNOWN, seen.attempts):
            return None
        apart = timedelta(seconds=apart_s)
        lead = record.lead.reconciled(finding, asked_at=asked_at, now=self.clock(), apart=apart)
        self._store(replace(record, lead=lead))
        return lead

    @atomic
    def get(self, lead_id):
        if lead_id not in self.records_by_id:
            raise LeadNotFoundError(lead_id)
        return self.records_by_id[lead_id]

    def leads(self, which):
        return (record.lead for record in self.records(which))

    @atomic
    def records(self, which):
        names = ("status", "project", "credential", "account")
        wanted = {name: getattr(which, name) for name in names}
        found = [
            record
            for record in self.records_by_id.values()
            if all(value in (None, getattr(record.lead, name)) for name, value in wanted.items())
            and (which.since is None or record.lead.created_at >= which.since)
        ]
        return iter(sorted(found, key=lambda record: (record.lead.created_at, record.lead.id)))

    def count(self, which):
        return len(list(self.records(which)))

    @atomic
    def standing(self):
        found = {}
        for lead in [record.lead for record in self.records_by_id.values()]:
            is_left = lead.status == "sending" and self.claims[lead.id][1] <= self.clock()
            if is_left or lead.status in ("queued", "unknown", "rejected", "quarantined"):
                found.setdefault((lead.project, lead.status), []).append(lead.created_at)
        return [
            Standing(project=project, status=status, count=len(times), oldest_at=min(times))
            for (project, status), times in found.items()
        ]

    @atomic
    def keep_words(self, words):
        self.words.update({hash_of(each): each for each in words})

    @atomic
    def find_words(self, words_hash):
        return self.words.get(words_hash)

    @atomic
    def waiting(self):
        return Counter(lead.route for lead in self._queued())

    @atomic
    def waiting_for(self, route):
        found = {}
        for lead in self._queued():
            if lead.route == route:
                found.setdefault(lead.project, []).append(lead.created_at)
        return [
            Standing(project=project, status=Status.QUEUED, count=len(times), oldest_at=min(times))
            for project, times in found.items()
        ]

    @atomic
    def adopt(self, leads, route, *, note=None):
        adopted = 0
        for seen in leads:
            record = self.records_by_id.get(seen.id)
            if record and record.lead.version == seen.version and record.lead.route == seen.route:
                self._store(replace(record, lead=record.lead.adopted(route, now=self.clock())))
                adopted += 1
        return adopted

    @atomic
    def resubmit(self, seen, *, answers, payload, route=None, notes=()):
        record = self._seen(seen.lead_id, seen, Event.RESUBMITTED)
        lead = record.lead.resubmitted(self.clock(), route=route)
        if record.lead.status is Status.REJECTED:
            lead = lead.unless_sent([each.end for each in record.attempts], before=record.lead)
        corrected = Revision(
            number=lead.revision,
            author=Author.OPERATOR,
            created_at=self.clock(),
            answers=answers,
            payload=dict(payload),
        )
        self._store(replace(record, lead=lead, revisions=(*record.revisions, corrected)))
        return lead

    @atomic
    def move(self, lead_id, event, *, seen=None, customer_id=None, notes=()):
        record = self._seen(lead_id, seen, event)
        lead = record.lead.decided(event, now=self.clock(), customer_id=customer_id)
        if event is Event.RELEASED:
            lead = lead.unless_sent([each.end for each in record.attempts], before=record.lead)
        self._store(replace(record, lead=lead))
        return lead

    @atomic
    def restore(self, lead_id, *, seen=None, notes=()):
        record = self._seen(lead_id, seen, Event.RESTORED)
        lead = record.lead.restored([each.end for each in record.attempts], now=self.clock())
        self._store(replace(record, lead=lead))
        return lead

    @atomic
    def erase(self, lead_id, *, seen=None, notes=()):
        record = self._seen(lead_id, seen, Event.ERASED)
        lead = record.lead.after(Event.ERASED, reasons=(), customer_id=None)
        revisions = tuple(replace(r, answers={}, payload={}) for r in record.revisions)
        attempts = tuple(replace(a, answer="") for a in record.attempts)
        context = record.context.anonymous()
        self._store(replace(record, lead=lead, revisions=revisions, attempts=attempts, context=context))
        self.outbox.forget(lead_id)
        return lead

    @atomic
    def now(self):
        return self.clock()

    @atomic
    def probe(self):
        return None

    @atomic
    def check_data_keys(self):
        return []

    @atomic
    def require_data_keys(self):
        return None

    @atomic
    def lead(self, lead_id):
        return self.get(lead_id).lead

    def _seen(self, lead_id, seen, event):
        record = self.get(lead_id)
        if seen is not None and record.lead.version != seen:
            raise IllegalTransitionError(record.lead.status, event)
        return record

    def _store(self, record):
        before = self.records_by_id[record.lead.id].lead.status
        self.records_by_id[record.lead.id] = record
        self.outbox.add(before, record.lead)

    def _queued(self):
        return [r.lead for r in self.records_by_id.values() if r.lead.status is Status.QUEUED]

    def _late(self):
        return [lead for lead in self._queued() if lead.due_at > self.clock() + LATEST_DUE]

    def _due(self, lane, width):
        now, leads = self.clock(), [record.lead for record in self.records_by_id.values()]
        unbound = Route(credential=lane.key.credential)
        mine = [lead for lead in leads if lead.route in (lane.key.route, unbound)]
        is_open = lane.state(now) is LaneState.OPEN and lane.next_send_at <= now
        if not is_open or self.in_flight(lane) >= lane.width(width):
            return None
        due = [lead for lead in mine if lead.status is Status.QUEUED and lead.due_at <= now]
        return min(due, key=lambda lead: lead.due_at, default=None)

    def _take(self, lane, lead, *, lease_s, pace_s):
        self.bind(lane.key)
        now, record, token = self.clock(), self.records_by_id[lead.id], uuid4()
        lead = record.lead
        self.called_through[lead.id] = lane.key
        self.claims[lead.id] = (token, now + timedelta(seconds=lease_s), lane.key)
        self.lanes_by_key[lane.key] = replace(lane, next_send_at=now + timedelta(seconds=pace_s))
        attempt = Attempt(
            started_at=now, ended_at=None, revision=lead.revision, outcome=None, status=None, answer=""
        )
        sending = lead.after(Event.CLAIMED, attempts=lead.attempts + 1)
        self._store(replace(record, lead=sending, attempts=(*record.attempts, attempt)))
        return Claim(token=token, lead_id=lead.id, lane=lane.key, payload=record.current.payload)
