"""The page of one lead, and what all views about a lead share."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Lead, LeadRecord, LeadVersion
from realpad_form.domain.people import Actor, AuditAction, Right
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, get_visible_lead, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.inbox.queue import queue
from realpad_form.web.desk.labels import PAUSED, STOPPED, STRANDED
from realpad_form.web.desk.lead.presenter import (
    lead_address,
    may_be_at_other_account,
    render_lead,
    reveal,
    why_queued,
)
from realpad_form.web.desk.pages import flash_message

bp: Final = blueprint("lead", "/inbox/leads")


def back_to(lead_id: UUID, told: str) -> ResponseReturnValue:
    """Go back to a lead and tell what was done; `told` is translated already."""
    flash_message(told)
    return redirect(lead_address(lead_id) + queue().suffix, 303)


def in_doubt(lead: Lead) -> str:
    """Return what to tell of a lead that was to be queued and is not; "" if it is queued."""
    if lead.status is not Status.UNKNOWN:
        return ""
    if may_be_at_other_account(lead):
        return gettext(
            "This database was restored from a backup, and the lead may have been sent with another login "
            "since that backup was made. Nothing was sent now: look for it in Realpad under both logins, "
            "then decide here."
        )
    return gettext(
        "This database was restored from a backup, and the lead may have been sent since that backup was "
        "made. Realpad’s list is checked first; the lead is sent only if it is not there."
    )


def told_of(lead: Lead, told: str) -> str:
    """Return what to tell of a lead that was to be queued: `told`, why it waits, or that it is in doubt."""
    if lead.status is Status.QUEUED and (why := why_queued(lead)) in (STOPPED, STRANDED, PAUSED):
        return f"{told} {gettext(why.what)}"
    return in_doubt(lead) or told


def actor() -> Actor:
    """Return who acts on the page of a lead."""
    return Actor(me().id)


def record_audit(action: AuditAction, lead: Lead, detail: str = "") -> None:
    """Keep who looked at what; `detail` holds names and numbers, never values."""
    deps().services.audit.record(
        action, by=me().id, subject=str(lead.id), detail=detail, project=lead.project
    )


def version_from_form(record: LeadRecord) -> LeadVersion:
    """Return the lead as it stood on the page whose form was sent; aborts if the form does not say."""
    form = request.form
    try:
        status, revision, attempts = Status(form["status"]), int(form["revision"]), int(form["attempts"])
    except ValueError:
        abort(400)
    if not 1 <= revision <= record.lead.revision:
        abort(400)
    return replace(record.lead, status=status, revision=revision, attempts=attempts).version


@bp.get("/<uuid:lead_id>")
@needs(Right.LEADS)
def show(lead_id: UUID) -> ResponseReturnValue:
    """Show everything about a lead."""
    record = get_visible_lead(lead_id)
    record_audit(AuditAction.VIEWED, record.lead)
    return render_lead(record)


@bp.post("/<uuid:lead_id>/reveal")
@needs(Right.LEADS)
def show_personal_data(lead_id: UUID) -> ResponseReturnValue:
    """Show the personal data of a lead for a while to people who see it masked."""
    reveal(get_visible_lead(lead_id).lead)
    return back_to(lead_id, gettext("The personal data of this lead is shown for 10 minutes."))
