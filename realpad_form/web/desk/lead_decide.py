"""What a person decides about a lead in one step: release, discard, restore, look it up, settle."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Status
from realpad_form.domain.people import AuditAction, Right
from realpad_form.web.context import deps
from realpad_form.web.desk.access import get_visible_lead, limit_realpad_calls, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.lead_common import (
    actor,
    back_to,
    bp,
    customer_in_form,
    in_doubt,
    record_audit,
    version_from_form,
)
from realpad_form.web.desk.lead_page import page


@bp.post("/<uuid:lead_id>/release")
@needs(Right.WORK)
def release(lead_id: UUID) -> ResponseReturnValue:
    """Let a quarantined lead go to Realpad."""
    released = deps().services.lead_actions.release(version_from_form(get_visible_lead(lead_id)), by=actor())
    return back_to(lead_id, in_doubt(released) or gettext("It is released."))


@bp.post("/<uuid:lead_id>/discard")
@needs(Right.WORK)
def discard(lead_id: UUID) -> ResponseReturnValue:
    """Put a lead aside."""
    deps().services.lead_actions.discard(version_from_form(get_visible_lead(lead_id)), by=actor())
    return back_to(lead_id, gettext("Discarded: it is not sent unless somebody restores it."))


@bp.post("/<uuid:lead_id>/restore")
@needs(Right.WORK)
def restore(lead_id: UUID) -> ResponseReturnValue:
    """Take a discarded lead back to where it stood before."""
    restored = deps().services.lead_actions.restore(version_from_form(get_visible_lead(lead_id)), by=actor())
    is_queued = restored.status is Status.QUEUED
    told = gettext("It is restored and queued to be sent.") if is_queued else gettext("It is restored.")
    return back_to(lead_id, told)


@bp.post("/<uuid:lead_id>/look")
@needs(Right.WORK)
@limit_realpad_calls
def look(lead_id: UUID) -> ResponseReturnValue:
    """Show what Realpad's list holds near an unknown lead; nothing is changed by it."""
    record = get_visible_lead(lead_id)
    record_audit(AuditAction.VIEWED, record.lead, "list")
    return page(record, look=deps().services.lookup.look(record))


@bp.post("/<uuid:lead_id>/settle")
@needs(Right.WORK)
def settle(lead_id: UUID) -> ResponseReturnValue:
    """Call an unknown lead delivered, since the person has found it in Realpad."""
    seen, customer_id = version_from_form(get_visible_lead(lead_id)), customer_in_form()
    deps().services.lead_actions.settle(seen, by=actor(), customer_id=customer_id)
    return back_to(lead_id, gettext("It counts as delivered now."))
