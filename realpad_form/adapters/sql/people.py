"""People who sign in: the roster and what they prove with, sessions and one-time tickets, failed attempts."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from realpad_form.adapters.sidecar_files import TombstoneFile
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema_people import (
    failure,
    known_place,
    passkey,
    person,
    saved_filter,
    session,
    ticket,
)
from realpad_form.domain.errors import PersonExistsError, PersonNotFoundError
from realpad_form.domain.people import (
    KNOWN_FOR,
    Passkey,
    Person,
    Proof,
    Purpose,
    Role,
    SavedFilter,
    Session,
    Ticket,
)
from realpad_form.domain.throttling import FORGOTTEN_AFTER, ZERO, Limit

_SECRETS: Final = ("password", "subject")  # columns that are no part of a Person
_PERSON: Final = [column for column in person.columns if column.name not in _SECRETS]
_PREFIX: Final = "person_"
_WITH_PERSON: Final = select(
    session, *(column.label(f"{_PREFIX}_{column.name}") for column in _PERSON)
).join_from(session, person)
_SESSION: Final = (
    "id", "address", "created_at", "last_seen_at", "reauthenticated_at", "passkey_at", "provider_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlSavedFilters:
    """The port SavedFilters, on SQLite or PostgreSQL."""

    database: Database

    def of(self, person_id: UUID) -> list[SavedFilter]:
        """Return the filters of a person, by name."""
        query = (
            select(saved_filter).where(saved_filter.c.person_id == person_id).order_by(saved_filter.c.name)
        )
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        return [SavedFilter(id=row.id, name=row.name, query=row.query) for row in rows]

    def save(self, person_id: UUID, *, name: str, query: str) -> None:
        """Keep a filter of a person, in place of the one that has its name."""
        row = {"id": uuid4(), "person_id": person_id, "name": name, "query": query}
        is_same = and_(saved_filter.c.person_id == person_id, saved_filter.c.name == name)
        with self.database.write() as connection:
            if connection.execute(self.database.insert_new(saved_filter), row).rowcount != 1:
                connection.execute(update(saved_filter).where(is_same).values(query=query))

    def remove(self, person_id: UUID, filter_id: UUID) -> None:
        """Remove a filter, if it is this person's."""
        is_theirs = and_(saved_filter.c.person_id == person_id, saved_filter.c.id == filter_id)
        with self.database.write() as connection:
            connection.execute(delete(saved_filter).where(is_theirs))


