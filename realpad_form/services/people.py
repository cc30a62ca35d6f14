"""The use case of an admin who looks after people."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from realpad_form.domain.errors import LastAdminError, PersonNotFoundError, PersonRefusedError
from realpad_form.domain.people import Deed, Particulars, Person, Purpose, Role, is_email
from realpad_form.ports import AuditLog, Roster, Sessions
from realpad_form.services.tickets import Tickets

NAME_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class People:
    """Adds, changes, disables and resets people; `by` is the admin, or None for a command.

    A new person gets in by a one-time link only: nobody else ever knows the password.
    """

    roster: Roster
    sessions: Sessions
    tickets: Tickets
    audit: AuditLog

    def everybody(self) -> list[Person]:
        """Return all people, by e-mail."""
        return self.roster.people()

    def find(self, email: str) -> Person:
        """Return who has an e-mail. Raises: PersonNotFoundError."""
        person = self.roster.find(email.strip())
        if person is None:
            raise PersonNotFoundError
        return person

    def add(self, email: str, particulars: Particulars, *, by: UUID | None = None) -> tuple[Person, str]:
        """Return a new person, and the secret of a link to set the password with.

        Raises: PersonRefusedError, PersonExistsError.
        """
        email = email.strip().lower()
        if not is_email(email):
            raise PersonRefusedError("email", "the e-mail must be written like name@example.com")
        new = Person(id=uuid4(), email=email, created_at=self.sessions.now(), name="", role=Role.MARKETER)
        new = _with(new, particulars)
        self.roster.add(new)
        self.audit.record(Deed.PERSON_ADDED, by=by, subject=str(new.id), detail=new.role)
        return new, self.tickets.issue(Purpose.SET_PASSWORD, person_id=new.id)

    def change(self, person_id: UUID, particulars: Particulars, *, by: UUID | None = None) -> Person:
        """Change a person; rights and limits hold from the next request on.

        Raises: PersonNotFoundError, PersonRefusedError, LastAdminError.
        """
        before = self.roster.get(person_id)
        after = _with(before, particulars)
        self._keep_an_admin(before, is_leaving=after.role is not Role.ADMIN)
        self.roster.change(after)
        changed = [name for name in Particulars.__slots__ if getattr(before, name) != getattr(after, name)]
        self.audit.record(Deed.PERSON_CHANGED, by=by, subject=str(person_id), detail=" ".join(changed))
        return after

    def disable(self, person_id: UUID, *, by: UUID | None = None) -> Person:
        """Shut a person out at once, sessions and links included.

        Raises: PersonNotFoundError, LastAdminError.
        """
        person = self.roster.get(person_id)
        self._keep_an_admin(person, is_leaving=True)
        disabled = replace(person, disabled_at=person.disabled_at or self.sessions.now())
        self.roster.change(disabled)
        self.sessions.end_all(person_id)
        self.audit.record(Deed.PERSON_DISABLED, by=by, subject=str(person_id))
        return disabled

    def enable(self, person_id: UUID, *, by: UUID | None = None) -> Person:
        """Let a disabled person sign in again. Raises: PersonNotFoundError."""
        enabled = replace(self.roster.get(person_id), disabled_at=None)
        self.roster.change(enabled)
        self.audit.record(Deed.PERSON_ENABLED, by=by, subject=str(person_id))
        return enabled

    def reset(self, person_id: UUID, *, by: UUID | None = None) -> str:
        """Forget password, passkeys, sessions and the account elsewhere; return the secret of a new link.

        Raises: PersonNotFoundError.
        """
        person = self.roster.get(person_id)
        self.sessions.end_all(person.id)
        self.roster.set_password(person.id, None)
        self.roster.remove_passkeys(person.id)
        self.roster.unbind(person.id)
        self.sessions.forget_places(person.id)
        self.audit.record(Deed.PERSON_RESET, by=by, subject=str(person_id))
        return self.tickets.issue(Purpose.SET_PASSWORD, person_id=person.id)

    def _keep_an_admin(self, person: Person, *, is_leaving: bool) -> None:
        """Raises: LastAdminError, if nobody else could look after people."""
        admins = {
            each.id for each in self.roster.people() if each.role is Role.ADMIN and not each.disabled_at
        }
        if is_leaving and admins == {person.id}:
            raise LastAdminError


def _with(person: Person, particulars: Particulars) -> Person:
    """Return a person with other particulars. Raises: PersonRefusedError."""
    name = " ".join(particulars.name.split())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise PersonRefusedError("name", f"the name must have 1 to {NAME_CHARS} characters")
    return replace(
        person,
        name=name,
        role=particulars.role,
        projects=particulars.projects,
        is_masked=particulars.is_masked,
    )
