"""The whole state of a running sandbox."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Final, cast

from flask import current_app

from realpad_form.sandbox.calls import RecordedCall
from realpad_form.sandbox.crm import Crm
from realpad_form.sandbox.faults import Faults
from realpad_form.sandbox.guard import Guard, Switches
from realpad_form.sandbox.tenant import Tenant

KEPT_CALLS: Final = 20_000


class World:
    """A tenant, what has happened to it, and how it is to behave.

    Read it under `lock`, change it under `change`.
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.revision = 0
        self.lock = RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the tenant."""
        with self.change():
            self.crm = Crm(self.tenant)
            self.guard = Guard()
            self.faults = Faults()
            self.switches = Switches()
            self.journal: deque[RecordedCall] = deque(maxlen=KEPT_CALLS)
            self.calls = 0
            self.ahead = timedelta(0)  # of the real clock

    @contextmanager
    def change(self) -> Iterator[None]:
        """Keep everybody else out, and let the page know."""
        with self.lock:
            self.revision += 1
            yield

    def next_number(self) -> int:
        """Return the number of one more call."""
        with self.change():
            self.calls += 1
            return self.calls

    def now(self) -> datetime:
        """Return the sandbox's time, aware, UTC."""
        return datetime.now(UTC) + self.ahead


KEY: Final = "realpad_form.sandbox.world"


def world() -> World:
    """Return the world that this request acts on."""
    return cast(World, current_app.extensions[KEY])