@dataclass(frozen=True, slots=True)
class SqlRoster:
    """The port Roster, on SQLite or PostgreSQL."""

    database: Database
    tombstones: TombstoneFile | None = None  # remembers beside the database who lost which rights

    def add(self, someone: Person) -> None:
        """Keep a new person. Raises: PersonExistsError."""
        with self.database.write() as connection:
            if connection.execute(self.database.insert_new(person), _row(someone)).rowcount != 1:
                raise PersonExistsError

    @contextmanager
    def transaction(self, person_id: UUID | None = None) -> Iterator[None]:
        """Make one transaction of a block, alone with a person, or with everybody."""
        query = select(person.c.id).order_by(person.c.id).with_for_update()  # in one order: nobody deadlocks
        with self.database.transaction() as connection:
            connection.execute(query if person_id is None else query.where(person.c.id == person_id)).all()
            yield

    def change(self, someone: Person) -> None:
        """Replace what is kept of a person. Raises: PersonNotFoundError, PersonExistsError."""
        query = update(person).where(person.c.id == someone.id).values(_row(someone))
        try:
            with self.database.write() as connection:
                if connection.execute(query).rowcount != 1:
                    raise PersonNotFoundError
                # What they may do, without saying who it is.
                rights = {
                    "role": someone.role,
                    "projects": None if someone.projects is None else sorted(someone.projects),
                    "masked": someone.is_masked,
                    "may_publish": someone.may_publish,
                    "disabled": someone.disabled_at is not None,
                }
                self._remember(person=str(someone.id), **rights)
        except IntegrityError as error:
            raise PersonExistsError from error

    def set_language(self, person_id: UUID, language: str | None) -> None:
        """Keep which language a person chose, and nothing else."""
        with self.database.write() as connection:
            connection.execute(update(person).where(person.c.id == person_id).values(language=language))

    def set_summary(self, person_id: UUID, since: datetime | None) -> None:
        """Keep since when a person wants the weekly summary, and nothing else."""
        with self.database.write() as connection:
            connection.execute(update(person).where(person.c.id == person_id).values(summary_since=since))

    def people(self) -> list[Person]:
        """Return everybody, by e-mail."""
        with self.database.read() as connection:
            return [_to_person(row) for row in connection.execute(select(*_PERSON).order_by(person.c.email))]

    def get(self, person_id: UUID) -> Person:
        """Return a person. Raises: PersonNotFoundError."""
        found = self._first(person.c.id == person_id)
        if found is None:
            raise PersonNotFoundError
        return found

    def find(self, email: str) -> Person | None:
        """Return who has an e-mail, in whatever case it is written."""
        return self._first(person.c.email == email.lower())

    def password(self, person_id: UUID) -> str | None:
        """Return the hash of a person's password, or None."""
        with self.database.read() as connection:
            query = select(person.c.password).where(person.c.id == person_id)
            hashed: str | None = connection.execute(query).scalar_one_or_none()
            return hashed

    def set_password(self, person_id: UUID, hashed: str, *, instead_of: str | None = None) -> bool:
        """Replace the hash of a person's password; only that one, if it is said which."""
        which = person.c.id == person_id
        if instead_of is not None:
            which = and_(which, person.c.password == instead_of)
        with self.database.write() as connection:
            return connection.execute(update(person).where(which).values(password=hashed)).rowcount == 1

    def reset(self, person_id: UUID, *, keeps_passkeys: bool = False) -> None:
        """Forget a person's password; and passkeys and the id elsewhere, unless they stay."""
        forgotten = {"password": None} if keeps_passkeys else {"password": None, "subject": None}
        with self.database.write() as connection:
            connection.execute(update(person).where(person.c.id == person_id).values(forgotten))
            if not keeps_passkeys:
                connection.execute(delete(passkey).where(passkey.c.person_id == person_id))
            self._remember(reset=str(person_id), **({"keeps_passkeys": True} if keeps_passkeys else {}))

    def keeps(self, proof: Proof) -> bool:
        """Tell whether what somebody proved is still theirs, and they may come in."""
        query = select(person.c.password, person.c.subject).where(
            person.c.id == proof.person.id, person.c.disabled_at.is_(None)
        )
        own_passkey = and_(passkey.c.id == proof.passkey, passkey.c.person_id == proof.person.id)
        with self.database.read() as connection:
            row = connection.execute(query).first()
            has_passkey = connection.execute(select(passkey.c.id).where(own_passkey)).first() is not None
        return (
            row is not None
            and proof.password in (None, row.password)
            and proof.subject in (None, row.subject)
            and (proof.passkey is None or has_passkey)
        )

    def find_subject(self, subject: str) -> Person | None:
        """Return who is known elsewhere under a stable id."""
        return self._first(person.c.subject == subject)

    def bind(self, person_id: UUID, subject: str) -> bool:
        """Keep under which stable id a person is known elsewhere; return False if there is one already."""
        is_free = and_(person.c.id == person_id, person.c.subject.is_(None))
        with self.database.write() as connection:
            return connection.execute(update(person).where(is_free).values(subject=subject)).rowcount == 1

    def passkeys(self, person_id: UUID) -> list[Passkey]:
        """Return a person's passkeys, oldest first."""
        query = select(passkey).where(passkey.c.person_id == person_id)
        with self.database.read() as connection:
            return [_to_passkey(row) for row in connection.execute(query.order_by(passkey.c.created_at))]

    def passkey_holders(self) -> frozenset[UUID]:
        """Return who has a passkey."""
        with self.database.read() as connection:
            return frozenset(connection.execute(select(passkey.c.person_id).distinct()).scalars())

    def passkey(self, passkey_id: bytes) -> Passkey | None:
        """Return a passkey, or None."""
        with self.database.read() as connection:
            row = connection.execute(select(passkey).where(passkey.c.id == passkey_id)).first()
            return _to_passkey(row) if row else None

    def add_passkey(self, key: Passkey) -> bool:
        """Keep a new passkey; return False if somebody has it already."""
        row = {column.name: getattr(key, column.name) for column in passkey.columns}
        with self.database.write() as connection:
            return bool(connection.execute(self.database.insert_new(passkey), row).rowcount == 1)

    def use_passkey(self, key: Passkey, *, uses: int) -> bool:
        """Keep a new count of uses; return False if another use has come in between."""
        is_same = and_(passkey.c.id == key.id, passkey.c.uses == key.uses)
        with self.database.write() as connection:
            return connection.execute(update(passkey).where(is_same).values(uses=uses)).rowcount == 1

    def remove_passkey(self, person_id: UUID, passkey_id: bytes) -> None:
        """Forget one of a person's passkeys; one that is not there is no error."""
        own = and_(passkey.c.person_id == person_id, passkey.c.id == passkey_id)
        with self.database.write() as connection:
            connection.execute(delete(passkey).where(own))

    def _remember(self, **about: Any) -> None:
        if self.tombstones:
            self.tombstones.add(**about)

    def _first(self, condition: Any) -> Person | None:
        with self.database.read() as connection:
            row = connection.execute(select(*_PERSON).where(condition)).first()
            return _to_person(row) if row else None


