"""How the sandbox behaves: switches, bans after failed log-ins, rate limits, and faults on demand.

Source: Realpad docs, "Authentication and error handling"; the figures are assumed.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from realpad_form.sandbox.calls import RecordedCall, RefusalError, SandboxReply


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


FIRST_BAN: Final = timedelta(minutes=15)
LONGEST_BAN: Final = timedelta(hours=24)
NOT_AUTHORIZED: Final = "Not authorized."

Key = tuple[str, str]


@dataclass
class Guard:
    """Counts failed log-ins of a login and of an address, and calls of a login."""

    failures: defaultdict[Key, int] = field(default_factory=lambda: defaultdict(int))
    bans: dict[Key, tuple[datetime, timedelta]] = field(default_factory=dict)  # until, length
    calls: defaultdict[Key, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, call: RecordedCall, *, switches: Switches, now: datetime) -> None:
        """Let the call pass. Raises: RefusalError, if banned or over the limit."""
        ends = [self.bans[key][0] for key in _keys(call) if key in self.bans and self.bans[key][0] > now]
        if ends and switches.ban_mode == 401:
            raise RefusalError(401, NOT_AUTHORIZED)
        if ends:
            raise _later("Too many failed logins", max(ends), now)
        if switches.rate_calls is not None:
            self._count(call, switches.rate_calls, timedelta(seconds=switches.rate_per_s), now)

    def _count(self, call: RecordedCall, limit: int, window: timedelta, now: datetime) -> None:
        recent = self.calls[call.endpoint, call.login]
        while recent and recent[0] <= now - window:
            recent.popleft()
        if len(recent) >= limit:
            raise _later("Too many requests", recent[0] + window, now)
        recent.append(now)

    def failed(self, call: RecordedCall, *, switches: Switches, now: datetime) -> None:
        """Count a failed log-in; one too many bans, each time twice as long."""
        for key in _keys(call):
            self.failures[key] += 1
            if self.failures[key] >= switches.ban_after:
                self.failures[key] = 0
                length = min(self.bans[key][1] * 2, LONGEST_BAN) if key in self.bans else FIRST_BAN
                self.bans[key] = (now + length, length)

    def passed(self, call: RecordedCall) -> None:
        """Forget the failures before a log-in that worked."""
        for key in _keys(call):
            self.failures.pop(key, None)


def _keys(call: RecordedCall) -> tuple[Key, Key]:
    return ("login", call.login), ("address", call.address)


def _later(why: str, until: datetime, now: datetime) -> RefusalError:
    seconds = max(1, round((until - now).total_seconds()))
    return RefusalError(429, f"{why}, call again in {seconds} seconds.", Retry_After=str(seconds))


HTML: Final = "<!doctype html><title>Sign in</title><p>Please sign in to continue."


class Fault(BaseModel):
    """One thing that goes wrong.

    The delay comes first, then `drop: before`, then the answer given here instead of serving the
    call; a fault with neither status nor body lets the call be served, and `drop: after` then
    breaks the connection instead of answering.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int | None = Field(default=None, ge=200, le=599)
    body: str | None = None
    content_type: str = "text/plain; charset=utf-8"
    retry_after: str | None = None  # as sent: seconds, a date, or garbage
    delay_s: float = Field(default=0, ge=0, le=600)
    drop: Literal["before", "after"] | None = None
    times: int = Field(default=1, ge=1)  # how many calls it hits
    endpoint: str | None = None  # None: any
    login: str | None = None  # None: any

    @model_validator(mode="after")
    def _does_something(self) -> "Fault":
        if not (self.status or self.body is not None or self.delay_s or self.drop):
            raise ValueError("name at least one of status, body, delay_s and drop")
        return self

    def hits(self, call: RecordedCall) -> bool:
        """Tell whether the fault is meant for this call."""
        return self.endpoint in (None, call.endpoint) and self.login in (None, call.login)

    def reply(self) -> SandboxReply | None:
        """Return what is answered instead of serving the call, if anything."""
        if self.status is None and self.body is None:
            return None
        return SandboxReply(
            status=self.status or 200,
            body="Internal error." if self.body is None else self.body,
            content_type=self.content_type,
            headers={"Retry-After": self.retry_after} if self.retry_after is not None else {},
        )

    def __str__(self) -> str:
        parts = [
            f"wait {self.delay_s:g} s" if self.delay_s else "",
            f"drop {self.drop} storing" if self.drop else "",
            str(self.status or 200) if self.reply() else "",
            f"Retry-After {self.retry_after}" if self.retry_after else "",
            self.content_type.partition(";")[0] if self.body else "",
            f"only {self.endpoint}" if self.endpoint else "",
            f"only {self.login}" if self.login else "",
        ]
        return ", ".join(filter(None, parts))


@dataclass
class Faults:
    """The faults that wait for a call, first come, first served."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, call: RecordedCall) -> Fault | None:
        """Return the fault that hits this call, used up by one."""
        for place, fault in enumerate(self.waiting):
            if fault.hits(call):
                left = fault.model_copy(update={"times": fault.times - 1})
                self.waiting[place : place + 1] = [left] if left.times else []
                return fault
        return None


PRESETS: Final = {
    "500": Fault(status=500),
    "401": Fault(status=401, body="Not authorized."),
    "429 for 30 s": Fault(status=429, body="Too many requests.", retry_after="30"),
    "hang 20 s": Fault(delay_s=20),
    "drop before storing": Fault(drop="before"),
    "drop after storing": Fault(drop="after"),
    "HTML with 200": Fault(body=HTML, content_type="text/html; charset=utf-8"),
}
"""The faults that the page offers for the next call."""
