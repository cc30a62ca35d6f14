"""Realpad's web service under /ws/: what is looked at in a call, in which order, and what an endpoint does.

Source: Realpad docs, "Sending leads".
"""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any, Final

from flask import Blueprint, Response, request

from realpad_form.domain.payload import LIMIT_UNITS, units
from realpad_form.sandbox.behaviour import NOT_AUTHORIZED, Fault
from realpad_form.sandbox.calls import DroppedError, RecordedCall, RefusalError, SandboxReply
from realpad_form.sandbox.crm import INTEGER, CrmCustomer, Inquiry, Permission
from realpad_form.sandbox.rules import first_problem, warnings
from realpad_form.sandbox.world import World, world

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
VERSION: Final = "v10"
CET: Final = timezone(timedelta(hours=1))
"""Realpad writes times with the offset of Prague; this one keeps winter time all the year."""

api = Blueprint("api", __name__, url_prefix="/ws")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What to do, and what the login must be allowed."""

    serve: Callable[[World, RecordedCall], SandboxReply]
    permission: Permission | None = None


@api.route("/<version>/<path:endpoint>", methods=METHODS, provide_automatic_options=False)
def call(version: str, endpoint: str) -> Response:
    """Answer one call, or break its connection."""
    incoming = RecordedCall(
        number=world().next_number(),
        at=world().now(),
        method=request.method,
        version=version,
        endpoint=endpoint,
        address=request.remote_addr or "",
        content_type=request.headers.get("Content-Type", ""),
        raw=request.get_data(),
    )
    try:
        reply = _serve(world(), incoming)
    except DroppedError:
        line: socket.socket = request.environ["werkzeug.socket"]
        line.shutdown(socket.SHUT_RDWR)
        return Response(status=500)  # reaches nobody
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    response.headers.update(reply.headers)
    return response


def _serve(world: World, call: RecordedCall) -> SandboxReply:
    """Return the answer to a call and keep both in the journal.

    Raises: DroppedError, if the connection is to break instead.
    """
    with world.change():
        world.journal.append(call)
    try:
        _check_envelope(call)
        with world.change():
            fault = world.faults.take(call)
        if fault:
            call.note = f"fault: {fault}"
        reply = _faulty(world, call, fault) if fault else _served(world, call)
    except RefusalError as refusal:
        reply = refusal.reply
    except DroppedError as drop:
        with world.change():
            call.note = str(drop)
        raise
    with world.change():
        call.reply = reply
    return reply


def _check_envelope(call: RecordedCall) -> None:
    """Refuse what is no call of this API at all."""
    if call.method != "POST":
        raise RefusalError(405, "Method not allowed, use POST.", Allow="POST")
    if not call.is_form:
        raise RefusalError(415, "Unsupported media type, use application/x-www-form-urlencoded.")
    if call.version != VERSION:
        raise RefusalError(418, f"This version of the API is deprecated, use {VERSION}.")
    if call.endpoint not in ENDPOINTS:
        raise RefusalError(404, "Not found.")


def _faulty(world: World, call: RecordedCall, fault: Fault) -> SandboxReply:
    """Serve a call that a fault hits; nothing is locked while it hangs."""
    time.sleep(fault.delay_s)
    if fault.drop == "before":
        raise DroppedError("dropped before storing")
    if fault.drop == "after":
        _served(world, call)
        raise DroppedError("dropped after storing")
    return fault.reply() or _served(world, call)


def _served(world: World, call: RecordedCall) -> SandboxReply:
    endpoint = ENDPOINTS[call.endpoint]
    with world.change():
        world.guard.check(call, switches=world.switches, now=world.now())
        _authorize(world, call, endpoint)
        return endpoint.serve(world, call)


def _authorize(world: World, call: RecordedCall, endpoint: Endpoint) -> None:
    """Refuse who may not make this call; Realpad does not say which of many reasons it has."""
    account = world.tenant.account(call.login, call.password)
    if account is None:
        world.guard.failed(call, switches=world.switches, now=world.now())
        raise RefusalError(401, NOT_AUTHORIZED)
    world.guard.passed(call)
    is_shut_out = account.is_invitation_open or account.is_for_pricelists
    if is_shut_out or endpoint.permission not in (None, *account.permissions):
        raise RefusalError(401, NOT_AUTHORIZED)
    if account.needs_consent:
        raise RefusalError(403, "Log in to Realpad's web and accept the consent first.")


def create_lead(world: World, call: RecordedCall) -> SandboxReply:
    """Store a lead and return the customer's id, the same for a person known before."""
    problem = first_problem(call, world.tenant, world.switches)
    if problem:
        raise RefusalError(400, problem)
    call.warnings += warnings(call.parameters)
    inquiry = world.crm.accept(call.parameters, login=call.login, at=call.at, call=call.number)
    return SandboxReply(status=world.switches.success_status, body=str(inquiry.customer.id))


