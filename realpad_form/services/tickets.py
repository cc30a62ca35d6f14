"""What is good once and for a while: links to set a password, challenges of passkeys, visits elsewhere."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from realpad_form.domain.errors import TicketSpentError
from realpad_form.domain.people import CLOCK_TOLERANCE, Purpose, Ticket
from realpad_form.ports import Sessions
from realpad_form.services.signing import digest, draw, serializer

LASTS: Final = {
    Purpose.SET_PASSWORD: timedelta(hours=1),
    Purpose.REGISTER: timedelta(minutes=5),
    Purpose.PASSKEY: timedelta(minutes=5),
    Purpose.OIDC: timedelta(minutes=10),
}

SALT: Final = "realpad-form/ticket/v1"


@dataclass(frozen=True, slots=True)
class Tickets:
    """Issues and takes tickets; the secret of one is known only to whom it was given.

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
        hashed = digest(
            signed.rpartition(".")[0]
        )  # without the signature, which base64 spells in several ways
        if not self.sessions.spend(hashed, purpose=ticket.purpose, expires_at=ticket.expires_at):
            raise TicketSpentError

    def _signer(self) -> URLSafeSerializer:
        return serializer(self.secret_keys, salt=SALT)

    def _valid(self, ticket: Ticket | None, purpose: Purpose) -> Ticket:
        if ticket is None or ticket.purpose is not purpose:
            raise TicketSpentError
        left = ticket.expires_at - self.sessions.now()
        # One that would last for longer than any was issued while the clock was ahead.
        if not timedelta(0) < left <= LASTS[purpose] + CLOCK_TOLERANCE:
            raise TicketSpentError
        return ticket
