"""What is good once and for a while: links to set a password, challenges of passkeys, visits elsewhere."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from realpad_form.domain.errors import TicketSpentError
from realpad_form.domain.people import CLOCK_TOLERANCE, Purpose, Ticket
from realpad_form.domain.secret import digest, draw
from realpad_form.ports import Sessions

LASTS: Final = {
    Purpose.SET_PASSWORD: timedelta(hours=1),
    Purpose.REGISTER: timedelta(minutes=5),
    Purpose.PASSKEY: timedelta(minutes=5),
    Purpose.OIDC: timedelta(minutes=10),
}


@dataclass(frozen=True, slots=True)
class Tickets:
    """Issues and takes tickets; the secret of one is known only to whom it was given."""

    sessions: Sessions

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

    def _valid(self, ticket: Ticket | None, purpose: Purpose) -> Ticket:
        if ticket is None or ticket.purpose is not purpose:
            raise TicketSpentError
        left = ticket.expires_at - self.sessions.now()
        # One that would last for longer than any was issued while the clock was ahead.
        if not timedelta(0) < left <= LASTS[purpose] + CLOCK_TOLERANCE:
            raise TicketSpentError
        return ticket
