"""The use case of statistics: visits are counted in memory, and added up in the database by and by."""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.search import fold
from realpad_form.domain.spend import SpendFile, read_spend, summed_up
from realpad_form.domain.statistics import (
    NAME_CHARS,
    OTHER,
    FormEvent,
    FormEventKey,
    Funnel,
    FunnelStep,
    GroupBy,
    StatisticsQuery,
    TallyKey,
    Trend,
    day_of,
    merged,
    nothing,
    place,
    summed,
)
from realpad_form.ports.reports import Tally

ADD_AFTER_S: Final = 5.0
"""How long counts may stay in memory; a process that is killed loses these."""

PLACES: Final = 500
"""Pairs of campaign and unit that are told apart per project and day, since anybody may make them up."""

SETTLED_AFTER: Final = timedelta(days=7)
"""Days that long ago are settled: only a lead that waited for so long changes their numbers."""

KEPT_FOR: Final = timedelta(minutes=10)
"""How long the statistics of settled days are kept in memory."""

KEPT_FUNNELS: Final = 20_000
"""How many names are kept in memory at most, over all statistics: about 20 MB."""

logger = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class CachedReport(NamedTuple):
    """Statistics of settled days, and when they were read."""

    read_at: datetime
    funnels: list[Funnel]


class SpendReport(NamedTuple):
    """What became of a file of spend."""

    file: SpendFile
    imported: int  # lines
    unknown: tuple[str, ...]  # campaigns that were left out


