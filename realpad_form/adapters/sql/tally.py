"""The port Tally in SQL."""

from dataclasses import dataclass

from realpad_form.adapters.sql import tallying
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.statistics import Counts, Funnel, GroupBy, StatisticsQuery


@dataclass(frozen=True, slots=True)
class SqlTally:
    """The port Tally, on SQLite or PostgreSQL."""

    database: Database

    def add(self, counts: Counts) -> None:
        """Add to what is counted already, all of it or nothing."""
        with self.database.write() as connection:
            tallying.add(Transaction(connection, self.database, Vault(), None), counts)

    def report(self, query: StatisticsQuery, *, by: GroupBy) -> list[Funnel]:
        """Return the statistics by name, in its order."""
        with self.database.read() as connection:
            return tallying.report(Transaction(connection, self.database, Vault(), None), query, by)
