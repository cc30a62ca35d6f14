"""People, and the services that let them in, on a database and a clock of the test's."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID, uuid4

from realpad_form.adapters.passwords import ArgonHasher
from realpad_form.adapters.sql import SqlAuditLog, SqlRoster, SqlSessions, SqlThrottle
from realpad_form.domain.people import Particulars, Passkey, Person, Role
from realpad_form.domain.throttling import BrowserMarks
from realpad_form.services.accounts import Accounts
from realpad_form.services.people import People
from realpad_form.services.sign_in import SignIn
from realpad_form.services.signing import Tickets

PASSWORD = "canary: tři domy u řeky"
EMAIL = "jana@firma.example"
ADDRESS = "192.0.2.7"
START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def make_person(**changes):
    """Return somebody; each with an id and e-mail of her own."""
    person_id = uuid4()
    fields = {
        "id": person_id, "email": f"{person_id.hex}@firma.example", "name": "Jana Malá",
        "role": Role.OPERATOR, "created_at": START,
    }  # fmt: skip
    return Person(**{**fields, **changes})


def make_passkey(person_id, **changes):
    """Return a passkey that no device has."""
    fields = {"id": b"key", "public_key": b"cose", "uses": 0, "name": "Laptop", "created_at": START}
    return Passkey(person_id=person_id, **{**fields, **changes})


@dataclass
class CountingHasher:
    """A cheap ArgonHasher that notes each piece of work."""

    argon: ArgonHasher = field(default_factory=lambda: ArgonHasher(memory_kib=64))
    works: list = field(default_factory=list)

    def hash(self, password):
        self.works.append("hash")
        return self.argon.hash(password)

    def verify(self, hashed, password):
        self.works.append("verify")
        return self.argon.verify(hashed, password)

    def is_outdated(self, hashed):
        return self.argon.is_outdated(hashed)


@dataclass
class PeopleWorld:
    """Everything about people, made when first asked for."""

    database: object
    clock: object
    hasher: CountingHasher = field(default_factory=CountingHasher)

    @cached_property
    def roster(self):
        return SqlRoster(self.database)

    @cached_property
    def sessions(self):
        return SqlSessions(self.database, clock=self.clock)

    @cached_property
    def browsers(self):
        return BrowserMarks(["k" * 32])

    @cached_property
    def throttle(self):
        return SqlThrottle(self.database, self.browsers.digest_of_counter, clock=self.clock)

    @cached_property
    def audit(self):
        return SqlAuditLog(self.database, clock=self.clock)

    @cached_property
    def sign_in(self):
        return SignIn(self.roster, self.sessions, self.throttle, self.audit, self.hasher)

    @cached_property
    def tickets(self):
        return Tickets(self.sessions)

    @cached_property
    def people(self):
        return People(self.roster, self.sessions, self.tickets, self.audit)

    @cached_property
    def accounts(self):
        return Accounts(self.sign_in, self.tickets)

    def admit(self, email=EMAIL, *, password=PASSWORD, role=Role.OPERATOR, **particulars):
        """Add somebody who has set a password."""
        name = particulars.pop("name", "Jana Malá")
        person, link = self.people.add(email, Particulars(name=name, role=role, **particulars))
        self.accounts.set_password(link, password)
        return person

    def enter(self, email=EMAIL, password=PASSWORD, *, address=ADDRESS):
        """Try to sign in."""
        return self.sign_in.sign_in(email, password, address=address)

    def actions(self, **conditions):
        """Return what was done, oldest first."""
        return [entry.action for entry in reversed(self.audit.entries(**conditions))]


NOBODY = UUID(int=0)
