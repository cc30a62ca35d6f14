"""What a person decides about a lead in one step: release, discard, look into Realpad's list, settle."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from realpad_form.domain.people import Deed, Right
from realpad_form.web.context import deps
from realpad_form.web.desk.frame import gettext, needs, see_lead
from realpad_form.web.desk.lead_page import page
from realpad_form.web.desk.lead_place import (
    back_to,
    bp,
    customer_in_form,
    in_doubt,
    note,
    seen_in_form,
    write_down,
)
from realpad_form.web.desk.outgoing import asks_realpad


@bp.post("/<uuid:lead_id>/release")
@needs(Right.WORK)
def release(lead_id: UUID) -> ResponseReturnValue:
    """Let a quarantined lead go to Realpad."""
    seen = seen_in_form(see_lead(lead_id))
    released = deps().services.inbox.release(lead_id, seen=seen, notes=[note(Deed.RELEASED, seen)])
    return back_to(lead_id, in_doubt(released) or gettext("It is released."))


@bp.post("/<uuid:lead_id>/discard")
@needs(Right.WORK)
def discard(lead_id: UUID) -> ResponseReturnValue:
    """Put a lead aside for good."""
    seen = seen_in_form(see_lead(lead_id))
    deps().services.inbox.discard(lead_id, seen=seen, notes=[note(Deed.DISCARDED, seen)])
    return back_to(lead_id, gettext("Discarded: it is never sent, and stays readable."))


@bp.post("/<uuid:lead_id>/look")
@needs(Right.WORK)
@asks_realpad
def look(lead_id: UUID) -> ResponseReturnValue:
    """Show what Realpad's list holds near an unknown lead; nothing is changed by it."""
    record = see_lead(lead_id)
    write_down(Deed.VIEWED, record.lead, "list")
    return page(record, look=deps().services.lookup.look(record))


@bp.post("/<uuid:lead_id>/settle")
@needs(Right.WORK)
def settle(lead_id: UUID) -> ResponseReturnValue:
    """Call an unknown lead delivered, since the person has found it in Realpad."""
    seen, customer_id = seen_in_form(see_lead(lead_id)), customer_in_form()
    notes = [note(Deed.SETTLED, seen, f"customer {customer_id}" if customer_id else "")]
    deps().services.inbox.settle(seen, customer_id=customer_id, notes=notes)
    return back_to(lead_id, gettext("It counts as delivered now."))
