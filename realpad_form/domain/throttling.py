"""How guesses at passwords are slowed down: counters, and how long each one makes its next attempt wait.

Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies. docs/security.md states the arithmetic.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from typing import Final
from uuid import UUID

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
