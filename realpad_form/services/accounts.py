"""The use case of a person who looks after the own account; links to set passwords with, by mail."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from realpad_form.domain.errors import NotificationError, StorageUnavailableError, TicketSpentError
from realpad_form.domain.mail import Mail
from realpad_form.domain.password import PasswordRules
from realpad_form.domain.people import (
    LANGUAGES,
    AuditAction,
    Person,
    Proof,
    Purpose,
    Right,
    Session,
    Ticket,
    is_email,
)
from realpad_form.domain.throttling import reset_limits
from realpad_form.ports import MailGateway
from realpad_form.services.sign_in import Refused, SignedIn, SignIn
from realpad_form.services.signing import Tickets

logger = logging.getLogger(__name__)

THREAD: Final = "password link"
"""The name of the threads that send links."""

LinkWriter = Callable[[Person, str], Mail]
"""Writes the mail that brings somebody a link."""


@dataclass(frozen=True, slots=True)
class PasswordLinks:
    """Mails people the links that set their passwords."""

    sign_in: SignIn
    tickets: Tickets
    mailer: MailGateway
    public_url: str

    def address(self, secret: str) -> str:
        """Return the address of a link."""
        return f"{self.public_url}/account/link/{secret}"

    def send(self, mail: Mail) -> bool:
        """Send a mail, which may take half a minute; return False if the mail server does not take it."""
        try:
            self.mailer.send(mail)
        except NotificationError as error:
            logger.error("a link could not be sent: %s", error)
            return False
        return True

    def request(self, email: str, *, address: str, write: LinkWriter) -> None:
        """Send a link to who has an e-mail, later, so that nobody learns from the time it takes who that is.

        Nothing is sent to who is disabled, or if that e-mail or address asked too often. The password stays
        until the link is used, and passkeys for good. Raises: StorageUnavailableError.
        """
        email = email.strip().lower()
        if is_email(email) and not self.sign_in.throttle.admit(reset_limits(email, address)):
            threading.Thread(target=self.send_link, args=[email, write], name=THREAD, daemon=True).start()

    def send_link(self, email: str, write: LinkWriter) -> None:
        """Send a link to who has an e-mail, if anybody has."""
        try:
            person = self.sign_in.roster.find(email)
            if person is None or person.disabled_at:
                return
            with self.sign_in.roster.transaction(person.id):
                secret = self.tickets.issue(Purpose.SET_PASSWORD, person_id=person.id)
                self.sign_in.audit.record(AuditAction.LINK_ASKED, by=None, subject=str(person.id))
        except StorageUnavailableError as error:
            logger.error("a link could not be made: %s", error)
            return
        self.send(write(person, self.address(secret)))


@dataclass(frozen=True, slots=True)
class Accounts:
    """Sets and changes passwords, and ends sessions."""

    sign_in: SignIn
    tickets: Tickets
    rules: PasswordRules = field(default_factory=PasswordRules)

    def owner_of(self, link: str) -> Person:
        """Return whose password a one-time link may set, using nothing up. Raises: TicketSpentError."""
        return self._owner(self.tickets.peek(link, purpose=Purpose.SET_PASSWORD))

    def set_password(self, link: str, new: str) -> Person:
        """Set a password by a one-time link, which is then used up; every session ends.

        Raises: TicketSpentError; PasswordRefusedError, after which the link still works; HasherBusyError.
        """
        owner = self.owner_of(link)
        self.rules.check(new, person=owner)
        hashed = self.sign_in.hasher.hash(new)
        with self.sign_in.roster.transaction(owner.id):
            person = self._owner(self.tickets.take(link, purpose=Purpose.SET_PASSWORD))
            self._keep(person, hashed)
        return person

    def change_password(
        self, session: Session, current: str, *, new: str, marks: str = ""
    ) -> SignedIn | Refused:
        """Change a password; every session ends, and a new one begins here.

        Raises: PasswordRefusedError, HasherBusyError, SessionEndedError.
        """
        person, address = session.person, session.address
        self.rules.check(new, person=person)
        proof = self.sign_in.check_password(person, current, address=address, marks=marks)
        if isinstance(proof, Refused):
            return proof
        hashed = self.sign_in.hasher.hash(new)
        with self.sign_in.acting(session):
            self._keep(person, hashed)
            changed = Proof(person=person, password=hashed)
            return self.sign_in.open(changed, address=address, how="new password", marks=marks)

    def speak(self, person: Person, language: str) -> Person:
        """Choose the language of the desk; any but a known one means the browser's."""
        chosen = language if language in LANGUAGES else None
        self.sign_in.roster.set_language(person.id, chosen)
        return replace(person, language=chosen)

    def choose_summary(self, person: Person, *, wants_it: bool) -> None:
        """Choose whether to get the weekly summary by mail; the first one is sent on the next Monday."""
        since = person.summary_since or self.sign_in.sessions.now()
        self.sign_in.roster.set_summary(person.id, since if wants_it else None)

    def sessions(self, person: Person) -> list[Session]:
        """Return where a person is signed in, the latest used first."""
        now = self.sign_in.sessions.now()
        return [each for each in self.sign_in.sessions.of(person.id) if each.is_alive(now)]

    def end(self, session: Session, session_id: UUID) -> None:
        """End one session of who is signed in; one of somebody else or of nobody is left alone.

        Raises: SessionEndedError.
        """
        person_id = session.person.id
        with self.sign_in.acting(session):
            if session_id in {each.id for each in self.sign_in.sessions.of(person_id)}:
                self.sign_in.sessions.end(session_id)
                self.sign_in.audit.record(AuditAction.SESSION_ENDED, by=person_id, detail="one")

    def end_others(self, session: Session) -> None:
        """End every session of a person but this one. Raises: SessionEndedError."""
        with self.sign_in.acting(session):
            self.sign_in.sessions.end_all(session.person.id, but=session.id)
            self.sign_in.audit.record(AuditAction.SESSION_ENDED, by=session.person.id, detail="others")

    def _keep(self, person: Person, hashed: str) -> None:
        """Keep a new password, which ends every session, in the transaction of who calls this."""
        self.sign_in.roster.set_password(person.id, hashed)
        self.sign_in.sessions.end_all(person.id)
        self.sign_in.audit.record(AuditAction.PASSWORD_SET, by=person.id)

    def _owner(self, ticket: Ticket) -> Person:
        """Return whose ticket it is.

        Raises: TicketSpentError, if that one may not come in, or if the admin who made the link could not
            make it now: they may know it, and would get the rights that the person was given since.
        """
        if ticket.person_id is None:
            raise TicketSpentError
        person = self.sign_in.roster.get(ticket.person_id)
        issuer = self.sign_in.roster.get(UUID(ticket.content)) if ticket.content else None
        is_covered = issuer is None or (issuer.may(Right.PEOPLE) and not issuer.excess_of(person))
        if person.disabled_at or not is_covered:
            raise TicketSpentError
        return person
