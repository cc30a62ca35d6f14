"""Where to look for leads, newest first, and what they must be besides: one index for every question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from realpad_form.adapters.sql.schema import lead, term
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.search import Cursor, InboxQuery, asked, campaign_word, unit_word

PROJECTS: Final = 20
"""More projects than these are looked for among all leads, since each costs a look into the index."""

COUNTED_LEADS: Final = 10_000
"""Terms with more leads than these are all equally common."""

Terms = Sequence[int]
"""One of these must be there: a word, or another that it may stand for, blinded with each data key."""

# Written out, never parameters: what the index leaves out must be known when the query is planned.
_IS_OPEN: Final = lead.c.status != literal_column("'delivered'")


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
    words += [frozenset({campaign_word(query.campaign)})] if query.campaign else []
    words += [frozenset({unit_word(query.unit)})] if query.unit else []
    terms: list[Terms] = [
        sorted({each for word in group for each in tx.vault.blind(word)}) for group in words
    ]
    if not terms:
        return SearchPlan((), ())
    counted = sorted(((_number(tx, [_with_term(each)]), each) for each in terms), key=itemgetter(0))
    if _is_open(query) and _number(tx, list(_of_status(query))) < counted[0][0]:
        return SearchPlan((), terms)
    return SearchPlan(counted[0][1], [each for _, each in counted[1:]])


def places(query: InboxQuery, by: SearchPlan, *, after: Cursor | None, size: int) -> Subquery:
    """Return the next places to look at, newest first, `size` of them, by columns created_at and id."""
    branches = [_newest(each, query, after=after, size=size) for each in _branches(query, by)]
    if len(branches) == 1:
        return branches[0].subquery("place")
    every: CompoundSelect[Any] = union_all(*(select(each.subquery()) for each in branches))
    return _first(select(every.subquery()).distinct(), size).subquery("place")


def conditions(query: InboxQuery, by: SearchPlan, place: Subquery) -> Iterator[ColumnElement[bool]]:
    """Yield what the lead of a place must be, besides."""
    if query.statuses:
        yield lead.c.status.in_(list(query.statuses))
    if query.projects is not None:
        yield lead.c.project.in_(sorted(query.projects))
    created_at = place.c.created_at if by.source else MicrosOf(place.c.created_at)
    for each in by.terms:
        # A scalar, since PostgreSQL makes a join of EXISTS and then reads all leads with the word.
        there = select(term.c.term).where(
            term.c.term.in_(each), term.c.created_at == created_at, term.c.lead_id == place.c.id
        )
        yield there.limit(1).scalar_subquery().is_not(None)


def _number(tx: Transaction, branches: Sequence[Select[Any]]) -> int:
    """Return how many leads there are to look through; those that are very many are equally many."""
    return sum(
        tx.number(select(func.count()).select_from(each.limit(COUNTED_LEADS).subquery())) for each in branches
    )


def _branches(query: InboxQuery, by: SearchPlan) -> Iterator[Select[Any]]:
    """Yield what is looked through; each is in order in an index."""
    if by.source:
        # One by one, since several terms together are in no order.
        yield from (_with_term([each]) for each in by.source)
    elif _is_open(query):
        yield from _of_status(query)
    elif query.projects is None or len(query.projects) > PROJECTS:
        yield _LEADS
    else:
        yield from (_LEADS.where(lead.c.project == slug) for slug in sorted(query.projects) or [""])


def _with_term(terms: Terms) -> Select[Any]:
    return select(term.c.created_at, term.c.lead_id.label("id")).where(term.c.term.in_(terms))


def _is_open(query: InboxQuery) -> bool:
    """Tell whether all leads that are asked for are in the index of those that are not delivered."""
    return bool(query.statuses) and Status.DELIVERED not in query.statuses


def _of_status(query: InboxQuery) -> Iterator[Select[Any]]:
    for status in sorted(query.statuses):
        is_of_status = lead.c.status == literal_column(f"'{status.value}'")
        yield _LEADS.where(is_of_status, _IS_OPEN, *_in_projects(query))


def _in_projects(query: InboxQuery) -> Iterator[ColumnElement[bool]]:
    """Yield which projects are wanted, hidden by coalesce() from the index of all leads of a project."""
    if query.projects is not None:
        yield func.coalesce(lead.c.project, "").in_(sorted(query.projects))


def _newest(branch: Select[Any], query: InboxQuery, *, after: Cursor | None, size: int) -> Select[Any]:
    """Return the newest of a branch, within the times asked for."""
    created_at, lead_id = branch.selected_columns
    if query.since is not None:
        branch = branch.where(created_at >= query.since)
    if query.until is not None:
        branch = branch.where(created_at < query.until)
    if after is not None:
        last = tuple_(literal(after.created_at, created_at.type), literal(after.lead_id, lead_id.type))
        branch = branch.where(tuple_(created_at, lead_id) < last)
    return branch.order_by(created_at.desc(), lead_id.desc()).limit(size)


def _first(statement: Select[Any], size: int) -> Select[Any]:
    created_at, lead_id = statement.selected_columns
    return statement.order_by(created_at.desc(), lead_id.desc()).limit(size)


_LEADS: Final = select(lead.c.created_at, lead.c.id)
