"""A connection to PostgreSQL that gives up a server which says nothing any more."""

from collections.abc import Generator
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg

PING_S: Final = 2.0
"""How long a pooled connection has to prove itself; then a new one takes its place."""

T = TypeVar("T")


class TimeoutConnection(psycopg.Connection[Any]):
    """Waits for a word of the server for `read_timeout_s` at most, then is closed for good.

    Neither `tcp_user_timeout` nor keep-alives notice a server that stands still: its kernel answers them.
    """

    read_timeout_s = 60.0

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """Do what `gen` does. Raises: psycopg.OperationalError, if the server falls silent."""
        # SQLAlchemy pings in autocommit, and does nothing else in it.
        limit_s = PING_S if self.autocommit else self.read_timeout_s
        return super().wait(self._heeding(gen, limit_s=limit_s), *args, **options)

    def _heeding(self, gen: Generator[Any, Any, T], *, limit_s: float) -> Generator[Any, Any, T]:
        heard_at, ready = monotonic(), None
        while True:
            try:
                ready = yield gen.send(ready)
            except StopIteration as end:
                result: T = end.value
                return result
            if ready:
                heard_at = monotonic()
            elif monotonic() - heard_at > limit_s:
                self.pgconn.finish()
                raise psycopg.OperationalError(f"the server said nothing for {limit_s:g} s")
