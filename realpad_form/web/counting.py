"""Limits counted in this process's memory."""

import threading
import time
from typing import Final

from limits.storage import MemoryStorage

SWEEP_EVERY_S: Final = 60.0


def swept_memory(storage: MemoryStorage | None = None) -> MemoryStorage:
    """Return the library's memory, swept once a minute.

    The library looks through all counts up to a hundred times a second, from a new thread each time, and
    every submission waits for that thread to start. A subclass of it would wrap each call twice as often.
    """
    storage = storage or MemoryStorage()
    storage.timer.cancel()
    storage.timer = _Broom(storage)
    return storage


class _Broom(threading.Timer):
    """The timer that the library asks, at each count, whether its next sweep is under way; it always is."""

    def __init__(self, storage: MemoryStorage) -> None:
        super().__init__(0, self._sweep)
        self._storage = storage
        self._sweep_at = time.monotonic() + SWEEP_EVERY_S

    def is_alive(self) -> bool:
        """Sweep if it is time."""
        if time.monotonic() >= self._sweep_at:
            self._sweep()
        return True

    def _sweep(self) -> None:
        """Forget the counts that have run out."""
        self._sweep_at = time.monotonic() + SWEEP_EVERY_S
        now = time.time()
        for key, end in list(self._storage.expirations.items()):
            if end <= now:
                self._storage.get(key)  # forgets it
