"""Sessions and one-time tickets in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.roster import PERSON, to_person
from realpad_form.adapters.sql.schema import known_place, person, session, ticket
from realpad_form.domain.people import KNOWN_FOR, Purpose, Session, Ticket

_PREFIX: Final = "person_"
_WITH_PERSON: Final = select(
    session, *(column.label(f"{_PREFIX}_{column.name}") for column in PERSON)
).join_from(session, person)
_OWN: Final = (
    "id", "address", "created_at", "last_seen_at", "reauthenticated_at", "passkey_at", "provider_at",
)  # fmt: skip


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
        row = {name: getattr(new, name) for name in _OWN}
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

    def see(self, seen: Session, *, at: datetime) -> None:
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
            return _to_ticket(row) if row else None

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
    return Session(person=to_person(row, f"{_PREFIX}_"), **{name: getattr(row, name) for name in _OWN})


def _to_ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        purpose=Purpose(row.purpose), person_id=row.person_id, content=row.content, expires_at=row.expires_at
    )
