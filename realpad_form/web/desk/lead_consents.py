"""Take a consent back in Realpad; the evidence of what was given stays."""

from typing import Any
from uuid import UUID

from flask import abort, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Outcome
from realpad_form.domain.hints import meaning_of
from realpad_form.domain.lead import Consent, LeadRecord
from realpad_form.domain.people import Deed, Right
from realpad_form.services.revocations import Revoked
from realpad_form.web.context import deps
from realpad_form.web.desk.frame import gettext, needs, render, see_lead
from realpad_form.web.desk.lead_hints import HINTS
from realpad_form.web.desk.lead_page import heading
from realpad_form.web.desk.lead_place import back_to, bp, customer_in_form, write_down
from realpad_form.web.desk.outgoing import asks_realpad

NOTES_CHARS = 500


@bp.get("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
def ask_revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Ask whose consent to revoke."""
    record = see_lead(lead_id)
    return _page(record, _consent(record, consent_id))


@bp.post("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
@asks_realpad
def revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Revoke it; where the e-mail names several customers, ask which."""
    record = see_lead(lead_id)
    consent, notes = _consent(record, consent_id), request.form.get("notes", "").strip()[:NOTES_CHARS]
    by_email = request.form.get("who") == "email"
    customer_id = None if by_email else customer_in_form()
    if customer_id is None and not (by_email and record.current.answers.get("email")):
        return _page(record, consent, is_unnamed=True)
    revoked = deps().services.revocations.revoke(record, consent_id, customer_id=customer_id, notes=notes)
    if revoked.problem:
        return _page(record, consent, revoked=revoked)
    write_down(Deed.REVOKED, record.lead, str(consent_id))
    return back_to(lead_id, gettext("Realpad has revoked the consent."))


def _consent(record: LeadRecord, consent_id: int) -> Consent:
    """Return a consent that was given with a lead."""
    return next((each for each in record.consents if each.id == consent_id and each.given), None) or abort(
        404
    )


def _page(
    record: LeadRecord, consent: Consent, *, revoked: Revoked | None = None, is_unnamed: bool = False
) -> ResponseReturnValue:
    status = 422 if is_unnamed else 409 if revoked and revoked.needs_customer else 502 if revoked else 200
    values = {
        **heading(record),
        "consent": consent,
        "is_unnamed": is_unnamed,
        "needs_customer": revoked is not None and revoked.needs_customer,
        "problem": _problem(revoked),
    }
    return render("desk/lead/revoke.html", status=status, **values)


def _problem(revoked: Revoked | None) -> Any:
    """Return what Realpad said, and what it means, unless it asks for the customer."""
    if revoked is None or revoked.problem is None or revoked.needs_customer:
        return None
    error = revoked.problem
    outcome = Outcome.REFUSED if error.status else Outcome.UNAVAILABLE
    return {"error": error, "hint": HINTS[meaning_of(error.status, error.answer, outcome=outcome)]}
