"""The port WebhookLog without a database, beside the memory lead log that queues its messages."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from realpad_form.domain.errors import WebhookNotFoundError
from realpad_form.domain.webhook import (
    RETRY_FOR,
    EndpointKey,
    EndpointLane,
    EndpointStanding,
    WebhookEvent,
    WebhookMessage,
    confirmation_id,
    event_for,
    fingerprint_of,
    first_events,
    mailbox_of,
    message_id,
)
from realpad_form.ports import WebhookClaim


class MemoryWebhookLog:
    """Messages by id and lanes by endpoint; `webhooks` are those of each project."""

    def __init__(self, clock):
        self.clock, self.webhooks, self.lock = clock, {}, threading.RLock()
        self.by_id, self.lanes_by_key, self.claims, self.notes = {}, {}, {}, []

    def add(self, before, lead, submission=None):
        """Queue what is told of a lead that was `before`; None for a new one, of that submission."""
        told = [
            (listener, event)
            for listener in self.webhooks.get(lead.project, ())
            for event in (
                first_events(lead.status)
                if before is None
                else [event_for(listener.name, before, lead.status)]
            )
            if event is not None and event in listener.events
        ]
        for listener, event in told:
            key = EndpointKey(lead.project, listener.name)
            if (key.is_mail or key.is_chat) and lead.status == "quarantined":
                continue
            earlier = [m for m in self.by_id.values() if (m.lead_id, m.endpoint) == (lead.id, key)]
            number = Counter(m.event for m in earlier)[event]
            its_id = message_id(lead.id, key, WebhookEvent(event), number)
            if key.name == "confirm":
                address = submission.answers.get("email")
                if not address or submission.captcha is None or lead.status != "queued":
                    continue
                its_id = confirmation_id(lead.project, hash(mailbox_of(address)), self.clock().date())
            message = WebhookMessage(
                id=its_id,
                lead_id=lead.id,
                endpoint=key,
                url=listener.url,
                event=event,
                at=self.clock(),
                lead_status=lead.status,
                customer_id=lead.customer_id,
                revision=lead.revision,
                place=len(earlier),
                due_at=self.clock(),
            )
            self.by_id.setdefault(message.id, message)

    def forget(self, lead_id):
        for message in self.of_lead(lead_id):
            self.by_id[message.id] = replace(message, customer_id=None)

    def claim(self, endpoints, *, lease_s, width, limit, reserved=0):
        with self.lock:
            lanes = [self._lane(key, url) for key, url in endpoints.items()]
            claims = []
            for lane in sorted(lanes, key=lambda lane: lane.failures > 0):
                room = limit - len(claims) - (reserved if lane.failures else 0)
                claims += self._claim(
                    lane, endpoints[lane.key], lease_s=lease_s, room=min(width, room), width=width
                )
            return claims

    def close(self, claim, reply):
        with self.lock:
            held = self.claims.get(claim.message.id)
            if held is None or held[0] != claim.token:
                return None
            now, lane = self.clock(), self._lane(claim.message.endpoint, claim.url)
            message = replace(self.by_id[claim.message.id], url=claim.url)
            self._save(message.after(reply, now=now, jitter=0))
            after = self.lanes_by_key[lane.key] = lane.after(reply, now=now, jitter=0)
            if after.is_gone or after.is_given_up(now):
                self._give_up(lane.key, before=now if after.is_gone else now - RETRY_FOR)
            return self.by_id[message.id].status

    def give_up(self, endpoint, *, before):
        self._give_up(endpoint, before=before)

    def repair_times(self, endpoints):
        latest = self.clock() + timedelta(minutes=1)
        for message in list(self.by_id.values()):
            is_late = message.status == "queued" and min(message.due_at, message.at) > latest
            if message.endpoint in endpoints and is_late:
                self.by_id[message.id] = replace(message, due_at=self.clock())

    def replay(self, ids, *, notes):
        with self.lock:
            found = [self.get(each) for each in ids]
            for message in found:
                if message.endpoint in self.lanes_by_key:
                    lane = self.lanes_by_key[message.endpoint]
                    self.lanes_by_key[message.endpoint] = lane.reopened()
                self._save(message.replayed(now=self.clock()))
                self.notes.append(notes(message))
            return [self.by_id[each] for each in ids]

    def get(self, message_id):
        if message_id not in self.by_id:
            raise WebhookNotFoundError(message_id)
        return self.by_id[message_id]

    def messages(self, *, status=None):
        found = [m for m in self.by_id.values() if status in (None, m.status)]
        return iter(sorted(found, key=lambda m: (m.at, m.id)))

    def of_lead(self, lead_id):
        found = [m for m in self.by_id.values() if m.lead_id == lead_id]
        return sorted(found, key=lambda m: (m.at, m.place, m.endpoint.name))

    def standing(self, *, failed_since=None):
        found = {}
        for m in self.by_id.values():
            if m.status == "queued":
                found.setdefault((m.endpoint, m.status), []).append(m.at)
            elif m.status == "failed" and (failed_since is None or m.ended_at >= failed_since):
                found.setdefault((m.endpoint, m.status), []).append(m.ended_at)
        return [
            EndpointStanding(endpoint=key, status=status, count=len(times), oldest_at=min(times))
            for (key, status), times in found.items()
        ]

    def lanes(self):
        return list(self.lanes_by_key.values())

    def now(self):
        return self.clock()

    def _lane(self, key, url):
        lane, fingerprint = self.lanes_by_key.get(key), fingerprint_of(url)
        return (
            lane
            if lane and lane.fingerprint == fingerprint
            else EndpointLane(key=key, fingerprint=fingerprint)
        )

    def _claim(self, lane, url, *, lease_s, room, width):
        now = self.clock()
        if lane.is_gone:
            self._give_up(lane.key, before=now)
        if not lane.is_open(now):
            return []
        mine = [m for m in self.by_id.values() if m.endpoint == lane.key and m.status == "queued"]
        in_flight = sum(m.id in self.claims and m.due_at > now for m in mine)
        first = {}
        for m in mine:
            first[m.lead_id] = min(first.get(m.lead_id, m.place), m.place)
        due = sorted(
            (m for m in mine if m.due_at <= now and m.place == first[m.lead_id]),
            key=lambda m: (m.due_at, m.place),
        )
        claims = []
        for message in due[: max(0, min(room, lane.width(width) - in_flight))]:
            claim = WebhookClaim(token=uuid4(), message=message, url=url, at=now)
            self.claims[message.id] = (claim.token, url)
            self.by_id[message.id] = replace(message, due_at=now + timedelta(seconds=lease_s))
            claims.append(claim)
        return claims

    def _give_up(self, key, *, before):
        now = self.clock()
        for m in list(self.by_id.values()):
            is_claimed = m.id in self.claims and m.due_at > now
            if m.endpoint == key and m.status == "queued" and not is_claimed and m.at <= before:
                self._save(replace(m, status="failed", ended_at=now))

    def _save(self, message):
        self.claims.pop(message.id, None)
        self.by_id[message.id] = message
