"""The rows of statistics: added to, and summed up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, func, literal, select, text

from realpad_form.adapters.sql.schema import tally
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.statistics import (
    WAIT,
    Counts,
    Funnel,
    FunnelStep,
    GroupBy,
    StatisticsQuery,
    median_s,
)

_ADD: Final = text(
    "INSERT INTO tally (day, project, campaign, unit, step, number)"
    " VALUES (:day, :project, :campaign, :unit, :step, :number)"
    " ON CONFLICT (day, project, campaign, unit, step) DO UPDATE SET number = tally.number + excluded.number"
)


def add(tx: Transaction, counts: Counts) -> None:
    """Add to what is counted, in order, so that two transactions cannot wait for each other."""
    rows = [
        {
            "day": place.day.isoformat(),
            "project": place.project,
            "campaign": place.campaign,
            "unit": place.unit,
            "step": str(step),
            "number": counts[place, step],
        }
        for place, step in sorted(counts)
    ]
    if rows:
        tx.connection.execute(_ADD, rows)


def report(tx: Transaction, query: StatisticsQuery, by: GroupBy) -> list[Funnel]:
    """Return the sums by name, in its order."""
    name = literal("") if by is GroupBy.ALL else tally.c[by]
    sums = (
        select(name.label("name"), tally.c.step, func.sum(tally.c.number).label("number"))
        .where(*_conditions(query))
        .group_by(*(() if by is GroupBy.ALL else (name,)), tally.c.step)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in tx.rows(sums):
        found[row.name][row.step] = int(row.number)
    return [_to_funnel(name, found[name]) for name in sorted(found)]


def _conditions(query: StatisticsQuery) -> Iterable[ColumnElement[bool]]:
    yield tally.c.day.between(query.since.isoformat(), query.until.isoformat())
    if query.projects is not None:
        yield tally.c.project.in_(sorted(query.projects))
    if query.campaign is not None:
        yield tally.c.campaign == query.campaign
    if query.unit is not None:
        yield tally.c.unit == query.unit


def _to_funnel(name: str, numbers: Mapping[str, int]) -> Funnel:
    waits = {
        int(step.removeprefix(WAIT)): number for step, number in numbers.items() if step.startswith(WAIT)
    }
    counts = {step: numbers.get(step, 0) for step in FunnelStep}
    return Funnel(name=name, counts=counts, answered_in_s=median_s(waits))
