"""How many calls to other services, or other things that take long, may hold up pages at once.

A page waits for its call on a thread of the web server. If the other service is silent, all threads would
wait, and no form would be served any more.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from realpad_form.domain.errors import CallsBusyError


class CallSlots:
    """A fixed number of calls at once to one service; whoever comes when all are taken is told so at once.

    Each call must have a deadline of its own: a slot is free again when its call has ended.
    """

    def __init__(self, at_once: int, *, busy: type[CallsBusyError] = CallsBusyError) -> None:
        """Take how many calls there may be, and what is raised for the next one."""
        self._free = threading.BoundedSemaphore(at_once)
        self._busy = busy

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a slot for a call. Raises: CallsBusyError, without waiting, if none is free."""
        if not self._free.acquire(blocking=False):
            raise self._busy("as many calls are under way as may be")
        try:
            yield
        finally:
            self._free.release()
