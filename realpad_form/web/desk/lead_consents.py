"""Take a consent back in Realpad; the evidence of what was given stays."""

from typing import Any
from uuid import UUID

from flask import abort, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Outcome
from realpad_form.domain.hints import meaning_of
from realpad_form.domain.lead import Consent, LeadRecord
from realpad_form.domain.people import Right
from realpad_form.services.lead_actions import Customer, Revocation
from realpad_form.web.context import deps
from realpad_form.web.desk.access import get_visible_lead, limit_realpad_calls, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.lead_common import actor, back_to, bp, customer_in_form
from realpad_form.web.desk.lead_hints import HINTS
from realpad_form.web.desk.lead_page import heading
from realpad_form.web.desk.pages import render

NOTES_CHARS = 500


@bp.get("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
def ask_revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Ask whose consent to revoke."""
    record = get_visible_lead(lead_id)
    return _page(record, _consent(record, consent_id))


@bp.post("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
@limit_realpad_calls
def revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Revoke it; where the e-mail names several customers, ask which."""
    record = get_visible_lead(lead_id)
    consent, why = _consent(record, consent_id), request.form.get("notes", "").strip()[:NOTES_CHARS]
    by_email = request.form.get("who") == "email"
    email = record.current.answers.get("email") if by_email else None
    customer = Customer(number=None if by_email else customer_in_form(), email=email)
    if customer.number is None and not customer.email:
        return _page(record, consent, is_unnamed=True)
    revocation = deps().services.lead_actions.revoke(
        record, consent_id, customer=customer, by=actor(), why=why
    )
    if revocation.problem:
        return _page(record, consent, revocation=revocation)
    told = gettext("Realpad has revoked the consent.")
    if not revocation.is_recorded:
        told += " " + gettext("The audit log could not record this; it only has the request.")
    return back_to(lead_id, told)


def _consent(record: LeadRecord, consent_id: int) -> Consent:
    """Return a consent that was given with a lead."""
    return next((each for each in record.consents if each.id == consent_id and each.given), None) or abort(
        404
    )


def _page(
    record: LeadRecord, consent: Consent, *, revocation: Revocation | None = None, is_unnamed: bool = False
) -> ResponseReturnValue:
    status = (
        422 if is_unnamed else 409 if revocation and revocation.needs_customer else 502 if revocation else 200
    )
    values = {
        **heading(record),
        "consent": consent,
        "is_unnamed": is_unnamed,
        "needs_customer": revocation is not None and revocation.needs_customer,
        "problem": _problem(revocation),
    }
    return render("desk/lead/revoke.html", status=status, **values)


def _problem(revocation: Revocation | None) -> Any:
    """Return what Realpad said, and what it means, unless it asks for the customer."""
    if revocation is None or revocation.problem is None or revocation.needs_customer:
        return None
    error = revocation.problem
    outcome = Outcome.REFUSED if error.status else Outcome.UNAVAILABLE
    return {"error": error, "hint": HINTS[meaning_of(error.status, error.answer, outcome=outcome)]}
