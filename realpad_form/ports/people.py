"""Who may sign in, who is signed in, and what they did."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from realpad_form.domain.people import (
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditNote,
    AuditScope,
    Identity,
    Passkey,
    Person,
    Proof,
    Purpose,
    SavedFilter,
    Session,
    Ticket,
)
from realpad_form.domain.throttling import Limit


class Roster(Protocol):
    """Keeps people, and what they prove with who they are."""

    def add(self, person: Person) -> None:
        """Keep a new person, without any way to sign in yet. Raises: PersonExistsError."""

    def transaction(self, person_id: UUID | None = None) -> AbstractContextManager[None]:
        """Make one transaction of all that a block does to people, sessions, tickets and audit log.

        Everything in it is kept when the outermost block ends without an error, else nothing is. Until
        then nobody else is in a block about that person, or, without one, about anybody.
        """

    def change(self, person: Person) -> None:
        """Replace what is kept of a person. Raises: PersonNotFoundError, PersonExistsError."""

    def set_language(self, person_id: UUID, language: str | None) -> None:
        """Keep which language a person chose, and nothing else."""

    def set_summary(self, person_id: UUID, since: datetime | None) -> None:
        """Keep since when a person wants the weekly summary, and nothing else; None for not at all."""

    def people(self) -> list[Person]:
        """Return everybody, by e-mail."""

    def get(self, person_id: UUID) -> Person:
        """Return a person. Raises: PersonNotFoundError."""

    def find(self, email: str) -> Person | None:
        """Return who has an e-mail, in whatever case it is written."""

    def password(self, person_id: UUID) -> str | None:
        """Return the hash of a person's password, or None."""

    def set_password(self, person_id: UUID, hashed: str, *, instead_of: str | None = None) -> bool:
        """Replace the hash of a person's password.

        With `instead_of` only that one is replaced; return False if there is another one or none.
        """

    def reset(self, person_id: UUID, *, keeps_passkeys: bool = False) -> None:
        """Forget a person's password; and passkeys and the id elsewhere, unless they stay."""

    def keeps(self, proof: Proof) -> bool:
        """Tell whether what somebody proved is still theirs, and they may come in."""

    def find_subject(self, subject: str) -> Person | None:
        """Return who is known elsewhere under a stable id."""

    def bind(self, person_id: UUID, subject: str) -> bool:
        """Keep under which stable id a person is known elsewhere; return False if there is one already."""

    def passkeys(self, person_id: UUID) -> list[Passkey]:
        """Return a person's passkeys, oldest first."""

    def passkey_holders(self) -> frozenset[UUID]:
        """Return who has a passkey."""

    def passkey(self, passkey_id: bytes) -> Passkey | None:
        """Return a passkey, or None."""

    def add_passkey(self, passkey: Passkey) -> bool:
        """Keep a new passkey; return False if somebody has it already."""

    def use_passkey(self, passkey: Passkey, *, uses: int) -> bool:
        """Keep a new count of uses; return False if another use has come in between."""

    def remove_passkey(self, person_id: UUID, passkey_id: bytes) -> None:
        """Forget one of a person's passkeys; one that is not there is no error."""


class Sessions(Protocol):
    """Keeps who is signed in; of what browsers hold it knows the SHA-256 only."""

    def now(self) -> datetime:
        """Return the time that sessions are measured by, aware, UTC."""

    def open(self, session: Session, *, hashed: str) -> None:
        """Keep a new session."""

    def find(self, hashed: str) -> Session | None:
        """Return a session as it was kept, dead or alive."""

    def of(self, person_id: UUID) -> list[Session]:
        """Return a person's sessions, the latest used first."""

    def touch(self, session: Session, *, at: datetime) -> None:
        """Keep when a session was last used."""

    def renew(self, session: Session, *, hashed: str, at: datetime) -> None:
        """Give a session whose person has proved who it is another token."""

    def is_open(self, session_id: UUID) -> bool:
        """Tell whether nothing has ended a session, but for its time."""

    def end(self, session_id: UUID) -> None:
        """Forget a session; one that is not there is no error."""

    def end_all(self, person_id: UUID, *, but: UUID | None = None) -> None:
        """Forget a person's sessions and tickets, but for one session."""

    def remember_place(self, person_id: UUID, hashed: str, *, at: datetime) -> None:
        """Keep that a person signed in at a place, and forget places not used for `KNOWN_FOR`."""

    def knows_place(self, person_id: UUID, hashes: Sequence[str]) -> bool:
        """Tell whether a person signed in at a place before, by any of its hashes."""

    def forget_places(self, person_id: UUID) -> None:
        """Forget where a person signed in."""

    def spend(self, hashed: str, *, purpose: Purpose, expires_at: datetime) -> bool:
        """Note that something was used which is good once; return False if it was used before."""

    def forget(self, *, before: datetime) -> None:
        """Forget sessions that began before a time, and tickets that expired before it."""

    def issue(self, ticket: Ticket, *, hashed: str) -> None:
        """Keep a ticket."""

    def peek(self, hashed: str) -> Ticket | None:
        """Return a ticket without using it; expired ones, too."""

    def take(self, hashed: str) -> Ticket | None:
        """Return a ticket and forget it: of all who ask, one gets it."""


