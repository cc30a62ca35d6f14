"""Limits on use: guesses at passwords are slowed down, and few long calls at once may hold up pages.

Guesses are slowed down by counters of attempts, and by marks of browsers that are known.

Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies. docs/security.md states the arithmetic.
"""

import hmac
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Final
from uuid import UUID

from realpad_form.domain.errors import CallsBusyError

FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""A counter starts again this long after its last attempt."""

ZERO: Final = timedelta(0)
SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)

NEW_PLACE_TRIES: Final = 3
"""Attempts of one address at one e-mail that do not wait for what others did to that e-mail."""

NEW_PLACES_TRIES: Final = 1000
"""Attempts of this kind at one e-mail, from all addresses together, before they come one a minute."""

TOTAL_TRIES: Final = 100
"""Attempts from unknown places at any e-mail, before they come four a second: hashing takes a processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One counter of attempts. After `free` of them, each further one doubles the wait."""

    key: str
    free: int
    first_wait: timedelta = SECOND
    longest_wait: timedelta = MINUTE
    is_waited_for: bool = True  # False: the attempt is counted here, but does not wait

    def wait_after(self, attempts: int) -> timedelta:
        """Return how long the next attempt waits after so many."""
        if attempts < self.free:
            return ZERO
        doublings = min(attempts - self.free, 10)  # more would only overflow
        return min(self.first_wait * (1 << doublings), self.longest_wait)


def account_limit(email: str, *, is_waited_for: bool = True) -> Limit:
    """Return the counter of an e-mail's attempts from unknown places, whether anybody has it or not."""
    return Limit(key=f"account:{email}", free=3, is_waited_for=is_waited_for)


def address_limit(address: str, *, is_waited_for: bool = True) -> Limit:
    """Return the counter of an address, which a whole office may share."""
    return Limit(key=f"address:{network_of(address)}", free=20, is_waited_for=is_waited_for)


def provider_limit(address: str) -> Limit:
    """Return the counter of an address's answers from the OpenID provider, each of which costs two calls."""
    return Limit(key=f"provider:{network_of(address)}", free=20)


def total_limit() -> Limit:
    """Return the counter of all attempts from unknown places."""
    quarter = timedelta(seconds=0.25)
    return Limit(key="total", free=TOTAL_TRIES, first_wait=quarter, longest_wait=quarter)


def new_place_limit(email: str, address: str) -> Limit:
    """Return the counter of one address at one e-mail: a few attempts, then none until it is forgotten."""
    key = f"place:{network_of(address)}:{email}"
    return Limit(key=key, free=NEW_PLACE_TRIES, first_wait=FORGOTTEN_AFTER, longest_wait=FORGOTTEN_AFTER)


def new_places_limit(email: str) -> Limit:
    """Return the counter of what `new_place_limit` lets through at one e-mail."""
    return Limit(key=f"places:{email}", free=NEW_PLACES_TRIES, first_wait=MINUTE)


def reset_limits(email: str, address: str) -> list[Limit]:
    """Return the counters of who asks for a new password by mail, so that nobody's mailbox is flooded."""
    ten_minutes = timedelta(minutes=10)
    return [
        Limit(key=f"reset:{email}", free=3, first_wait=ten_minutes, longest_wait=FORGOTTEN_AFTER),
        Limit(key=f"reset-from:{network_of(address)}", free=20, longest_wait=ten_minutes),
    ]


def known_limit(person_id: UUID, place: str) -> Limit:
    """Return the counter of a browser or an address where that person signed in before."""
    return Limit(key=f"known:{person_id}:{place}", free=3)


def network_of(address: str) -> str:
    """Return what an address counts as; a household or a phone owns a whole IPv6 /64."""
    bits = 64 if ":" in address else 32
    try:
        return str(ip_network(f"{address}/{bits}", strict=False))
    except ValueError:
        return "unreadable"


MARKS: Final = 5
"""How many people's marks one browser keeps, the latest first."""

NONCE_CHARS: Final = 22  # 16 random bytes
MARK_CHARS: Final = NONCE_CHARS + 64


