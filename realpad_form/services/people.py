"""The use case of an admin who looks after people."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from realpad_form.domain.errors import (
    LastAdminError,
    PermissionDeniedError,
    PersonNotFoundError,
    PersonRefusedError,
)
from realpad_form.domain.people import (
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditScope,
    Particulars,
    Person,
    Purpose,
    Right,
    Role,
    is_email,
)
from realpad_form.domain.project_rules import is_slug
from realpad_form.ports import AuditLog, Roster, Sessions
from realpad_form.services.signing import Tickets

MAX_PASSKEYS: Final = "password"
"""What the audit log says of a reset that left the passkeys."""

NAME_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class People:
    """Adds, changes, disables and resets people, and shows what was done.

    In every method `by` is who acts, or None for a command: whoever may run one owns the machine, and has
    no limits. A person must be an admin; sees only those whose projects are all the admin's own, the
    others are not there; and neither touches nor makes anybody who has more rights, more projects, or sees
    unmasked what the admin sees masked. All of this holds for the own account, too.

    Each method that changes something is one transaction, in which nobody else changes anybody: what is
    looked at stays so until it is done, and what belongs together is done together or not at all.

    A new person gets in by a one-time link only: nobody else ever knows the password.
    """

    roster: Roster
    sessions: Sessions
    tickets: Tickets
    audit: AuditLog

    def everybody(self, *, by: Person | None = None) -> list[Person]:
        """Return all people whom `by` may see, by e-mail. Raises: PermissionDeniedError."""
        admin = self._admin(by)
        return [each for each in self.roster.people() if admin is None or admin.sees_all_of(each)]

    def has_admin(self) -> bool:
        """Tell whether anybody may look after people. Raises: StorageUnavailableError."""
        return any(each.may(Right.PEOPLE) for each in self.roster.people())

    def without_passkey(self, *, by: Person | None = None) -> list[Person]:
        """Return who may see leads and has no passkey, of those whom `by` may see, by e-mail.

        Raises: PermissionDeniedError.
        """
        holders = self.roster.passkey_holders()
        return [each for each in self.everybody(by=by) if each.may(Right.LEADS) and each.id not in holders]

    def get(self, person_id: UUID, *, by: Person | None = None) -> Person:
        """Return a person whom `by` may see. Raises: PersonNotFoundError, PermissionDeniedError."""
        admin, person = self._admin(by), self.roster.get(person_id)
        if admin is not None and not admin.sees_all_of(person):
            raise PersonNotFoundError
        return person

    def find(self, email: str) -> Person:
        """Return who has an e-mail, for commands. Raises: PersonNotFoundError."""
        person = self.roster.find(email.strip())
        if person is None:
            raise PersonNotFoundError
        return person

    def entries(
        self,
        filter_: AuditFilter | None = None,
        *,
        by: Person | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return the latest entries of the audit log that match and that `by` may read, newest first.

        `before` is the number of an entry, for the next page. Raises: PermissionDeniedError.
        """
        admin, scope = self._admin(by), None
        if admin is not None and admin.projects is not None:
            people = frozenset(each.id for each in self.everybody(by=admin))
            scope = AuditScope(projects=admin.projects, people=people)
        return self.audit.page(filter_ or AuditFilter(), before=before, limit=limit, scope=scope)

    def add(self, email: str, particulars: Particulars, *, by: Person | None = None) -> tuple[Person, str]:
        """Return a new person, and the secret of a link to set the password with.

        Raises: PersonRefusedError, PersonExistsError, PermissionDeniedError.
        """
        email = email.strip().lower()
        if not is_email(email):
            raise PersonRefusedError("email", "the e-mail must be written like name@example.com")
        new = Person(id=uuid4(), email=email, created_at=self.sessions.now(), name="", role=Role.MARKETER)
        with self.roster.transaction():
            admin = self._admin(by)
            new = _with(new, particulars, by=admin)
            self.roster.add(new)
            self.audit.record(AuditAction.PERSON_ADDED, by=_id(admin), subject=str(new.id), detail=new.role)
            return new, self._link(new, by=admin)

    def change(self, person_id: UUID, particulars: Particulars, *, by: Person | None = None) -> Person:
        """Change a person; rights and limits hold from the next request on.

        Raises: PersonNotFoundError, PersonRefusedError, LastAdminError, PermissionDeniedError.
        """
        with self.roster.transaction():
            admin, before = self._admin_of(person_id, by)
            after = _with(before, particulars, by=admin)
            self._keep_an_admin(before, after)
            self.roster.change(after)
            names = Particulars.__slots__
            changed = [name for name in names if getattr(before, name) != getattr(after, name)]
            self.audit.record(
                AuditAction.PERSON_CHANGED, by=_id(admin), subject=str(person_id), detail=" ".join(changed)
            )
        return after

    def disable(self, person_id: UUID, *, by: Person | None = None) -> Person:
        """Shut a person out at once, sessions and links included.

        Raises: PersonNotFoundError, LastAdminError, PermissionDeniedError.
        """
        with self.roster.transaction():
            admin, person = self._admin_of(person_id, by)
            disabled = replace(person, disabled_at=person.disabled_at or self.sessions.now())
            self._keep_an_admin(person, disabled)
            self.roster.change(disabled)
            self.sessions.end_all(person_id)
            self.audit.record(AuditAction.PERSON_DISABLED, by=_id(admin), subject=str(person_id))
        return disabled

    def enable(self, person_id: UUID, *, by: Person | None = None) -> Person:
        """Let a disabled person sign in again. Raises: PersonNotFoundError, PermissionDeniedError."""
        with self.roster.transaction():
            admin, person = self._admin_of(person_id, by)
            enabled = replace(person, disabled_at=None)
            self.roster.change(enabled)
            if person != enabled:
                self.audit.record(AuditAction.PERSON_ENABLED, by=_id(admin), subject=str(person_id))
        return enabled

    def sign_out(self, person_id: UUID, *, by: Person | None = None) -> Person:
        """End a person's sessions and links; nothing else is taken away, from the last admin neither.

        Raises: PersonNotFoundError, PermissionDeniedError.
        """
        with self.roster.transaction():
            admin, person = self._admin_of(person_id, by)
            self.sessions.end_all(person_id)
            self.audit.record(AuditAction.SESSION_ENDED, by=_id(admin), subject=str(person_id))
        return person

    def sign_out_everybody(self) -> int:
        """End everybody's sessions and links, for commands; return how many people there are."""
        with self.roster.transaction():
            return len([self.sign_out(person.id) for person in self.roster.people()])

    def reset(self, person_id: UUID, *, keeps_passkeys: bool = False, by: Person | None = None) -> str:
        """Forget password, passkeys, sessions and the account elsewhere; return the secret of a new link.

        With `keeps_passkeys` only password and sessions are forgotten: for who still has a passkey, and
        whoever uses the link has to show it. Raises: PersonNotFoundError, PermissionDeniedError.
        """
        with self.roster.transaction():
            admin, person = self._admin_of(person_id, by)
            self.roster.reset(person.id, keeps_passkeys=keeps_passkeys)
            self.sessions.end_all(person.id)
            self.sessions.forget_places(person.id)
            detail = MAX_PASSKEYS if keeps_passkeys else ""
            self.audit.record(AuditAction.PERSON_RESET, by=_id(admin), subject=str(person_id), detail=detail)
            return self._link(person, by=admin)

    def _link(self, person: Person, *, by: Person | None) -> str:
        """Return the secret of a link to set a password with, good while `by` may look after the person."""
        issuer = str(by.id) if by else ""
        return self.tickets.issue(Purpose.SET_PASSWORD, person_id=person.id, content=issuer)

    def _admin(self, by: Person | None) -> Person | None:
        """Return who acts, as they are kept now: rights may have been taken away since they came.

        Raises: PermissionDeniedError, if they may not look after people.
        """
        if by is None:
            return None
        admin = self.roster.get(by.id)
        if not admin.may(Right.PEOPLE):
            raise PermissionDeniedError
        return admin

    def _admin_of(self, person_id: UUID, by: Person | None) -> tuple[Person | None, Person]:
        """Return who acts, and the person whom they may look after.

        Raises: PersonNotFoundError, PermissionDeniedError.
        """
        admin = self._admin(by)
        person = self.get(person_id, by=admin)
        if admin is not None and admin.excess_of(person):
            raise PermissionDeniedError
        return admin, person

    def _keep_an_admin(self, before: Person, after: Person) -> None:
        """Raises: LastAdminError, if nobody were left who looks after people, or after every one of them."""
        people = self.roster.people()
        for is_enough in (lambda person: person.may(Right.PEOPLE), _is_admin_of_all):
            if {each.id for each in people if is_enough(each)} == {before.id} and not is_enough(after):
                raise LastAdminError


def _is_admin_of_all(person: Person) -> bool:
    """Tell whether nobody has more than a person, so that they may look after everybody."""
    return person.may(Right.PEOPLE) and person.projects is None and not person.is_masked


def _id(admin: Person | None) -> UUID | None:
    return admin.id if admin else None


def _with(person: Person, particulars: Particulars, *, by: Person | None) -> Person:
    """Return a person with other particulars, none of which `by` lacks. Raises: PersonRefusedError."""
    name = " ".join(particulars.name.split())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise PersonRefusedError("name", f"the name must have 1 to {NAME_CHARS} characters")
    if not all(map(is_slug, particulars.projects or ())):
        raise PersonRefusedError("projects", "a project is named by its slug")
    if by is not None and (field := by.excess_of(particulars)):
        raise PersonRefusedError(field, "nobody gives more than they have")
    return replace(
        person,
        name=name,
        role=particulars.role,
        projects=particulars.projects,
        is_masked=particulars.is_masked,
        may_publish=particulars.may_publish,
    )
