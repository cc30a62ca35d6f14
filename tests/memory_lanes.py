"""What the log without a database knows of lanes."""

from dataclasses import replace
from datetime import timedelta
from functools import wraps

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import CredentialNotFoundError
from realpad_form.domain.lane import Lane, may_be_banned, spread
from realpad_form.domain.lead import Route


def atomic(method):
    """One call at a time, and none while the storage is said to be down."""

    @wraps(method)
    def locked(self, *args, **kwargs):
        with self.lock:
            if self.outage:
                raise self.outage
            return method(self, *args, **kwargs)

    return locked


class MemoryLanes:
    """Lanes by their keys; the log itself brings clock, lock and leads."""

    @atomic
    def open_lanes(self, keys):
        for key in keys:
            self.lanes_by_key.setdefault(key, Lane(key=key, next_send_at=self.clock()))
            self.bind(key)

    @atomic
    def to_read(self, keys, *, every_s, status, aged_s=0):
        now = self.clock()
        leads = [record.lead for record in self.records_by_id.values()]
        waiting = {
            lead.route
            for lead in leads
            if lead.status == status and lead.due_at <= now - timedelta(seconds=aged_s)
        }
        known = [self.lanes_by_key[key] for key in keys if key in self.lanes_by_key]
        return [
            lane.key
            for lane in known
            if lane.key.route in waiting
            and self._was_not_read(lane, every_s)
            and replace(lane, next_send_at=now).may_list(now, on_demand=False)
        ]

    @atomic
    def begin_listing(self, key, *, every_s, lease_s, on_demand=False):
        lane, now = self.lanes_by_key.get(key), self.clock()
        if lane is None or not (
            self._was_not_read(lane, every_s) and lane.may_list(now, on_demand=on_demand)
        ):
            return False
        if self.in_flight(lane):
            return False
        lease = timedelta(seconds=lease_s)
        self.lanes_by_key[key] = replace(
            lane, listed_at=now, next_send_at=now + lease, is_list_refused=False
        )  # fmt: skip
        return True

    @atomic
    def end_listing(self, key, *, pace_s, instead=None):
        now = self.clock()
        lane = replace(self.lanes_by_key[key], next_send_at=now + timedelta(seconds=pace_s))
        after = lane.unlisted(instead, now=now, jitter=0) if instead else lane
        self._spread(after, is_banned=instead is not None and may_be_banned(instead))

    @atomic
    def lanes(self):
        return sorted(
            self.lanes_by_key.values(), key=lambda lane: (lane.key.credential, lane.key.fingerprint)
        )

    @atomic
    def resume(self, key, *, notes=()):
        if key not in self.lanes_by_key:
            raise CredentialNotFoundError(key.credential)
        self.lanes_by_key[key] = self.lanes_by_key[key].resumed(now=self.clock())
        return self.lanes_by_key[key]

    def try_lane(self, key, *, notes=()):
        if key not in self.lanes_by_key:
            raise CredentialNotFoundError(key.credential)
        lane, now = self.lanes_by_key[key], self.clock()
        self.lanes_by_key[key] = lane.tried(now=now)
        return lane.may_be_tried(now)

    def advance(self, lane, answer):
        after = lane.after(answer, now=self.clock(), jitter=0)
        self._spread(after, is_banned=may_be_banned(answer))

    def _spread(self, lane, *, is_banned):
        others = [x for x in self.lanes_by_key.values() if x.key.host == lane.key.host and x.key != lane.key]
        for each in spread(lane, others if is_banned else [], now=self.clock()):
            self.lanes_by_key[each.key] = each

    def _was_not_read(self, lane, every_s):
        now = self.clock()
        return lane.listed_at is None or not now - timedelta(seconds=every_s) < lane.listed_at <= now

    def bind(self, key):
        """Give leads without an account the one that their credentials have now."""
        for lead_id, record in self.records_by_id.items():
            lead = record.lead
            if lead.route == Route(credential=key.credential) and lead.status in (
                "queued",
                "quarantined",
                "unknown",
            ):
                bound = replace(record, lead=replace(lead, account=key.account))
                self.records_by_id[lead_id] = bound

    def in_flight(self, lane):
        leads = [record.lead for record in self.records_by_id.values()]
        return sum((x.credential, x.status) == (lane.key.credential, Status.SENDING) for x in leads)
