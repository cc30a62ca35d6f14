"""Which leads a list shows, and where in it a page begins."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.search import WholeValue

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

COUNTED: Final = (Status.REJECTED, Status.UNKNOWN, Status.QUARANTINED, Status.QUEUED, Status.SENDING)
"""The statuses that are counted: what a person or a relay still has to do; the rest only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Which leads to show; what is None or '' does not matter, and all of the rest must be true.

    `text` is what a person types: words of names (or their beginnings of three letters and more), of notes,
    an e-mail address, its name or its domain, a phone number or its end, a unit, a customer id, a lead's
    id or the first eight letters of it. Accents, case and order do not matter.

    `whole` takes the place of `text` for people who see leads masked: it is found whole, or not at all.
    """

    text: str = ""
    whole: WholeValue | None = None
    statuses: Collection[Status] = ()  # empty: all
    projects: frozenset[str] | None = None  # None: all; empty: none
    campaign: str = ""
    unit: str = ""
    since: datetime | None = None  # created at or after, aware
    until: datetime | None = None  # created before, aware


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """The place after one lead in the list, to be kept in an address; newer leads are greater."""

    created_at: datetime  # aware, UTC
    lead_id: UUID

    def __str__(self) -> str:
        """Return it as `Cursor.read` takes it, with characters that need no quoting in an address."""
        return f"{(self.created_at - EPOCH) // timedelta(microseconds=1)}_{self.lead_id.hex}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor that was written so, or None if it is none."""
        micros, _, lead_id = text.partition("_")
        try:
            return cls(EPOCH + timedelta(microseconds=int(micros)), UUID(hex=lead_id))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    """Some leads, newest first.

    It may hold fewer than asked for, even none, while `older` is not None: so much was looked through that a
    person should decide whether to look on. `older` is then the place that was reached.
    """

    records: tuple[LeadRecord, ...]
    older: Cursor | None  # what to pass as `after` for the next page; None at the end
