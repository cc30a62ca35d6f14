"""A transaction: connection, time and vault, whose data keys are compared with the log before it seals."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import DATA_KEY, lead
from realpad_form.adapters.vault import Vault, name_of_key
from realpad_form.domain.errors import DataKeyError, SealBrokenError
from realpad_form.domain.project import NoticeListener, Webhook

KEY_LOCK: Final = 7_325_727_204
"""Names our advisory lock on PostgreSQL; any number that nobody else uses."""

# As the index has it, or it is not used: what is erased is plain, and needs no key.
_KEY: Final[ColumnElement[str]] = literal_column(DATA_KEY.text)
_IS_NOT_ERASED: Final = lead.c.status != literal_column("'erased'")
# One look into the index for each key, where DISTINCT would read the whole of it.
_keys = select(func.min(_KEY).label("name")).where(_IS_NOT_ERASED).cte("data_key", recursive=True)
_NEXT_KEY: Final = select(func.min(_KEY)).where(_IS_NOT_ERASED, _keys.c.name < _KEY).select_from(lead)
_keys = _keys.union_all(
    select(_NEXT_KEY.correlate(_keys).scalar_subquery()).select_from(_keys).where(_keys.c.name.is_not(None))
)
_KEY_NAMES: Final = select(_keys.c.name).where(_keys.c.name.is_not(None))
_OF_KEY: Final = select(lead.c.id, lead.c.context).where(_IS_NOT_ERASED, bindparam("name") == _KEY).limit(1)
_OLDEST_OF_KEY: Final = _OF_KEY.order_by(lead.c.created_at, lead.c.id)
_NEWEST_OF_KEY: Final = _OF_KEY.order_by(lead.c.created_at.desc(), lead.c.id.desc())
_IDS_OF_KEY: Final = (
    select(lead.c.id).where(_IS_NOT_ERASED, bindparam("name") == _KEY).order_by(lead.c.created_at)
)


@dataclass(frozen=True, slots=True)
class DataKeyReport:
    """What the oldest and the newest lead of each data key tell."""

    closed: Sequence[SealBrokenError]  # why the leads of a key cannot be opened
    damaged: Sequence[str]  # why a single lead cannot be, although others of its key can
    has_own: bool  # there are leads that were stored as this process would store one


@dataclass(slots=True, eq=False)
class DataKeyCheck:
    """Compares a process's data keys with the leads in its database, before anything is sealed with them.

    A process that lacks a key of stored leads takes none: what it sealed, nobody could open once its keys are
    right again. No lead that it takes can make that good, as each key is looked at by itself.

    What was found stays known only once a lead stored as this process stores it has been seen: until then
    each transaction looks again, so that of two processes that begin on an empty log with different keys
    one is refused.
    """

    vault: Vault
    _has_passed: bool = field(default=False, init=False)
    _is_settled: bool = field(default=False, init=False)

    def check(self, database: Database) -> Sequence[str]:
        """Look at the log as it is now; return which single leads are damaged.

        Raises: DataKeyError, StorageUnavailableError.
        """
        with database.read() as connection:
            found = self._check(connection)
        if found.closed:
            raise _error(found)
        return found.damaged

    def require_passed(self, database: Database) -> None:
        """See that the keys were right when last compared with the log, which may be away now.

        Raises: DataKeyError; StorageUnavailableError, if they could not be compared yet.
        """
        if not self._has_passed:
            self.check(database)

    def require_all(self, connection: Connection, *, is_sqlite: bool) -> None:
        """See that every stored lead's key is set, before a transaction adds leads. Raises: DataKeyError."""
        if self._is_settled:
            return
        if not is_sqlite:  # SQLite has one writer; here two might find the log empty
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({KEY_LOCK})")
        found = self._check(connection)
        if found.closed:
            raise _error(found)

    def require_own(self, connection: Connection) -> None:
        """See that what this process seals can be opened by those that have the log's keys.

        It may lack the keys of other leads. Raises: DataKeyError.
        """
        if self._is_settled:
            return
        found = self._check(connection)
        if found.closed and not found.has_own:
            raise _error(found)

    def _check(self, connection: Connection) -> DataKeyReport:
        closed, damaged, has_own = list[SealBrokenError](), list[SealBrokenError](), False
        for name in connection.execute(_KEY_NAMES).scalars().all():
            errors = self._errors(connection, name)
            is_closed = len(errors) == 2 or not self.vault.has_key_of(name)
            (closed if is_closed else damaged).extend(errors[:1])
            has_own = has_own or (self.vault.is_own(name) and not is_closed)
        self._has_passed = not closed
        self._is_settled = not closed and has_own
        return DataKeyReport(closed, [*map(str, damaged)], has_own)

    def _errors(self, connection: Connection, name: str) -> list[SealBrokenError]:
        """Return why the oldest and the newest lead of a key cannot be opened, as far as they cannot."""
        if not self.vault.is_sealed(name):
            return []
        errors = list[SealBrokenError]()
        for end in (_OLDEST_OF_KEY, _NEWEST_OF_KEY):
            row = connection.execute(end, {"name": name}).first()
            try:
                if row is not None:
                    self.vault.open(row.context, "lead", row.id, "context")
            except SealBrokenError as error:
                errors.append(error)
        return errors


def sealed_with(key_id: str) -> Select[tuple[UUID]]:
    """Return the query for the ids of the leads that came in under a data key, oldest first."""
    return _IDS_OF_KEY.params(name=name_of_key(key_id))


def _error(found: DataKeyReport) -> DataKeyError:
    missing = [each.missing_key for each in found.closed]
    return DataKeyError("; ".join(map(str, found.closed)), missing_keys=missing)


@dataclass(frozen=True)
class Transaction:
    """One transaction of the lead log."""

    connection: Connection
    database: Database
    vault: Vault
    clock: Callable[[], datetime] | None  # instead of the database's, for tests
    data_keys: DataKeyCheck | None = None  # None where nothing of a lead is sealed
    listeners: Mapping[str, Sequence[Webhook | NoticeListener]] = field(default_factory=dict)  # by project

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
