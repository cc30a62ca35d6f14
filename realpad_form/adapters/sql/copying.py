"""Copies a whole database into another one, compares the two, and closes the first one to changes.

Nobody can change the first database during the copy or afterwards. To a service that still runs on it, this
is an outage: its leads wait in the spool, and its relays send nothing.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Result,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)

from realpad_form.adapters.sql.database import OUR_FAULT, Database
from realpad_form.adapters.sql.restores import SqlRestores
from realpad_form.adapters.sql.schema import lead, log_state, metadata
from realpad_form.adapters.sql.upgrade import MOVED_AWAY, require_own_schema, upgrade
from realpad_form.domain.errors import CopyFailedError, SettingsError, StorageUnavailableError

BATCH: Final = 1_000
"""Rows in memory at a time, of each of the two databases."""

_ALEMBIC: Final = "alembic_version"

Progress = Callable[[Sequence[int]], Iterator[int]]
"""Goes through the batches to copy and to compare, as they are; how far it is may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied and compared."""

    rows: int
    tables: int


def copy_database(
    source: Database, target: Database, *, restores: SqlRestores, progress_of: Progress = iter
) -> Copied:
    """Copy every row of `source` into `target`, compare each, and let `source` refuse changes from then on.

    `target` is without tables, or migrated and empty; `restores` is of `source`, whose files it has observed.
    An error leaves both as they were. Whenever this is killed, at most one of the two can send: until
    `source` refuses, a mark as of a backup keeps `target` from it.

    Raises: SettingsError, if one of the two is not fit; CopyFailedError, if a row cannot be copied as it is;
    StorageUnavailableError, also if leads are being sent.
    """
    _require_fit(source, target)
    with source.transaction() as old:
        source.block_others(old)
        _require_idle(source, old)
        is_certain = _is_certain(restores)
        source.forbid_writes(old)
        with target.transaction() as new:
            upgrade(target)
            require_own_schema(target)
            target.block_others(new, with_readers=True)
            _require_empty(new)
            new.execute(delete(log_state))
            rows = _load(source, target, progress_of=progress_of)
            new.execute(update(log_state).values(copied_at=target.now(new)))
        # The target is committed here, and the source next.
    with target.write() as new:
        new.execute(update(log_state).values(copied_at=None))
    if is_certain:
        restores.hand_over(target)
    return Copied(rows=rows, tables=len(metadata.tables))


def _require_fit(source: Database, target: Database) -> None:
    """See whether one can be copied into the other, before anybody is blocked."""
    source.must_be_there()
    require_own_schema(source)
    with source.read() as connection:
        if source.is_moved(connection):
            raise SettingsError([MOVED_AWAY])
    if not target.is_there:
        return
    if source.place().name == target.place().name != "":
        raise SettingsError(["the database cannot be copied into itself"])
    with target.read() as connection:
        _require_empty(connection)


def _require_empty(connection: Connection) -> None:
    """See that there are only tables in the target, and at most the name of a log. Raises: SettingsError."""
    names = inspect(connection).get_table_names()
    if names and _ALEMBIC not in names:
        raise SettingsError(["the target has tables of another program; name a database of its own"])
    ours = [table for table in metadata.sorted_tables if table.name in names and table is not log_state]
    filled = [each.name for each in ours if connection.execute(select(each).limit(1)).first() is not None]
    if filled:
        what = f"the target is not empty: there are rows in {', '.join(filled)}"
        raise SettingsError([f"{what}; name a new database, or remove its tables"])


def _require_idle(source: Database, connection: Connection) -> None:
    """See that no call is open, the end of which nobody could write down."""
    open_calls = select(func.count()).where(lead.c.lease_until > source.now(connection))
    if number := connection.execute(open_calls).scalar_one():
        todo = "stop every `serve` and `relay`, and run this again in a minute"
        raise StorageUnavailableError(f"leads are being sent ({number}): {todo}")


def _is_certain(restores: SqlRestores) -> bool:
    """Return whether nothing hints at the source itself being an old copy.

    Raises: SettingsError, if it is one and nobody has noticed it yet.
    """
    if sign := restores.proof():
        what = f"this database is a restored copy ({sign.describe()})"
        raise SettingsError([f"{what}; run `realpad-form db restored` first"])
    return restores.hint() is None


def _load(source: Database, target: Database, *, progress_of: Progress) -> int:
    """Copy and compare all rows, in a transaction of each that has begun; return how many."""
    with source.read() as old, target.write() as new:
        numbers = {
            table: old.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
        steps = progress_of(range(2 * sum(-(-number // BATCH) for number in numbers.values())))
        next(steps, None)
        for table in numbers:
            with _read(old, select(table)) as found:
                for rows in found.mappings().partitions():
                    _insert(new, table, [dict(row) for row in rows])
                    next(steps, None)
        target.finish_load(new)
        for table in numbers:
            by_key = [_in_order(database, table) for database in (source, target)]
            with _read(old, by_key[0]) as ours, _read(new, by_key[1]) as theirs:
                if row := _first_difference(ours, theirs, steps):
                    raise CopyFailedError(f"table {table.name} differs in row {row} after it was copied")
        deque(steps, maxlen=0)
        return sum(numbers.values())


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table. Raises: CopyFailedError."""
    try:
        connection.execute(insert(table), rows)
    except OUR_FAULT as error:  # SQLite takes what PostgreSQL does not: texts that are too long, NUL
        first_line = str(error.orig).partition("\n")[0]
        raise CopyFailedError(f"table {table.name} cannot be copied: {first_line}") from error


def _read(connection: Connection, query: Select[Any]) -> Result[Any]:
    """Return the rows of a query, which come from the database in batches; to be closed."""
    return connection.execute(query, execution_options={"yield_per": BATCH})


def _in_order(database: Database, table: Table) -> Select[Any]:
    """Return the query for a table in the order of its key, which is the same on both engines."""
    order = [
        # A server may order texts by a language; SQLite orders them by their bytes.
        column.collate("C") if isinstance(column.type, String) and not database.is_sqlite else column
        for column in table.primary_key
    ]
    return select(table).order_by(*order)


def _first_difference(old: Result[Any], new: Result[Any], steps: Iterator[int]) -> int:
    """Return the number of the first row in which two results differ, a step for each batch; 0 for none."""
    number = 0
    for left, right in zip_longest(old.partitions(), new.partitions(), fillvalue=()):
        for ours, copied in zip_longest(left, right):
            number += 1
            if ours is None or copied is None or tuple(ours) != tuple(copied):
                return number
        next(steps, None)
    return 0
