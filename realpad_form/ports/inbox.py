"""What the pages of operators read: leads newest first, found by what was typed; what waits for a person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.figures import Counts, Tallied
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
        return _read(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some leads, newest first.

    It may hold fewer than asked for, even none, while `older` is not None: so much was looked through that a
    person should decide whether to look on. `older` is then the place that was reached.
    """

    records: tuple[LeadRecord, ...]
    older: Cursor | None  # what to pass as `after` for the next page; None at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Undigested:
    """A lead as it was read, and what of it is found and counted already."""

    record: LeadRecord
    digested: int  # the last revision that was digested; 0: none
    tallied: Tallied


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a lead is to be found by, all of it, and what is to be added to the figures."""

    seen: Undigested
    words: Collection[str]
    counts: Counts
    tallied: Tallied


class Digests(Protocol):
    """The leads that lists and figures do not know yet. Any method may raise StorageUnavailableError."""

    def undigested(self, limit: int) -> list[Undigested]:
        """Return leads with a revision or an answer of Realpad that is not digested, newest first."""

    def digest(self, digests: Sequence[Digest]) -> int:
        """Store digests, in one transaction; return how many.

        A lead that has changed since it was seen, by another machine's digest for one, is left out.
        """


class LeadIndex(Protocol):
    """Finds leads for people. Any method may raise StorageUnavailableError.

    What was typed is found a few seconds after the lead was stored or corrected; lists without `text`,
    `campaign` and `unit` show it at once.
    """

    def page(self, query: InboxQuery, *, after: Cursor | None = None, limit: int = 50) -> Page:
        """Return the newest leads that match, or those that are older than a place in the list."""

    def counts(self, projects: frozenset[str] | None) -> dict[Status, int]:
        """Return how many leads of these projects (None: all) have each status of `COUNTED`, exactly, now."""


def _read(text: str) -> Cursor | None:
    micros, _, lead_id = text.partition("_")
    try:
        return Cursor(EPOCH + timedelta(microseconds=int(micros)), UUID(hex=lead_id))
    except (ValueError, OverflowError):
        return None