@dataclass(slots=True)
class Statistics:
    """Counts what visitors do, and tells what came of it."""

    tally: Tally
    clock: Callable[[], datetime] = _now
    _counts: Counter[tuple[TallyKey, str]] = field(default_factory=Counter, init=False)
    _events: Counter[FormEventKey] = field(default_factory=Counter, init=False)
    _known: dict[tuple[str, date], set[TallyKey]] = field(default_factory=dict, init=False)
    _kept: dict[tuple[StatisticsQuery, GroupBy], CachedReport] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _adding: threading.Timer | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Add up once more when the process ends in good order."""
        atexit.register(self.add_up)

    def count(self, step: FunnelStep, project: str, *, campaign: str = "", unit: str = "") -> None:
        """Count one step of a visitor; never waits for anything, and never fails."""
        here = place(project, self.clock(), campaign=campaign, unit=unit)
        with self._lock:
            self._counts[self._limited_key(here), step] += 1
            self._add_up_soon()

    def count_event(self, event: FormEvent, project: str, name: str) -> None:
        """Count what keeps a visitor from becoming a lead; never waits for anything, and never fails.

        `name` is one of few: a question of the project, or a reason.
        """
        with self._lock:
            self._events[FormEventKey(project, day_of(self.clock()), event, name[:NAME_CHARS])] += 1
            self._add_up_soon()

    def _add_up_soon(self) -> None:
        """Begin the timer with the first count, so that it ends with the last."""
        if self._adding is None:
            self._adding = threading.Timer(ADD_AFTER_S, self.add_up)
            self._adding.daemon = True
            self._adding.start()

    def add_up(self) -> None:
        """Add what was counted to the tally; what it cannot take now is kept."""
        with self._lock:
            counts, self._counts, self._adding = self._counts, Counter(), None
            events, self._events = self._events, Counter()
        try:
            if counts or events:
                self.tally.add(counts, events)
        except StorageUnavailableError as error:
            logger.error("visits could not be counted yet: %s", error)
            with self._lock:
                self._counts.update(counts)
                self._events.update(events)

    def report(self, query: StatisticsQuery, *, by: GroupBy) -> list[Funnel]:
        """Return the statistics by name, in its order.

        What was added in the last `KEPT_FOR` to days that are settled, by `SETTLED_AFTER`, may be missing.

        Raises: StorageUnavailableError.
        """
        settled = day_of(self.clock()) - SETTLED_AFTER
        if query.since > settled:
            return self.tally.report(query, by=by)
        old = self._settled_report(replace(query, until=min(query.until, settled)), by=by)
        if query.until <= settled:
            return old
        return merged(old, self.tally.report(replace(query, since=settled + timedelta(days=1)), by=by))

    def _settled_report(self, query: StatisticsQuery, *, by: GroupBy) -> list[Funnel]:
        """Return the statistics of settled days as they were read lately: a year of them takes a second."""
        now, key = self.clock(), (query, by)
        with self._lock:
            if (kept := self._kept.get(key)) and timedelta(0) <= now - kept.read_at < KEPT_FOR:
                return kept.funnels
        funnels = self.tally.report(query, by=by)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = CachedReport(now, funnels)
            while sum(len(each.funnels) + 1 for each in self._kept.values()) > KEPT_FUNNELS:
                self._kept.pop(next(iter(self._kept)))
        return funnels

    def obstacles(self, query: StatisticsQuery) -> dict[FormEvent, list[tuple[str, int]]]:
        """Return what kept visitors from becoming leads, by event, what was most often first.

        Raises: StorageUnavailableError.
        """
        found = sorted(self.tally.events(query).items(), key=lambda item: (-item[1], item[0]))
        return {event: [(name, number) for (of, name), number in found if of is event] for event in FormEvent}

    def overview(self, query: StatisticsQuery) -> tuple[list[Funnel], Trend]:
        """Return the statistics by day, oldest first; and all of them, beside those of as many days before.

        Raises: StorageUnavailableError.
        """
        days, before = (self.report(each, by=GroupBy.DAY) for each in (query, query.before))
        return days, Trend(now=summed(days), before=summed(before))

    def trends(self, query: StatisticsQuery, *, by: GroupBy) -> list[Trend]:
        """Return the statistics by name, in its order, each beside those of as many days before.

        What was counted before and is not now is there with zeros. Raises: StorageUnavailableError.
        """
        now, before = (
            {(each.name, each.unit): each for each in self.report(period, by=by)}
            for period in (query, query.before)
        )
        spent = self._spent(query) if by is GroupBy.CAMPAIGN else {}
        return [
            Trend(
                now=now.get(key) or nothing(*key),
                before=before.get(key) or nothing(*key),
                currency=spent.get(key, ("", None))[0],
                spent_cents=spent.get(key, ("", None))[1],
            )
            for key in sorted(now.keys() | before.keys() | spent.keys())
        ]

    def _spent(self, query: StatisticsQuery) -> dict[tuple[str, str], tuple[str, int | None]]:
        """Return currency and cents by campaign; none of a campaign that was paid in several currencies."""
        found: dict[tuple[str, str], tuple[str, int | None]] = {}
        for each in self.tally.spend(query):
            currency, cents = found.get((each.campaign, ""), (each.currency, 0))
            is_same = cents is not None and currency == each.currency
            found[each.campaign, ""] = (
                currency,
                cents + each.cents if is_same and cents is not None else None,
            )
        return found

    def import_spend(self, text: str, *, project: str, currency: str, by: UUID) -> SpendReport:
        """Import what a CSV says that the campaigns of a project cost, as far as it can be used.

        Lines of campaigns of which nothing was ever counted are told and left out. What was said before of
        the same campaign and day is replaced, so that a file may be imported again.

        Raises: StorageUnavailableError.
        """
        file = read_spend(text, currency=currency)
        known = {fold(each): each for each in sorted(self.tally.campaigns(project))}
        rows = [
            replace(said, campaign=known[fold(said.campaign)])
            for _line, said in file.rows
            if fold(said.campaign) in known
        ]
        if rows:
            count = str(len(rows))
            note = AuditNote(
                action=AuditAction.SPEND_IMPORTED, by=by, subject=project, detail=count, project=project
            )
            self.tally.import_spend(project, list(summed_up(rows)), note)
        unknown = {said.campaign for _line, said in file.rows if fold(said.campaign) not in known}
        return SpendReport(file=file, imported=len(rows), unknown=tuple(sorted(unknown)))

    def _limited_key(self, here: TallyKey) -> TallyKey:
        """Return a place, or the one for all others if there are too many."""
        key = (here.project, here.day)
        if key not in self._known:
            self._known = {each: known for each, known in self._known.items() if each[1] >= here.day}
        known = self._known.setdefault(key, set())
        if here not in known and len(known) >= PLACES:
            return TallyKey(here.project, here.day, OTHER, OTHER)
        known.add(here)
        return here
