"""Take a consent back in Realpad; the evidence of what was given stays."""

from typing import Any
from uuid import UUID

from flask import abort, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import SERVER_ERROR
from realpad_form.domain.errors import CrmError
from realpad_form.domain.lead import Consent, LeadRecord
from realpad_form.domain.people import Right
from realpad_form.forms.messages import _
from realpad_form.services.lead_actions import Customer, Revocation
from realpad_form.web.context import deps
from realpad_form.web.desk.frame import get_visible_lead, gettext, needs, render
from realpad_form.web.desk.lead_common import actor, back_to, bp, customer_in_form
from realpad_form.web.desk.lead_page import heading
from realpad_form.web.desk.outgoing import asks_realpad

NOTES_CHARS = 500
TOO_MANY = 429


@bp.get("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
def ask_revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Ask whose consent to revoke."""
    record = get_visible_lead(lead_id)
    return _page(record, _consent(record, consent_id))


@bp.post("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
@asks_realpad
def revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Revoke it; where the e-mail names several customers, ask which."""
    record = get_visible_lead(lead_id)
    consent = _consent(record, consent_id)
    by_email = request.form.get("who") == "email"
    email = record.current.answers.get("email") if by_email else None
    customer = Customer(number=None if by_email else customer_in_form(), email=email)
    if customer.number is None and not customer.email:
        return _page(record, consent, is_unnamed=True)
    if _is_another_customer(record, customer) and request.form.get("other") != str(customer.number):
        return _page(record, consent, other=customer.number)
    revocation = deps().services.lead_actions.revoke(
        record, consent_id, customer=customer, by=actor(), why=_notes()
    )
    if revocation.problem:
        return _page(record, consent, revocation=revocation)
    told = gettext("Realpad has revoked the consent.")
    if not revocation.is_recorded:
        told += " " + gettext("The audit log could not record this; it only has the request.")
    return back_to(lead_id, told)


def _notes() -> str:
    """Return the note that was typed."""
    return request.form.get("notes", "").strip()[:NOTES_CHARS]


def _consent(record: LeadRecord, consent_id: int) -> Consent:
    """Return a consent that was given with a lead."""
    return next((each for each in record.consents if each.id == consent_id and each.given), None) or abort(
        404
    )


def _page(
    record: LeadRecord,
    consent: Consent,
    *,
    revocation: Revocation | None = None,
    is_unnamed: bool = False,
    other: int | None = None,
) -> ResponseReturnValue:
    status = 200
    if is_unnamed or other is not None:
        status = 422
    elif revocation:
        status = 409 if revocation.needs_customer else 502
    values = {
        **heading(record),
        "consent": consent,
        "is_unnamed": is_unnamed,
        "other": other,
        "needs_customer": revocation is not None and revocation.needs_customer,
        "problem": _problem(revocation),
        "notes": _notes(),
    }
    return render("desk/lead/revoke.html", status=status, **values)


def _problem(revocation: Revocation | None) -> Any:
    """Return what Realpad said, and what it means, unless it asks for the customer."""
    if revocation is None or revocation.problem is None or revocation.needs_customer:
        return None
    return {"error": revocation.problem, "hint": _hint(revocation.problem)}


def _hint(error: CrmError) -> str:
    """Return what to do about it; untranslated. Nothing is ever tried again by itself."""
    if error.is_outcome_unknown:
        return _("No answer came, so it may be revoked. Look at the consent in Realpad before you try again.")
    if error.status is None:
        return _("There was no connection to Realpad, so nothing was changed. Try again later.")
    if error.status in (401, 403):
        return _("Realpad refused the login, or the login may not change customer data. Nothing was changed.")
    if error.status == TOO_MANY:
        return _("Realpad asked us to wait. Nothing was changed; try again later.")
    if error.status >= SERVER_ERROR:
        return _("Realpad itself failed. Try again later, and look at the consent in Realpad first.")
    return _("Realpad refused the call. Nothing was changed; its own words say why.")


def _is_another_customer(record: LeadRecord, customer: Customer) -> bool:
    """Return whether a number was typed that is not the one of the lead's customer."""
    own = record.lead.customer_id
    return own is not None and customer.number is not None and customer.number != own
