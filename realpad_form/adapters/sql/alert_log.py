"""The alert log in SQL: every promise of the port, each in one transaction."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from realpad_form.adapters.sql import alerting
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.alert import PASSING, Alert, Kind


@dataclass(frozen=True, slots=True)
class SqlAlertLog:
    """The port AlertLog, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def note(self, alert: Alert) -> None:
        """Note that something happened; it is over when it has not happened for a day, or ended."""
        with self._write() as tx:
            alerting.raise_(tx, [alert])

    def end(self, kind: Kind, subject: str) -> None:
        """Note that something that was noted is over, if it was."""
        with self._write() as tx:
            alerting.end_one(tx, kind, subject)

    def watch(self, alerts: Sequence[Alert], *, kinds: Collection[Kind]) -> None:
        """Note all that is wrong now; what is not among these is over."""
        with self._write() as tx:
            alerting.repair(tx)
            alerting.raise_(tx, alerts)
            alerting.end(tx, kinds, but=alerts)
            alerting.end_passed(tx, PASSING)

    def claim(self) -> list[Alert]:
        """Return the alerts to tell now; nobody else gets them."""
        with self._write() as tx:
            return alerting.claim(tx)

    def give_back(self, alerts: Sequence[Alert]) -> None:
        """Let alerts that could not be told be claimed again."""
        with self._write() as tx:
            alerting.give_back(tx, alerts)

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self.database.write() as connection:
            yield Transaction(connection, self.database, Vault(), self.clock)
