"""Sealing anew, with the first data key, what is stored under other keys, or plain from before there was one.

Other processes go on meanwhile. What has to be sealed is looked for without a lock. Then a few rows at a
time are locked, read as they are at that moment, written, read back and compared, all in one transaction.
Whoever wants to change one of them waits for that; a row that somebody else holds is tried again later.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)

from realpad_form.adapters.sql import leads, search
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import attempt, consent, lane, lead, lead_note, revision
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import KEY_NAME_CHARS, SEALED_PREFIX, Vault, name_of_key
from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import (
    DataKeyError,
    SealBrokenError,
    SettingsError,
    StorageUnavailableError,
)
from realpad_form.domain.search import words_of

AT_ONCE: Final = 50
"""Rows of one transaction, for which others may have to wait."""

PASSES: Final = 3
"""How often everything is looked through, for what others stored meanwhile."""

PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 0.0)
"""Seconds to wait after each attempt at rows that others hold; after the last they are given up."""

Key = tuple[Any, ...]
"""The values of a row's primary key."""

_NOT_ERASED: Final = lead.c.status != Status.ERASED


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of texts that the vault seals."""

    column: Column[Any]
    is_emptied: bool = True  # by erasing, which leaves plain texts that say nothing

    @property
    def table(self) -> Table:
        """The table it is in."""
        return self.column.table

    @property
    def key(self) -> tuple[Column[Any], ...]:
        """The columns that name a row."""
        return tuple(self.table.primary_key.columns)

    def about(self, key: Key) -> Key:
        """Return what the text of a row is about, as the vault is told."""
        of_row = (self.table.name, *key)
        return of_row if self.table is lane else (*of_row, self.column.name)

    def query(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Return a query of rows, with the text, and whether it is of a lead that is not erased."""
        columns = (*columns, self.column.label("stored"))
        if self.table is lane:
            return select(*columns, true().label("is_kept"))
        query = select(*columns, func.coalesce(_NOT_ERASED, False).label("is_kept"))
        if self.table is lead:
            return query
        return query.select_from(self.table).outerjoin(lead, lead.c.id == self.table.c.lead_id)

    def is_sealed_with(self, name: str) -> ColumnElement[bool]:
        """Return the condition that a text was sealed with a key; `name` is how such texts begin."""
        return func.substr(self.column, 1, KEY_NAME_CHARS) == name

    def is_stale(self, own: str) -> ColumnElement[bool]:
        """Return the condition that a text is not stored as it would be now."""
        is_other = ~self.is_sealed_with(own)
        return and_(is_other, or_(self.is_sealed, _NOT_ERASED)) if self.is_emptied else is_other

    @property
    def is_sealed(self) -> ColumnElement[bool]:
        """The condition that a text was sealed, with whatever key."""
        return func.substr(self.column, 1, len(SEALED_PREFIX)) == SEALED_PREFIX

    def is_of(self, keys: Sequence[Key]) -> ColumnElement[bool]:
        """Return the condition that a row is one of these."""
        if len(self.key) == 1:
            return self.key[0].in_([value for (value,) in keys])
        return tuple_(*self.key).in_(keys)

    def is_after(self, key: Key) -> ColumnElement[bool]:
        """Return the condition that a row comes later, in the order of the keys."""
        last = (literal(value, column.type) for value, column in zip(key, self.key, strict=True))
        return tuple_(*self.key) > tuple_(*last)


SEALED: Final = (
    SealedColumn(lead.c.reasons),
    SealedColumn(lead.c.context),
    SealedColumn(revision.c.answers),
    SealedColumn(revision.c.payload),
    SealedColumn(attempt.c.answer),
    SealedColumn(lead_note.c.text),
    SealedColumn(consent.c.context, is_emptied=False),
    SealedColumn(lane.c.reason, is_emptied=False),
)
"""Everything in the database that the vault seals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How many stored texts are sealed with what."""

    own: int  # with the first key
    stale: int  # with another key that is set, or plain though there is one
    lost: int  # with a key that is not set, of leads that are erased: nobody needs them
    missing: dict[str, int]  # of leads that are kept, by the id of a key that is not set


