"""The search: how leads are found by what they say, though their words are stored encrypted.

The words of a lead (`domain.search.words_of`) are blinded: `Vault.blind` makes a keyed hash of each, a term.
Terms stand in the table `term`, and packed once more in the lead's own row, so that they can be removed. This
blind index follows the leads a few seconds later:

- `SqlIndexQueue` hands out leads with news (`pending`) and stores what `services.indexer` makes of them
  (`store`): terms, and the statistics that are counted once.
- `SqlLeadIndex` answers questions. `plan` decides what is looked through: the rarest term, or leads by their
  status, project or time; `places` goes there in the list's order, and `conditions` checks the rest.
- `forget` takes a lead out when it is erased; `resealing` stores the terms anew for another data key, with
  `findable`, `lock`, `is_found_by` and `find_by`.
"""

import logging
import struct
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    delete,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from realpad_form.adapters.sql import facets, leads, statistics
from realpad_form.adapters.sql.column_types import Micros
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import NOT_INDEXED, lead, term
from realpad_form.adapters.sql.transaction import DataKeyCheck, Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.search import (
    COUNTED,
    Cursor,
    Facet,
    FacetMatches,
    InboxQuery,
    LeadCount,
    LeadPage,
    asked,
)
from realpad_form.domain.statistics import Tallied, TallyKey
from realpad_form.ports.reports import IndexEntry, IndexTask

WINDOWS: Final = (200, 1_000, 3_000)
"""How many leads are looked at before more of them are, and before a person is asked to look on."""

_COUNTS: Final = (
    select(lead.c.status, lead.c.project, func.count().label("number"))
    .where(
        lead.c.status.in_([literal_column(f"'{status.value}'") for status in COUNTED]),
        lead.c.status != literal_column("'delivered'"),
    )
    .group_by(lead.c.status, lead.c.project)
)

PROJECTS: Final = 20
"""More projects than these are looked for among all leads, since each costs a look into the index."""

COUNTED_LEADS: Final = 10_000
"""Terms with more leads than these are all equally common, unless nothing else is rarer."""

Terms = Sequence[int]
"""One of these must be there: a word, or another that it may stand for, blinded with each data key."""

# Written out, never parameters: what the index leaves out must be known when the query is planned.
_IS_OPEN: Final = lead.c.status != literal_column("'delivered'")

_LEADS: Final = select(lead.c.created_at, lead.c.id)

UNREADABLE: Final = 1000
"""So many leads that cannot be opened are passed over; more of them are no accident."""

logger = logging.getLogger(__name__)

