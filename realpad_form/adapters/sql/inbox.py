"""The port LeadIndex in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, literal_column, select

from realpad_form.adapters.sql import inbox_query, leads
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import lead
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.lead_list import COUNTED, Cursor, InboxQuery, LeadPage

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


@dataclass(frozen=True, slots=True)
class SqlLeadIndex:
    """The port LeadIndex, on SQLite or PostgreSQL; what it takes does not grow with the log."""

    database: Database
    vault: Vault

    def page(self, query: InboxQuery, *, after: Cursor | None = None, limit: int = 50) -> LeadPage:
        """Return the newest leads that match, or those that are older than a place in the list."""
        with self.database.read() as connection:
            tx = Transaction(connection, self.database, self.vault, None)
            while True:
                ids, older = _find(tx, query, after=after, limit=limit)
                records = [each for each in _records(tx, ids) if not query.whole or query.whole.is_of(each)]
                # An empty page with a link to an older one would give away that an index entry matched.
                if records or older is None or not query.whole:
                    return LeadPage(records=tuple(records), older=older)
                after = older

    def counts(self, projects: frozenset[str] | None) -> dict[Status, int]:
        """Return how many leads of these projects have each status of `COUNTED`, exactly, now."""
        with self.database.read() as connection:
            counts = dict.fromkeys(COUNTED, 0)
            for row in connection.execute(_COUNTS):
                if projects is None or row.project in projects:
                    counts[Status(row.status)] += row.number
            return counts


def _find(
    tx: Transaction, query: InboxQuery, *, after: Cursor | None, limit: int
) -> tuple[list[UUID], Cursor | None]:
    """Return the ids of leads, and where to look on, or None at the end."""
    by = inbox_query.plan(tx, query)
    found: list[Row[Any]] = []
    for size in WINDOWS:
        place = inbox_query.places(query, by, after=after, size=size)
        matching = select(place).join(lead, lead.c.id == place.c.id)
        matching = matching.where(*inbox_query.conditions(query, by, place))
        newest = matching.order_by(place.c.created_at.desc(), place.c.id.desc())
        found += tx.rows(newest.limit(limit + 1 - len(found)))
        if len(found) > limit:
            return [row.id for row in found[:limit]], _cursor(found[limit - 1])
        last = tx.row(select(place).order_by(place.c.created_at.desc(), place.c.id.desc()).offset(size - 1))
        if last is None:
            return [row.id for row in found], None
        after = _cursor(last)
    return [row.id for row in found], after


def _cursor(row: Row[Any]) -> Cursor:
    return Cursor(row.created_at, row.id)


def _records(tx: Transaction, ids: list[UUID]) -> list[LeadRecord]:
    found = {row.id: row for row in tx.rows(select(lead).where(lead.c.id.in_(ids)))}
    return _read(tx, [found[lead_id] for lead_id in ids])


def _read(tx: Transaction, of_leads: Sequence[Row[Any]]) -> list[LeadRecord]:
    """Return the leads; one that cannot be opened is shown without its words, and hides no other."""
    try:
        return leads.records(tx, of_leads)
    except SealBrokenError:
        if len(of_leads) == 1:
            return [leads.unreadable(tx, of_leads[0])]
        return [record for row in of_leads for record in _read(tx, [row])]
