"""Attempts to sign in, counted in SQL, so that all processes and machines count together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, select, update

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import failure
from realpad_form.domain.throttling import FORGOTTEN_AFTER, ZERO, Limit


@dataclass(frozen=True, slots=True)
class SqlThrottle:
    """The port Throttle, on SQLite or PostgreSQL."""

    database: Database
    hashed: Callable[[str], str]  # what a key is kept as: who failed from where is nobody's business
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def admit(self, *choices: Sequence[Limit]) -> timedelta:
        """Count one attempt under the first choice that need not wait; or return the shortest wait."""
        choices = tuple(tuple(map(self._kept, choice)) for choice in choices)
        keys = sorted({limit.key for choice in choices for limit in choice})
        # Looking comes first: attempts that have to wait write nothing, however many there are.
        with self.database.read() as connection:
            now = self._now(connection)
            _free, wait = _choose(choices, _known(connection, keys, now=now), now=now)
        if wait:
            return wait
        with self.database.write() as connection:
            now = self._now(connection)
            connection.execute(delete(failure).where(failure.c.failed_at < now - FORGOTTEN_AFTER))
            # Rows are locked in one order, so that nobody deadlocks.
            untils = {key: self._wait_until(connection, key, now=now) for key in keys}
            free, wait = _choose(choices, untils, now=now)
            for each in free:
                _count(connection, each, now=now)
            return wait

    def forgive(self, *, clear: Iterable[str], lower: Iterable[str]) -> None:
        """Forget some counters, and take one attempt back from others."""
        lowered = {"failures": failure.c.failures - 1, "wait_until": failure.c.failed_at}
        with self.database.write() as connection:
            for key in sorted(map(self.hashed, clear)):
                connection.execute(delete(failure).where(failure.c.key == key))
            for key in sorted(map(self.hashed, lower)):
                counted = and_(failure.c.key == key, failure.c.failures > 0)
                connection.execute(update(failure).where(counted).values(lowered))

    def _kept(self, limit: Limit) -> Limit:
        """Return a limit by the key that it is kept under."""
        return replace(limit, key=self.hashed(limit.key))

    def _wait_until(self, connection: Connection, key: str, *, now: datetime) -> datetime:
        """Return until when a key has to wait, holding its row for this transaction."""
        row = {"key": key, "failures": 0, "failed_at": now, "wait_until": now}
        connection.execute(self.database.insert_new(failure), row)
        query = select(failure.c.wait_until).where(failure.c.key == key).with_for_update()
        until: datetime = connection.execute(query).scalar_one()
        return until

    def _now(self, connection: Connection) -> datetime:
        return self.clock() if self.clock else self.database.now(connection)


def _known(connection: Connection, keys: Sequence[str], *, now: datetime) -> dict[str, datetime]:
    """Return until when keys have to wait that were counted lately; the others are left out."""
    query = select(failure.c.key, failure.c.wait_until).where(
        failure.c.key.in_(keys), failure.c.failed_at >= now - FORGOTTEN_AFTER
    )
    return {row.key: row.wait_until for row in connection.execute(query)}


def _choose(
    choices: Sequence[Sequence[Limit]], untils: Mapping[str, datetime], *, now: datetime
) -> tuple[Sequence[Limit], timedelta]:
    """Return the first choice that need not wait, and zero; or nothing, and the shortest wait."""
    waits = []
    for choice in choices:
        wait = max((_left(untils.get(each.key, now), each, now=now) for each in choice), default=ZERO)
        if wait <= ZERO:
            return choice, ZERO
        waits.append(wait)
    return (), min(waits, default=ZERO)


def _left(until: datetime, limit: Limit, *, now: datetime) -> timedelta:
    """Return how long an attempt has still to wait for a limit."""
    if not limit.is_waited_for:
        return ZERO
    # Nobody is told to wait for longer than the limit says: that was written while the clock was ahead.
    return until - now if until - now <= limit.longest_wait else ZERO


def _count(connection: Connection, limit: Limit, *, now: datetime) -> None:
    of_limit = failure.c.key == limit.key
    attempts = int(connection.execute(select(failure.c.failures).where(of_limit)).scalar_one()) + 1
    changed = {"failures": attempts, "failed_at": now, "wait_until": now + limit.wait_after(attempts)}
    connection.execute(update(failure).where(of_limit).values(changed))
