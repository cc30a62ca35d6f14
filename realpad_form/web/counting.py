"""Limits counted in this process's memory."""

import threading
import time
from collections import Counter, defaultdict
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
        """Forget the counts that have run out, and give back their memory.

        A dictionary never shrinks when its entries are deleted, so smaller ones take their place. A count
        that another thread adds at that very moment may be lost, which lets one more request through.
        """
        self._sweep_at = time.monotonic() + SWEEP_EVERY_S
        now = time.time()
        storage = self._storage
        for key, end in list(storage.expirations.items()):
            if end <= now:
                storage.get(key)  # forgets it
        storage.storage = Counter(storage.storage)
        storage.expirations = dict(storage.expirations)
        storage.locks = defaultdict(threading.RLock, storage.locks)
