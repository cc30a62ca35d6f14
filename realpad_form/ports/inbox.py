"""What the pages of operators read: leads newest first, found by what was typed; what waits for a person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.search import Cursor, InboxQuery, LeadPage
from realpad_form.domain.statistics import Counts, Tallied


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexTask:
    """A lead as it was read, and what of it is found and counted already."""

    record: LeadRecord
    digested: int  # the last revision that was digested; 0: none
    tallied: Tallied


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """What a lead is to be found by, all of it, and what is to be added to the statistics."""

    seen: IndexTask
    words: Collection[str]
    counts: Counts
    tallied: Tallied


class IndexQueue(Protocol):
    """The leads that lists and statistics do not know yet. Any method may raise StorageUnavailableError."""

    def undigested(self, limit: int) -> list[IndexTask]:
        """Return leads with a revision or an answer of Realpad that is not digested, newest first."""

    def digest(self, digests: Sequence[IndexEntry]) -> int:
        """Store digests, in one transaction; return how many.

        A lead that has changed since it was seen, by another machine's digest for one, is left out.
        """


class LeadIndex(Protocol):
    """Finds leads for people. Any method may raise StorageUnavailableError.

    What was typed is found a few seconds after the lead was stored or corrected; lists without `text`,
    `campaign` and `unit` show it at once.
    """

    def page(self, query: InboxQuery, *, after: Cursor | None = None, limit: int = 50) -> LeadPage:
        """Return the newest leads that match, or those that are older than a place in the list."""

    def counts(self, projects: frozenset[str] | None) -> dict[Status, int]:
        """Return how many leads of these projects (None: all) have each status of `COUNTED`, exactly, now."""
