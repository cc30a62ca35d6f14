"""What people are shown and told: lists of leads, statistics and metrics, alerts, proof of the evidence."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.delivery import Status
from realpad_form.domain.evidence import Chained, ChainedRow, ChainLink
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.mail import Mail
from realpad_form.domain.metrics import Totals
from realpad_form.domain.people import AuditNote
from realpad_form.domain.search import (
    Cursor,
    Facet,
    FacetMatches,
    FacetName,
    InboxQuery,
    LeadCount,
    LeadPage,
)
from realpad_form.domain.spend import Spend
from realpad_form.domain.statistics import (
    Counts,
    FormEvent,
    FormEvents,
    Funnel,
    GroupBy,
    StatisticsQuery,
    Tallied,
    Week,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexTask:
    """A lead as it was read, and what of it is found and counted already."""

    record: LeadRecord
    digested: int  # the last revision that was indexed; 0: none
    tallied: Tallied


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """What a lead is to be found by, all of it, and what is to be added to the statistics."""

    seen: IndexTask
    words: Collection[str]
    counts: Counts
    tallied: Tallied
    facets: Mapping[FacetName, bool]  # whether it counts for them


class IndexQueue(Protocol):
    """The leads that lists and statistics do not know yet. Any method may raise StorageUnavailableError."""

    def pending(self, limit: int) -> list[IndexTask]:
        """Return leads with a revision or an answer of Realpad that is not indexed, newest first."""

    def store(self, entries: Sequence[IndexEntry]) -> int:
        """Store entries, in one transaction; return how many.

        A lead that has changed since it was seen, by another machine's entry for one, is left out.
        """


class LeadIndex(Protocol):
    """Finds leads for people. Any method may raise StorageUnavailableError.

    What was typed is found a few seconds after the lead was stored or corrected; lists without `text`,
    `campaigns` and `units` show it at once.
    """

    def page(self, query: InboxQuery, *, after: Cursor | None = None, limit: int = 50) -> LeadPage:
        """Return the first leads that match, or those that come after a place in the list."""

    def count(self, query: InboxQuery) -> LeadCount:
        """Return how many leads match, counting some thousands at most; not of a query with `whole`."""

    def counts(self, projects: frozenset[str] | None) -> dict[Status, int]:
        """Return how many leads of these projects (None: all) have each status of `COUNTED`, exactly, now."""

    def find_names(self, facet: Facet, asked: str, *, projects: frozenset[str] | None) -> FacetMatches:
        """Return the campaigns or units that a person means, some at most: those of the newest leads.

        Args:
            facet: which of the two.
            asked: words; a name is found if it holds all of them, whatever their case and accents. A text in
                quotes is a whole name.
            projects: where the leads are from; None for all.
        """

    def suggest_names(
        self, facet: Facet, *, projects: frozenset[str] | None, since: date, limit: int
    ) -> list[str]:
        """Return the campaigns or units of the leads since a day, those with most leads first."""


class Tally(Protocol):
    """Keeps counts, shared by all machines. Any method may raise StorageUnavailableError."""

    def add(self, counts: Counts, events: FormEvents = ...) -> None:
        """Add to what is counted already, all of it or nothing."""

    def events(self, query: StatisticsQuery) -> dict[tuple[FormEvent, str], int]:
        """Return what kept visitors from becoming leads, by name, over all campaigns and units."""

    def campaigns(self, project: str) -> frozenset[str]:
        """Return the campaigns of which anything was ever counted."""

    def import_spend(self, project: str, rows: Sequence[Spend], note: AuditNote) -> None:
        """Keep what campaigns cost, in place of what was said of the same days, and a note of who did it."""

    def spend(self, query: StatisticsQuery) -> list[Spend]:
        """Return what campaigns cost, day by day."""

    def report(self, query: StatisticsQuery, *, by: GroupBy) -> list[Funnel]:
        """Return the statistics by name, in its order; days and names without any are left out.

        Views, starts and sends come in a few seconds late, what became of leads likewise.
        """


class MetricStore(Protocol):
    """Keeps counters, shared by all processes and machines. Any method may raise StorageUnavailableError."""

    def add(self, totals: Totals) -> None:
        """Add to what is counted already, all of it or nothing."""

    def read(self) -> Totals:
        """Return everything that was counted."""


class AlertLog(Protocol):
    """Keeps what people have to hear of and what they were told; shared by all machines."""

    def note(self, alert: Alert) -> None:
        """Note that something happened; it is over when it has not happened for a day, or ended."""

    def end(self, kind: Kind, subject: str) -> None:
        """Note that something that was noted is over, if it was."""

    def watch(self, alerts: Sequence[Alert], *, kinds: Collection[Kind]) -> None:
        """Note all that is wrong now; what is of these kinds and not among these alerts is over."""

    def claim(self) -> list[Alert]:
        """Return the alerts to tell now: new ones, those told a day ago, and those over.

        Each is marked as told, so that nobody else gets it.
        """

    def give_back(self, alerts: Sequence[Alert]) -> None:
        """Let alerts that could not be told be claimed again."""


class AlertWords(Protocol):
    """Words alerts for people; the languages are those of the desk."""

    def link(self, alert: Alert) -> str | None:
        """Return the address of the page where a person acts on an alert; None without one of our own."""

    def links(self, alerts: Sequence[Alert], language: str) -> Sequence[tuple[str, str]]:
        """Return words and address of the inbox and of each page where a person acts."""

    def sentence(self, alert: Alert, language: str) -> str:
        """Return an alert in whole."""

    def lines(self, alerts: Sequence[Alert], language: str, *, has_links: bool) -> str:
        """Return alerts one below the other."""

    def mail(self, alerts: Sequence[Alert], *, to: str, language: str) -> Mail:
        """Return the mail that tells somebody of alerts."""


class SummaryLog(Protocol):
    """Keeps who got the weekly summary by mail; shared by all machines.

    Any method may raise StorageUnavailableError.
    """

    def pending(self, week: Week, people: Collection[UUID]) -> list[UUID]:
        """Return who of some people has not got the summary of a week, and is sent none just now."""

    def claim(self, week: Week, person_id: UUID) -> bool:
        """Return whether the caller is to send it now; nobody else gets it for a while.

        If it is not ended by then, it can be claimed again, later after each try.
        """

    def end(self, week: Week, person_id: UUID) -> None:
        """Note that it was sent, or never can be."""


class Notifier(Protocol):
    """One way to reach people."""

    def send(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts, all at once. Raises: NotificationError."""


