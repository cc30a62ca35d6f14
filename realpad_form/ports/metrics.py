"""Where counts are added up: of forms and leads for people, of everything for whoever watches the service."""

from typing import Protocol

from realpad_form.domain.metrics import Totals
from realpad_form.domain.statistics import Counts, Funnel, GroupBy, StatisticsQuery


class Tally(Protocol):
    """Keeps counts, shared by all machines. Any method may raise StorageUnavailableError."""

    def add(self, counts: Counts) -> None:
        """Add to what is counted already, all of it or nothing."""

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
