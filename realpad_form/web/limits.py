"""How many leads are taken, by the limits of the project file, and how many tokens are given out.

Only what was stored anew uses up a limit of leads; a repeat, a mistake or an outage does not. See ADR 11.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from flask import Flask, Request, request
from flask_limiter import Limiter
from limits import RateLimitItem, RateLimitItemPerMinute, WindowStats, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from realpad_form.domain.errors import LimitReachedError
from realpad_form.domain.project import Project
from realpad_form.web.client import limit_key
from realpad_form.web.counting import swept_memory

STORE_TIMEOUT_S: Final = 0.25
"""A store of limits that is silent must not hold up a lead."""

AWAY_S: Final = 2.0
"""How long a store that failed is not asked again."""

SESSIONS: Final = RateLimitItemPerMinute(60)
"""How many tokens an address gets of a project, from `/session` and in the answers to posts together."""

SESSIONS_AGAIN_S: Final = 10
"""When to ask for a token again; the limit slides, so that some are free by then."""

PREFIX: Final = "realpad-form"

T = TypeVar("T")

logger = logging.getLogger(__name__)


def make_quotas(app: Flask, url: str) -> "Quotas":
    """Return what counts in the store at `url`; with the store away, each process counts for itself."""
    limiter = Limiter(
        key_func=lambda: limit_key(request),
        storage_uri=url,
        storage_options=storage_options(url),
        strategy="sliding-window-counter",
        key_prefix=PREFIX,
    )
    # It adds no hooks to an application that has it already; they would look at every request for nothing.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    if isinstance(limiter.storage, MemoryStorage):
        swept_memory(limiter.storage)
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
        self._own: RateLimiter = SlidingWindowCounterRateLimiter(swept_memory())
        self._away_until = 0.0

    def of(self, project: Project, sender: Request) -> Quota:
        """Return what is left for a request to a project."""
        address, everybody = (PREFIX, project.slug, limit_key(sender)), (PREFIX, project.slug, "all")
        keyed = [(item, address) for item in _items(project.limits.per_address)]
        keyed += [(item, everybody) for item in _items(project.limits.per_project)]
        shares = self._ask(
            lambda store: [Share(item, keys, store.get_window_stats(item, *keys)) for item, keys in keyed]
        )
        return Quota(self, tuple(shares))

    def count(self, shares: tuple[Share, ...]) -> None:
        """Count one lead in every share."""
        self._ask(lambda store: [store.hit(share.limit, *share.keys) for share in shares])

    def use_session(self, project: Project, sender: Request) -> None:
        """Count one token for an address. Raises: LimitReachedError."""
        keys = (PREFIX, project.slug, limit_key(sender), "session")
        if not self._ask(lambda store: store.hit(SESSIONS, *keys)):
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