_PENDING: Final = (
    select(lead).where(NOT_INDEXED).order_by(lead.c.created_at.desc()).limit(bindparam("at_most"))
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


@dataclass(frozen=True, slots=True)
class SqlLeadIndex:
    """The port LeadIndex, on SQLite or PostgreSQL; what it takes does not grow with the log."""

    database: Database
    vault: Vault

    def page(self, query: InboxQuery, *, after: Cursor | None = None, limit: int = 50) -> LeadPage:
        """Return the first leads that match, or those that come after a place in the list."""
        with self.database.read() as connection:
            tx = Transaction(connection, self.database, self.vault, None)
            while True:
                ids, further = _find_ids(tx, query, after=after, limit=limit)
                by_id = {row.id: row for row in tx.rows(select(lead).where(lead.c.id.in_(ids)))}
                found = _read_leads(tx, [by_id[lead_id] for lead_id in ids])
                records = [each for each in found if not query.whole or query.whole.is_of(each)]
                # An empty page with a link to a further one would give away that an index entry matched.
                if records or further is None or not query.whole:
                    return LeadPage(records=tuple(records), further=further)
                after = further

    def count(self, query: InboxQuery) -> LeadCount:
        """Return how many leads match among the first few thousand that are looked at."""
        with self.database.read() as connection:
            tx = Transaction(connection, self.database, self.vault, None)
            by = plan(tx, query)
            place = places(query, by, after=None, size=WINDOWS[-1])
            looked_at = tx.number(select(func.count()).select_from(place))
            matching = select(func.count()).select_from(place).join(lead, lead.c.id == place.c.id)
            number = tx.number(matching.where(*conditions(query, by, place)))
            return LeadCount(number=number, is_exact=looked_at < WINDOWS[-1])

    def counts(self, projects: frozenset[str] | None) -> dict[Status, int]:
        """Return how many leads of these projects have each status of `COUNTED`, exactly, now."""
        with self.database.read() as connection:
            counts = dict.fromkeys(COUNTED, 0)
            for row in connection.execute(_COUNTS):
                if projects is None or row.project in projects:
                    counts[Status(row.status)] += row.number
            return counts

    def find_names(self, facet: Facet, asked: str, *, projects: frozenset[str] | None) -> FacetMatches:
        """Return the campaigns or units that a person means."""
        with self.database.read() as connection:
            return facets.find(connection, facet, asked, projects)

    def suggest_names(
        self, facet: Facet, *, projects: frozenset[str] | None, since: date, limit: int
    ) -> list[str]:
        """Return the campaigns or units of the leads since a day, those with most leads first."""
        with self.database.read() as connection:
            return facets.suggest(connection, facet, projects, since=since, limit=limit)


def _find_ids(
    tx: Transaction, query: InboxQuery, *, after: Cursor | None, limit: int
) -> tuple[list[UUID], Cursor | None]:
    """Return the ids of leads, and where to look on, or None at the end."""
    by = plan(tx, query)
    found: list[Row[Any]] = []
    for size in WINDOWS:
        place = places(query, by, after=after, size=size)
        matching = select(place).join(lead, lead.c.id == place.c.id)
        matching = matching.where(*conditions(query, by, place))
        order = _order(query, place.c.created_at, place.c.id)
        found += tx.rows(matching.order_by(*order).limit(limit + 1 - len(found)))
        if len(found) > limit:
            return [row.id for row in found[:limit]], _cursor(found[limit - 1])
        last = tx.row(select(place).order_by(*order).offset(size - 1))
        if last is None:
            return [row.id for row in found], None
        after = _cursor(last)
    return [row.id for row in found], after


def _cursor(row: Row[Any]) -> Cursor:
    return Cursor(row.created_at, row.id)


def _read_leads(tx: Transaction, of_leads: Sequence[Row[Any]]) -> list[LeadRecord]:
    """Return the leads; one that cannot be opened is shown without its words, and hides no other."""
    try:
        return leads.records(tx, of_leads)
    except SealBrokenError:
        if len(of_leads) == 1:
            return [leads.unreadable(tx, of_leads[0])]
        return [record for row in of_leads for record in _read_leads(tx, [row])]


class MicrosOf(FunctionElement[int]):
    """A column of `UtcDateTime` as one of `Micros` holds the same time."""

    name = "micros_of"
    inherit_cache = True
    type = BigInteger()


@compiles(MicrosOf, "postgresql")
def _on_postgresql(element: MicrosOf, compiler: Any, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) * 1000000 AS bigint)"


