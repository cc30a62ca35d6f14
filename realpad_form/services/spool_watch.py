"""Watches whether leads wait in this machine's spool, which no other machine sees."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from realpad_form.domain.alert import SPOOLED_AFTER, Alert, Kind
from realpad_form.ports import Spool

HOUR_S: Final = 3600.0


@dataclass(slots=True)
class SpoolWatch:
    """Knows since when leads wait, and what was told of it while the alert log was away.

    Both only as long as the process lives: what is away may be all that is kept.
    """

    spool: Spool
    machine: str
    clock: Callable[[], float] = time.monotonic
    _since: float | None = field(default=None, init=False)
    _told_at: float | None = field(default=None, init=False)

    def look(self) -> Alert | None:
        """Return the alert about leads that have waited for too long, if there are any."""
        count, now = self.spool.waiting(), self.clock()
        if not count:
            self._since = None
            return None
        self._since = now if self._since is None else self._since
        if now - self._since <= SPOOLED_AFTER.total_seconds():
            return None
        return Alert(kind=Kind.SPOOL, subject=self.machine, text=f"{count} wait in the spool of this machine")

    def without_log(self) -> list[Alert]:
        """Return what to tell while no log knows what was told: hourly at most."""
        alert, now = self.look(), self.clock()
        if alert is None or (self._told_at is not None and now - self._told_at < HOUR_S):
            return []
        self._told_at = now
        return [alert]

    def over(self) -> list[Alert]:
        """Return the end of what was told without the log, once and when nothing waits any more."""
        if self._told_at is None or self._since is not None:
            return []
        self._told_at = None
        return [Alert(kind=Kind.SPOOL, subject=self.machine, text="", is_over=True)]

    def leave_to_log(self) -> None:
        """Owe nobody an end: the log will tell it."""
        self._told_at = None
