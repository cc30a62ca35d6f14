"""A developer's CRM: what Realpad's support has set up (`Tenant`), and what the calls have made (`Crm`)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, Final, Self

from realpad_form.domain.project import Project
from realpad_form.domain.questions import UnitField
from realpad_form.domain.text import pick

INTEGER: Final = re.compile(r"[0-9]{1,18}")
"""Digits only, without thousands separators. Source: Realpad docs, "Sending leads", Integer."""

_PATTERNS: Final = {
    "boolean": re.compile("true|false"),
    "integer": INTEGER,
    "decimal": re.compile(rf"-?{INTEGER.pattern}(\.{INTEGER.pattern})?"),
    "string": re.compile(".+", re.DOTALL),
}


class Permission(StrEnum):
    """What a login may be allowed besides sending leads."""

    READ_CUSTOMER_DATA = "READ_CUSTOMER_DATA"
    WRITE_CUSTOMER_DATA = "WRITE_CUSTOMER_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAccount:
    """A login pair, and what keeps it from working."""

    login: str
    password: str = field(repr=False)
    permissions: frozenset[Permission] = frozenset(Permission)
    is_invitation_open: bool = False  # the invitation was not accepted yet
    needs_consent: bool = False  # somebody must accept a consent in Realpad's web first
    is_for_pricelists: bool = False  # of the other area, which may not send leads


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmProject:
    """A development as the CRM knows it."""

    id: int
    name: str
    currency: str
    units: Mapping[str, int] | None = None  # database id by name; None takes any unit


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAttribute:
    """A custom attribute. Source: Realpad docs, "Sending leads", Custom attributes."""

    key: str
    type: str
    options: frozenset[str] = frozenset()

    def takes(self, value: str) -> bool:
        """Tell whether the value is in the attribute's format."""
        if self.type == "single_select":
            return value in self.options
        if self.type == "multi_select":
            return set(value.split(",")) <= self.options
        if self.type == "date":
            try:
                return date.fromisoformat(value).isoformat() == value  # YYYY-MM-DD, not YYYYMMDD
            except ValueError:
                return False
        return _PATTERNS[self.type].fullmatch(value) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmPerson:
    """A customer who came into the CRM by another way than this API."""

    name: str
    surname: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One developer's CRM as it stands before the first call."""

    accounts: tuple[CrmAccount, ...] = ()
    projects: tuple[CrmProject, ...] = ()
    consent_types: Mapping[int, str] = field(default_factory=dict)  # name by id
    attributes: tuple[CrmAttribute, ...] = ()  # a key may stand here twice, with two formats
    referrals: frozenset[int] = frozenset()
    salesmen: frozenset[int] = frozenset()
    people: tuple[CrmPerson, ...] = ()

    @classmethod
    def from_projects(cls, projects: Iterable[Project], accounts: Iterable[CrmAccount]) -> Self:
        """Return a CRM in which everything is set up that the project files speak of."""
        projects, ids = tuple(projects), count(3_350_001)
        return cls(
            accounts=tuple(accounts),
            projects=tuple(_crm_project(project, ids) for project in projects),
            consent_types={box.id: pick(box.label, p.language) for p in projects for box in p.consents},
            attributes=tuple(a for project in projects for a in _crm_attributes(project)),
            referrals=frozenset(p.realpad.referral for p in projects if p.realpad.referral),
            salesmen=frozenset(p.realpad.salesman for p in projects if p.realpad.salesman),
        )

    def account(self, login: str, password: str) -> CrmAccount | None:
        """Return the account of a login pair."""
        pairs = {(account.login, account.password): account for account in self.accounts}
        return pairs.get((login, password))

    def project(self, project_id: int) -> CrmProject | None:
        """Return a project by its database id."""
        return next((project for project in self.projects if project.id == project_id), None)

    def attributes_named(self, key: str) -> list[CrmAttribute]:
        """Return every format of an attribute, none if it is not set up."""
        return [attribute for attribute in self.attributes if attribute.key == key]


def _crm_project(project: Project, ids: Iterable[int]) -> CrmProject:
    question = project.questions.get("unit")
    known = question.known if isinstance(question, UnitField) else None
    return CrmProject(
        id=project.realpad.project,
        name=pick(project.name, project.language),
        currency=project.currency,
        units=None if known is None else dict(zip((unit.id for unit in known), ids, strict=False)),
    )


def _crm_attributes(project: Project) -> Iterable[CrmAttribute]:
    """Yield the attributes that a form asks for, and those it captures as strings."""
    asked = {attribute.key for attribute in project.attributes()}
    for attribute in project.attributes():
        options = frozenset(option.value for option in getattr(attribute, "options", ()))
        yield CrmAttribute(key=attribute.key, type=getattr(attribute, "type", "string"), options=options)
    for key in project.capture.attributes:
        if key not in asked:
            yield CrmAttribute(key=key, type="string")


def account(login: str, **terms: Any) -> CrmAccount:
    """Return an account whose password is its login."""
    return CrmAccount(login=login, password=login, **terms)


