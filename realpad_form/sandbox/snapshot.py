"""The state of a sandbox as plain values, for the page and for tests."""

from typing import Any

from realpad_form.sandbox.crm import ConsentRecord, CrmCustomer, Inquiry
from realpad_form.sandbox.tenant import Tenant
from realpad_form.sandbox.world import World


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
        "consents": [_consent_json(record, tenant) for record in customer.consents.values()],
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


def _consent_json(record: ConsentRecord, tenant: Tenant) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": tenant.consent_types.get(record.id, ""),
        "is_valid": record.revoked_at is None,
        "source": record.source,
        "notes": record.notes,
        "given_at": record.given_at.isoformat(),
        "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
    }
