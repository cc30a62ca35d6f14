"""The use case that makes leads findable and counts them, some seconds after they were stored."""

import threading
import time
from dataclasses import dataclass, field
from typing import Final

from realpad_form.domain.search import facets_of, words_of
from realpad_form.domain.statistics import counts_of
from realpad_form.ports.reports import IndexEntry, IndexQueue
from realpad_form.services.outage import OutageLog

AT_ONCE: Final = 50
POLL_EVERY_S: Final = 2.0
REST: Final = 3
"""So many times as long as a batch took, the database is left to others."""


def _outage() -> OutageLog:
    return OutageLog("leads could not be made findable", "leads are made findable again")


@dataclass(frozen=True, slots=True)
class Indexer:
    """Indexes leads, never in a visitor's request; any number of these may run, on any number of machines."""

    queue: IndexQueue
    _outage: OutageLog = field(default_factory=_outage, init=False, repr=False, compare=False)

    def run(self, stop: threading.Event) -> None:
        """Index again and again until told to stop."""
        while not stop.is_set():
            began, count = time.monotonic(), 0
            with self._outage.tolerated():
                count = self.run_once()
            stop.wait(REST * (time.monotonic() - began) if count else POLL_EVERY_S)

    def run_once(self) -> int:
        """Index some leads, newest first; return how many there were. Raises: StorageUnavailableError."""
        entries = []
        for task in self.queue.pending(AT_ONCE):
            counts, tallied = counts_of(task.record, task.tallied)
            entry = IndexEntry(
                seen=task,
                words=words_of(task.record),
                counts=counts,
                tallied=tallied,
                facets=facets_of(task.record),
            )
            entries.append(entry)
        if entries:
            self.queue.store(entries)
        return len(entries)
