"""The port SummaryLog in SQL: who got the summary of which week."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema_people import weekly_summary
from realpad_form.domain.statistics import Week

LEASE: Final = timedelta(minutes=2)
"""How long one process has for one mail, which takes 30 s at most; the next try is as far away."""

LONGEST_LEASE: Final = timedelta(hours=1)
KEPT_WEEKS: Final = 20
"""Of how many weeks it is kept who got a summary."""

_OLD: Final = select(weekly_summary.c.week).distinct().order_by(weekly_summary.c.week.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class SqlSummaryLog:
    """The port SummaryLog, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def pending(self, week: Week, people: Collection[UUID]) -> list[UUID]:
        """Return who of some people has not got the summary of a week, and is sent none just now."""
        table = weekly_summary.c
        with self.database.read() as connection:
            now = self._now(connection)
            done = or_(
                table.ended_at.is_not(None),
                and_(table.claimed_until > now, table.claimed_until <= now + LONGEST_LEASE),
            )
            rows = connection.execute(select(table.person_id).where(_is_of(week), done))
            found = set(rows.scalars())
        return [each for each in people if each not in found]

    def claim(self, week: Week, person_id: UUID) -> bool:
        """Return whether this process is to send it now; nobody else gets it meanwhile."""
        table = weekly_summary.c
        this = and_(_is_of(week), table.person_id == person_id)
        with self.database.write() as connection:
            now = self._now(connection)
            row = {"person_id": person_id, "week": week.first.isoformat(), "tries": 1}
            insert = self.database.insert_new(weekly_summary)
            if connection.execute(insert, [{**row, "claimed_until": now + LEASE}]).rowcount == 1:
                # Not by the week that is sent: a clock that is ahead would make the true one be forgotten.
                old = connection.execute(_OLD.offset(KEPT_WEEKS)).scalar()
                connection.execute(delete(weekly_summary).where(table.week < (old or "")))
                return True
            found = connection.execute(select(weekly_summary).where(this).with_for_update()).one()
            # A claim that ends later than any lasts was made while the clock was ahead.
            is_claimed = now < found.claimed_until <= now + LONGEST_LEASE
            if found.ended_at is not None or is_claimed:
                return False
            until = now + min(LEASE * 2 ** min(found.tries, 10), LONGEST_LEASE)
            values = {"tries": found.tries + 1, "claimed_until": until}
            connection.execute(update(weekly_summary).where(this).values(values))
            return True

    def end(self, week: Week, person_id: UUID) -> None:
        """Note that it was sent, or never can be."""
        table = weekly_summary.c
        with self.database.write() as connection:
            this = update(weekly_summary).where(_is_of(week), table.person_id == person_id)
            connection.execute(this.values(ended_at=self._now(connection)))

    def _now(self, connection: Connection) -> datetime:
        return self.clock() if self.clock else self.database.now(connection)


def _is_of(week: Week) -> ColumnElement[bool]:
    return weekly_summary.c.week == week.first.isoformat()
