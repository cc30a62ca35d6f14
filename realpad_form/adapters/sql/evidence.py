"""The chain over consents and the audit log in SQL: rows are put into links, and read again to be checked.

A row has the number of its link, or none yet. Nobody but `extend` writes it, long after the row itself was
stored: what a visitor or the desk waits for knows nothing of the chain.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from heapq import merge
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Update,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import consent, log_state, metadata, wording
from realpad_form.adapters.sql.schema_people import audit_entry
from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.evidence import (
    CONSENT_FIELDS,
    ENTRY_FIELDS,
    Chained,
    ChainedRow,
    ChainLink,
    as_hashed,
    make_link,
)

LOCK: Final = 7_325_727_205
"""Names our advisory lock on PostgreSQL; any number that nobody else uses."""

BATCH: Final = 1_000
"""Rows in memory at a time."""

_IN_NO_LINK: Final = text("link IS NULL")
_IN_A_LINK: Final = text("link IS NOT NULL")

evidence_link = Table(
    "evidence_link",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("consents", Integer, nullable=False),  # rows in it
    Column("entries", Integer, nullable=False),
    Column("previous", String(64), nullable=False),  # digest of the link before, SHA-256 in hex
    Column("digest", String(64), nullable=False),
)
"""The links of the chain, see `domain.evidence`."""

for _table in (consent, audit_entry):
    Index(f"{_table.name}_unchained_idx", *_table.primary_key,
          sqlite_where=_IN_NO_LINK, postgresql_where=_IN_NO_LINK)  # fmt: skip
    Index(f"{_table.name}_link_idx", _table.c.link, sqlite_where=_IN_A_LINK, postgresql_where=_IN_A_LINK)

_FIELDS: Final = {Chained.CONSENT: CONSENT_FIELDS, Chained.ENTRY: ENTRY_FIELDS}
_TABLES: Final = {Chained.CONSENT: consent, Chained.ENTRY: audit_entry}

_RAW: Final = NullType()
"""Values come as they are stored: what somebody has tampered with may be of another type than its column."""

_POSTGRESQL_TIME: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"BC'
_OUR_ERA: Final = "AD"


@dataclass(frozen=True, slots=True)
class SqlEvidenceChain:
    """The port EvidenceChain, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def extend(self, at_most: int) -> ChainLink | None:
        """Put rows that are in no link into a new one; return it, or None if there was nothing to do."""
        if not any(self.count_unchained(at_most=1).values()):
            return None
        with self.database.write() as connection:
            if not self._may_extend(connection):
                return None
            rows = [row for kind in Chained for row in self._lock_unchained(connection, kind, at_most)]
            if not rows:
                return None
            head = self._links(connection, _newest_first().limit(1))
            now = self.clock() if self.clock else self.database.now(connection)
            link = make_link(rows, after=head[0] if head else None, at=now)
            connection.execute(insert(evidence_link), {**asdict(link), "at": now})
            for kind, table in _TABLES.items():
                keys = [_key(row) for row in rows if row.kind is kind]
                if keys:
                    connection.execute(_mark(table), [{**key, "link": link.number} for key in keys])
            crash_point(CrashPoint.IN_CHAIN)
        return link

    def head(self) -> ChainLink | None:
        """Return the newest link."""
        with self.database.read() as connection:
            return next(iter(self._links(connection, _newest_first().limit(1))), None)

    def links(self, *, after: int, at_most: int) -> list[ChainLink]:
        """Return some links, in their order."""
        query = select(evidence_link.c.number).where(evidence_link.c.number > after)
        with self.database.read() as connection:
            return self._links(connection, query.order_by(evidence_link.c.number).limit(at_most))

    def has(self, number: int, digest: str) -> bool:
        """Return whether there is a link of this number and digest."""
        columns = evidence_link.c
        query = select(columns.number).where(columns.number == number, columns.digest == digest)
        with self.database.read() as connection:
            return connection.execute(query).first() is not None

    def rows(self, *, after: int, up_to: int) -> Iterator[ChainedRow]:
        """Yield the rows of the links after one and up to another, in the order in which they are hashed."""
        with self.database.read() as connection:
            kinds = (
                self._rows(
                    connection,
                    kind,
                    self._select(kind)
                    .where(table.c.link > after, table.c.link <= up_to)
                    .order_by(table.c.link, *table.primary_key),
                )
                for kind, table in _TABLES.items()
            )
            yield from merge(*kinds, key=lambda row: row.link)

    def rows_outside(self, *, up_to: int, at_most: int) -> list[ChainedRow]:
        """Return rows that name a link before the first, or one after another link that is not there."""
        found: list[ChainedRow] = []
        with self.database.read() as connection:
            for kind, table in _TABLES.items():
                link = table.c.link
                is_made_since = exists().where(evidence_link.c.number == link)
                is_outside = or_(link < 1, and_(link > up_to, ~is_made_since))
                query = self._select(kind).where(_IN_A_LINK, is_outside).limit(at_most)
                found += self._rows(connection, kind, query)
        return found

    def count_unchained(self, *, at_most: int | None = None) -> dict[Chained, int]:
        """Return how many rows of each kind are in no link yet, counting some at most."""
        with self.database.read() as connection:
            return {
                kind: connection.execute(
                    select(func.count()).select_from(
                        select(literal(1)).select_from(table).where(_IN_NO_LINK).limit(at_most).subquery()
                    )
                ).scalar_one()
                for kind, table in _TABLES.items()
            }

    def wordings(self) -> Iterator[tuple[str, str]]:
        """Yield the hash and the words of every wording that is kept."""
        with self.database.read() as connection:
            query = select(wording.c.hash, wording.c.words)
            for row in connection.execute(query, execution_options={"yield_per": BATCH}):
                yield row.hash, str(row.words)

    def restored_at(self) -> str:
        """Return when this database was last noticed to be a restored copy, ISO 8601 in UTC; '' for never."""
        with self.database.read() as connection:
            found = connection.execute(select(self._stored(log_state.c.restored_at))).scalar()
        return str(_plain(found) or "")

    def _may_extend(self, connection: Connection) -> bool:
        """Return whether nobody else is making a link; on SQLite, who writes is alone anyway."""
        if self.database.is_sqlite:
            return True
        return bool(connection.execute(select(func.pg_try_advisory_xact_lock(LOCK))).scalar())

    def _lock_unchained(self, connection: Connection, kind: Chained, at_most: int) -> Iterator[ChainedRow]:
        """Yield rows that are in no link, in their order, leaving out those that others hold."""
        query = self._select(kind).where(_IN_NO_LINK).order_by(*_TABLES[kind].primary_key).limit(at_most)
        return self._rows(connection, kind, query.with_for_update(skip_locked=True))

    def _links(self, connection: Connection, numbers: Select[Any]) -> list[ChainLink]:
        """Return the links with the numbers that a query asks for, in its order."""
        columns = [self._stored(column).label(column.name) for column in evidence_link.columns]
        rows = connection.execute(numbers.with_only_columns(*columns)).mappings()
        return [ChainLink(**{**row, "at": str(_plain(row["at"]))}) for row in rows]

    def _select(self, kind: Chained) -> Select[Any]:
        """Return the query for all rows of a kind: the number of the link, then what is hashed."""
        table = _TABLES[kind]
        stored = (self._stored(table.c[name]).label(name) for name in _FIELDS[kind])
        return select(type_coerce(table.c.link, _RAW).label("link_number"), *stored)

    def _stored(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a column as it is stored, whatever that is; a time as text, on both engines."""
        if isinstance(column.type, UtcDateTime) and not self.database.is_sqlite:
            return func.to_char(func.timezone("UTC", column), _POSTGRESQL_TIME)
        return type_coerce(column, _RAW)

    def _rows(self, connection: Connection, kind: Chained, query: Select[Any]) -> Iterator[ChainedRow]:
        """Yield the rows of a query, which come from the database in batches."""
        times = [isinstance(_TABLES[kind].c[name].type, UtcDateTime) for name in _FIELDS[kind]]
        for link, *values in connection.execute(query, execution_options={"yield_per": BATCH}):
            pairs = zip(values, times, strict=True)
            plain = [_plain(value) if is_time else value for value, is_time in pairs]
            yield ChainedRow(link if isinstance(link, int) else 0, kind, plain)


def _newest_first() -> Select[Any]:
    return select(evidence_link.c.number).order_by(evidence_link.c.number.desc())


def _plain(stored: object) -> object:
    """Return a time that came as text as it is hashed; what is none stays as it is."""
    if not isinstance(stored, str):
        return stored
    try:
        return as_hashed(datetime.fromisoformat(stored.removesuffix(_OUR_ERA)))
    except ValueError:
        return stored


def _mark(table: Table) -> Update:
    """Return the change that puts a row into a link."""
    is_row = (
        type_coerce(column, _RAW) == bindparam(f"of_{column.name}", type_=_RAW)
        for column in table.primary_key
    )
    return update(table).where(*is_row).values(link=bindparam("link"))


def _key(row: ChainedRow) -> dict[str, object]:
    """Return the values of a row's primary key, as they are stored."""
    values = dict(zip(_FIELDS[row.kind], row.values, strict=True))
    return {f"of_{column.name}": values[column.name] for column in _TABLES[row.kind].primary_key}