class EvidenceChain(Protocol):
    """The chain over consents and the audit log. Any method may raise StorageUnavailableError."""

    def extend(self, at_most: int) -> ChainLink | None:
        """Put rows of each kind that are in no link into a new one, some at most, in one transaction.

        Any number of processes may do so at once: one makes the link, and the others do not wait for it.

        Returns: the link; None if there was nothing to put into it, or somebody else is at it.
        """

    def head(self) -> ChainLink | None:
        """Return the newest link."""

    def links(self, *, after: int, at_most: int) -> list[ChainLink]:
        """Return some links, in their order."""

    def has(self, number: int, digest: str) -> bool:
        """Return whether there is a link of this number and digest."""

    def rows(self, *, after: int, up_to: int) -> Iterator[ChainedRow]:
        """Yield the rows of the links after one and up to another, in the order in which they are hashed.

        They are read in batches, and what is not of the type of its column comes as it is.
        """

    def rows_outside(self, *, up_to: int, at_most: int) -> list[ChainedRow]:
        """Return rows that name a link before the first, or one after another link that is not there."""

    def count_unchained(self) -> dict[Chained, int]:
        """Return how many rows of each kind are in no link yet."""

    def wordings(self) -> Iterator[tuple[str, str]]:
        """Yield the hash and the words of every wording that is kept."""

    def restored_at(self) -> str:
        """Return when this was last noticed to be a restored copy, ISO 8601 in UTC; '' for never."""


class RecordedLines(Protocol):
    """Lines beside the database that are only ever added, in a file of each machine's own."""

    def add(self, **about: Any) -> None:
        """Add a line, with the time as `at`; on disk before this returns. What cannot be written is told."""

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was added, oldest first."""
