"""The port Digests in SQL."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from realpad_form.adapters.sql import indexing, leads
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.sealed import DataKeyCheck
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.statistics import Tallied
from realpad_form.ports.inbox import IndexEntry, IndexTask

UNREADABLE: Final = 1000
"""So many leads that cannot be opened are passed over; more of them are no accident."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SqlIndexQueue:
    """The port Digests, on SQLite or PostgreSQL."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests
    _unreadable: set[UUID] = field(default_factory=set, init=False, repr=False)
    _data_keys: DataKeyCheck = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Let no word be found under a key that the log does not know."""
        object.__setattr__(self, "_data_keys", DataKeyCheck(self.vault))

    def undigested(self, limit: int) -> list[IndexTask]:
        """Return leads with a revision or an answer of Realpad that is not digested, newest first.

        Raises: SealBrokenError, if very many cannot be opened.
        """
        with self.database.read() as connection:
            tx = Transaction(connection, self.database, self.vault, self.clock)
            found = indexing.undigested(tx, limit + len(self._unreadable))
            return self._read(tx, [row for row in found if row.id not in self._unreadable])

    def digest(self, digests: Sequence[IndexEntry]) -> int:
        """Store digests, in one transaction; return how many."""
        with self.database.write() as connection:
            tx = Transaction(connection, self.database, self.vault, self.clock, self._data_keys)
            return indexing.digest(tx, digests)

    def _read(self, tx: Transaction, rows: Sequence[Row[Any]]) -> list[IndexTask]:
        """Return what is in the rows; of one that cannot be opened nothing is told, until a restart."""
        try:
            records = leads.records(tx, rows)
        except SealBrokenError as error:
            if len(rows) > 1:
                return [each for row in rows for each in self._read(tx, [row])]
            if len(self._unreadable) >= UNREADABLE:
                raise
            self._unreadable.add(rows[0].id)
            logger.error("lead %s cannot be searched for: %s", rows[0].id, error)
            return []
        return [
            IndexTask(record=record, digested=row.digested, tallied=Tallied(row.tallied))
            for row, record in zip(rows, records, strict=True)
        ]
