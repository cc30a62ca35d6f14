"""The same decision about many leads, one small step at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from realpad_form.domain.delivery import POSSIBLY_DELIVERED, Event, Status, allows
from realpad_form.domain.errors import (
    CorrectionMissingError,
    IllegalTransitionError,
    LeadNotFoundError,
    ProjectNotFoundError,
    RealpadFormError,
    RepeatNotConfirmedError,
    RerouteNotConfirmedError,
    SealBrokenError,
)
from realpad_form.domain.lead import Lead, LeadRecord, LeadVersion
from realpad_form.domain.people import Actor, Person
from realpad_form.domain.search import InboxQuery
from realpad_form.ports import OperatorLog
from realpad_form.ports.reports import LeadIndex
from realpad_form.services.lead_actions import LeadActions


class BulkAction(StrEnum):
    """What may be done with many leads at once."""

    RELEASE = "release"
    DISCARD = "discard"
    RESUBMIT = "resubmit"
    RESTORE = "restore"


class SkipReason(StrEnum):
    """Why a lead was left as it is, or waits for something before it is sent."""

    STATE = "state"  # nothing of the kind can be done with a lead of that status
    CHANGED = "changed"  # it is not as it was when the person decided
    REPEAT = "repeat"  # it may be at Realpad already, and nobody said to send it again
    PROJECT = "project"  # neither its project file nor its call is left, so no call can be composed
    REROUTE = "reroute"  # its project file sends it elsewhere than it was accepted for
    GONE = "gone"  # not there, or not this person's to see
    CORRECTION = "correction"  # the form would not take its answers as they are
    UNREADABLE = "unreadable"  # its answers cannot be opened, so no call can be composed
    ASKED_FIRST = "asked first"  # decided, and Realpad's list is asked before it is sent: see `unless_sent`


EVENTS: Final = {
    BulkAction.RELEASE: Event.RELEASED,
    BulkAction.DISCARD: Event.DISCARDED,
    BulkAction.RESUBMIT: Event.RESUBMITTED,
    BulkAction.RESTORE: Event.RESTORED,
}
_REASONS: Final[Mapping[type[RealpadFormError], SkipReason]] = {
    LeadNotFoundError: SkipReason.GONE,
    ProjectNotFoundError: SkipReason.PROJECT,
    IllegalTransitionError: SkipReason.CHANGED,
    RepeatNotConfirmedError: SkipReason.REPEAT,
    RerouteNotConfirmedError: SkipReason.REROUTE,
    CorrectionMissingError: SkipReason.CORRECTION,
    SealBrokenError: SkipReason.UNREADABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrder:
    """What a person wants done."""

    act: BulkAction
    by: Person
    may_repeat: bool = False  # also send what may be at Realpad already

    def why_not(self, status: Status) -> SkipReason | None:
        """Return why a lead of this status would be left alone, or None."""
        if not allows(status, EVENTS[self.act]):
            return SkipReason.STATE
        is_repeat = self.act is BulkAction.RESUBMIT and status in POSSIBLY_DELIVERED
        return SkipReason.REPEAT if is_repeat and not self.may_repeat else None


@dataclass(frozen=True, slots=True)
class Bulk:
    """Does to many leads what `LeadActions` does to one; what does not allow it is left alone, and told."""

    log: OperatorLog
    actions: LeadActions

    def carry_out(self, order: BulkOrder, seen: LeadVersion) -> SkipReason | None:
        """Do it with one lead; return why it was left alone or is not sent yet, or None.

        Raises: StorageUnavailableError.
        """
        if why := order.why_not(seen.status):
            return why
        try:
            lead = self._act(order, seen)
        except tuple(_REASONS) as error:
            return _REASONS[type(error)]
        is_to_be_sent = order.act in (BulkAction.RELEASE, BulkAction.RESUBMIT)
        return SkipReason.ASKED_FIRST if is_to_be_sent and lead.status is Status.UNKNOWN else None

    def _act(self, order: BulkOrder, seen: LeadVersion) -> Lead:
        by = Actor(order.by.id, "bulk")
        if not order.by.sees(self.log.lead(seen.lead_id).project):
            raise LeadNotFoundError(seen.lead_id)
        match order.act:
            case BulkAction.RELEASE:
                return self.actions.release(seen, by=by)
            case BulkAction.DISCARD:
                return self.actions.discard(seen, by=by)
            case BulkAction.RESTORE:
                return self.actions.restore(seen, by=by)
            case BulkAction.RESUBMIT:
                prepared = self.actions.prepare(self.log.get(seen.lead_id))
                return self.actions.resubmit(prepared, seen=seen, by=by, may_repeat=order.may_repeat)


AT_ONCE: Final = 200
"""As many leads are in memory at a time."""


def matches(index: LeadIndex, query: InboxQuery) -> Iterator[LeadRecord]:
    """Yield every lead that matches, newest first. Raises: StorageUnavailableError."""
    page = index.page(query, limit=AT_ONCE)
    yield from page.records
    while page.further:
        page = index.page(query, after=page.further, limit=AT_ONCE)
        yield from page.records
