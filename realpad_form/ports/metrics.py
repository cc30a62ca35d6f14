"""Where counters for whoever watches the service are added up."""

from typing import Protocol

from realpad_form.domain.metrics import Totals


class MetricStore(Protocol):
    """Keeps counters, shared by all processes and machines. Any method may raise StorageUnavailableError."""

    def add(self, totals: Totals) -> None:
        """Add to what is counted already, all of it or nothing."""

    def read(self) -> Totals:
        """Return everything that was counted."""
