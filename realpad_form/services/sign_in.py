"""The use case of signing in, staying signed in and signing out.

Source: OWASP, Authentication and Session Management Cheat Sheets.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from realpad_form.domain.errors import HasherBusyError, SessionEndedError
from realpad_form.domain.password import is_hashable
from realpad_form.domain.people import ABSOLUTE, SEEN_EVERY, AuditAction, Person, Proof, Session, is_email
from realpad_form.domain.throttling import (
    BrowserMarks,
    Limit,
    account_limit,
    address_limit,
    known_limit,
    network_of,
    new_place_limit,
    new_places_limit,
    total_limit,
)
from realpad_form.ports import AuditLog, PasswordHasher, Roster, Sessions, Throttle
from realpad_form.services.signing import digest, draw

__all__ = ["Refused", "SecondStep", "Session", "SignIn", "SignedIn"]

security: Final = logging.getLogger("realpad_form.security")
"""Logs what may be an attack: sign-ins that were refused or have to wait, refused pages.

It says ids and addresses, never what somebody typed. Whoever watches the log can alert on its name.
"""

SILENT: Final = "elsewhere"
"""How one came in without having to prove anything just now: it is no fresh proof."""

PASSWORD: Final = "password"  # noqa: S105 - a way in

PASSKEY: Final = "passkey"
"""How one came in who showed a passkey."""

BUSY_WAIT: Final = timedelta(seconds=2)
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session, and what only the browser gets to hold: its token, and the marks of who signed in there."""

    token: str
    session: Session
    marks: str = ""


