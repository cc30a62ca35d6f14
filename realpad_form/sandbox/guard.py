"""Bans after failed log-ins, and rate limits.

Source: Realpad docs, "Authentication and error handling"; the figures are assumed.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from realpad_form.sandbox.calls import RecordedCall, RefusalError


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
