"""The use case of statistics: visits are counted in memory, and added up in the database by and by."""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.statistics import (
    OTHER,
    Funnel,
    FunnelStep,
    GroupBy,
    StatisticsQuery,
    TallyKey,
    place,
)
from realpad_form.ports.reports import Tally

ADD_AFTER_S: Final = 5.0
"""How long counts may stay in memory; a process that is killed loses these."""

PLACES: Final = 500
"""Pairs of campaign and unit that are told apart per project and day, since anybody may make them up."""

logger = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Statistics:
    """Counts what visitors do, and tells what came of it."""

    tally: Tally
    clock: Callable[[], datetime] = _now
    _counts: Counter[tuple[TallyKey, str]] = field(default_factory=Counter, init=False)
    _known: dict[tuple[str, date], set[TallyKey]] = field(default_factory=dict, init=False)
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
            if self._adding is None:  # the timer begins with the first count, and ends with the last
                self._adding = threading.Timer(ADD_AFTER_S, self.add_up)
                self._adding.daemon = True
                self._adding.start()

    def add_up(self) -> None:
        """Add what was counted to the tally; what it cannot take now is kept."""
        with self._lock:
            counts, self._counts, self._adding = self._counts, Counter(), None
        try:
            if counts:
                self.tally.add(counts)
        except StorageUnavailableError as error:
            logger.error("visits could not be counted yet: %s", error)
            with self._lock:
                self._counts.update(counts)

    def report(self, query: StatisticsQuery, *, by: GroupBy) -> list[Funnel]:
        """Return the statistics by name, in its order. Raises: StorageUnavailableError."""
        return self.tally.report(query, by=by)

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
