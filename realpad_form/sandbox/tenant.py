"""What Realpad's support has set up for one developer: logins, projects, consents, attributes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
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
            return _is_date(value)
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
        units=None if known is None else dict(zip(known, ids, strict=False)),
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


def _is_date(value: str) -> bool:
    """Tell whether the value is a day of the calendar, as YYYY-MM-DD and not as YYYYMMDD."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


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
