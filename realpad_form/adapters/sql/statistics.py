"""Counters in SQL: the statistics of forms and leads, and the metrics of the service."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select, text

from realpad_form.adapters.sql import audit
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import form_event, metric, spend, tally
from realpad_form.domain.metrics import Metric, Series, Totals
from realpad_form.domain.people import AuditNote
from realpad_form.domain.spend import Spend
from realpad_form.domain.statistics import (
    TEST_CAMPAIGN,
    WAIT,
    Counts,
    FormEvent,
    FormEventKey,
    FormEvents,
    Funnel,
    FunnelStep,
    GroupBy,
    StatisticsQuery,
)

NO_EVENTS: Final[FormEvents] = MappingProxyType({})

_ADD_TALLY: Final = text(
    "INSERT INTO tally (day, project, campaign, unit, step, number)"
    " VALUES (:day, :project, :campaign, :unit, :step, :number)"
    " ON CONFLICT (day, project, campaign, unit, step) DO UPDATE SET number = tally.number + excluded.number"
)
_ADD_EVENT: Final = text(
    "INSERT INTO form_event (day, project, event, name, number)"
    " VALUES (:day, :project, :event, :name, :number)"
    " ON CONFLICT (day, project, event, name) DO UPDATE SET number = form_event.number + excluded.number"
)
_ADD_METRIC: Final = text(
    "INSERT INTO metric (name, labels, part, total) VALUES (:name, :labels, :part, :total)"
    " ON CONFLICT (name, labels, part) DO UPDATE SET total = metric.total + excluded.total"
)
_NAMES: Final[Mapping[GroupBy, Sequence[Column[str]]]] = {
    GroupBy.DAY: [tally.c.day],
    GroupBy.CAMPAIGN: [tally.c.campaign],
    GroupBy.UNIT: [tally.c.unit],
    GroupBy.CAMPAIGN_AND_UNIT: [tally.c.campaign, tally.c.unit],
    GroupBy.PROJECT: [tally.c.project],
}


@dataclass(frozen=True, slots=True)
class SqlTally:
    """The port Tally, on SQLite or PostgreSQL."""

    database: Database

    def add(self, counts: Counts, events: FormEvents = NO_EVENTS) -> None:
        """Add to what is counted already, all of it or nothing."""
        with self.database.write() as connection:
            add_counts(connection, counts)
            if events:
                connection.execute(_ADD_EVENT, [_event_row(key, events[key]) for key in sorted(events)])

    def campaigns(self, project: str) -> frozenset[str]:
        """Return the campaigns of which anything was ever counted."""
        names = select(tally.c.campaign).where(tally.c.project == project).distinct()
        with self.database.read() as connection:
            return frozenset(connection.execute(names).scalars()) - {""}

    def import_spend(self, project: str, rows: Sequence[Spend], note: AuditNote) -> None:
        """Keep what campaigns cost, in place of what was said of the same days, and a note of who did it."""
        days = {(each.day.isoformat(), each.campaign) for each in rows}
        columns = spend.c
        with self.database.write() as connection:
            for day, campaign in sorted(days):
                connection.execute(
                    delete(spend).where(
                        columns.project == project, columns.day == day, columns.campaign == campaign
                    )
                )
            if rows:
                connection.execute(insert(spend), [_spend_row(project, each) for each in rows])
            audit.write(connection, self.database.now(connection), [note])

    def spend(self, query: StatisticsQuery) -> list[Spend]:
        """Return what campaigns cost, day by day."""
        columns = spend.c
        found = select(spend).where(columns.day.between(query.since.isoformat(), query.until.isoformat()))
        if query.projects is not None:
            found = found.where(columns.project.in_(sorted(query.projects)))
        with self.database.read() as connection:
            return [
                Spend(date.fromisoformat(row.day), row.campaign, row.currency, row.cents)
                for row in connection.execute(found)
            ]

    def events(self, query: StatisticsQuery) -> dict[tuple[FormEvent, str], int]:
        """Return what kept visitors from becoming leads, by name, over all campaigns and units."""
        columns = form_event.c
        number = func.sum(columns.number).label("number")
        sums = select(columns.event, columns.name, number).group_by(columns.event, columns.name)
        sums = sums.where(columns.day.between(query.since.isoformat(), query.until.isoformat()))
        if query.projects is not None:
            sums = sums.where(columns.project.in_(sorted(query.projects)))
        with self.database.read() as connection:
            rows = connection.execute(sums.where(columns.event.in_([str(each) for each in FormEvent])))
            return {(FormEvent(row.event), row.name): int(row.number) for row in rows}

    def report(self, query: StatisticsQuery, *, by: GroupBy) -> list[Funnel]:
        """Return the statistics by name, in its order."""
        names = _NAMES[by]
        sums = (
            select(*names, tally.c.step, func.sum(tally.c.number).label("number"))
            .where(*_conditions(query))
            .group_by(*names, tally.c.step)
        )
        found: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        with self.database.read() as connection:
            for *named, step, number in connection.execute(sums):
                found[tuple(named)][step] = int(number)
        return [_funnel(named, numbers) for named, numbers in sorted(found.items())]


def _spend_row(project: str, said: Spend) -> dict[str, Any]:
    return {
        "day": said.day.isoformat(),
        "project": project,
        "campaign": said.campaign,
        "currency": said.currency,
        "cents": said.cents,
    }


def _event_row(key: FormEventKey, number: int) -> dict[str, Any]:
    """Return the row of an event, which is added in order: two transactions cannot wait for each other."""
    return {
        "day": key.day.isoformat(),
        "project": key.project,
        "event": str(key.event),
        "name": key.name,
        "number": number,
    }


def _funnel(named: Sequence[str], numbers: Mapping[str, int]) -> Funnel:
    return Funnel(
        name=named[0],
        unit=named[1] if len(named) > 1 else "",
        counts={step: numbers.get(step, 0) for step in FunnelStep},
        waits={int(step.removeprefix(WAIT)): numbers[step] for step in numbers if step.startswith(WAIT)},
    )


@dataclass(frozen=True, slots=True)
class SqlMetricStore:
    """The port MetricStore, on SQLite or PostgreSQL."""

    database: Database

    def add(self, totals: Totals) -> None:
        """Add to what is counted already, in order, so that two transactions cannot wait for each other."""
        rows = [
            {
                "name": str(series.metric),
                "labels": json.dumps(series.labels),
                "part": series.part,
                "total": totals[series],
            }
            for series in sorted(totals)
        ]
        if rows:
            with self.database.write() as connection:
                connection.execute(_ADD_METRIC, rows)

    def read(self) -> Totals:
        """Return everything that was counted; what a newer version counts as well is left out."""
        with self.database.read() as connection:
            rows = connection.execute(select(metric).where(metric.c.name.in_([str(each) for each in Metric])))
            return {
                Series(Metric(row.name), tuple(json.loads(row.labels)), row.part): row.total for row in rows
            }


def add_counts(connection: Connection, counts: Counts) -> None:
    """Add to the statistics, in order, so that two transactions cannot wait for each other."""
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
        connection.execute(_ADD_TALLY, rows)


def _conditions(query: StatisticsQuery) -> Iterable[ColumnElement[bool]]:
    yield tally.c.day.between(query.since.isoformat(), query.until.isoformat())
    if query.projects is not None:
        yield tally.c.project.in_(sorted(query.projects))
    if query.campaign is not None:
        yield tally.c.campaign == query.campaign
    else:
        yield tally.c.campaign != TEST_CAMPAIGN
    if query.unit is not None:
        yield tally.c.unit == query.unit