@dataclass(frozen=True, slots=True)
class BrowserMarks:
    """Makes and recognises marks, "this person signed in here before", that nobody can read.

    The first key signs, every key is good for recognising. A mark is bound to a person and to the hash of
    their password: after a new password it is worth nothing. By default the key is drawn at random, so that
    marks are good within one process.
    """

    secret_keys: Sequence[str] = field(default_factory=lambda: (secrets.token_urlsafe(32),), repr=False)

    def add(self, kept: str, person_id: UUID, *, password: str | None) -> str:
        """Return what a browser keeps from now on: a new mark of a person before those of others."""
        nonce = secrets.token_urlsafe(16)
        others = [mark for mark in _marks(kept) if not self._is_of(mark, person_id, password=password)]
        new = nonce + self._sign(self.secret_keys[0], nonce, person_id, password=password)
        return ".".join([new, *others][:MARKS])

    def find(self, kept: str, person_id: UUID, *, password: str | None) -> str | None:
        """Return the name of this browser if it has a mark of that person, or None."""
        own = (mark for mark in _marks(kept) if self._is_of(mark, person_id, password=password))
        return next((mark[:NONCE_CHARS] for mark in own), None)

    def digest_of_address(self, person_id: UUID, network: str) -> list[str]:
        """Return what an address of a person is kept as, by today's key first; nobody can try them all."""
        text = f"address:{person_id}:{network}".encode()
        return [hmac.new(_derive(key), text, "sha256").hexdigest() for key in self.secret_keys]

    def digest_of_counter(self, key: str) -> str:
        """Return what a counter of attempts is kept as; after a change of the first key all begin anew."""
        text = f"counter:{key}".encode(errors="surrogatepass")
        return hmac.new(_derive(self.secret_keys[0]), text, "sha256").hexdigest()

    def _is_of(self, mark: str, person_id: UUID, *, password: str | None) -> bool:
        nonce, signature = mark[:NONCE_CHARS], mark[NONCE_CHARS:].encode()
        signed = [self._sign(key, nonce, person_id, password=password) for key in self.secret_keys]
        return any(hmac.compare_digest(signature, each.encode()) for each in signed)

    def _sign(self, key: str, nonce: str, person_id: UUID, *, password: str | None) -> str:
        text = f"browser:{nonce}:{person_id}:{password or ''}".encode()
        return hmac.new(_derive(key), text, "sha256").hexdigest()


def _marks(kept: str) -> list[str]:
    """Return the marks in what a browser sent, leaving out what cannot be one."""
    return [mark for mark in kept.split(".")[:MARKS] if mark.isascii() and len(mark) == MARK_CHARS]


def _derive(secret: str) -> bytes:
    """Return a key for this purpose alone."""
    return hmac.new(secret.encode(), b"realpad-form known places", "sha256").digest()


class CallSlots:
    """A fixed number of calls at once to one service; whoever comes when all are taken is told so.

    A page waits for its call on a thread of the web server: if the other service is silent, all threads would
    wait, and no form would be served any more. Each call must have a deadline of its own: a slot is free
    again when its call has ended.
    """

    def __init__(
        self,
        at_once: int,
        *,
        busy: type[CallsBusyError] = CallsBusyError,
        waiting: int = 0,
        wait_s: float = 0.0,
    ) -> None:
        """Take how many calls there may be at once, and what is raised when there is no slot.

        Up to `waiting` more calls wait for a slot, each at most `wait_s` seconds.
        """
        self._free = threading.BoundedSemaphore(at_once)
        self._room = threading.BoundedSemaphore(at_once + waiting)
        self._wait_s = wait_s
        self._busy = busy

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a slot for a call. Raises: CallsBusyError, if none is free, or becomes so in time."""
        if not self._room.acquire(blocking=False):
            raise self._busy("as many calls are under way as may be")
        try:
            if not self._free.acquire(timeout=self._wait_s):
                raise self._busy("as many calls are under way as may be")
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._room.release()
