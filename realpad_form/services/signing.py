"""What browsers keep, and how it is signed: form tokens, drafts, the desk's cookie; secrets and tickets.

Earlier versions signed with SHA-1. What they signed is read as long as it is good (half a day, a draft for a
week), so that an upgrade loses no open form, no shared link and no session; it is made no more.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from itsdangerous import BadData, BadSignature, TimestampSigner, URLSafeSerializer

from realpad_form.domain.errors import TicketSpentError
from realpad_form.domain.people import CLOCK_TOLERANCE, Purpose, Ticket
from realpad_form.ports import Sessions

SIGNING: Final[dict[str, Any]] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
"""What itsdangerous signs with: HMAC-SHA-256, under a key of its own for each salt."""

LEGACY_SIGNING: Final[dict[str, Any]] = {"digest_method": hashlib.sha1, "key_derivation": "django-concat"}
LEGACY_COOKIE_SIGNING: Final[dict[str, Any]] = {"digest_method": hashlib.sha1, "key_derivation": "hmac"}
"""What the desk's cookie was signed with, as Flask does. Both go with the next release."""


class TimedSigner:
    """Signs texts with their time; of the secret keys the first signs, every key is good for reading."""

    def __init__(self, secret_keys: Sequence[str], *, salt: str) -> None:
        newest_last = list(reversed(secret_keys))
        self._signer = TimestampSigner(newest_last, salt=salt, **SIGNING)
        self._older = TimestampSigner(newest_last, salt=salt, **LEGACY_SIGNING)

    def sign(self, text: str | bytes) -> str:
        """Return a text with time and signature."""
        return self._signer.sign(text).decode()

    def read(self, signed: str) -> tuple[bytes, datetime]:
        """Return what was signed, and when. Raises: BadData."""
        try:
            return self._signer.unsign(signed, return_timestamp=True)
        except BadSignature:
            return self._older.unsign(signed, return_timestamp=True)


def serializer(secret_keys: Sequence[str], *, salt: str) -> URLSafeSerializer:
    """Return what signs and reads JSON without a time; the keys are as above."""
    newest_last = list(reversed(secret_keys))
    return URLSafeSerializer(newest_last, salt=salt, signer_kwargs=SIGNING, fallback_signers=[LEGACY_SIGNING])


SECRET_BYTES: Final = 32
"""How long the secrets of sessions and links are, of which only the digest is kept."""


def draw() -> str:
    """Return a fresh secret that fits into an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret: SHA-256 in hex, since nobody guesses 32 random bytes."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


LASTS: Final = {
    Purpose.SET_PASSWORD: timedelta(hours=1),
    Purpose.REGISTER: timedelta(minutes=5),
    Purpose.PASSKEY: timedelta(minutes=5),
    Purpose.OIDC: timedelta(minutes=10),
}

TICKET_SALT: Final = "realpad-form/ticket/v1"


@dataclass(frozen=True, slots=True)
class Tickets:
    """Issues and takes tickets: to set a password, to show a passkey, to sign in at the OpenID provider.

    Each is good once and for a while; the secret of one is known only to whom it was given.

    Of the secret keys the first signs, every key is good for reading. By default one is drawn at random, so
    that signed tickets are good within one process.
    """

    sessions: Sessions
    secret_keys: Sequence[str] = field(default_factory=lambda: (secrets.token_urlsafe(32),), repr=False)

    def issue(self, purpose: Purpose, *, person_id: UUID | None = None, content: str = "") -> str:
        """Return the secret of a new ticket."""
        secret, now = draw(), self.sessions.now()
        ticket = Ticket(
            purpose=purpose, person_id=person_id, content=content, expires_at=now + LASTS[purpose]
        )
        self.sessions.issue(ticket, hashed=digest(secret))
        return secret

    def peek(self, secret: str, *, purpose: Purpose) -> Ticket:
        """Return a ticket that could be taken now. Raises: TicketSpentError."""
        return self._valid(self.sessions.peek(digest(secret)), purpose)

    def take(self, secret: str, *, purpose: Purpose) -> Ticket:
        """Return a ticket, which nobody can take again. Raises: TicketSpentError."""
        return self._valid(self.sessions.take(digest(secret)), purpose)

    def sign(self, purpose: Purpose, *, content: str = "") -> str:
        """Return a ticket of nobody in particular that is stored only when it is used.

        Strangers may ask for any number of them: none costs storage, so nobody has to wait.
        """
        expires_at = self.sessions.now() + LASTS[purpose]
        return self._signer().dumps([purpose, expires_at.timestamp(), secrets.token_urlsafe(16), content])

    def read(self, signed: str, *, purpose: Purpose) -> Ticket:
        """Return a signed ticket, used or not. Raises: TicketSpentError."""
        try:
            given, expires_at, _nonce, content = self._signer().loads(signed)
        except (BadData, UnicodeEncodeError):  # the second for a lone surrogate
            raise TicketSpentError from None
        ticket = Ticket(
            purpose=Purpose(given), content=content, expires_at=datetime.fromtimestamp(expires_at, UTC)
        )
        return self._valid(ticket, purpose)

    def spend(self, signed: str, ticket: Ticket) -> None:
        """Use a signed ticket up. Raises: TicketSpentError, if somebody has."""
        # Without the signature, which base64 spells in several ways.
        hashed = digest(signed.rpartition(".")[0])
        if not self.sessions.spend(hashed, purpose=ticket.purpose, expires_at=ticket.expires_at):
            raise TicketSpentError

    def _signer(self) -> URLSafeSerializer:
        return serializer(self.secret_keys, salt=TICKET_SALT)

    def _valid(self, ticket: Ticket | None, purpose: Purpose) -> Ticket:
        if ticket is None or ticket.purpose is not purpose:
            raise TicketSpentError
        left = ticket.expires_at - self.sessions.now()
        # One that would last for longer than any was issued while the clock was ahead.
        if not timedelta(0) < left <= LASTS[purpose] + CLOCK_TOLERANCE:
            raise TicketSpentError
        return ticket
