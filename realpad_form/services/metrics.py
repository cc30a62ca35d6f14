"""Counters for whoever watches the service: counted in memory, and added up in the database by and by.

Each process counts for itself and adds to the same totals, so that any of them tells what all have done:
the workers of `serve --processes N`, the relay beside them, and relays on other machines.
"""

import atexit
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from realpad_form.domain.alert import Alert
from realpad_form.domain.delivery import Outcome
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.metrics import Metric, Refusal, Series, Totals, observed
from realpad_form.ports import MetricStore
from realpad_form.services.outage import OutageLog

WEBHOOK_OUTCOMES: Final = ("delivered", "retried", "failed")

ADD_EVERY_S: Final = 5.0
"""How long counts may stay in memory; a process that is killed loses these."""


def _outage() -> OutageLog:
    return OutageLog("metrics stay in memory", "metrics are added up again")


@dataclass(slots=True)
class Metrics:
    """Counts what happens; counting never waits for anything, and never fails.

    Without a store, as in commands that nobody scrapes, everything stays in memory.
    """

    store: MetricStore | None = None
    _counts: Counter[Series] = field(default_factory=Counter, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _outage: OutageLog = field(default_factory=_outage, init=False, repr=False)

    def accepted(self, project: str, *, is_quarantined: bool, source: str = "") -> None:
        """Count a lead that was stored anew; `source` is the other system that sent it."""
        self._add((Series(Metric.ACCEPTED, (project,)), 1.0))
        if source:
            self._add((Series(Metric.SOURCED, (project, source)), 1.0))
        if is_quarantined:
            self._add((Series(Metric.QUARANTINED, (project,)), 1.0))

    def refused(self, project: str, reason: Refusal) -> None:
        """Count a submission that was not taken."""
        self._add((Series(Metric.REFUSED, (project, str(reason))), 1.0))

    def handled(self, seconds: float) -> None:
        """Count how long the answer to a submission took."""
        self._add(*observed(Metric.SUBMISSION_S, seconds))

    def called(self, credential: str, outcome: Outcome, seconds: float) -> None:
        """Count a create-lead call, and how long it took."""
        calls = Series(Metric.CALLS, (credential, str(outcome)))
        self._add((calls, 1.0), *observed(Metric.CALL_S, seconds))

    def webhook_called(self, name: str, outcome: str) -> None:
        """Count a call of a webhook, by one of `WEBHOOK_OUTCOMES`."""
        self._add((Series(Metric.WEBHOOKS, (name, outcome)), 1.0))

    def told(self, alerts: Iterable[Alert]) -> None:
        """Count the alerts that people were told; that one is over is no alert."""
        self._add(
            *((Series(Metric.ALERTS, (each.kind.name.lower(),)), 1.0) for each in alerts if not each.is_over)
        )

    def add_up(self) -> None:
        """Add what was counted to the totals of all processes; what they cannot take now is kept."""
        if self.store is None:
            return
        with self._lock:
            counts, self._counts = self._counts, Counter()
        try:
            if counts:
                self.store.add(counts)
        except StorageUnavailableError as error:
            self._outage.failed(error)
            self._add(*counts.items())
        else:
            self._outage.recovered()

    def totals(self) -> Totals:
        """Return what all processes have counted, of the others a few seconds late.

        Raises: StorageUnavailableError.
        """
        self.add_up()
        return self.store.read() if self.store else {}

    def run(self, stop: threading.Event) -> None:
        """Add up again and again until told to stop, and once more when the process ends."""
        atexit.register(self.add_up)
        while not stop.wait(ADD_EVERY_S):
            self.add_up()

    def _add(self, *amounts: tuple[Series, float]) -> None:
        with self._lock:
            for series, amount in amounts:
                self._counts[series] += amount  # type: ignore[assignment]  # counters hold floats as well
