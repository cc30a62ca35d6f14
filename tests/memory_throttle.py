"""The port Throttle in memory, fast enough to simulate days; a test compares it with the one in SQL."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from realpad_form.domain.throttling import FORGOTTEN_AFTER, ZERO

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Counter:
    """The attempts of one key."""

    attempts: int = 0
    counted_at: datetime = NEVER
    wait_until: datetime = NEVER


@dataclass
class MemoryThrottle:
    """Counts by the rules of domain/throttling.py; `admitted` is how many attempts were let through."""

    clock: object
    counters: dict = field(default_factory=lambda: defaultdict(Counter))

    def admit(self, *choices):
        now = self.clock()
        waits = [max((self._left(limit, now) for limit in choice), default=ZERO) for choice in choices]
        for choice, wait in zip(choices, waits, strict=True):
            if wait <= ZERO:
                for limit in choice:
                    self._count(limit, now)
                return ZERO
        return min(waits, default=ZERO)

    def forgive(self, *, clear, lower):
        for key in clear:
            self.counters.pop(key, None)
        for key in lower:
            counter = self.counters[key]
            if counter.attempts:
                counter.attempts, counter.wait_until = counter.attempts - 1, counter.counted_at

    def _counter(self, limit, now):
        counter = self.counters[limit.key]
        if counter.counted_at != NEVER and counter.counted_at < now - FORGOTTEN_AFTER:
            counter = self.counters[limit.key] = Counter()
        return counter

    def _left(self, limit, now):
        until = self._counter(limit, now).wait_until
        if not limit.is_waited_for or until == NEVER:
            return ZERO
        return until - now if until - now <= limit.longest_wait else ZERO

    def _count(self, limit, now):
        counter = self._counter(limit, now)
        counter.attempts += 1
        counter.counted_at, counter.wait_until = now, now + limit.wait_after(counter.attempts)
