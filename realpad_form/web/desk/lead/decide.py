"""What a person decides about a lead in one step.

Release, discard, restore, look it up, settle; erase it, if they have just proved who they are; revoke a
consent in Realpad, whose evidence stays here.
"""

from typing import Final
from uuid import UUID

from flask import abort, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import SERVER_ERROR, Event, Status, allows
from realpad_form.domain.errors import CrmError, IllegalTransitionError
from realpad_form.domain.lead import NOTE_CHARS, Consent, LeadRecord
from realpad_form.domain.people import AuditAction, Right
from realpad_form.forms.messages import _
from realpad_form.services.lead_actions import Customer, Revocation
from realpad_form.web.context import deps
from realpad_form.web.desk.access import get_visible_lead, limit_realpad_calls, me, needs
from realpad_form.web.desk.auth.session import requires_recent_login
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.lead.presenter import colleagues, heading, render_lead
from realpad_form.web.desk.lead.views import actor, back_to, bp, record_audit, told_of, version_from_form
from realpad_form.web.desk.pages import render

ERASE_WORD: Final = _("erase")
"""What has to be typed, so that nobody erases by a slip."""

NOTES_CHARS: Final = 500
TOO_MANY: Final = 429


@bp.post("/<uuid:lead_id>/release")
@needs(Right.WORK)
def release(lead_id: UUID) -> ResponseReturnValue:
    """Let a quarantined lead go to Realpad."""
    released = deps().services.lead_actions.release(version_from_form(get_visible_lead(lead_id)), by=actor())
    return back_to(lead_id, told_of(released, gettext("It is released.")))


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
    return back_to(lead_id, told_of(restored, told) if is_queued else told)


@bp.post("/<uuid:lead_id>/look")
@needs(Right.WORK)
@limit_realpad_calls
def lookup(lead_id: UUID) -> ResponseReturnValue:
    """Show what Realpad's list holds near an unknown lead; nothing is changed by it."""
    record = get_visible_lead(lead_id)
    record_audit(AuditAction.VIEWED, record.lead, "list")
    return render_lead(record, lookup=deps().services.lookup.find(record))


@bp.post("/<uuid:lead_id>/settle")
@needs(Right.WORK)
def settle(lead_id: UUID) -> ResponseReturnValue:
    """Call an unknown lead delivered, since the person has found it in Realpad."""
    seen, customer_id = version_from_form(get_visible_lead(lead_id)), _customer_in_form()
    deps().services.lead_actions.settle(seen, by=actor(), customer_id=customer_id)
    return back_to(lead_id, gettext("It counts as delivered now."))


