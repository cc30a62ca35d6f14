"""The roster in SQL: people, and what they prove with who they are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, delete, select, update
from sqlalchemy.exc import IntegrityError

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import passkey, person
from realpad_form.adapters.tombstones import TombstoneFile
from realpad_form.domain.errors import PersonExistsError, PersonNotFoundError
from realpad_form.domain.people import Passkey, Person, Proof, Role

SECRETS: Final = ("password", "subject")
"""Columns that are no part of a Person."""

PERSON: Final = [column for column in person.columns if column.name not in SECRETS]


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
                self._remember(person=str(someone.id), **_rights(someone))
        except IntegrityError as error:
            raise PersonExistsError from error

    def set_language(self, person_id: UUID, language: str | None) -> None:
        """Keep which language a person chose, and nothing else."""
        with self.database.write() as connection:
            connection.execute(update(person).where(person.c.id == person_id).values(language=language))

    def people(self) -> list[Person]:
        """Return everybody, by e-mail."""
        with self.database.read() as connection:
            return [to_person(row) for row in connection.execute(select(*PERSON).order_by(person.c.email))]

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
            row = connection.execute(select(*PERSON).where(condition)).first()
            return to_person(row) if row else None


def to_person(row: Row[Any], prefix: str = "") -> Person:
    """Return the person of a row."""
    values = {column.name: getattr(row, prefix + column.name) for column in PERSON}
    projects = None if values["projects"] is None else frozenset(json.loads(values["projects"]))
    return Person(**{**values, "projects": projects, "role": Role(values["role"])})


def _row(someone: Person) -> dict[str, Any]:
    values = {column.name: getattr(someone, column.name) for column in PERSON}
    projects = None if someone.projects is None else json.dumps(sorted(someone.projects))
    return {**values, "email": someone.email.lower(), "projects": projects}


def _rights(someone: Person) -> dict[str, Any]:
    """Return what somebody may do, without saying who it is."""
    return {
        "role": someone.role,
        "projects": None if someone.projects is None else sorted(someone.projects),
        "masked": someone.is_masked,
        "disabled": someone.disabled_at is not None,
    }


def _to_passkey(row: Row[Any]) -> Passkey:
    return Passkey(**{column.name: getattr(row, column.name) for column in passkey.columns})
