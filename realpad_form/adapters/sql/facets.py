"""The campaigns and units that leads came with: found by parts of their names, and suggested.

There are few of them beside the leads, so a part of a name is looked for among these; the leads are then
found by whole names, through an index. Anybody may make up campaigns, so only so many are kept of a project.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, delete, func, select, text, tuple_

from realpad_form.adapters.sql.schema import facet as table
from realpad_form.domain.search import Facet, FacetMatches, FacetName, fold, whole_name
from realpad_form.domain.statistics import TEST_CAMPAIGN, day_of
from realpad_form.ports.reports import IndexEntry

MOST_KEPT: Final = 5_000
"""Of one project and facet; of more, those whose last lead is the oldest are forgotten."""

MOST_FOUND: Final = 20
"""Names that leads are looked for by at once; each costs a look into the index."""

_ADD: Final = text(
    "INSERT INTO facet (project, kind, name, written, leads, seen_on)"
    " VALUES (:project, :kind, :name, :written, :leads, :seen_on)"
    " ON CONFLICT (project, kind, name) DO UPDATE SET leads = facet.leads + excluded.leads,"
    " seen_on = CASE WHEN excluded.seen_on > facet.seen_on THEN excluded.seen_on ELSE facet.seen_on END"
)


class FacetSighting(NamedTuple):
    """What a lead that is indexed tells of a name."""

    facet: FacetName
    on: date  # the local day of the lead
    leads: int  # 1, or 0 if it is counted already


def sightings(entries: Iterable[IndexEntry]) -> Iterator[FacetSighting]:
    """Yield what leads tell of names; each lead is counted once, when it is first indexed."""
    for entry in entries:
        on, is_new = day_of(entry.seen.record.lead.created_at), entry.seen.digested == 0
        for name, is_counted in entry.facets.items():
            yield FacetSighting(name, on, leads=int(is_new and is_counted))


def add(connection: Connection, sightings: Iterable[FacetSighting]) -> None:
    """Add to what is known, in order, so that two transactions cannot wait for each other."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for facet, on, leads in sightings:
        key = (facet.project, str(facet.facet), fold(facet.name))
        row = dict(zip(("project", "kind", "name"), key, strict=True))
        known = rows.setdefault(key, {**row, "written": facet.name, "leads": 0, "seen_on": ""})
        known["leads"] += leads
        known["seen_on"] = max(known["seen_on"], on.isoformat())
    if not rows:
        return
    columns = tuple_(table.c.project, table.c.kind, table.c.name)
    there = {tuple(row) for row in connection.execute(select(*columns).where(columns.in_(list(rows))))}
    connection.execute(_ADD, [rows[key] for key in sorted(rows)])
    for project, kind in sorted({key[:2] for key in rows.keys() - there}):
        _forget_oldest(connection, project, kind)


def find(connection: Connection, facet: Facet, asked: str, projects: frozenset[str] | None) -> FacetMatches:
    """Return the names that hold every word of a text, those of the newest leads first."""
    words = fold(asked).split()
    if whole_name(asked) is not None or not words:  # an accent alone is no word
        return FacetMatches(facet, asked)
    found = _names(facet, projects).where(*(table.c.name.contains(word, autoescape=True) for word in words))
    # The leads of the very name are always shown, so it is one of those that are looked for.
    is_asked = table.c.name == fold(asked)
    newest = (func.max(table.c.seen_on).desc(), func.sum(table.c.leads).desc(), table.c.name)
    rows = connection.execute(found.order_by(is_asked.desc(), *newest).limit(MOST_FOUND + 1)).scalars().all()
    return FacetMatches(facet, asked, tuple(rows[:MOST_FOUND]), is_cut=len(rows) > MOST_FOUND)


def suggest(
    connection: Connection, facet: Facet, projects: frozenset[str] | None, *, since: date, limit: int
) -> list[str]:
    """Return the names that leads of these days came with, those with most leads first."""
    found = _names(facet, projects).where(table.c.seen_on >= since.isoformat(), table.c.leads > 0)
    if facet is Facet.CAMPAIGN:
        found = found.where(table.c.name != TEST_CAMPAIGN)
    order = (func.sum(table.c.leads).desc(), table.c.name)
    return list(connection.execute(found.order_by(*order).limit(limit)).scalars())


def _names(facet: Facet, projects: frozenset[str] | None) -> Select[Any]:
    """Return every name as it was written, once."""
    found = select(func.max(table.c.written)).where(table.c.kind == str(facet)).group_by(table.c.name)
    return found if projects is None else found.where(table.c.project.in_(sorted(projects)))


def _forget_oldest(connection: Connection, project: str, kind: str) -> None:
    """Keep no more names than may be kept; those that another transaction holds are left to the next one."""
    own = (table.c.project == project, table.c.kind == kind)
    newest = (table.c.seen_on.desc(), table.c.leads.desc(), table.c.name)
    extra = select(table.c.name).where(*own).order_by(*newest).offset(MOST_KEPT)
    names = connection.execute(extra.with_for_update(skip_locked=True)).scalars().all()
    if names:
        connection.execute(delete(table).where(*own, table.c.name.in_(names)))
