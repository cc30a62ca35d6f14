"""What the pages of one lead share: their addresses, what their forms prove, what is written down."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import abort, g, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import ProjectNotFoundError
from realpad_form.domain.lead import Lead, LeadRecord, LeadVersion
from realpad_form.domain.lead_project import Basis, LeadProject
from realpad_form.domain.people import Actor, AuditAction
from realpad_form.domain.project import Project
from realpad_form.domain.reason import Code
from realpad_form.web.context import deps
from realpad_form.web.desk.frame import blueprint, flash_message, gettext, me

bp: Final = blueprint("lead", "/inbox/leads")


def address(lead_id: UUID) -> str:
    """Return where a lead is shown."""
    return f"/inbox/leads/{lead_id}"


def back_to(lead_id: UUID, told: str) -> ResponseReturnValue:
    """Go back to a lead and tell what was done; `told` is translated already."""
    flash_message(told)
    return redirect(address(lead_id), 303)


def may_be_elsewhere(lead: Lead) -> bool:
    """Return whether a lead may have been sent to another account than it goes to now."""
    return any(reason.code == Code.OTHER_ACCOUNT for reason in lead.reasons)


def in_doubt(lead: Lead) -> str:
    """Return what to tell of a lead that was to be queued and is not; "" if it is queued."""
    if lead.status is not Status.UNKNOWN:
        return ""
    if may_be_elsewhere(lead):
        return gettext(
            "This database was restored from a backup, and the lead may have been sent with another login "
            "since that backup was made. Nothing was sent now: look for it in Realpad under both logins, "
            "then decide here."
        )
    return gettext(
        "This database was restored from a backup, and the lead may have been sent since that backup was "
        "made. Realpad’s list is checked first; the lead is sent only if it is not there."
    )


def actor() -> Actor:
    """Return who acts on the page of a lead."""
    return Actor(me().id)


def record_audit(deed: AuditAction, lead: Lead, detail: str = "") -> None:
    """Keep who looked at what; `detail` holds names and numbers, never values."""
    deps().services.audit.record(deed, by=me().id, subject=str(lead.id), detail=detail, project=lead.project)


def lead_project(record: LeadRecord) -> LeadProject | None:
    """Return the project that a lead is corrected and sent with; None if nothing is left of its call."""
    found: dict[tuple[UUID, int], LeadProject | None] = g.setdefault("lead_projects", {})
    key = (record.lead.id, record.lead.revision)
    if key not in found:
        found[key] = deps().services.lead_projects.find(record)
    return found[key]


def must_have_project(record: LeadRecord) -> LeadProject:
    """Return the project that a lead is corrected and sent with. Raises: ProjectNotFoundError."""
    of = lead_project(record)
    if of is None:
        raise ProjectNotFoundError(record.lead.project)
    return of


def project_of(record: LeadRecord) -> Project | None:
    """Return a lead's project as its file is or was; None if no version of that is known."""
    of = lead_project(record)
    return None if of is None or of.basis is Basis.CALL else of.project


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


def customer_in_form() -> int | None:
    """Return the customer's number that was typed or chosen, or None; aborts if it is none."""
    typed = request.form.get("customer", "").strip() or request.form.get("customer_chosen", "").strip()
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit() or not 0 < int(typed[:19]) < 2**63 or len(typed) > 19:
        abort(400)
    return int(typed)
