"""How a call is served, whatever the endpoint: what is looked at, and in which order."""

import time
from typing import Final

from realpad_form.sandbox.calls import DroppedError, RecordedCall, RefusalError, SandboxReply
from realpad_form.sandbox.endpoints import ENDPOINTS, Endpoint
from realpad_form.sandbox.faults import Fault
from realpad_form.sandbox.guard import NOT_AUTHORIZED
from realpad_form.sandbox.tenant import CrmAccount
from realpad_form.sandbox.world import World

VERSION: Final = "v10"


def serve(world: World, call: RecordedCall) -> SandboxReply:
    """Return the answer to a call and keep both in the journal.

    Raises: DroppedError, if the connection is to break instead.
    """
    with world.change():
        world.journal.append(call)
    try:
        reply = _answer(world, call)
    except RefusalError as refusal:
        reply = refusal.reply
    except DroppedError as drop:
        with world.change():
            call.note = str(drop)
        raise
    with world.change():
        call.reply = reply
    return reply


def _answer(world: World, call: RecordedCall) -> SandboxReply:
    _check_envelope(call)
    with world.change():
        fault = world.faults.take(call)
    if fault is None:
        return _served(world, call)
    call.note = f"fault: {fault}"
    return _faulty(world, call, fault)


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
    if not _may(account, endpoint):
        raise RefusalError(401, NOT_AUTHORIZED)
    if account.needs_consent:
        raise RefusalError(403, "Log in to Realpad's web and accept the consent first.")


def _may(account: CrmAccount, endpoint: Endpoint) -> bool:
    if account.is_invitation_open or account.is_for_pricelists:
        return False
    return endpoint.permission is None or endpoint.permission in account.permissions