def _to_person(row: Row[Any], prefix: str = "") -> Person:
    """Return the person of a row."""
    values = {column.name: getattr(row, prefix + column.name) for column in _PERSON}
    projects = None if values["projects"] is None else frozenset(json.loads(values["projects"]))
    return Person(**{**values, "projects": projects, "role": Role(values["role"])})


def _row(someone: Person) -> dict[str, Any]:
    values = {column.name: getattr(someone, column.name) for column in _PERSON}
    projects = None if someone.projects is None else json.dumps(sorted(someone.projects))
    return {**values, "email": someone.email.lower(), "projects": projects}


def _to_passkey(row: Row[Any]) -> Passkey:
    return Passkey(**{column.name: getattr(row, column.name) for column in passkey.columns})


@dataclass(frozen=True, slots=True)
class SqlSessions:
    """The port Sessions, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def now(self) -> datetime:
        """Return the time that sessions are measured by, aware, UTC."""
        if self.clock:
            return self.clock()
        with self.database.read() as connection:
            return self.database.now(connection)

    def open(self, new: Session, *, hashed: str) -> None:
        """Keep a new session."""
        row = {name: getattr(new, name) for name in _SESSION}
        with self.database.write() as connection:
            connection.execute(insert(session), {**row, "hash": hashed, "person_id": new.person.id})

    def find(self, hashed: str) -> Session | None:
        """Return a session as it was kept, dead or alive."""
        with self.database.read() as connection:
            row = connection.execute(_WITH_PERSON.where(session.c.hash == hashed)).first()
            return _to_session(row) if row else None

    def of(self, person_id: UUID) -> list[Session]:
        """Return a person's sessions, the latest used first."""
        query = _WITH_PERSON.where(session.c.person_id == person_id).order_by(session.c.last_seen_at.desc())
        with self.database.read() as connection:
            return [_to_session(row) for row in connection.execute(query)]

    def touch(self, seen: Session, *, at: datetime) -> None:
        """Keep when a session was last used."""
        self._change(seen, last_seen_at=at)

    def renew(self, proved: Session, *, hashed: str, at: datetime) -> None:
        """Give a session whose person has proved who it is another token."""
        self._change(proved, hash=hashed, reauthenticated_at=at)

    def is_open(self, session_id: UUID) -> bool:
        """Tell whether nothing has ended a session, but for its time."""
        with self.database.read() as connection:
            query = select(session.c.id).where(session.c.id == session_id)
            return connection.execute(query).first() is not None

    def end(self, session_id: UUID) -> None:
        """Forget a session; one that is not there is no error."""
        with self.database.write() as connection:
            connection.execute(delete(session).where(session.c.id == session_id))

    def end_all(self, person_id: UUID, *, but: UUID | None = None) -> None:
        """Forget a person's sessions and tickets, but for one session."""
        query = delete(session).where(session.c.person_id == person_id)
        with self.database.write() as connection:
            connection.execute(query if but is None else query.where(session.c.id != but))
            connection.execute(delete(ticket).where(ticket.c.person_id == person_id))

    def remember_place(self, person_id: UUID, hashed: str, *, at: datetime) -> None:
        """Keep that a person signed in at a place, and forget places not used for `KNOWN_FOR`."""
        own = (known_place.c.person_id == person_id) & (known_place.c.hash == hashed)
        with self.database.write() as connection:
            connection.execute(delete(known_place).where(known_place.c.seen_at < at - KNOWN_FOR))
            row = {"person_id": person_id, "hash": hashed, "seen_at": at}
            connection.execute(self.database.insert_new(known_place), row)
            connection.execute(update(known_place).where(own).values(seen_at=at))

    def knows_place(self, person_id: UUID, hashes: Sequence[str]) -> bool:
        """Tell whether a person signed in at a place before, by any of its hashes."""
        own = (known_place.c.person_id == person_id) & known_place.c.hash.in_(hashes)
        with self.database.read() as connection:
            return connection.execute(select(known_place.c.hash).where(own)).first() is not None

    def forget_places(self, person_id: UUID) -> None:
        """Forget where a person signed in."""
        with self.database.write() as connection:
            connection.execute(delete(known_place).where(known_place.c.person_id == person_id))

    def spend(self, hashed: str, *, purpose: Purpose, expires_at: datetime) -> bool:
        """Note that something was used which is good once; return False if it was used before."""
        row = {"hash": hashed, "purpose": purpose, "person_id": None, "content": "", "expires_at": expires_at}
        with self.database.write() as connection:
            return bool(connection.execute(self.database.insert_new(ticket), row).rowcount == 1)

    def forget(self, *, before: datetime) -> None:
        """Forget sessions that began before a time, and tickets that expired before it."""
        with self.database.write() as connection:
            connection.execute(delete(session).where(session.c.created_at < before))
            connection.execute(delete(ticket).where(ticket.c.expires_at < before))

    def issue(self, new: Ticket, *, hashed: str) -> None:
        """Keep a ticket."""
        row = {name: getattr(new, name) for name in ("purpose", "person_id", "content", "expires_at")}
        with self.database.write() as connection:
            connection.execute(insert(ticket), {**row, "hash": hashed})

    def peek(self, hashed: str) -> Ticket | None:
        """Return a ticket without using it; expired ones, too."""
        with self.database.read() as connection:
            row = connection.execute(select(ticket).where(ticket.c.hash == hashed)).first()
        if row is None:
            return None
        return Ticket(
            purpose=Purpose(row.purpose),
            person_id=row.person_id,
            content=row.content,
            expires_at=row.expires_at,
        )

    def take(self, hashed: str) -> Ticket | None:
        """Return a ticket and forget it: of all who ask, one gets it."""
        found = self.peek(hashed)
        with self.database.write() as connection:
            taken = connection.execute(delete(ticket).where(ticket.c.hash == hashed)).rowcount == 1
        return found if taken else None

    def _change(self, which: Session, **values: Any) -> None:
        with self.database.write() as connection:
            connection.execute(update(session).where(session.c.id == which.id).values(values))


