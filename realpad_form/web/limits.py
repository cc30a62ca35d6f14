"""How many leads are taken, by the limits of the project file, and how many tokens are given out.

Only what was stored anew uses up a limit of leads; a repeat, a mistake or an outage does not. That is why the
views ask Flask-Limiter's strategy and do not use its decorators: see ADR 11.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Any, Final, TypeVar

from flask import Flask, Request, request
from flask_limiter import Limiter
from limits import RateLimitItem, RateLimitItemPerMinute, WindowStats, parse_many
from limits.errors import StorageError
from limits.storage import SlidingWindowCounterSupport, Storage
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from realpad_form.domain.errors import LimitReachedError
from realpad_form.domain.project import Project
from realpad_form.web.request import limit_key

STORE_TIMEOUT_S: Final = 0.25
"""A store of limits that is silent must not hold up a lead."""

AWAY_S: Final = 2.0
"""How long a store that failed is not asked again."""

SESSIONS: Final = RateLimitItemPerMinute(60)
"""How many tokens an address gets of a project, from `/session` and in the answers to posts together."""

SESSIONS_AGAIN_S: Final = 10
"""When to ask for a token or a listing again, or try a key; the limits slide, so some are free by then."""

LISTINGS: Final = RateLimitItemPerMinute(60)
"""How often an address may ask which projects a site may embed."""

GUESSES: Final = RateLimitItemPerMinute(10)
"""How many wrong keys of sources an address may try. A right one always passes: systems of many people share
an address, and nobody's leads may be held up by somebody else there."""

PREFIX: Final = "realpad-form"

