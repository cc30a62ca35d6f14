"""The use case of a person who wants to see whether Realpad has a lead."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

from realpad_form.domain.delivery import Answer, Status
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.listing import SHOWN_FOR
from realpad_form.domain.reconcile import Sighting, sightings
from realpad_form.ports import ReconcileLog
from realpad_form.services.reconcile import EVER, Readings, call_of

TRIES: Final = 4
"""How often a look waits for its lane's pace before it gives up."""


class Obstacle(StrEnum):
    """Why Realpad's list tells nothing about a lead."""

    NEVER_CALLED = "never-called"
    TOO_OLD = "too-old"
    OTHER_CREDENTIALS = "other-credentials"  # it would be another account's list
    LANE_CLOSED = "lane-closed"
    NO_LIST = "no-list"  # Realpad answered something else


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """What a look into Realpad's list came to."""

    obstacle: Obstacle | None = None
    answer: Answer | None = None  # with NO_LIST
    sightings: tuple[Sighting, ...] = ()
    may_still_arrive: bool = False  # an absence proves nothing yet


@dataclass(frozen=True, slots=True)
class CrmLookup:
    """Asks for Realpad's list when a person wants to see it, and changes no lead.

    `late` is how long after its end a call may still arrive.
    """

    readings: Readings
    names: Callable[[], Mapping[str, Collection[str]]]  # of Realpad's projects, by their number
    late: timedelta

    def find(self, record: LeadRecord) -> LookupResult:
        """Return the entries that may be an unknown lead. Raises: StorageUnavailableError."""
        now = self._log.now()
        if not record.attempts:
            return LookupResult(obstacle=Obstacle.NEVER_CALLED)
        if record.attempts[-1].started_at <= now - SHOWN_FOR:
            return LookupResult(obstacle=Obstacle.TOO_OLD)
        key = self._lane_of(record)
        if key is None:
            return LookupResult(obstacle=Obstacle.OTHER_CREDENTIALS)
        if not self.readings.begin_on_demand(key, tries=TRIES):
            return LookupResult(obstacle=Obstacle.LANE_CLOSED)
        return self._ask(key, record, now=now)

    def _lane_of(self, record: LeadRecord) -> LaneKey | None:
        """Return the lane to ask about a lead's last call, if its account is still configured."""
        for key in self.readings.credentials:
            if key.credential != record.lead.credential:
                continue
            own = self.readings.account(key).own
            called = (self._log.called(each, status=Status.UNKNOWN, since=EVER) for each in own)
            if any(each.lead.id == record.lead.id for each in chain.from_iterable(called)):
                return key
        return None

    @property
    def _log(self) -> ReconcileLog:
        return self.readings.log

    def _ask(self, key: LaneKey, record: LeadRecord, *, now: datetime) -> LookupResult:
        listed = self.readings.read(key)
        if isinstance(listed, Answer):
            return LookupResult(obstacle=Obstacle.NO_LIST, answer=listed)
        own, since = self.readings.account(key).own, now - SHOWN_FOR
        delivered = chain.from_iterable(
            self._log.called(each, status=Status.DELIVERED, since=since) for each in own
        )
        known = [call_of(each) for each in delivered if each.lead.customer_id is not None]
        call = call_of(record, late=self.late)
        return LookupResult(
            sightings=tuple(sightings(call, known, listed.entries, names=self.names())),
            may_still_arrive=now < call.ended_at + self.late,
        )
