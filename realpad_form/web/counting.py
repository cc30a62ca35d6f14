"""Limits counted in this process's memory."""

import threading
import time
from typing import Final

from limits.storage import MemoryStorage

SWEPT_MEMORY: Final = "swept-memory://"
SWEEP_EVERY_S: Final = 60.0


class SweptMemory(MemoryStorage):
    """The library's memory, swept once a minute.

    The library looks through all counts up to a hundred times a second, from a new thread each time, and
    every submission waits for that thread to start.
    """

    STORAGE_SCHEME = ["swept-memory"]  # noqa: RUF012 - as the library wants it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self.timer.cancel()
        self.timer = _Busy(0, self.sweep)
        self.sweep_at = time.monotonic() + SWEEP_EVERY_S

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and sweep if it is time."""
        if time.monotonic() >= self.sweep_at:
            self.sweep()
        return super().incr(key, expiry, amount)

    def sweep(self) -> None:
        """Forget the counts that have run out."""
        self.sweep_at = time.monotonic() + SWEEP_EVERY_S
        now = time.time()
        for key, end in list(self.expirations.items()):
            if end <= now:
                self.get(key)  # forgets it


class _Busy(threading.Timer):
    """A timer that always seems to run, so that the library never starts one."""

    def is_alive(self) -> bool:
        return True
