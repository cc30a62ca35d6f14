"""The port MetricStore in SQL."""

import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import metric
from realpad_form.domain.metrics import Metric, Series, Totals

_ADD: Final = text(
    "INSERT INTO metric (name, labels, part, total) VALUES (:name, :labels, :part, :total)"
    " ON CONFLICT (name, labels, part) DO UPDATE SET total = metric.total + excluded.total"
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
                connection.execute(_ADD, rows)

    def read(self) -> Totals:
        """Return everything that was counted; what a newer version counts as well is left out."""
        with self.database.read() as connection:
            rows = connection.execute(select(metric).where(metric.c.name.in_([str(each) for each in Metric])))
            return {
                Series(Metric(row.name), tuple(json.loads(row.labels)), row.part): row.total for row in rows
            }