@dataclass(frozen=True, slots=True)
class SqlResealing:
    """Seals what is stored anew with the first data key, on SQLite or PostgreSQL."""

    database: Database
    vault: Vault
    broken: dict[str, str] = field(default_factory=dict, init=False)
    """Why a text could not be opened, by what it is of; such a text stays as it is."""

    def survey(self) -> Survey:
        """Count all stored texts by their keys. Raises: StorageUnavailableError."""
        own, stale, lost, missing = 0, 0, 0, Counter[str]()
        with self.database.read() as connection:
            for sealed in SEALED:
                for row in connection.execute(_by_key(sealed)):
                    if self.vault.is_own(row.name):
                        own += row.texts
                    elif self.vault.has_key_of(row.name):
                        stale += row.texts
                    elif row.is_kept and sealed.table is not lane:
                        missing[row.name.removeprefix(SEALED_PREFIX)[:-1]] += row.texts
                    else:
                        lost += row.texts
        return Survey(own=own, stale=stale, lost=lost, missing=dict(missing))

    def require_keys(self) -> Survey:
        """Return the survey, if there is a key to seal with, and the key of every stored text is set.

        Raises: SettingsError, DataKeyError, StorageUnavailableError.
        """
        if self.vault.key_id is None:
            raise SettingsError(["REALPAD_FORM_DATA_KEY is not set, so there is nothing to seal with"])
        found = self.survey()
        if found.missing:
            key_id, texts = min(found.missing.items())
            raise DataKeyError(
                f"stored texts were sealed with data key {key_id}, which is not set: {texts}, one of them of"
                f" lead {self._lead_of(key_id)}; add it again behind the others"
            )
        return found

    def texts(self) -> Iterator[None]:
        """Seal anew what is not sealed with the first key; yield for each text, once it is stored.

        A text that others hold for more than three seconds stays as it is; the survey counts it.

        Raises: StorageUnavailableError, also if one did not come back as it was written.
        """
        for _ in range(PASSES):
            done = 0
            for sealed in SEALED:
                for number in self._column(sealed):
                    done += number
                    yield from repeat(None, number)
            if not done:
                return

    def count_findable(self) -> int:
        """Return how many leads are found by search terms. Raises: StorageUnavailableError."""
        with self.database.read() as connection:
            return search.count_findable(self._transaction(connection))

    def terms(self) -> Iterator[None]:
        """Let leads be found by terms of the first key only; yield for each that was looked at.

        Raises: StorageUnavailableError, also if others hold leads for long.
        """
        held = 0
        for _ in range(PASSES):
            held, after = 0, None
            while ids := self._findable(after):
                began, of_others = time.monotonic(), 0
                for pause in PAUSES:
                    if not (of_others := self._find_anew(ids)):
                        break
                    time.sleep(pause)
                held += of_others
                yield from repeat(None, len(ids))
                after = ids[-1]
                time.sleep(time.monotonic() - began)
            if not held:
                return
        raise StorageUnavailableError(f"{held} leads are held by others; run this again in a few minutes")

    def _lead_of(self, key_id: str) -> object:
        """Return a lead with a text that was sealed with a key."""
        with self.database.read() as connection:
            for sealed in SEALED[:-1]:
                query = sealed.query(sealed.key[0].label("of_lead"))
                query = query.where(sealed.is_sealed_with(name_of_key(key_id)), _NOT_ERASED)
                if row := connection.execute(query.limit(1)).first():
                    return row.of_lead
        return "that was erased just now"

    def _column(self, sealed: SealedColumn) -> Iterator[int]:
        """Seal the texts of a column anew; yield how many each transaction did."""
        after: Key | None = None
        while keys := self._stale(sealed, after):
            began, after = time.monotonic(), keys[-1]
            for pause in PAUSES:
                done, keys = self._seal(sealed, keys)
                yield done
                if not keys:
                    break
                time.sleep(pause)
            time.sleep(time.monotonic() - began)  # others shall have their turn

    def _stale(self, sealed: SealedColumn, after: Key | None) -> list[Key]:
        """Return the next rows that have something to seal, as far as can be told without a lock."""
        query = sealed.query(*sealed.key).where(sealed.is_stale(name_of_key(str(self.vault.key_id))))
        if after is not None:
            query = query.where(sealed.is_after(after))
        with self.database.read() as connection:
            found = connection.execute(query.order_by(*sealed.key).limit(AT_ONCE)).all()
        return [_key(sealed, row) for row in found]

    def _seal(self, sealed: SealedColumn, keys: Sequence[Key]) -> tuple[int, list[Key]]:
        """Seal the texts of rows anew, as they are by now, in one transaction.

        Returns how many, and the rows that others hold.

        Raises: StorageUnavailableError; then, or if one does not come back as it was, none is changed.
        """
        query = sealed.query(*sealed.key).where(sealed.is_of(keys))
        with self.database.write() as connection:
            locked = connection.execute(query.with_for_update(of=sealed.table, skip_locked=True))
            opened = {_key(sealed, row): self._open(sealed, row) for row in locked}
            texts = {key: text for key, text in opened.items() if text is not None}
            held: list[Key] = []
            if len(opened) < len(keys):  # the others are held, or were deleted
                rows = connection.execute(query)
                held = [key for key in (_key(sealed, row) for row in rows) if key not in opened]
            if not texts:
                return 0, held
            anew = [
                {
                    sealed.column.name: self.vault.seal(text, *sealed.about(key)),
                    **{f"of_{column.name}": value for column, value in zip(sealed.key, key, strict=True)},
                }
                for key, text in texts.items()
            ]
            is_row = (column == bindparam(f"of_{column.name}", type_=column.type) for column in sealed.key)
            save = update(sealed.table).where(*is_row)
            connection.execute(save.values({sealed.column: bindparam(sealed.column.name)}), anew)
            stored = {_key(sealed, row): row.stored for row in connection.execute(query)}
            for key, text in texts.items():
                about = sealed.about(key)
                if not self.vault.is_own(stored[key]) or self.vault.open(stored[key], *about) != text:
                    raise StorageUnavailableError(
                        f"{_named(about)} did not come back as it was; it was not changed"
                    )
            crash_point(CrashPoint.IN_RESEAL)
        return len(texts), held

    def _open(self, sealed: SealedColumn, row: Row[Any]) -> str | None:
        """Return the text of a row, opened; None if it has to stay as it is."""
        stored: str | None = row.stored
        if stored is None or self.vault.is_own(stored) or not self.vault.has_key_of(stored):
            return None
        if sealed.is_emptied and not row.is_kept and not self.vault.is_sealed(stored):
            return None
        about = sealed.about(_key(sealed, row))
        try:
            return self.vault.open(stored, *about)
        except SealBrokenError as error:
            self.broken[_named(about)] = str(error)
            return None

    def _findable(self, after: UUID | None) -> list[UUID]:
        """Return the next leads that are found by search terms."""
        with self.database.read() as connection:
            rows = search.findable(self._transaction(connection), after=after, at_most=AT_ONCE)
            return [row.id for row in rows]

    def _find_anew(self, ids: Sequence[UUID]) -> int:
        """Store the terms of leads anew where that is needed; return how many leads others hold.

        Raises: StorageUnavailableError; then, or if one is not found by them afterwards, none is changed.
        """
        with self.database.read() as connection:
            tx = self._transaction(connection)
            stale = list(self._words(tx, search.rows(tx, ids)))
        if not stale:
            return 0
        with self.database.write() as connection:
            tx = self._transaction(connection)
            locked = search.lock(tx, [row.id for row in stale])
            words = self._words(tx, locked)
            search.find_by(tx, words)
            left = self._words(tx, search.rows(tx, [row.id for row in words]))
            if left:
                raise StorageUnavailableError(f"search terms of lead {next(iter(left)).id} were not stored")
        return len(stale) - len(locked)

    def _words(self, tx: Transaction, rows: Sequence[Row[Any]]) -> dict[Row[Any], frozenset[str]]:
        """Return what leads have to be found by, those that are found by something else."""
        words = {}
        for row in rows:
            try:
                [record] = leads.records(tx, [row])
            except SealBrokenError as error:
                self.broken[f"lead/{row.id}"] = str(error)
                continue
            if not search.is_found_by(tx, row, words_of(record)):
                words[row] = words_of(record)
        return words

    def _transaction(self, connection: Connection) -> Transaction:
        return Transaction(connection, self.database, self.vault, None)


def _key(sealed: SealedColumn, row: Row[Any]) -> Key:
    return tuple(getattr(row, column.name) for column in sealed.key)


def _named(about: Key) -> str:
    return "/".join(map(str, about))


def _by_key(sealed: SealedColumn) -> Select[Any]:
    """Return the query for how many texts there are by the beginning that names their key; '' if plain.

    What erasing has emptied is left out.
    """
    name = case((sealed.is_sealed, func.substr(sealed.column, 1, KEY_NAME_CHARS)), else_="").label("name")
    query = sealed.query(name).where(sealed.column.is_not(None))
    if sealed.is_emptied:
        query = query.where(or_(sealed.is_sealed, _NOT_ERASED))
    texts = query.subquery()
    counted = select(texts.c.name, texts.c.is_kept, func.count().label("texts"))
    return counted.group_by(texts.c.name, texts.c.is_kept)