class Throttle(Protocol):
    """Counts attempts to sign in, for all processes and machines together."""

    def admit(self, *choices: Sequence[Limit]) -> timedelta:
        """Count one attempt under all limits of the first choice that need not wait, and return zero.

        If every choice has to wait, count nothing and return the shortest wait. Counted before the
        password is looked at, so that many attempts at once are no way around it.
        """

    def forgive(self, *, clear: Iterable[str], lower: Iterable[str]) -> None:
        """Forget the counters of some keys, and take one attempt back from those of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLimit:
    """How often one person may do something."""

    most: int
    within: timedelta


class AuditLog(Protocol):
    """Keeps what people did; nothing in it is ever changed or removed."""

    def record(
        self,
        action: AuditAction,
        *,
        by: UUID | None,
        subject: str = "",
        detail: str = "",
        project: str | None = None,
    ) -> None:
        """Record an action: ids, field names and counts only, never values.

        `project` is the slug of the one project that it belongs to; without it, only admins of all projects
        may read the entry, unless it belongs to a person.
        """

    def record_all(self, notes: Sequence[AuditNote]) -> None:
        """Record several actions at once: all of them or none."""

    def record_limited(
        self,
        action: AuditAction,
        limit: AuditLimit,
        *,
        by: UUID,
        subject: str = "",
        detail: str = "",
        project: str | None = None,
    ) -> timedelta:
        """Write down that a person does something and return zero; or how long to wait, writing nothing.

        A person has to wait after doing it as often as the limit allows. All processes count together, and of
        several requests at once each is counted.
        """

    def entries(
        self,
        *,
        by: UUID | None = None,
        subject: str | None = None,
        actions: Collection[AuditAction] | None = None,
        limit: int | None = 100,
    ) -> list[AuditEntry]:
        """Return the latest entries by a person or about a subject, newest first.

        `actions` are the kinds of entries, None for every kind; without a `limit` all are returned.
        """

    def page(
        self,
        filter_: AuditFilter,
        *,
        before: int | None = None,
        limit: int = 100,
        scope: AuditScope | None = None,
    ) -> list[AuditEntry]:
        """Return the latest entries that match, newest first; `before` is the number of an entry, for the
        next page. `scope` is what the reader may see; None for everything.
        """


class PasswordHasher(Protocol):
    """Turns passwords into what may be stored; slow on purpose."""

    def hash(self, password: str) -> str:
        """Return the hash of a password. Raises: HasherBusyError."""

    def verify(self, hashed: str | None, password: str) -> bool:
        """Tell whether a password has this hash; with None it is the same work. Raises: HasherBusyError."""

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other costs than today's."""


class KeyCeremony(Protocol):
    """Asks browsers for passkeys, and checks their answers; `options` and answers are JSON."""

    def invite(self, person: Person, *, known: Sequence[Passkey]) -> tuple[str, bytes]:
        """Return options and challenge for a person's new passkey."""

    def accept(self, answer: str, *, challenge: bytes) -> tuple[bytes, bytes, int]:
        """Return id, public key and uses of a new passkey. Raises: ProofRefusedError."""

    def ask(self, known: Sequence[Passkey]) -> tuple[str, bytes]:
        """Return options and challenge for one of these passkeys; for any, if there are none."""

    def id_in(self, answer: str) -> bytes:
        """Return which passkey an answer claims to be of. Raises: ProofRefusedError."""

    def verify(self, answer: str, *, challenge: bytes, passkey: Passkey) -> int:
        """Return the new count of uses of a passkey that answered. Raises: ProofRefusedError."""


class IdentityProvider(Protocol):
    """Says who somebody is, as OpenID Connect puts it."""

    def ask(self, *, is_again: bool) -> tuple[str, str]:
        """Return the address to send the browser to, and what to keep for the answer.

        With `is_again` the provider has to ask the person anew.

        Raises: ProofRefusedError, if the provider cannot be asked; CallsBusyError, if too many ask at once.
        """

    def identify(self, answer: Mapping[str, str], *, kept: str) -> Identity:
        """Return whom an answer, as the browser brings it in its address, is about.

        Raises: ProofRefusedError, CallsBusyError.
        """


class SavedFilters(Protocol):
    """Keeps the filters that people save. Any method may raise StorageUnavailableError."""

    def of(self, person_id: UUID) -> list[SavedFilter]:
        """Return the filters of a person, by name."""

    def save(self, person_id: UUID, *, name: str, query: str) -> None:
        """Keep a filter of a person, in place of the one that has its name."""

    def remove(self, person_id: UUID, filter_id: UUID) -> None:
        """Remove a filter, if it is this person's."""
