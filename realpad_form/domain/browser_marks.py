"""Marks for browsers: "this person signed in here before", readable by nobody and good for nobody else.

Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

MARKS: Final = 5
"""How many people's marks one browser keeps, the latest first."""

NONCE_CHARS: Final = 22  # 16 random bytes
MARK_CHARS: Final = NONCE_CHARS + 64


@dataclass(frozen=True, slots=True)
class BrowserMarks:
    """Makes and recognises marks; the first key signs, every key is good for recognising.

    A mark is bound to a person and to the hash of their password: after a new password it is worth nothing.
    By default the key is drawn at random, so that marks are good within one process.
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
