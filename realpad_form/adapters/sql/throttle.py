"""Failed sign-ins in SQL, so that all processes and machines count together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, and_, delete, select, update

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.people_schema import failure

FIRST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=1)
"""Short enough that nobody can be locked out for long by others' guesses."""

FORGOTTEN_AFTER: Final = timedelta(hours=24)
ZERO: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class SqlThrottle:
    """The port Throttle, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def admit(self, keys: Sequence[str], *, frees: Sequence[int]) -> timedelta:
        """Count one more failure under every key, and return zero; or how long to wait, counting nothing."""
        hashed = sorted(zip(map(_hash, keys), frees, strict=True))  # one order, so that nobody deadlocks
        with self.database.write() as connection:
            now = self._now(connection)
            connection.execute(delete(failure).where(failure.c.failed_at < now - FORGOTTEN_AFTER))
            wait = max(self._wait(connection, key, now=now) for key, _free in hashed)
            if wait <= ZERO:
                for key, free in hashed:
                    _count(connection, key, free=free, now=now)
            return max(wait, ZERO)

    def forgive(self, *, account: str, address: str) -> None:
        """Take back what was counted for a sign-in that succeeded, and all failures of the account."""
        lowered = {"failures": failure.c.failures - 1, "wait_until": failure.c.failed_at}
        with self.database.write() as connection:
            connection.execute(delete(failure).where(failure.c.key == _hash(account)))
            counted = and_(failure.c.key == _hash(address), failure.c.failures > 0)
            connection.execute(update(failure).where(counted).values(lowered))

    def _wait(self, connection: Connection, key: str, *, now: datetime) -> timedelta:
        """Return how long a key has still to wait, holding its row for this transaction."""
        row = {"key": key, "failures": 0, "failed_at": now, "wait_until": now}
        connection.execute(self.database.insert_new(failure), row)
        query = select(failure.c.wait_until).where(failure.c.key == key).with_for_update()
        until: datetime = connection.execute(query).scalar_one()
        # Nobody is told to wait for longer: that was written while the clock was ahead.
        return until - now if until - now <= LONGEST_WAIT else ZERO

    def _now(self, connection: Connection) -> datetime:
        return self.clock() if self.clock else self.database.now(connection)


def _count(connection: Connection, key: str, *, free: int, now: datetime) -> None:
    query = select(failure.c.failures).where(failure.c.key == key)
    failures = int(connection.execute(query).scalar_one()) + 1
    changed = {"failures": failures, "failed_at": now, "wait_until": now + wait_after(failures, free=free)}
    connection.execute(update(failure).where(failure.c.key == key).values(changed))


def wait_after(failures: int, *, free: int) -> timedelta:
    """Return how long to wait after so many failures: nothing while they are free, then doubling."""
    if failures < free:
        return ZERO
    doublings = min(failures - free, 10)  # more would only overflow
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _hash(key: str) -> str:
    """Return what a key is kept as: who failed to sign in from where is nobody's business."""
    return sha256(key.encode(errors="surrogatepass")).hexdigest()
