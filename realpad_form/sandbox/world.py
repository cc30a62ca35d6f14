"""The whole state of a running sandbox."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Final, Literal, cast

from flask import current_app
from pydantic import BaseModel, ConfigDict, Field

from realpad_form.sandbox.calls import RecordedCall
from realpad_form.sandbox.crm import Crm
from realpad_form.sandbox.faults import Faults
from realpad_form.sandbox.guard import Guard
from realpad_form.sandbox.tenant import Tenant


class Switches(BaseModel):
    """How the sandbox behaves; the defaults are the strict reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unknown_ids: Literal["refuse", "accept"] = "refuse"
    unexpected: Literal["refuse", "ignore"] = "refuse"
    success_status: Literal[200, 201] = 200
    ban_mode: Literal[401, 429] = 401  # 401 cannot be told from a wrong password
    ban_after: int = Field(default=5, ge=1)  # failed log-ins
    rate_calls: int | None = Field(default=None, ge=1)  # per endpoint and login; None: no limit
    rate_per_s: float = Field(default=60, gt=0)


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
