"""What makes leads findable and counted: blinded words and tallies, beside the lead's own row."""

import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, func, select, update

from realpad_form.adapters.sql import statistics
from realpad_form.adapters.sql.schema import UNDIGESTED, Micros, lead, term
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.statistics import TallyKey
from realpad_form.ports.inbox import IndexEntry

_UNDIGESTED: Final = (
    select(lead).where(UNDIGESTED).order_by(lead.c.created_at.desc()).limit(bindparam("at_most"))
)
_LOCKED: Final = (
    select(lead)
    .where(lead.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(lead.c.id)
    .with_for_update(skip_locked=True)
)
_ONE: Final = select(lead).where(lead.c.id == bindparam("of_id"))
_ROWS: Final = select(lead).where(lead.c.id.in_(bindparam("ids", expanding=True))).order_by(lead.c.id)
_IS_FINDABLE: Final = and_(lead.c.terms.is_not(None), lead.c.status != Status.ERASED)
_FINDABLE: Final = select(lead.c.id).where(_IS_FINDABLE).order_by(lead.c.id).limit(bindparam("at_most"))
_FOUND_BY: Final = select(func.count()).where(
    term.c.term.in_(bindparam("terms", expanding=True)),
    term.c.created_at == bindparam("of_time", type_=Micros()),
    term.c.lead_id == bindparam("of_lead"),
)
_MARK: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_FORGET: Final = delete(term).where(
    term.c.term == bindparam("of_term"),
    term.c.created_at == bindparam("of_time"),
    term.c.lead_id == bindparam("of_lead"),
)


def undigested(tx: Transaction, at_most: int) -> list[Row[Any]]:
    """Return rows of leads that are not digested, newest first."""
    return tx.rows(_UNDIGESTED, at_most=at_most)


def digest(tx: Transaction, digests: Iterable[IndexEntry]) -> int:
    """Store the digests of those leads that have not changed since; return how many."""
    by_id = {each.seen.record.lead.id: each for each in digests}
    if not by_id:
        return 0
    unchanged = [row for row in tx.rows(_LOCKED, ids=list(by_id)) if _is_as_seen(row, by_id[row.id])]
    counts: Counter[tuple[TallyKey, str]] = Counter()
    for row in unchanged:
        counts.update(by_id[row.id].counts)
    _store(tx, {row: _blind(tx, by_id[row.id].words) for row in unchanged})
    for row in unchanged:
        marks = {"digested": row.revision, "tallied": int(by_id[row.id].tallied)}
        tx.change(_MARK, {"of_id": row.id, **marks})
    statistics.add_counts(tx.connection, counts)
    return len(unchanged)


def forget(tx: Transaction, lead_id: UUID) -> None:
    """Let a lead, locked by this transaction, be found by no word any more."""
    _store(tx, {row: frozenset() for row in tx.rows(_ONE, of_id=lead_id)})


def count_findable(tx: Transaction) -> int:
    """Return how many leads are found by words."""
    return tx.number(select(func.count()).select_from(lead).where(_IS_FINDABLE))


def findable(tx: Transaction, *, after: UUID | None, at_most: int) -> list[Row[Any]]:
    """Return the ids of leads that are found by words, in their order, after one."""
    return tx.rows(_FINDABLE if after is None else _FINDABLE.where(lead.c.id > after), at_most=at_most)


def rows(tx: Transaction, ids: Iterable[UUID]) -> list[Row[Any]]:
    """Return the rows of leads."""
    return tx.rows(_ROWS, ids=list(ids))


def lock(tx: Transaction, ids: Iterable[UUID]) -> list[Row[Any]]:
    """Return the rows of leads that nobody else can change now, leaving out those that others hold."""
    return tx.rows(_LOCKED, ids=list(ids))


def is_found_by(tx: Transaction, row: Row[Any], words: Iterable[str]) -> bool:
    """Tell whether a lead is found by these words under the first data key, and by nothing else."""
    terms = _blind(tx, words)
    found = tx.number(_FOUND_BY, terms=list(terms), **_of(row))
    return terms == _read(row) and found == len(terms)


def find_by(tx: Transaction, words: Mapping[Row[Any], Iterable[str]]) -> None:
    """Let leads, locked by this transaction, be found by these words under the first data key."""
    _store(tx, {row: _blind(tx, each) for row, each in words.items()})


def _is_as_seen(row: Row[Any], digest: IndexEntry) -> bool:
    seen = digest.seen.record.lead
    now = (row.revision, row.status, row.digested, row.tallied)
    return now == (seen.revision, seen.status, digest.seen.digested, digest.seen.tallied)


def _store(tx: Transaction, terms: Mapping[Row[Any], Collection[int]]) -> None:
    """Let leads be found by these terms and no others."""
    gone = [{"of_term": each, **_of(row)} for row, new in terms.items() for each in _read(row) - set(new)]
    if gone:
        tx.connection.execute(_FORGET, gone)
    tx.add_new(term, *(each for row, new in terms.items() for each in _term_rows(row, new)))
    for row, new in terms.items():
        if set(new) != _read(row):
            packed = struct.pack(f">{len(new)}q", *sorted(new)) if new else None
            tx.change(_MARK, {"of_id": row.id, "terms": packed})


def _term_rows(row: Row[Any], terms: Collection[int]) -> Iterator[dict[str, object]]:
    for each in sorted(set(terms) - _read(row)):
        yield {"term": each, "created_at": row.created_at, "lead_id": row.id}


def _of(row: Row[Any]) -> dict[str, object]:
    return {"of_time": row.created_at, "of_lead": row.id}


def _read(row: Row[Any]) -> set[int]:
    """Return the terms that a lead is found by."""
    packed: bytes = row.terms or b""
    return set(struct.unpack(f">{len(packed) // 8}q", packed))


def _blind(tx: Transaction, words: Iterable[str]) -> frozenset[int]:
    return frozenset(tx.blind(word) for word in words)
