"""The use case of passkeys: kept by a person, and shown to sign in, alone or after the password."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.errors import ProofRefusedError, TicketSpentError
from realpad_form.domain.people import AuditAction, Passkey, Person, Proof, Purpose, Session, Ticket
from realpad_form.domain.text import line
from realpad_form.ports import KeyCeremony
from realpad_form.services.sign_in import PASSKEY, Refused, SignedIn, SignIn
from realpad_form.services.signing import Tickets

NAME_CHARS: Final = 64


@dataclass(frozen=True, slots=True)
class PasskeyRequest:
    """What a browser is asked: options for its own interface, and the ticket that the answer needs."""

    ticket: str
    options: str  # JSON


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Adds passkeys, and lets people in by them; each challenge is ours, and good for one answer."""

    ceremony: KeyCeremony
    sign_in: SignIn
    tickets: Tickets

    def of(self, person: Person) -> list[Passkey]:
        """Return a person's passkeys, oldest first."""
        return self.sign_in.roster.passkeys(person.id)

    def invite(self, person: Person) -> PasskeyRequest:
        """Ask a person's browser for a new passkey."""
        options, challenge = self.ceremony.invite(person, known=self.of(person))
        return self._asked(Purpose.REGISTER, options, ticket_of=(person, challenge))

    def add(self, session: Session, answer: str, *, ticket: str, name: str) -> Passkey:
        """Keep a new passkey of who is signed in.

        Raises: TicketSpentError, ProofRefusedError, SessionEndedError.
        """
        person = session.person
        taken = self.tickets.take(ticket, purpose=Purpose.REGISTER)
        if taken.person_id != person.id:
            raise TicketSpentError
        passkey_id, public_key, uses = self.ceremony.accept(answer, challenge=_challenge(taken))
        passkey = Passkey(
            id=passkey_id,
            person_id=person.id,
            public_key=public_key,
            uses=uses,
            name=line(name)[:NAME_CHARS],
            created_at=self.sign_in.sessions.now(),
        )
        with self.sign_in.acting(session):
            if not self.sign_in.roster.add_passkey(passkey):
                raise ProofRefusedError("somebody has this passkey already")
            self.sign_in.audit.record(AuditAction.PASSKEY_ADDED, by=person.id)
        return passkey

    def remove(self, session: Session, passkey_id: bytes) -> None:
        """Forget a passkey of who is signed in; one that is not there is no error.

        Raises: SessionEndedError.
        """
        with self.sign_in.acting(session):
            self.sign_in.roster.remove_passkey(session.person.id, passkey_id)
            self.sign_in.audit.record(AuditAction.PASSKEY_REMOVED, by=session.person.id)

    def ask(self, person: Person) -> PasskeyRequest:
        """Ask a browser for a passkey of a person who knew the password, or is signed in."""
        options, challenge = self.ceremony.ask(self.of(person))
        return self._asked(Purpose.PASSKEY, options, ticket_of=(person, challenge))

    def ask_anybody(self) -> PasskeyRequest:
        """Ask a browser for whatever passkey it has of ours; nobody has to wait, whatever others do."""
        options, challenge = self.ceremony.ask([])
        return PasskeyRequest(
            self.tickets.sign(Purpose.PASSKEY, content=b64encode(challenge).decode()), options
        )

    def enter(self, answer: str, *, ticket: str, address: str, marks: str = "") -> SignedIn | Refused:
        """Let in whose passkey answered. Raises: StorageUnavailableError."""
        try:
            proof = self._prove(answer, ticket)
        except (TicketSpentError, ProofRefusedError) as error:
            return self.sign_in.refuse(address, f"passkey: {error}")
        return self.sign_in.open(proof, address=address, how=PASSKEY, marks=marks)

    def _prove(self, answer: str, ticket: str) -> Proof:
        """Return whose passkey answered, using the ticket up. Raises: TicketSpentError, ProofRefusedError."""
        if "." not in ticket:
            return self._checked(answer, self.tickets.take(ticket, purpose=Purpose.PASSKEY))
        signed = self.tickets.read(ticket, purpose=Purpose.PASSKEY)
        proof = self._checked(answer, signed)
        self.tickets.spend(ticket, signed)
        return proof

    def _checked(self, answer: str, ticket: Ticket) -> Proof:
        """Return whose passkey answered a challenge. Raises: ProofRefusedError."""
        roster = self.sign_in.roster
        passkey = roster.passkey(self.ceremony.id_in(answer))
        if passkey is None or ticket.person_id not in (None, passkey.person_id):
            raise ProofRefusedError("nobody has this passkey, or somebody else has")
        uses = self.ceremony.verify(answer, challenge=_challenge(ticket), passkey=passkey)
        person = roster.get(passkey.person_id)
        if person.disabled_at or not roster.use_passkey(passkey, uses=uses):
            raise ProofRefusedError("disabled, or the passkey was used twice at once")
        return Proof(person=person, passkey=passkey.id)

    def _asked(self, purpose: Purpose, options: str, *, ticket_of: tuple[Person, bytes]) -> PasskeyRequest:
        person, challenge = ticket_of
        content = b64encode(challenge).decode()
        return PasskeyRequest(self.tickets.issue(purpose, person_id=person.id, content=content), options)


def _challenge(ticket: Ticket) -> bytes:
    return b64decode(ticket.content)