def list_leads(world: World, call: RecordedCall) -> SandboxReply:
    """Return the account's inquiries of the last 7 days, newest first, without contacts."""
    _refuse_parameters(call)
    inquiries = world.crm.inquiries_of(call.login, now=world.now())
    return _json([_listed(inquiry) for inquiry in inquiries])


def list_consent_types(world: World, call: RecordedCall) -> SandboxReply:
    """Return ids and names of the consents set up in this CRM."""
    _refuse_parameters(call)
    return _json([{"id": number, "name": name} for number, name in world.tenant.consent_types.items()])


def revoke_consent(world: World, call: RecordedCall) -> SandboxReply:
    """Invalidate one consent of one customer."""
    form = call.parameters
    consent_id = form.get("consentid", "")
    _refuse_parameters(call, besides=("email", "customerid", "consentid", "notes"))
    if not consent_id:
        raise RefusalError(400, "Parameter missing: consentid")
    if not INTEGER.fullmatch(consent_id):
        raise RefusalError(400, "Incorrect parameter format: consentid")
    if int(consent_id) not in world.tenant.consent_types:
        raise RefusalError(400, "ID does not refer to a valid object: consentid")
    customer = _named_customer(world, call)
    world.crm.revoke(customer, int(consent_id), notes=form.get("notes", ""), at=call.at)
    return SandboxReply()


def _named_customer(world: World, call: RecordedCall) -> CrmCustomer:
    """Return the customer named by either e-mail or id."""
    email, customer_id = (call.parameters.get(name, "") for name in ("email", "customerid"))
    if not (email or customer_id):
        raise RefusalError(400, "Parameter missing: email or customerid")
    if "email" in call.parameters and "customerid" in call.parameters:
        raise RefusalError(400, "Unexpected parameters found: email and customerid exclude each other")
    if customer_id and not INTEGER.fullmatch(customer_id):
        raise RefusalError(400, "Incorrect parameter format: customerid")
    by_id = world.crm.customers.get(int(customer_id or 0))
    found = world.crm.with_email(email) if email else [by_id] if by_id else []
    if len(found) > 1:
        raise RefusalError(409, "Several customers have this email, use customerid.")
    if not found:
        raise RefusalError(400, f"ID does not refer to a valid object: {'email' if email else 'customerid'}")
    return found[0]


def _refuse_parameters(call: RecordedCall, *, besides: tuple[str, ...] = ()) -> None:
    """Refuse parameters that the endpoint does not have, repeated ones and overlong ones."""
    if unexpected := [name for name in call.parameters if name not in besides]:
        raise RefusalError(400, f"Unexpected parameters found: {', '.join(unexpected)}")
    if call.repeated:
        raise RefusalError(400, f"Incorrect parameter format: {call.repeated[0]} is repeated")
    if long := [name for name, value in call.parameters.items() if units(value) > LIMIT_UNITS]:
        raise RefusalError(400, f"Parameter too long: {long[0]}")


def _listed(inquiry: Inquiry) -> dict[str, Any]:
    customer = inquiry.customer
    return {
        "inquiry_id": inquiry.id,
        "customer_id": customer.id,
        "customer_name": f"{customer.name} {customer.surname}",
        "timestamp": inquiry.at.astimezone(CET).isoformat(timespec="seconds"),
        "projects": [inquiry.project.name] if inquiry.project else [],
        "campaign": inquiry.parameters.get("campaign") or None,
        "product_interest": inquiry.parameters.get("preferencerooms") or None,
    }


def _json(value: Any) -> SandboxReply:
    return SandboxReply(body=json.dumps(value, ensure_ascii=False), content_type="application/json")


ENDPOINTS: Final = {
    "create-lead": Endpoint(create_lead),
    "list-leads": Endpoint(list_leads),
    "list-consent-types": Endpoint(list_consent_types, Permission.READ_CUSTOMER_DATA),
    "revoke-customer-consent": Endpoint(revoke_consent, Permission.WRITE_CUSTOMER_DATA),
}
