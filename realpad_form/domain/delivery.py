"""How one lead's delivery lives: its statuses, the events that move it, a call's outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from realpad_form.domain.errors import IllegalTransitionError


class Status(StrEnum):
    """Where a lead stands."""

    QUARANTINED = "quarantined"
    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    ERASED = "erased"


POSSIBLY_DELIVERED: Final = (Status.DELIVERED, Status.UNKNOWN)
"""Sending such a lead once more may show the sales team a second enquiry."""


class Event(StrEnum):
    """What happens to a lead; the value completes "a lead cannot be …"."""

    CLAIMED = "claimed"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    LOST = "marked unknown"
    RETURNED = "returned to the queue"
    RELEASED = "released"
    RESUBMITTED = "resubmitted"
    DISCARDED = "discarded"
    SETTLED = "called delivered"  # by a person who found it in Realpad
    RESTORED = "restored"  # to where it was before it was discarded
    ERASED = "erased"


_NEXT: Final[Mapping[tuple[Status, Event], Status]] = {
    (Status.QUEUED, Event.CLAIMED): Status.SENDING,
    (Status.SENDING, Event.DELIVERED): Status.DELIVERED,
    (Status.SENDING, Event.REJECTED): Status.REJECTED,
    (Status.SENDING, Event.LOST): Status.UNKNOWN,
    (Status.SENDING, Event.RETURNED): Status.QUEUED,
    (Status.UNKNOWN, Event.DELIVERED): Status.DELIVERED,  # found in Realpad's list
    (Status.UNKNOWN, Event.RETURNED): Status.QUEUED,  # proved absent from it
    (Status.UNKNOWN, Event.SETTLED): Status.DELIVERED,
    (Status.QUARANTINED, Event.RELEASED): Status.QUEUED,
    (Status.QUEUED, Event.RESUBMITTED): Status.QUEUED,
    (Status.REJECTED, Event.RESUBMITTED): Status.QUEUED,
    (Status.UNKNOWN, Event.RESUBMITTED): Status.QUEUED,
    (Status.DELIVERED, Event.RESUBMITTED): Status.QUEUED,
    (Status.QUARANTINED, Event.DISCARDED): Status.DISCARDED,
    (Status.QUEUED, Event.DISCARDED): Status.DISCARDED,
    (Status.UNKNOWN, Event.DISCARDED): Status.DISCARDED,
    (Status.REJECTED, Event.DISCARDED): Status.DISCARDED,
    # Everything but what is being sent just now.
    **{(s, Event.ERASED): Status.ERASED for s in Status if s not in (Status.SENDING, Status.ERASED)},
}


def next_status(status: Status, event: Event) -> Status:
    """Return where `event` takes a lead that is `status`.

    Raises: IllegalTransitionError, if the status does not allow the event.
    """
    try:
        return _NEXT[status, event]
    except KeyError:
        raise IllegalTransitionError(status, event) from None


def allows(status: Status, event: Event) -> bool:
    """Return whether `event` may happen to a lead that is `status`.

    Where a discarded lead is restored to, its calls tell: see `Lead.restored`.
    """
    return (status, event) in _NEXT or (status, event) == (Status.DISCARDED, Event.RESTORED)


SERVER_ERROR: Final = 500
"""From this HTTP status on, Realpad says that it failed; it may have stored the lead all the same."""


class Outcome(StrEnum):
    """How one call of create-lead ended; it alone decides what may happen next."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # this lead, as it is
    ACCOUNT_REFUSED = "account_refused"  # our credentials or set-up, not this lead
    UNAVAILABLE = "unavailable"  # it never left, or Realpad answered that it failed
    UNKNOWN = "unknown"  # it left and no proper answer came


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one call of create-lead came to.

    `text` holds Realpad's own words, without login and password, or what broke on the way;
    at most 2000 characters.
    """

    outcome: Outcome
    status: int | None = None  # HTTP status; None if no answer came
    text: str = ""
    customer_id: int | None = None  # with ACCEPTED
    retry_after_s: float | None = None  # what a 429 asked for; None if missing or garbled
    is_interrupted: bool = False  # our relay did not live to see one
