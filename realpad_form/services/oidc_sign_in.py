"""The use case of signing in elsewhere, at the OpenID provider of one's company."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.errors import (
    CallsBusyError,
    PersonNotFoundError,
    ProofRefusedError,
    TicketSpentError,
)
from realpad_form.domain.people import AuditAction, Identity, Person, Proof, Purpose
from realpad_form.domain.throttling import provider_limit
from realpad_form.ports import IdentityProvider
from realpad_form.services.sign_in import SILENT, Refused, SecondStep, SignedIn, SignIn, security
from realpad_form.services.signing import Tickets

AGAIN: Final = "elsewhere, again"


@dataclass(frozen=True, slots=True)
class OidcSignIn:
    """Lets in whom the provider knows, if an admin has added that person here; it adds nobody.

    Who has a passkey must show it, too, unless `replaces_passkey` and the provider says that it has asked for
    two factors.
    """

    provider: IdentityProvider
    sign_in: SignIn
    tickets: Tickets
    replaces_passkey: bool = False

    def ask(self, *, is_again: bool = False) -> tuple[str, str]:
        """Return the address to send the browser to, and the ticket that it must bring back.

        Raises: ProofRefusedError, if the provider cannot be asked; CallsBusyError.
        """
        to, kept = self.provider.ask(is_again=is_again)
        return to, self.tickets.sign(Purpose.OIDC, content=kept)

    def enter(
        self, answer: Mapping[str, str], *, ticket: str, address: str, marks: str = ""
    ) -> SignedIn | SecondStep | Refused:
        """Let in whom the provider's answer is about. Raises: StorageUnavailableError, CallsBusyError."""
        limit = provider_limit(address)
        wait = self.sign_in.throttle.admit([limit])
        if wait:
            security.warning("sign-in has to wait %.0f s: elsewhere, from %s", wait.total_seconds(), address)
            return Refused(wait)
        try:
            signed = self.tickets.read(ticket, purpose=Purpose.OIDC)
            self.tickets.spend(ticket, signed)
            identity = self.provider.identify(answer, kept=signed.content)
            person = self._person(identity)
        except CallsBusyError:
            self.sign_in.throttle.forgive(clear=[], lower=[limit.key])
            raise
        except (TicketSpentError, ProofRefusedError, PersonNotFoundError) as error:
            return self.sign_in.refuse(address, f"elsewhere: {error}")
        self.sign_in.throttle.forgive(clear=[], lower=[limit.key])
        is_enough = self.replaces_passkey and identity.has_two_factors
        if self.sign_in.needs_passkey(person) and not is_enough:
            return self.sign_in.demand_passkey(person, address=address, after=SILENT)
        how = AGAIN if identity.is_fresh else SILENT
        proof = Proof(person=person, subject=identity.subject, has_two_factors=is_enough)
        return self.sign_in.open(proof, address=address, how=how, marks=marks)

    def _person(self, identity: Identity) -> Person:
        """Return who is known under that id, or, the first time, has that verified e-mail.

        Raises: PersonNotFoundError, ProofRefusedError.
        """
        roster = self.sign_in.roster
        person = roster.find_subject(identity.subject) or self._bound(identity)
        if person.disabled_at:
            raise ProofRefusedError("disabled")
        return person

    def _bound(self, identity: Identity) -> Person:
        """Return the person of a verified e-mail, known under this id from now on."""
        person = self.sign_in.roster.find(identity.email) if identity.email else None
        if person is None:
            raise PersonNotFoundError
        with self.sign_in.roster.transaction(person.id):
            if not self.sign_in.roster.bind(person.id, identity.subject):
                raise ProofRefusedError("this person is known elsewhere under another id")
            self.sign_in.audit.record(AuditAction.ACCOUNT_BOUND, by=person.id, subject=str(person.id))
        return person
