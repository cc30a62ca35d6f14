"""Passwords: hashed by Argon2id, and those that are known from leaks.

Source: RFC 9106; OWASP, Password Storage Cheat Sheet.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.resources import files
from typing import Final

import argon2

from realpad_form.domain.errors import HasherBusyError

AT_ONCE: Final = 4
"""How many hashes a process computes at once; each takes 64 MiB."""

WAIT_S: Final = 2.0
"""How long one waits for its turn, so that a flood of guesses cannot take every thread from the leads."""


class ArgonHasher:
    """The port PasswordHasher."""

    def __init__(self, *, wait_s: float = WAIT_S, memory_kib: int = 64 * 1024) -> None:
        self._argon = argon2.PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=1)
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._wait_s = wait_s

    def hash(self, password: str) -> str:
        """Return the hash of a password. Raises: HasherBusyError."""
        with self._turn():
            return self._argon.hash(_bytes(password))

    def verify(self, hashed: str | None, password: str) -> bool:
        """Tell whether a password has this hash; with None it is the same work. Raises: HasherBusyError."""
        nobodys = self._nobodys  # asked for in either case, since the first time costs a hash more
        against = hashed or nobodys
        with self._turn():
            try:
                self._argon.verify(against, _bytes(password))
            except argon2.exceptions.VerificationError:
                return False
        return hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other costs than today's."""
        return self._argon.check_needs_rehash(hashed)

    @cached_property
    def _nobodys(self) -> str:
        """A hash that costs as much as a person's."""
        return self.hash("the password of nobody")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_s):
            raise HasherBusyError
        try:
            yield
        finally:
            self._turns.release()


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


def leaked_passwords() -> frozenset[str]:
    """Return all passwords known from leaks, case-folded: whoever guesses tries each in every case, too.

    Source: `leaked_passwords/ORIGIN.md`.
    """
    text = (files("realpad_form.adapters") / "leaked_passwords" / "passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.casefold().splitlines())
