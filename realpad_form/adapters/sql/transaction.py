"""What every statement of one transaction shares: connection, time and vault."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final

from sqlalchemy import Connection, Executable, Insert, Row, Table, Update, insert

from realpad_form.adapters.sql.data_keys import DataKeyCheck
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.vault import Vault


@dataclass(frozen=True)
class Transaction:
    """One transaction of the lead log."""

    connection: Connection
    database: Database
    vault: Vault
    clock: Callable[[], datetime] | None  # instead of the database's, for tests
    data_keys: DataKeyCheck | None = None  # None where nothing of a lead is sealed

    @cached_property
    def now(self) -> datetime:
        """The database's time when first asked for; the same throughout the transaction."""
        return self.clock() if self.clock else self.database.now(self.connection)

    def rows(self, query: Executable, **values: Any) -> list[Row[Any]]:
        """Return all rows of a query."""
        return list(self.connection.execute(query, values).all())

    def row(self, query: Executable, **values: Any) -> Row[Any] | None:
        """Return the first row of a query, or None."""
        return self.connection.execute(query, values).first()

    def number(self, query: Executable, **values: Any) -> int:
        """Return the one number that a query asks for."""
        return int(self.connection.execute(query, values).scalar_one())

    def change(self, change: Update, values: dict[str, Any]) -> None:
        """Change rows; `values` are by column, and by name for what selects the rows."""
        self.connection.execute(change, values)

    def add(self, table: Table, *rows: dict[str, Any]) -> None:
        """Insert rows; one that is there already is an error."""
        if rows:
            self.connection.execute(_insert(table), list(rows))

    def add_new(self, table: Table, *rows: dict[str, Any]) -> bool:
        """Insert rows, leaving out those that are there already; return whether all were new."""
        if not rows:
            return True
        return self.connection.execute(self.database.insert_new(table), list(rows)).rowcount == len(rows)

    def seal(self, value: Any, *about: object) -> str:
        """Return a JSON-able value as it may be stored in one row and column.

        Raises: DataKeyError, if those that have the log's data keys could not open it.
        """
        self._may_seal  # noqa: B018 - looks once in a transaction
        # ASCII only, so that no lone surrogate or NUL can keep a lead from being stored.
        return self.vault.seal(_JSON.encode(value), *about)

    def blind(self, word: str) -> int:
        """Return a word as it may be stored to be searched for. Raises: DataKeyError."""
        self._may_seal  # noqa: B018
        return self.vault.blind(word)[0]

    @cached_property
    def _may_seal(self) -> bool:
        if self.data_keys is not None:
            self.data_keys.require_own(self.connection)
        return True

    def open(self, stored: str, *about: object) -> Any:
        """Return a value that was sealed for this row and column. Raises: SealBrokenError."""
        return json.loads(self.vault.open(stored, *about))


_JSON: Final = json.JSONEncoder(separators=(",", ":"))


@cache
def _insert(table: Table) -> Insert:
    return insert(table)