LIMITED: Final = (
    account("riverside-pricelist", is_for_pricelists=True),
    account("invited", is_invitation_open=True),
    account("unconsented", needs_consent=True),
    account("leads-only", permissions=frozenset()),
    account("reader", permissions=frozenset({Permission.READ_CUSTOMER_DATA})),
)
"""One of every kind that may not do everything. Source: Realpad docs, "Authentication and error handling"."""


LISTED_FOR: Final = timedelta(days=7)
"""How long list-leads shows an inquiry. Source: Realpad docs, "Verifying submitted leads"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One consent of a customer; revoking invalidates it and keeps the record."""

    id: int
    source: str
    given_at: datetime
    revoked_at: datetime | None = None
    notes: str = ""


@dataclass(slots=True, kw_only=True)
class CrmCustomer:
    """A person, with what all of their inquiries said."""

    id: int
    name: str
    surname: str
    email: str
    phone: str
    language: str = ""
    salesman: str = ""
    tags: list[str] = field(default_factory=list)
    favourites: list[str] = field(default_factory=list)  # units
    consents: dict[int, ConsentRecord] = field(default_factory=dict)
    events: list[tuple[datetime, str]] = field(default_factory=list)  # notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What one accepted call made."""

    id: int
    customer: CrmCustomer
    login: str
    at: datetime
    project: CrmProject | None
    parameters: Mapping[str, str]
    call: int  # its number in the journal


class Crm:
    """Finds or makes customers; every accepted call is one more inquiry."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.customers: dict[int, CrmCustomer] = {}
        self.inquiries: list[Inquiry] = []
        self._by_email: dict[str, int] = {}
        self._by_phone: dict[str, int] = {}
        for person in tenant.people:
            self._add(person)

    def accept(self, form: Mapping[str, str], *, login: str, at: datetime, call: int) -> Inquiry:
        """Store one lead and return its inquiry."""
        customer = self._find(form) or self._add(_person(form))
        self._learn(customer, form)
        if note := form.get("note"):
            customer.events.append((at, note))
        if "consents" in form:  # replaces, `updateconsents` adds. Source: "Customer consent tracking"
            customer.consents.clear()
        given = form.get("consents") or form.get("updateconsents") or ""
        for consent_id in map(int, filter(None, given.split(","))):
            record = ConsentRecord(id=consent_id, source=form.get("consentsource", ""), given_at=at)
            customer.consents[consent_id] = record
        project = self._tenant.project(int(form["project"])) if "project" in form else None
        inquiry = Inquiry(
            id=12_345 + len(self.inquiries), customer=customer, login=login, at=at,
            project=project, parameters=dict(form), call=call,
        )  # fmt: skip
        self.inquiries.append(inquiry)
        return inquiry

    def inquiries_of(self, login: str, *, now: datetime) -> list[Inquiry]:
        """Return an account's inquiries of the last 7 days, newest first."""
        since = now - LISTED_FOR
        return [i for i in reversed(self.inquiries) if i.login == login and i.at >= since]

    def with_email(self, email: str) -> list[CrmCustomer]:
        """Return every customer of that address, in whatever case."""
        return [c for c in self.customers.values() if email and c.email.lower() == email.lower()]

    def revoke(self, customer: CrmCustomer, consent_id: int, *, notes: str, at: datetime) -> None:
        """Invalidate a consent and keep its record; what is not valid stays as it is."""
        record = customer.consents.get(consent_id)
        if record and record.revoked_at is None:
            words = "\n".join(filter(None, (record.notes, notes)))
            customer.consents[consent_id] = replace(record, revoked_at=at, notes=words)

    def _find(self, form: Mapping[str, str]) -> CrmCustomer | None:
        """Return the customer of the e-mail address, else of the phone number."""
        found = self._by_email.get(form.get("email", "").lower()) or self._by_phone.get(form.get("phone", ""))
        return self.customers[found] if found else None

    def _add(self, person: CrmPerson) -> CrmCustomer:
        customer = CrmCustomer(
            id=67_890 + len(self.customers), name=person.name, surname=person.surname,
            email=person.email, phone=person.phone,
        )  # fmt: skip
        self.customers[customer.id] = customer
        self._index(customer)
        return customer

    def _index(self, customer: CrmCustomer) -> None:
        if customer.email:
            self._by_email.setdefault(customer.email.lower(), customer.id)
        if customer.phone:
            self._by_phone.setdefault(customer.phone, customer.id)

    def _learn(self, customer: CrmCustomer, form: Mapping[str, str]) -> None:
        """Add what is new about a customer; the name stays the one first given."""
        for name in ("email", "phone"):
            setattr(customer, name, getattr(customer, name) or form.get(name, ""))
        for name in ("language", "salesman"):
            setattr(customer, name, form.get(name) or getattr(customer, name))
        tags = [tag.strip() for tag in form.get("tags", "").split(",") if tag.strip()]
        customer.tags += [tag for tag in dict.fromkeys(tags) if tag not in customer.tags]
        unit = form.get("internalid") or form.get("unitid")
        if unit and unit not in customer.favourites:
            customer.favourites.append(unit)
        self._index(customer)


def _person(form: Mapping[str, str]) -> CrmPerson:
    return CrmPerson(
        name=form["name"], surname=form["surname"], email=form.get("email", ""), phone=form.get("phone", "")
    )