@bp.post("/<uuid:lead_id>/webhooks/<uuid:message_id>/again")
@needs(Right.WORK)
def replay_webhook(lead_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Tell another system again what it was told of a lead."""
    get_visible_lead(lead_id)
    webhooks = deps().services.webhooks
    if webhooks.log.get(message_id).lead_id != lead_id:
        abort(404)
    webhooks.replay([message_id], by=actor())
    return back_to(lead_id, gettext("It is sent again, within seconds if the other system can be reached."))


@bp.post("/<uuid:lead_id>/notes")
@needs(Right.LEADS)
def write_note(lead_id: UUID) -> ResponseReturnValue:
    """Keep a note about a lead, or that the person was called; not by who sees leads masked."""
    get_visible_lead(lead_id)
    text, is_call = request.form.get("text", ""), "called" in request.form
    if me().is_masked:
        abort(403)
    if len(text) > NOTE_CHARS:
        abort(413)
    deps().services.lead_actions.write_note(lead_id, text=text, by=actor(), is_call=is_call)
    is_kept = is_call or text.strip()
    return back_to(lead_id, gettext("The note is kept.") if is_kept else gettext("The note was empty."))


@bp.post("/<uuid:lead_id>/assign")
@needs(Right.LEADS)
def assign(lead_id: UUID) -> ResponseReturnValue:
    """Let somebody look after a lead who may see it, or nobody."""
    record, chosen = get_visible_lead(lead_id), request.form.get("person", "")
    person = next((each for each in colleagues(record) if str(each.id) == chosen), None)
    if chosen and person is None:
        abort(400)
    deps().services.lead_actions.assign(lead_id, person.id if person else None, by=actor())
    if person is None:
        return back_to(lead_id, gettext("Nobody looks after it now."))
    return back_to(lead_id, gettext("%(name)s looks after it now.") % {"name": person.name or person.email})


@bp.get("/<uuid:lead_id>/erase")
@needs(Right.ERASE)
@requires_recent_login
def ask_erase(lead_id: UUID) -> ResponseReturnValue:
    """Ask whether a lead shall be erased."""
    record = get_visible_lead(lead_id)
    if not allows(record.lead.status, Event.ERASED):
        raise IllegalTransitionError(record.lead.status, Event.ERASED)
    return _erase_page(record)


@bp.post("/<uuid:lead_id>/erase")
@needs(Right.ERASE)
@requires_recent_login
def erase(lead_id: UUID) -> ResponseReturnValue:
    """Erase a lead, if the word was typed."""
    record = get_visible_lead(lead_id)
    if request.form.get("word", "").strip().casefold() not in (ERASE_WORD, gettext(ERASE_WORD).casefold()):
        return _erase_page(record, is_wrong=True)
    seen = version_from_form(record) if "revision" in request.form else None
    deps().services.lead_actions.erase(lead_id, by=actor(), seen=seen)
    if not deps().services.lead_actions.clear_journal():
        return back_to(
            lead_id,
            gettext(
                "Erased. The database’s journal was in use and may still hold a copy: let whoever runs the "
                "service run “realpad-form leads erase” for this person once more. Realpad’s copy, exported "
                "files and backups are yours to erase."
            ),
        )
    return back_to(lead_id, gettext("Erased. Realpad’s copy, exported files and backups are yours to erase."))


def _erase_page(record: LeadRecord, *, is_wrong: bool = False) -> ResponseReturnValue:
    values = {"word": gettext(ERASE_WORD), "is_wrong": is_wrong}
    return render("desk/lead/erase.html", status=422 if is_wrong else 200, **heading(record), **values)


@bp.get("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
def ask_revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Ask whose consent to revoke."""
    record = get_visible_lead(lead_id)
    return _revoke_page(record, _given_consent(record, consent_id))


@bp.post("/<uuid:lead_id>/consents/<int:consent_id>/revoke")
@needs(Right.WORK)
@limit_realpad_calls
def revoke(lead_id: UUID, consent_id: int) -> ResponseReturnValue:
    """Revoke it; where the e-mail names several customers, ask which."""
    record = get_visible_lead(lead_id)
    consent = _given_consent(record, consent_id)
    by_email = request.form.get("who") == "email"
    email = record.current.answers.get("email") if by_email else None
    customer = Customer(number=None if by_email else _customer_in_form(), email=email)
    if customer.number is None and not customer.email:
        return _revoke_page(record, consent, is_unnamed=True)
    own, number = record.lead.customer_id, customer.number
    if None not in (own, number) and number != own and request.form.get("other") != str(number):
        return _revoke_page(record, consent, other=number)
    revocation = deps().services.lead_actions.revoke(
        record, consent_id, customer=customer, by=actor(), why=_notes()
    )
    if revocation.problem:
        return _revoke_page(record, consent, revocation=revocation)
    told = gettext("Realpad has revoked the consent.")
    if not revocation.is_recorded:
        told += " " + gettext("The audit log could not record this; it only has the request.")
    return back_to(lead_id, told)


def _notes() -> str:
    """Return the note that was typed."""
    return request.form.get("notes", "").strip()[:NOTES_CHARS]


def _customer_in_form() -> int | None:
    """Return the customer's number that was typed or chosen, or None; aborts if it is none."""
    typed = request.form.get("customer", "").strip() or request.form.get("customer_chosen", "").strip()
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit() or not 0 < int(typed[:19]) < 2**63 or len(typed) > 19:
        abort(400)
    return int(typed)


def _given_consent(record: LeadRecord, consent_id: int) -> Consent:
    """Return a consent that was given with a lead."""
    return next((each for each in record.consents if each.id == consent_id and each.given), None) or abort(
        404
    )


def _revoke_page(
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
    problem = None
    if revocation and revocation.problem is not None and not revocation.needs_customer:
        problem = {"error": revocation.problem, "hint": _revoke_hint(revocation.problem)}
    values = {
        **heading(record),
        "consent": consent,
        "is_unnamed": is_unnamed,
        "other": other,
        "needs_customer": revocation is not None and revocation.needs_customer,
        "problem": problem,
        "notes": _notes(),
    }
    return render("desk/lead/revoke.html", status=status, **values)


def _revoke_hint(error: CrmError) -> str:
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
