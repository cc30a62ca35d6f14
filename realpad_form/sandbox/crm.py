"""Customers, inquiries and consents: what the calls have made."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from realpad_form.sandbox.tenant import CrmPerson, CrmProject, Tenant

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
        self._consent(customer, form, at)
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

    def _consent(self, customer: CrmCustomer, form: Mapping[str, str], at: datetime) -> None:
        """Clear and set, or only update. Source: Realpad docs, "Customer consent tracking"."""
        if "consents" in form:
            customer.consents.clear()
        given = form.get("consents") or form.get("updateconsents") or ""
        for consent_id in map(int, filter(None, given.split(","))):
            record = ConsentRecord(id=consent_id, source=form.get("consentsource", ""), given_at=at)
            customer.consents[consent_id] = record


def _person(form: Mapping[str, str]) -> CrmPerson:
    return CrmPerson(
        name=form["name"], surname=form["surname"], email=form.get("email", ""), phone=form.get("phone", "")
    )
