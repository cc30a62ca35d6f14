"""The page of one lead."""

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import POSSIBLY_DELIVERED, Event, Outcome, Status, allows
from realpad_form.domain.lane import Lane, LaneState
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.lead_project import LeadProject
from realpad_form.domain.people import AuditAction, Right
from realpad_form.domain.text import pick
from realpad_form.services.lookup import LookupResult
from realpad_form.web.context import deps
from realpad_form.web.desk import lead_view as view
from realpad_form.web.desk import lead_words as words
from realpad_form.web.desk.audit_labels import AUDIT_LABELS
from realpad_form.web.desk.frame import get_visible_lead, gettext, language, me, needs, render
from realpad_form.web.desk.lead_common import (
    address,
    back_to,
    bp,
    lead_project,
    may_be_elsewhere,
    project_of,
    record_audit,
)
from realpad_form.web.desk.lead_words import Explanation
from realpad_form.web.desk.masking import masking_for, reveal
from realpad_form.web.desk.vocabulary import STATUSES, SUSPICIONS, short_reason


@bp.get("/<uuid:lead_id>")
@needs(Right.LEADS)
def show(lead_id: UUID) -> ResponseReturnValue:
    """Show everything about a lead."""
    record = get_visible_lead(lead_id)
    record_audit(AuditAction.VIEWED, record.lead)
    return page(record)


@bp.post("/<uuid:lead_id>/reveal")
@needs(Right.LEADS)
def lift(lead_id: UUID) -> ResponseReturnValue:
    """Show the personal data of a lead for a while to whom it is hidden."""
    reveal(get_visible_lead(lead_id).lead)
    return back_to(lead_id, gettext("The personal data of this lead is shown for 10 minutes."))


def page(record: LeadRecord, *, look: LookupResult | None = None, status: int = 200) -> ResponseReturnValue:
    """Return the page of a lead, with Realpad's entries if somebody looked."""
    project, veil = project_of(record), masking_for(record)
    entries = deps().services.audit.entries(subject=str(record.lead.id), limit=500)
    revocations = deps().services.lead_actions.revocations(record)
    values = {
        **heading(record),
        "steps": _next_steps(record),
        "suspicions": _suspicions(record),
        "facts": view.facts(project, record.current.answers, veil),
        "attempts": view.attempts(record, veil),
        "call": view.call_of(record.current.payload, veil),
        "is_sent": any(each.revision == record.current.number for each in record.attempts),
        "revisions": view.revisions(project, record, veil),
        "consents": [(each, revocations.get(each.id), view.fingerprint(each)) for each in record.consents],
        "parameters": {name: veil.hide(text) for name, text in record.context.parameters.items()},
        "entries": entries if me().may(Right.PEOPLE) else [],
        "names": _names() if me().may(Right.PEOPLE) else {},
        "look": look,
        **_doors(record),
    }
    return render("desk/lead/lead.html", status=status, **values)


def heading(record: LeadRecord) -> dict[str, Any]:
    """Return what every page about a lead is headed with."""
    veil, lead, answers = masking_for(record), record.lead, record.current.answers
    name = " ".join(str(answers[key]) for key in ("name", "surname") if answers.get(key))
    return {
        "record": record,
        "lead": lead,
        "veil": veil,
        "here_is": address(lead.id),
        "name": veil.name(name),
        "project_name": _project_name(record),
        "gone": _gone(record),
        "status_words": STATUSES[lead.status],
        "label": view.label,
        "text": view.text,
        "words": words,
        "deeds": AUDIT_LABELS,
    }


def _project_name(record: LeadRecord) -> str:
    """Return what a lead's project is or was called; its slug if that is not known."""
    project = project_of(record)
    return pick(project.name, language(), project.language) if project else record.lead.project


def _gone(record: LeadRecord) -> LeadProject | None:
    """Return what a lead can be corrected with whose project file is gone, if it can be corrected at all."""
    of = lead_project(record)
    return of if of and of.is_gone and allows(record.lead.status, Event.RESUBMITTED) else None


def _doors(record: LeadRecord) -> dict[str, bool]:
    """Return what who is signed in may do with a lead as it stands now."""
    lead, works = record.lead, me().may(Right.WORK)
    return {
        "can_correct": works and allows(lead.status, Event.RESUBMITTED) and lead_project(record) is not None,
        "can_release": works and allows(lead.status, Event.RELEASED),
        "can_discard": works and allows(lead.status, Event.DISCARDED),
        "can_restore": works and allows(lead.status, Event.RESTORED),
        "can_settle": works and allows(lead.status, Event.SETTLED),
        "can_erase": me().may(Right.ERASE) and allows(lead.status, Event.ERASED),
        "is_repeat": lead.status in POSSIBLY_DELIVERED,
    }


def _suspicions(record: LeadRecord) -> list[str]:
    """Return why a lead was quarantined, in plain words."""
    codes = [reason.code for reason in record.lead.reasons]
    return [gettext(SUSPICIONS[code]) for code in codes if code in SUSPICIONS]


def _next_steps(record: LeadRecord) -> dict[str, Any]:
    """Return where a lead stands and what to do next."""
    lead = record.lead
    said = _of_queued(record) if lead.status is Status.QUEUED else words.STATES[lead.status]
    if lead.status is Status.REJECTED:
        said = _of_rejected(record)
    if lead.status is Status.UNKNOWN and record.attempts[-1].is_presumed:
        said = words.REROUTED if may_be_elsewhere(lead) else words.RESTORED
    is_told = lead.status is Status.QUARANTINED or said not in words.UNEXPLAINED
    reason = "" if is_told else short_reason(lead, is_masked=masking_for(record).is_down)
    return {"said": said, "reason": reason}


def _of_queued(record: LeadRecord) -> Explanation:
    """Return why a queued lead waits."""
    now, lane = deps().services.log.now(), _lane(record)
    if lane is None:
        return words.STRANDED
    state = lane.state(now)
    if state is LaneState.STOPPED:
        return words.STOPPED
    if state is LaneState.PAUSED:
        return words.PAUSED
    return words.POSTPONED if record.lead.due_at > now else words.STATES[Status.QUEUED]


def _of_rejected(record: LeadRecord) -> Explanation:
    """Return what Realpad complained of, or that it could not be reached for too long."""
    # On a restored copy a call that may have been made since stands behind the one that was refused.
    last = next((each for each in reversed(record.attempts) if each.outcome != Outcome.UNKNOWN), None)
    if last is None or last.outcome != Outcome.REFUSED:
        return words.OUTLASTED
    hint = view.attempts(record, masking_for(record))[0].hint
    return Explanation(hint.what, hint.todo)


def _lane(record: LeadRecord) -> Lane | None:
    """Return the lane that a lead is sent through; None if no login of today may send it."""
    route = record.lead.route
    for lane in deps().services.credentials.lanes():
        if lane.key.credential == route.credential and route.account in ("", lane.key.account):
            return lane
    return None


def _names() -> dict[UUID, str]:
    """Return what the people are called whom who is signed in may see, by id."""
    return {person.id: person.name for person in deps().services.people.everybody(by=me())}
