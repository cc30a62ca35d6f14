"""The use case of signing in, staying signed in and signing out.

Source: OWASP, Authentication and Session Management Cheat Sheets.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Final
from uuid import UUID, uuid4

from realpad_form.domain.errors import HasherBusyError
from realpad_form.domain.password import is_hashable
from realpad_form.domain.people import ABSOLUTE, SEEN_EVERY, Deed, Person, Session, is_email
from realpad_form.domain.secret import digest, draw
from realpad_form.ports import AuditLog, PasswordHasher, Roster, Sessions, Throttle

__all__ = ["Refused", "SecondStep", "Session", "SignIn", "SignedIn"]

FREE: Final = (3, 20)
"""Failures before one has to wait: of an account, of an address, which a whole office may share."""

SILENT: Final = "elsewhere"
"""How one came in without having to prove anything just now: it is no fresh proof."""

BUSY_WAIT: Final = timedelta(seconds=2)
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session, and the token that only the browser gets to hold."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password is right; this person has to show a passkey, too."""

    person: Person


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in, whatever the reason; nothing tells an unknown person from a wrong password."""

    wait: timedelta = timedelta(0)  # before anything is looked at again


@dataclass(frozen=True, slots=True)
class SignIn:
    """Lets people in, and knows who is in."""

    roster: Roster
    sessions: Sessions
    throttle: Throttle
    audit: AuditLog
    hasher: PasswordHasher

    def sign_in(self, email: str, password: str, *, address: str) -> SignedIn | SecondStep | Refused:
        """Let a person in who knows the password. Raises: StorageUnavailableError."""
        email = email.strip().lower()
        person = self.roster.find(email if is_email(email) else "")
        refused = self.check(person, password, keys=_keys(email, address))
        if refused or person is None:
            return refused or Refused()
        if self.roster.passkeys(person.id):
            return SecondStep(person)
        return self.open(person, address=address, how="password")

    def open(self, person: Person, *, address: str, how: str) -> SignedIn:
        """Begin a session of a person who has proved who it is; failures are forgiven."""
        token, now = draw(), self.sessions.now()
        self.sessions.forget(before=now - ABSOLUTE)
        session = Session(
            id=uuid4(),
            person=person,
            address=address,
            created_at=now,
            last_seen_at=now,
            reauthenticated_at=now - ABSOLUTE if how == SILENT else now,
        )
        self.sessions.open(session, hashed=digest(token))
        self._forgive(person, address)
        self.audit.record(Deed.SIGNED_IN, by=person.id, detail=how)
        return SignedIn(token=token, session=session)

    def resume(self, token: str, *, is_use: bool = True) -> Session | None:
        """Return the session of a token, or None if it is over. Raises: StorageUnavailableError.

        What a page asks for by itself is no use of the session: a forgotten window shall not keep it alive.
        """
        session = self.sessions.find(digest(token))
        if session is None:
            return None
        now = self.sessions.now()
        if not session.is_alive(now):
            self.sessions.end(session.id)
            return None
        if is_use and now - session.last_seen_at >= SEEN_EVERY:
            self.sessions.see(session, at=now)
        return session

    def sign_out(self, token: str) -> None:
        """End the session of a token; without one there is nothing to do."""
        session = self.sessions.find(digest(token))
        if session:
            self.sessions.end(session.id)
            self.audit.record(Deed.SIGNED_OUT, by=session.person.id)

    def reauthenticate(self, session: Session, password: str, *, address: str) -> SignedIn | Refused:
        """Let a person prove again who it is; the session goes on under a new token."""
        person = session.person
        refused = self.check(person, password, keys=_keys(person.email, address))
        if refused:
            return refused
        token, now = draw(), self.sessions.now()
        self.sessions.renew(session, hashed=digest(token), at=now)
        self._forgive(person, address)
        self.audit.record(Deed.REAUTHENTICATED, by=person.id)
        return SignedIn(token=token, session=replace(session, reauthenticated_at=now))

    def knock(self, address: str) -> Refused | None:
        """Count a sign-in that begins without a name, as a failure until it succeeds; or say to wait."""
        _account, network = _keys("", address)
        wait = self.throttle.admit([network], frees=FREE[1:])
        return Refused(wait) if wait else None

    def check(self, person: Person | None, password: str, *, keys: tuple[str, str]) -> Refused | None:
        """Return why a password is refused, or None; the same work whether there is such a person or not."""
        wait = self.throttle.admit(keys, frees=FREE)
        if wait:
            return Refused(wait)
        try:
            is_right = self._is_right(person, password)
        except HasherBusyError:
            return Refused(BUSY_WAIT)
        if not is_right:
            self.audit.record(Deed.SIGN_IN_FAILED, by=None, subject=str(person.id) if person else "")
            return Refused()
        return None

    def _forgive(self, person: Person, address: str) -> None:
        account, network = _keys(person.email, address)
        self.throttle.forgive(account=account, address=network)

    def _is_right(self, person: Person | None, password: str) -> bool:
        hashed = self.roster.password(person.id if person else NOBODY)
        is_known = self.hasher.verify(hashed, password if is_hashable(password) else "")
        if not (is_known and person and hashed and person.disabled_at is None):
            return False
        if self.hasher.is_outdated(hashed):
            self.roster.set_password(person.id, self.hasher.hash(password))
        return True


def _keys(email: str, address: str) -> tuple[str, str]:
    """Return what failures are counted under; a household or a phone owns a whole IPv6 /64."""
    bits = 64 if ":" in address else 32
    try:
        network = str(ip_network(f"{address}/{bits}", strict=False))
    except ValueError:
        network = "unreadable"
    return f"account:{email}", f"address:{network}"
