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
        # The library starts another one only when this has ended.
        self.timer = _Sweeper(SWEEP_EVERY_S, self.sweep)
        self.timer.start()

    def sweep(self) -> None:
        """Forget the counts that have run out."""
        now = time.time()
        for key, end in list(self.expirations.items()):
            if end <= now:
                self.get(key)  # forgets it


class _Sweeper(threading.Timer):
    """A timer that goes on for as long as the process."""

    daemon = True

    def run(self) -> None:
        while not self.finished.wait(self.interval):
            self.function(*self.args, **self.kwargs)
