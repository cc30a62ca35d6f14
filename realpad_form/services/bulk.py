"""The same decision about many leads, one small step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from realpad_form.domain.delivery import Event, Status, next_status
from realpad_form.domain.errors import (
    IllegalTransitionError,
    LeadNotFoundError,
    ProjectNotFoundError,
    RealpadFormError,
    RepeatNotConfirmedError,
    RerouteNotConfirmedError,
)
from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.domain.people import Deed, Person
from realpad_form.ports import AuditLog, LeadLog
from realpad_form.services.inbox import MAY_HAVE_ARRIVED, Inbox
from realpad_form.services.lead_projects import LeadProjects


class Act(StrEnum):
    """What may be done with many leads at once."""

    RELEASE = "release"
    DISCARD = "discard"
    RESUBMIT = "resubmit"


class Why(StrEnum):
    """Why a lead was left as it is."""

    STATE = "state"  # nothing of the kind can be done with a lead of that status
    CHANGED = "changed"  # it is not as it was when the person decided
    REPEAT = "repeat"  # it may be at Realpad already, and nobody said to send it again
    PROJECT = "project"  # neither its project file nor its call is left, so no call can be composed
    REROUTE = "reroute"  # its project file sends it elsewhere than it was accepted for
    GONE = "gone"  # not there, or not this person's to see


EVENTS: Final = {
    Act.RELEASE: Event.RELEASED,
    Act.DISCARD: Event.DISCARDED,
    Act.RESUBMIT: Event.RESUBMITTED,
}
DEEDS: Final = {
    Act.RELEASE: Deed.RELEASED,
    Act.DISCARD: Deed.DISCARDED,
    Act.RESUBMIT: Deed.RESUBMITTED,
}
_REASONS: Final[Mapping[type[RealpadFormError], Why]] = {
    LeadNotFoundError: Why.GONE,
    ProjectNotFoundError: Why.PROJECT,
    IllegalTransitionError: Why.CHANGED,
    RepeatNotConfirmedError: Why.REPEAT,
    RerouteNotConfirmedError: Why.REROUTE,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A lead as it was when a person decided about it."""

    lead_id: UUID
    status: Status
    revision: int
    attempts: int  # of an unknown lead, which another call would make another question; else 0

    def __str__(self) -> str:
        return f"{self.lead_id.hex}.{self.status}.{self.revision}.{self.attempts}"

    @classmethod
    def of(cls, lead: Lead) -> "Seen":
        """Return a lead as it is now."""
        attempts = lead.attempts if lead.status is Status.UNKNOWN else 0
        return cls(lead.id, lead.status, lead.revision, attempts)

    @classmethod
    def read(cls, text: str) -> "Seen | None":
        """Return what was written so, or None if it is none."""
        try:
            lead_id, status, revision, attempts = text.split(".")
            return cls(UUID(hex=lead_id), Status(status), int(revision), int(attempts))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants done."""

    act: Act
    by: Person
    may_repeat: bool = False  # also send what may be at Realpad already

    def why_not(self, status: Status) -> Why | None:
        """Return why a lead of this status would be left alone, or None."""
        try:
            next_status(status, EVENTS[self.act])
        except IllegalTransitionError:
            return Why.STATE
        is_repeat = self.act is Act.RESUBMIT and status in MAY_HAVE_ARRIVED
        return Why.REPEAT if is_repeat and not self.may_repeat else None


@dataclass(frozen=True, slots=True)
class Bulk:
    """Does to many leads what `Inbox` does to one; what does not allow it is left alone, and told."""

    log: LeadLog
    inbox: Inbox
    audit: AuditLog
    projects: LeadProjects

    def carry_out(self, order: Order, seen: Seen) -> Why | None:
        """Do it with one lead and write it down; return why it was left alone, or None.

        Raises: StorageUnavailableError.
        """
        if why := order.why_not(seen.status):
            return why
        try:
            record = self._unchanged(order.by, seen)
            detail = self._act(order, record)
        except tuple(_REASONS) as error:
            return _REASONS[type(error)]
        about = {"subject": str(seen.lead_id), "project": record.lead.project}
        self.audit.record(DEEDS[order.act], by=order.by.id, detail=detail, **about)
        return None

    def _unchanged(self, by: Person, seen: Seen) -> LeadRecord:
        """Return a lead that is still as it was seen. Raises: LeadNotFoundError, IllegalTransitionError."""
        record = self.log.get(seen.lead_id)
        if not by.sees(record.lead.project):
            raise LeadNotFoundError(seen.lead_id)
        if Seen.of(record.lead) != seen:
            raise IllegalTransitionError(record.lead.status, "decided upon as it was seen")
        return record

    def _act(self, order: Order, record: LeadRecord) -> str:
        """Carry an order out, and return what to note of it."""
        lead = record.lead
        match order.act:
            case Act.RELEASE:
                self.inbox.release(lead.id, seen=lead)
            case Act.DISCARD:
                self.inbox.discard(lead.id, seen=lead)
            case Act.RESUBMIT:
                return self._resubmit(record, may_repeat=order.may_repeat)
        return "bulk"

    def _resubmit(self, record: LeadRecord, *, may_repeat: bool) -> str:
        """Send a lead again, and return what to note of it. Raises: ProjectNotFoundError."""
        of = self.projects.find(record)
        if of is None:
            raise ProjectNotFoundError(record.lead.project)
        self.inbox.resubmit_with(of, record, record.current.answers, may_repeat=may_repeat)
        return "bulk, without project file" if of.is_gone else "bulk"
