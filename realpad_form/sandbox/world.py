"""The whole state of a running sandbox, also as plain values for the page and for tests."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Final, cast

from flask import current_app

from realpad_form.sandbox.behaviour import Faults, Guard, Switches
from realpad_form.sandbox.calls import RecordedCall
from realpad_form.sandbox.crm import Crm, CrmCustomer, Inquiry, Tenant

MAX_CALLS: Final = 20_000


class World:
    """A tenant, what has happened to it, and how it is to behave.

    Read it under `lock`, change it under `change`.
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.revision = 0
        self.lock = RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the tenant."""
        with self.change():
            self.crm = Crm(self.tenant)
            self.guard = Guard()
            self.faults = Faults()
            self.switches = Switches()
            self.journal: deque[RecordedCall] = deque(maxlen=MAX_CALLS)
            self.calls = 0
            self.ahead = timedelta(0)  # of the real clock

    @contextmanager
    def change(self) -> Iterator[None]:
        """Keep everybody else out, and let the page know."""
        with self.lock:
            self.revision += 1
            yield

    def next_number(self) -> int:
        """Return the number of one more call."""
        with self.change():
            self.calls += 1
            return self.calls

    def now(self) -> datetime:
        """Return the sandbox's time, aware, UTC."""
        return datetime.now(UTC) + self.ahead


KEY: Final = "realpad_form.sandbox.world"


def world() -> World:
    """Return the world that this request acts on."""
    return cast(World, current_app.extensions[KEY])


def snapshot(world: World) -> dict[str, Any]:
    """Return customers, inquiries, waiting faults and switches."""
    with world.lock:
        return {
            "revision": world.revision,
            "calls": world.calls,
            "customers": [customer_json(c, world.tenant) for c in world.crm.customers.values()],
            "inquiries": [inquiry_json(inquiry) for inquiry in world.crm.inquiries],
            "faults": [fault.model_dump() for fault in world.faults.waiting],
            "switches": world.switches.model_dump(),
        }


def customer_json(customer: CrmCustomer, tenant: Tenant) -> dict[str, Any]:
    """Return one customer."""
    return {
        "id": customer.id,
        "name": customer.name,
        "surname": customer.surname,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "salesman": customer.salesman,
        "tags": list(customer.tags),
        "favourites": list(customer.favourites),
        "consents": [
            {
                "id": record.id,
                "name": tenant.consent_types.get(record.id, ""),
                "is_valid": record.revoked_at is None,
                "source": record.source,
                "notes": record.notes,
                "given_at": record.given_at.isoformat(),
                "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
            }
            for record in customer.consents.values()
        ],
        "events": [{"time": at.isoformat(), "note": note} for at, note in customer.events],
    }


def inquiry_json(inquiry: Inquiry) -> dict[str, Any]:
    """Return one inquiry, with every parameter besides login and password."""
    project = inquiry.project
    return {
        "id": inquiry.id,
        "customer_id": inquiry.customer.id,
        "time": inquiry.at.isoformat(),
        "login": inquiry.login,
        "project": {"id": project.id, "name": project.name} if project else None,
        "parameters": dict(inquiry.parameters),
        "call": inquiry.call,
    }