@compiles(MicrosOf, "sqlite")
def _on_sqlite(element: MicrosOf, compiler: Any, **options: Any) -> str:
    time = compiler.process(element.clauses, **options)
    return f"(CAST(strftime('%s', {time}) AS integer) * 1000000 + CAST(substr({time}, 21, 6) AS integer))"


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What is looked through, and what each lead there must have besides."""

    source: Terms  # empty: leads by their status, project or time
    terms: Sequence[Terms]


def plan(tx: Transaction, query: InboxQuery) -> SearchPlan:
    """Return how to look: through what is rarest."""
    words = [query.whole.words] if query.whole else asked(query.text)
    words += [matches.words for matches in (query.campaigns, query.units) if matches]
    terms: list[Terms] = [
        sorted({each for word in group for each in tx.vault.blind(word)}) for group in words
    ]
    if not terms:
        return SearchPlan((), ())
    counted = _by_number(tx, terms, COUNTED_LEADS)
    # A part of a name may stand for all leads or for a twentieth of them.
    if len(terms) > 1 and counted[0][0] == COUNTED_LEADS and (query.campaigns or query.units):
        counted = _by_number(tx, terms, 10 * COUNTED_LEADS)
    if (others := _without_words(query)) and _are_fewer(tx, others, than=counted[0][0]):
        return SearchPlan((), terms)
    return SearchPlan(counted[0][1], [each for _, each in counted[1:]])


def places(query: InboxQuery, by: SearchPlan, *, after: Cursor | None, size: int) -> Subquery:
    """Return the next places to look at, in their order, `size` of them, by columns created_at and id."""
    branches = [_first(each, query, after=after, size=size) for each in _branches(query, by)]
    if len(branches) == 1:
        return branches[0].subquery("place")
    every: CompoundSelect[Any] = union_all(*(select(each.subquery()) for each in branches))
    merged = select(every.subquery()).distinct()
    created_at, lead_id = merged.selected_columns
    return merged.order_by(*_order(query, created_at, lead_id)).limit(size).subquery("place")


def conditions(query: InboxQuery, by: SearchPlan, place: Subquery) -> Iterator[ColumnElement[bool]]:
    """Yield what the lead of a place must be, besides."""
    if query.statuses:
        yield lead.c.status.in_(list(query.statuses))
    if query.projects is not None:
        yield lead.c.project.in_(sorted(query.projects))
    if query.assignee is not None:
        yield lead.c.assignee == query.assignee
    created_at = place.c.created_at if by.source else MicrosOf(place.c.created_at)
    for each in by.terms:
        # A scalar, since PostgreSQL makes a join of EXISTS and then reads all leads with the word.
        there = select(term.c.term).where(
            term.c.term.in_(each), term.c.created_at == created_at, term.c.lead_id == place.c.id
        )
        yield there.limit(1).scalar_subquery().is_not(None)


def _by_number(tx: Transaction, terms: Iterable[Terms], most: int) -> list[tuple[int, Terms]]:
    """Return terms with the numbers of their leads, the rarest first."""
    return sorted(((_number(tx, _with_term(each), most), each) for each in terms), key=itemgetter(0))


def _number(tx: Transaction, branch: Select[Any], most: int) -> int:
    """Return how many leads there are to look through, as far as they are counted."""
    return tx.number(select(func.count()).select_from(branch.limit(most).subquery()))


def _are_fewer(tx: Transaction, branches: Sequence[Select[Any]], *, than: int) -> bool:
    """Return whether there are fewer leads to look through; no more of them are counted."""
    total = 0
    for each in branches:
        total += _number(tx, each, than - total)
        if total >= than:
            return False
    return total < than


def _branches(query: InboxQuery, by: SearchPlan) -> Iterator[Select[Any]]:
    """Yield what is looked through; each is in order in an index."""
    if by.source:
        # One by one, since several terms together are in no order.
        yield from (_with_term([each]) for each in by.source)
    elif query.assignee is not None:
        yield _LEADS.where(lead.c.assignee == query.assignee, lead.c.assignee.is_not(None))
    else:
        yield from _without_words(query) or [_LEADS]


def _without_words(query: InboxQuery) -> list[Select[Any]]:
    """Return the leads of the statuses or else of the projects; nothing if that would be nearly all leads."""
    if _is_open(query):
        return list(_of_status(query))
    if query.projects is None or len(query.projects) > PROJECTS:
        return []
    return [_LEADS.where(lead.c.project == slug) for slug in sorted(query.projects) or [""]]


def _with_term(terms: Terms) -> Select[Any]:
    return select(term.c.created_at, term.c.lead_id.label("id")).where(term.c.term.in_(terms))


def _is_open(query: InboxQuery) -> bool:
    """Tell whether all leads that are asked for are in the index of those that are not delivered."""
    return bool(query.statuses) and Status.DELIVERED not in query.statuses


def _of_status(query: InboxQuery) -> Iterator[Select[Any]]:
    for status in sorted(query.statuses):
        branch = _LEADS.where(lead.c.status == literal_column(f"'{status.value}'"), _IS_OPEN)
        if query.projects is not None:
            # coalesce() hides the column from the index of all leads of a project.
            branch = branch.where(func.coalesce(lead.c.project, "").in_(sorted(query.projects)))
        yield branch


def _order(query: InboxQuery, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return what a list is ordered by: both directions run along the same indexes."""
    return [each.asc() if query.is_oldest_first else each.desc() for each in columns]


def _first(branch: Select[Any], query: InboxQuery, *, after: Cursor | None, size: int) -> Select[Any]:
    """Return the first of a branch, within the times asked for."""
    created_at, lead_id = branch.selected_columns
    if query.since is not None:
        branch = branch.where(created_at >= query.since)
    if query.until is not None:
        branch = branch.where(created_at < query.until)
    if after is not None:
        last = tuple_(literal(after.created_at, created_at.type), literal(after.lead_id, lead_id.type))
        here = tuple_(created_at, lead_id)
        branch = branch.where(here > last if query.is_oldest_first else here < last)
    return branch.order_by(*_order(query, created_at, lead_id)).limit(size)


