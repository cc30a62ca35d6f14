"""Erase what a lead says about a person; for administrators who have just proved who they are."""

from typing import Final
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Event, allows
from realpad_form.domain.errors import IllegalTransitionError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.people import Right
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import get_visible_lead, needs
from realpad_form.web.desk.auth.reauth import requires_recent_login
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.lead_common import actor, back_to, bp, version_from_form
from realpad_form.web.desk.lead_page import heading
from realpad_form.web.desk.pages import render

WORD: Final = _("erase")
"""What has to be typed, so that nobody erases by a slip."""


@bp.get("/<uuid:lead_id>/erase")
@needs(Right.ERASE)
@requires_recent_login
def ask_erase(lead_id: UUID) -> ResponseReturnValue:
    """Ask whether a lead shall be erased."""
    record = get_visible_lead(lead_id)
    if not allows(record.lead.status, Event.ERASED):
        raise IllegalTransitionError(record.lead.status, Event.ERASED)
    return _page(record)


@bp.post("/<uuid:lead_id>/erase")
@needs(Right.ERASE)
@requires_recent_login
def erase(lead_id: UUID) -> ResponseReturnValue:
    """Erase a lead, if the word was typed."""
    record = get_visible_lead(lead_id)
    if request.form.get("word", "").strip().casefold() not in (WORD, gettext(WORD).casefold()):
        return _page(record, is_wrong=True)
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


def _page(record: LeadRecord, *, is_wrong: bool = False) -> ResponseReturnValue:
    values = {"word": gettext(WORD), "is_wrong": is_wrong}
    return render("desk/lead/erase.html", status=422 if is_wrong else 200, **heading(record), **values)