MEMORY_SCHEME: Final = "realpad-form-memory"
SWEEP_EVERY_S: Final = 60.0
"""How often counts in memory that have run out are given back."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


def make_quotas(url: str) -> "Quotas":
    """Return what counts in the store at `url`; with the store away, each process counts for itself."""
    limiter = Limiter(
        app=Flask(__name__),  # no view declares a limit; hooks in our own would look for some each time
        key_func=lambda: limit_key(request),
        storage_uri=f"{MEMORY_SCHEME}://" if url.startswith("memory:") else url,
        storage_options=storage_options(url),
        strategy="sliding-window-counter",
        key_prefix=PREFIX,
    )
    return Quotas(limiter.limiter)


def storage_options(url: str) -> dict[str, Any]:
    """Return time-outs for stores that are reached over a socket, that their servers prove who they are, and
    that their errors be told alike.
    """
    if url.startswith("memory:"):
        return {}
    options = {"socket_connect_timeout": STORE_TIMEOUT_S, "socket_timeout": STORE_TIMEOUT_S}
    # By default valkey-py looks at the certificate, and not whose it is; redis-py looks at both.
    if url.startswith("valkeys:") and "ssl_cert_reqs=" not in url:
        options["ssl_check_hostname"] = True
    return {**options, "wrap_exceptions": True}


class SweptMemoryStorage(Storage, SlidingWindowCounterSupport):
    """Counts in this process's memory, given back within a minute of running out.

    A storage of our own, as the manual of `limits` shows. The library's starts a thread at almost every count
    to look through all of them, and its dictionaries never shrink.
    """

    STORAGE_SCHEME = [MEMORY_SCHEME]  # noqa: RUF012 - as the library declares it

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._counts: dict[str, tuple[int, float]] = {}  # by key: how many, and until when (Unix time)
        self._lock = threading.Lock()
        self._sweep_at = time.monotonic() + SWEEP_EVERY_S

    @property
    def size(self) -> int:
        """How many counts are held, those that have run out and were not swept yet included."""
        return len(self._counts)

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count so many, unless that would be over the limit; return whether they were counted."""
        with self._lock:
            window, left_s, before, count = self._window(key, expiry)
            if floor(before * left_s / expiry + count) + amount > limit:
                return False
            self._add(f"{key}/{window}", amount, expiry_s=2 * expiry)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the count of the window before this one and how long it matters; the same of this one."""
        _, left_s, before, count = self._window(key, expiry)
        return before, left_s if before else 0.0, count, left_s + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget the counts of this window and the one before."""
        window = int(time.time() // expiry)
        self.clear(f"{key}/{window - 1}")
        self.clear(f"{key}/{window}")

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count so many for so many seconds; return the count."""
        with self._lock:
            return self._add(key, amount, expiry_s=expiry)

    def get(self, key: str) -> int:
        """Return a count."""
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when a count runs out."""
        return self._counts.get(key, (0, time.time()))[1]

    def clear(self, key: str) -> None:
        """Forget a count."""
        with self._lock:
            self._counts.pop(key, None)

    def reset(self) -> int:
        """Forget all counts; return how many they were."""
        with self._lock:
            forgotten, self._counts = len(self._counts), {}
            return forgotten

    def check(self) -> bool:
        """Return that memory is there."""
        return True

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library would make a `StorageError` of: nothing is raised here."""
        return OSError

    def _window(self, key: str, expiry: int) -> tuple[int, float, int, int]:
        """Return the window's number, the seconds left of it, the count of the one before, and its own."""
        now = time.time()
        window = int(now // expiry)
        left_s = expiry - now % expiry
        return window, left_s, self.get(f"{key}/{window - 1}"), self.get(f"{key}/{window}")

    def _add(self, key: str, amount: int, *, expiry_s: float) -> int:
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_EVERY_S
            now = time.time()
            # A dictionary never shrinks when its entries are deleted, so a smaller one takes its place.
            self._counts = {each: held for each, held in self._counts.items() if held[1] > now}
        count = self.get(key)
        until = self.get_expiry(key) if count else time.time() + expiry_s
        self._counts[key] = (count + amount, until)
        return count + amount


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one limit is left."""

    limit: RateLimitItem
    keys: tuple[str, ...]
    window: WindowStats


@dataclass(frozen=True, slots=True)
class Quota:
    """What one address may still send to a project, and all addresses together."""

    quotas: "Quotas"
    shares: tuple[Share, ...]

    @property
    def is_half_used(self) -> bool:
        """Whether less than half of a limit is left."""
        return any(2 * each.window.remaining < each.limit.amount for each in self.shares)

    @property
    def wait_s(self) -> int:
        """The seconds until one more lead is taken; 0 if that is now."""
        resets = [each.window.reset_time for each in self.shares if not each.window.remaining]
        return max(1, round(max(resets) - time.time())) if resets else 0

    def use(self) -> None:
        """Count one lead."""
        self.quotas.count(self.shares)


class Quotas:
    """Counts leads and tokens of addresses and projects; in this process alone while the store is away."""

    def __init__(self, shared: RateLimiter) -> None:
        self._shared = shared
        self._own: RateLimiter = SlidingWindowCounterRateLimiter(SweptMemoryStorage())
        self._away_until = 0.0

    def of(self, project: Project, sender: Request) -> Quota:
        """Return what is left for a request to a project."""
        address, everybody = (PREFIX, project.slug, limit_key(sender)), (PREFIX, project.slug, "all")
        keyed = [(item, address) for item in _items(project.limits.per_address)]
        keyed += [(item, everybody) for item in _items(project.limits.per_project)]
        return self._quota(keyed)

    def of_source(self, project: Project, source: str) -> Quota:
        """Return what a source may still send to a project; it takes nothing from the project's visitors."""
        keys = (PREFIX, project.slug, "source", source)
        return self._quota([(item, keys) for item in _items(project.limits.per_source)])

    def use_guess(self, sender: Request) -> None:
        """Count one wrong key of a source, whichever it is. Raises: LimitReachedError."""
        self._use(GUESSES, "guess", limit_key(sender))

    def _quota(self, keyed: Sequence[tuple[RateLimitItem, tuple[str, ...]]]) -> Quota:
        shares = self._ask(
            lambda store: [Share(item, keys, store.get_window_stats(item, *keys)) for item, keys in keyed]
        )
        return Quota(self, tuple(shares))

    def count(self, shares: tuple[Share, ...]) -> None:
        """Count one lead in every share."""
        self._ask(lambda store: [store.hit(share.limit, *share.keys) for share in shares])

    def use_session(self, project: Project, sender: Request) -> None:
        """Count one token for an address. Raises: LimitReachedError."""
        self._use(SESSIONS, project.slug, limit_key(sender), "session")

    def use_listing(self, sender: Request) -> None:
        """Count one question which projects a site may embed. Raises: LimitReachedError."""
        self._use(LISTINGS, "listing", limit_key(sender))

    def _use(self, limit: RateLimitItem, *keys: str) -> None:
        """Count one of what a limit bounds. Raises: LimitReachedError."""
        if not self._ask(lambda store: store.hit(limit, PREFIX, *keys)):
            raise LimitReachedError(retry_after_s=SESSIONS_AGAIN_S)

    def _ask(self, question: Callable[[RateLimiter], T]) -> T:
        """Ask the shared store, or this process's own memory."""
        if time.monotonic() >= self._away_until:
            try:
                return question(self._shared)
            except StorageError as error:
                self._away_until = time.monotonic() + AWAY_S
                logger.warning("limits are counted by each process alone: %s", error.storage_error)
        return question(self._own)


@lru_cache(maxsize=1000)
def _items(text: str) -> tuple[RateLimitItem, ...]:
    """Return the limits of a text like `5/minute;30/hour`."""
    return tuple(parse_many(text))