def _to_session(row: Row[Any]) -> Session:
    return Session(person=_to_person(row, f"{_PREFIX}_"), **{name: getattr(row, name) for name in _SESSION})


@dataclass(frozen=True, slots=True)
class SqlThrottle:
    """The port Throttle, on SQLite or PostgreSQL."""

    database: Database
    hashed: Callable[[str], str]  # what a key is kept as: who failed from where is nobody's business
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def admit(self, *choices: Sequence[Limit]) -> timedelta:
        """Count one attempt under the first choice that need not wait; or return the shortest wait."""
        choices = tuple(
            tuple(replace(limit, key=self.hashed(limit.key)) for limit in choice) for choice in choices
        )
        keys = sorted({limit.key for choice in choices for limit in choice})
        # Looking comes first: attempts that have to wait write nothing, however many there are.
        with self.database.read() as connection:
            now = self._now(connection)
            _free, wait = _choose(choices, _known(connection, keys, now=now), now=now)
        if wait:
            return wait
        with self.database.write() as connection:
            now = self._now(connection)
            connection.execute(delete(failure).where(failure.c.failed_at < now - FORGOTTEN_AFTER))
            untils: dict[str, datetime] = {}
            for key in keys:  # locked in one order, so that nobody deadlocks
                row = {"key": key, "failures": 0, "failed_at": now, "wait_until": now}
                connection.execute(self.database.insert_new(failure), row)
                query = select(failure.c.wait_until).where(failure.c.key == key).with_for_update()
                untils[key] = connection.execute(query).scalar_one()
            free, wait = _choose(choices, untils, now=now)
            for limit in free:
                of_limit = failure.c.key == limit.key
                attempts = (
                    int(connection.execute(select(failure.c.failures).where(of_limit)).scalar_one()) + 1
                )
                wait_until = now + limit.wait_after(attempts)
                changed = {"failures": attempts, "failed_at": now, "wait_until": wait_until}
                connection.execute(update(failure).where(of_limit).values(changed))
            return wait

    def forgive(self, *, clear: Iterable[str], lower: Iterable[str]) -> None:
        """Forget some counters, and take one attempt back from others."""
        lowered = {"failures": failure.c.failures - 1, "wait_until": failure.c.failed_at}
        with self.database.write() as connection:
            for key in sorted(map(self.hashed, clear)):
                connection.execute(delete(failure).where(failure.c.key == key))
            for key in sorted(map(self.hashed, lower)):
                counted = and_(failure.c.key == key, failure.c.failures > 0)
                connection.execute(update(failure).where(counted).values(lowered))

    def _now(self, connection: Connection) -> datetime:
        return self.clock() if self.clock else self.database.now(connection)


def _known(connection: Connection, keys: Sequence[str], *, now: datetime) -> dict[str, datetime]:
    """Return until when keys have to wait that were counted lately; the others are left out."""
    query = select(failure.c.key, failure.c.wait_until).where(
        failure.c.key.in_(keys), failure.c.failed_at >= now - FORGOTTEN_AFTER
    )
    return {row.key: row.wait_until for row in connection.execute(query)}


def _choose(
    choices: Sequence[Sequence[Limit]], untils: Mapping[str, datetime], *, now: datetime
) -> tuple[Sequence[Limit], timedelta]:
    """Return the first choice that need not wait, and zero; or nothing, and the shortest wait."""
    waits = []
    for choice in choices:
        wait = max((_left(untils.get(each.key, now), each, now=now) for each in choice), default=ZERO)
        if wait <= ZERO:
            return choice, ZERO
        waits.append(wait)
    return (), min(waits, default=ZERO)


def _left(until: datetime, limit: Limit, *, now: datetime) -> timedelta:
    """Return how long an attempt has still to wait for a limit."""
    if not limit.is_waited_for:
        return ZERO
    # Nobody is told to wait for longer than the limit says: that was written while the clock was ahead.
    return until - now if until - now <= limit.longest_wait else ZERO