@dataclass(frozen=True, slots=True)
class SecondStep:
    """What was proved so far is right; this person has to show a passkey, too."""

    person: Person


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in, whatever the reason; nothing tells an unknown person from a wrong password."""

    wait: timedelta = timedelta(0)  # before anything is looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """How an attempt to sign in is counted, and which counters a right password resets or lowers."""

    address: str
    choices: Sequence[Sequence[Limit]]
    cleared: Sequence[str]
    lowered: Sequence[str]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Lets people in, and knows who is in.

    `marks`, where they are an argument, are what the browser keeps of earlier sign-ins, or ''.
    """

    roster: Roster
    sessions: Sessions
    throttle: Throttle
    audit: AuditLog
    hasher: PasswordHasher
    browsers: BrowserMarks = field(default_factory=BrowserMarks)

    def sign_in(
        self, email: str, password: str, *, address: str, marks: str = ""
    ) -> SignedIn | SecondStep | Refused:
        """Let a person in who knows the password. Raises: StorageUnavailableError."""
        email = email.strip().lower()
        person = self.roster.find(email if is_email(email) else "")
        attempt = self._attempt(person, email, address=address, marks=marks)
        proof = self._check(person, password, attempt)
        if isinstance(proof, Refused):
            return proof
        if self.needs_passkey(proof.person):
            return self.demand_passkey(proof.person, address=address, after=PASSWORD)
        return self.open(proof, address=address, how=PASSWORD, marks=marks)

    def needs_passkey(self, person: Person) -> bool:
        """Tell whether a person has a passkey, without which nothing else lets them in."""
        return bool(self.roster.passkeys(person.id))

    def demand_passkey(self, person: Person, *, address: str, after: str) -> SecondStep:
        """Ask for a passkey, and write down that the person, or somebody else, got as far as this."""
        security.info("passkey asked for: %s was right, person %s, from %s", after, person.id, address)
        self.audit.record(AuditAction.PASSKEY_DEMANDED, by=person.id, detail=after)
        return SecondStep(person)

    def open(self, proof: Proof, *, address: str, how: str, marks: str = "") -> SignedIn | Refused:
        """Begin a session of a person who has proved who they are.

        Whoever was shut out, or lost what they proved it with, while it was looked at, is refused: what is
        taken away ends all sessions, and none may begin by it afterwards.
        """
        person, token, now = proof.person, draw(), self.sessions.now()
        self.sessions.forget(before=now - ABSOLUTE)
        proved_at = now - ABSOLUTE if how == SILENT else now
        session = Session(
            id=uuid4(),
            person=person,
            address=address,
            created_at=now,
            last_seen_at=now,
            reauthenticated_at=proved_at,
            passkey_at=now if how == PASSKEY else None,
            provider_at=proved_at if proof.has_two_factors else None,
        )
        with self.roster.transaction(person.id):
            if not self.roster.keeps(proof):
                security.warning(
                    "sign-in refused: %s no longer holds, person %s, from %s", how, person.id, address
                )
                return Refused()
            self.sessions.open(session, hashed=digest(token))
            self.audit.record(AuditAction.SIGNED_IN, by=person.id, detail=how)
            known = self.recognise(person, address, marks=marks)
        return SignedIn(token=token, session=session, marks=known)

    @contextmanager
    def acting(self, session: Session) -> Iterator[None]:
        """Make one transaction of what somebody does to the own account.

        Raises: SessionEndedError, before anything is done, if the session has ended since it was looked at.
        """
        with self.roster.transaction(session.person.id):
            if not self.sessions.is_open(session.id):
                raise SessionEndedError
            yield

    def recognise(self, person: Person, address: str, *, marks: str = "") -> str:
        """Remember where a person has proved who they are; return the marks that the browser keeps now."""
        hashed = self.browsers.digest_of_address(person.id, network_of(address))[0]
        self.sessions.remember_place(person.id, hashed, at=self.sessions.now())
        password = self.roster.password(person.id)
        if self.browsers.find(marks, person.id, password=password):
            return marks
        return self.browsers.add(marks, person.id, password=password)

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
            self.sessions.touch(session, at=now)
        return session

    def sign_out(self, token: str) -> None:
        """End the session of a token; without one there is nothing to do."""
        session = self.sessions.find(digest(token))
        if session:
            with self.roster.transaction(session.person.id):
                self.sessions.end(session.id)
                self.audit.record(AuditAction.SIGNED_OUT, by=session.person.id)

    def reauthenticate(
        self, session: Session, password: str, *, address: str, marks: str = ""
    ) -> SignedIn | SecondStep | Refused:
        """Let a person prove again who they are; the session goes on under a new token.

        For a person with a passkey the password alone is no proof. Raises: SessionEndedError.
        """
        person = session.person
        proof = self.check_password(person, password, address=address, marks=marks)
        if isinstance(proof, Refused):
            return proof
        if self.needs_passkey(person):
            return self.demand_passkey(person, address=address, after=PASSWORD)
        token, now = draw(), self.sessions.now()
        with self.acting(session):
            self.sessions.renew(session, hashed=digest(token), at=now)
            self.audit.record(AuditAction.REAUTHENTICATED, by=person.id, detail=PASSWORD)
            known = self.recognise(person, address, marks=marks)
        return SignedIn(token=token, session=replace(session, reauthenticated_at=now), marks=known)

    def check_password(
        self, person: Person, password: str, *, address: str, marks: str = ""
    ) -> Proof | Refused:
        """Return what the password of a person who is signed in proves, or why it is refused."""
        attempt = self._attempt(person, person.email, address=address, marks=marks)
        return self._check(person, password, attempt)

    def refuse(self, address: str, reason: str) -> Refused:
        """Refuse an answer that proves nothing, and write it down unless the address sends too many."""
        security.warning("sign-in refused: %s, from %s", reason, address)
        if not self.throttle.admit([address_limit(address)]):
            self.audit.record(AuditAction.SIGN_IN_FAILED, by=None, detail=reason)
        return Refused()

    def _check(self, person: Person | None, password: str, attempt: _Attempt) -> Proof | Refused:
        """Return what a password proves, and forgive, or why it is refused; the same work for nobody."""
        who = person.id if person else "nobody"
        wait = self.throttle.admit(*attempt.choices)
        if wait:
            seconds = wait.total_seconds()
            security.warning(
                "sign-in has to wait %.0f s: password, person %s, from %s", seconds, who, attempt.address
            )
            return Refused(wait)
        try:
            proof = self._prove(person, password)
        except HasherBusyError:
            security.warning("sign-in has to wait: hashing is busy, person %s, from %s", who, attempt.address)
            return Refused(BUSY_WAIT)
        if proof is None:
            security.warning("sign-in refused: password, person %s, from %s", who, attempt.address)
            subject = str(person.id) if person else ""
            self.audit.record(AuditAction.SIGN_IN_FAILED, by=None, subject=subject, detail=PASSWORD)
            return Refused()
        self.throttle.forgive(clear=attempt.cleared, lower=attempt.lowered)
        return proof

    def _attempt(self, person: Person | None, email: str, *, address: str, marks: str) -> _Attempt:
        """Return how an attempt is counted: where a person signed in before, apart from all others."""
        known = self._known(person, address, marks=marks)
        if known:
            counted = address_limit(address, is_waited_for=False)
            return _Attempt(
                address=address,
                choices=[[each, counted] for each in known],
                cleared=[each.key for each in known],
                lowered=[counted.key],
            )
        account, place = account_limit(email), new_place_limit(email, address)
        anywhere = [address_limit(address), total_limit()]
        at_first = [place, new_places_limit(email), account_limit(email, is_waited_for=False), *anywhere]
        return _Attempt(
            address=address,
            choices=[at_first, [account, *anywhere]],
            cleared=[account.key, place.key],
            lowered=[limit.key for limit in anywhere],
        )

    def _known(self, person: Person | None, address: str, *, marks: str) -> list[Limit]:
        """Return the limits of this browser and this address, as far as the person signed in there before."""
        # Nobody is looked for as thoroughly, so that the time tells nothing.
        person_id = person.id if person else NOBODY
        browser = self.browsers.find(marks, person_id, password=self.roster.password(person_id))
        digests = self.browsers.digest_of_address(person_id, network_of(address))
        is_known_address = self.sessions.knows_place(person_id, digests)
        places = [browser] if browser else []
        places += [digests[0]] if is_known_address else []
        return [known_limit(person_id, place) for place in places]

    def _prove(self, person: Person | None, password: str) -> Proof | None:
        """Return what a password proves, its hash renewed if that is outdated, or None if it is wrong."""
        hashed = self.roster.password(person.id if person else NOBODY)
        is_known = self.hasher.verify(hashed, password if is_hashable(password) else "")
        if not (is_known and person and hashed and person.disabled_at is None):
            return None
        if self.hasher.is_outdated(hashed):
            renewed = self.hasher.hash(password)
            # Who has another password by now, or none, keeps that; it may be this one, renewed meanwhile.
            if not self.roster.set_password(person.id, renewed, instead_of=hashed):
                return self._prove(person, password)
            hashed = renewed
        return Proof(person=person, password=hashed)
