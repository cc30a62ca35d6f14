"""The use case of a person who wants to see whether Realpad has a lead."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from realpad_form.domain.delivery import Answer, Status
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.reconcile import SHOWN_FOR, Sighting, sightings
from realpad_form.ports import Credential, CrmGateway, LeadLog
from realpad_form.services.reconcile import EVER, about_no_lead, call_of

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
class Look:
    """What a look into Realpad's list came to."""

    obstacle: Obstacle | None = None
    answer: Answer | None = None  # with NO_LIST
    sightings: tuple[Sighting, ...] = ()
    may_still_arrive: bool = False  # an absence proves nothing yet


@dataclass(frozen=True, slots=True)
class LookUp:
    """Asks for Realpad's list when a person wants to see it, and changes no lead.

    `late` is how long after its end a call may still arrive.
    """

    log: LeadLog
    crm: CrmGateway
    credentials: Mapping[LaneKey, Credential]
    names: Callable[[], Mapping[str, Collection[str]]]  # of Realpad's projects, by their number
    late: timedelta
    pace_s: float

    def look(self, record: LeadRecord) -> Look:
        """Return the entries that may be an unknown lead. Raises: StorageUnavailableError."""
        now = self.log.now()
        if not record.attempts:
            return Look(obstacle=Obstacle.NEVER_CALLED)
        if record.attempts[-1].started_at <= now - SHOWN_FOR:
            return Look(obstacle=Obstacle.TOO_OLD)
        key = self._lane_of(record)
        if key is None:
            return Look(obstacle=Obstacle.OTHER_CREDENTIALS)
        return (
            self._ask(key, record, now=now) if self._take_turn(key) else Look(obstacle=Obstacle.LANE_CLOSED)
        )

    def _lane_of(self, record: LeadRecord) -> LaneKey | None:
        """Return the lane that made a lead's last call, if its credentials are still the same."""
        for key in (key for key in self.credentials if key.credential == record.lead.credential):
            called = self.log.called(key, status=Status.UNKNOWN, since=EVER)
            if any(each.lead.id == record.lead.id for each in called):
                return key
        return None

    def _take_turn(self, key: LaneKey) -> bool:
        for _ in range(TRIES):
            if self.log.claim_reading([key], every_s=0, pace_s=self.pace_s, on_demand=True):
                return True
            time.sleep(min(self.pace_s, 0.5))
        return False

    def _ask(self, key: LaneKey, record: LeadRecord, *, now: datetime) -> Look:
        listed = self.crm.list_leads(self.credentials[key])
        if isinstance(listed, Answer):
            self.log.heard(key, about_no_lead(listed))
            return Look(obstacle=Obstacle.NO_LIST, answer=listed)
        delivered = self.log.called(key, status=Status.DELIVERED, since=now - SHOWN_FOR)
        known = [call_of(each) for each in delivered if each.lead.customer_id is not None]
        call = call_of(record, late=self.late)
        return Look(
            sightings=tuple(sightings(call, known, listed, names=self.names())),
            may_still_arrive=now < call.ended_at + self.late,
        )