@dataclass(frozen=True, slots=True)
class SqlIndexQueue:
    """The port IndexQueue, on SQLite or PostgreSQL."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests
    _unreadable: set[UUID] = field(default_factory=set, init=False, repr=False)
    _data_keys: DataKeyCheck = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Let no word be found under a key that the log does not know."""
        object.__setattr__(self, "_data_keys", DataKeyCheck(self.vault))

    def pending(self, limit: int) -> list[IndexTask]:
        """Return leads with a revision or an answer of Realpad that is not indexed, newest first.

        Raises: SealBrokenError, if very many cannot be opened.
        """
        with self.database.read() as connection:
            tx = Transaction(connection, self.database, self.vault, self.clock)
            found = tx.rows(_PENDING, at_most=limit + len(self._unreadable))
            return self._read(tx, [row for row in found if row.id not in self._unreadable])

    def store(self, entries: Sequence[IndexEntry]) -> int:
        """Store entries of leads that have not changed since, in one transaction; return how many."""
        by_id = {each.seen.record.lead.id: each for each in entries}
        if not by_id:
            return 0
        with self.database.write() as connection:
            tx = Transaction(connection, self.database, self.vault, self.clock, self._data_keys)
            unchanged = [row for row in lock(tx, by_id) if _is_as_seen(row, by_id[row.id])]
            counts: Counter[tuple[TallyKey, str]] = Counter()
            for row in unchanged:
                counts.update(by_id[row.id].counts)
            _store_terms(tx, {row: _blind(tx, by_id[row.id].words) for row in unchanged})
            for row in unchanged:
                marks = {"digested": row.revision, "tallied": int(by_id[row.id].tallied)}
                tx.change(_MARK, {"of_id": row.id, **marks})
            statistics.add_counts(connection, counts)
            facets.add(connection, facets.sightings(by_id[row.id] for row in unchanged))
        return len(unchanged)

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


def forget(tx: Transaction, lead_id: UUID) -> None:
    """Let a lead, locked by this transaction, be found by no word any more."""
    _store_terms(tx, {row: frozenset() for row in tx.rows(_ONE, of_id=lead_id)})


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
    found = tx.number(_FOUND_BY, terms=list(terms), **_of_lead(row))
    return terms == _terms_of(row) and found == len(terms)


def find_by(tx: Transaction, words: Mapping[Row[Any], Iterable[str]]) -> None:
    """Let leads, locked by this transaction, be found by these words under the first data key."""
    _store_terms(tx, {row: _blind(tx, each) for row, each in words.items()})


def _is_as_seen(row: Row[Any], entry: IndexEntry) -> bool:
    seen = entry.seen.record.lead
    now = (row.revision, row.status, row.digested, row.tallied)
    return now == (seen.revision, seen.status, entry.seen.digested, entry.seen.tallied)


def _store_terms(tx: Transaction, terms: Mapping[Row[Any], Collection[int]]) -> None:
    """Let leads be found by these terms and no others."""
    gone = [
        {"of_term": each, **_of_lead(row)} for row, new in terms.items() for each in _terms_of(row) - set(new)
    ]
    if gone:
        tx.connection.execute(_FORGET, gone)
    added = (
        {"term": each, "created_at": row.created_at, "lead_id": row.id}
        for row, new in terms.items()
        for each in sorted(set(new) - _terms_of(row))
    )
    tx.add_new(term, *added)
    for row, new in terms.items():
        if set(new) != _terms_of(row):
            packed = struct.pack(f">{len(new)}q", *sorted(new)) if new else None
            tx.change(_MARK, {"of_id": row.id, "terms": packed})


def _of_lead(row: Row[Any]) -> dict[str, object]:
    return {"of_time": row.created_at, "of_lead": row.id}


def _terms_of(row: Row[Any]) -> set[int]:
    """Return the terms that a lead is found by."""
    packed: bytes = row.terms or b""
    return set(struct.unpack(f">{len(packed) // 8}q", packed))


def _blind(tx: Transaction, words: Iterable[str]) -> frozenset[int]:
    return frozenset(tx.blind(word) for word in words)
