"""Correct a lead, compare the two calls, send it again: three steps, each of which tells what it saw."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Event, Status, allows
from realpad_form.domain.errors import (
    IllegalTransitionError,
    InvalidAnswersError,
    ProjectNotFoundError,
    RepeatNotConfirmedError,
    RerouteNotConfirmedError,
)
from realpad_form.domain.hints import meaning_of
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.payload import LeadProject
from realpad_form.domain.people import AuditAction, Right
from realpad_form.forms import Correction, beside_questions
from realpad_form.services.lead_actions import Resubmission
from realpad_form.web.context import deps
from realpad_form.web.desk.access import get_visible_lead, needs, visible_people
from realpad_form.web.desk.i18n import gettext, language
from realpad_form.web.desk.labels import ANSWER_NAMES, STATUSES
from realpad_form.web.desk.lead.hints import REFUSED_FIELDS
from realpad_form.web.desk.lead.presenter import (
    attempts,
    compare_answers,
    compare_calls,
    heading,
    lead_project,
    masking_for,
    project_of,
    reveal,
)
from realpad_form.web.desk.lead.views import actor, back_to, bp, record_audit, told_of, version_from_form
from realpad_form.web.desk.pages import render


@bp.get("/<uuid:lead_id>/correct")
@needs(Right.WORK)
def open_form(lead_id: UUID) -> ResponseReturnValue:
    """Show the answers in the project's own form."""
    record = get_visible_lead(lead_id)
    record_audit(AuditAction.VIEWED, record.lead, "form")
    return _form(record, mistakes=_correction(record).mistakes if record.lead.is_to_correct else None)


@bp.post("/<uuid:lead_id>/correct")
@needs(Right.WORK)
def check(lead_id: UUID) -> ResponseReturnValue:
    """Show what the call becomes with what was typed; or the form again, if asked for."""
    record = get_visible_lead(lead_id)
    _demand_same(record)
    if "reveal" in request.form:
        reveal(record.lead)
    if {"edit", "reveal"} & request.form.keys() or _types_unseen(record):
        return _form(record)
    return _comparison(_prepared(record))


@bp.post("/<uuid:lead_id>/resubmit")
@needs(Right.WORK)
def resubmit(lead_id: UUID) -> ResponseReturnValue:
    """Send a lead again, as it was compared."""
    record = get_visible_lead(lead_id)
    _demand_same(record)
    if _types_unseen(record):
        return _form(record)
    prepared = _prepared(record)
    if request.form.get("call") != _digest(prepared):
        return _comparison(prepared, is_outdated=True)
    queued = deps().services.lead_actions.resubmit(
        prepared,
        seen=version_from_form(record),
        by=actor(),
        may_repeat="again" in request.form,
        may_reroute="reroute" in request.form,
    )
    return back_to(lead_id, told_of(queued, gettext("It is queued to be sent.")))


@bp.errorhandler(InvalidAnswersError)
def show_mistakes(error: InvalidAnswersError) -> ResponseReturnValue:
    """Show the form with what is wrong beside each answer."""
    return _form(_asked_for(), errors=error.errors)


@bp.errorhandler(RepeatNotConfirmedError)
@bp.errorhandler(RerouteNotConfirmedError)
def demand_confirmation(error: RepeatNotConfirmedError | RerouteNotConfirmedError) -> ResponseReturnValue:
    """Show the comparison again: a tick is missing."""
    return _comparison(_prepared(_asked_for()), unconfirmed=error)


@bp.errorhandler(IllegalTransitionError)
def show_what_changed(error: IllegalTransitionError) -> ResponseReturnValue:
    """Show what somebody else did meanwhile, and keep what was typed."""
    record = _asked_for()
    seen = version_from_form(record) if "revision" in request.form else record.lead.version
    masking, project = masking_for(record), project_of(record)
    before = record.revisions[seen.revision - 1].answers
    values = {
        "seen": seen,
        "changes": compare_answers(project, before, record.current.answers, masking),
        "vocabulary": STATUSES,
        **_last_action(record.lead.id),
        **(_typed(record) if lead_project(record) else {}),
        "can_go_on": lead_project(record) is not None and allows(record.lead.status, Event.RESUBMITTED),
    }
    return render("desk/lead/changed.html", status=409, **heading(record), **values)


def _asked_for() -> LeadRecord:
    """Return the lead that a failed request was about."""
    return get_visible_lead((request.view_args or {})["lead_id"])


def _demand_same(record: LeadRecord) -> None:
    if record.lead.version != version_from_form(record):
        raise IllegalTransitionError(record.lead.status, Event.RESUBMITTED)


def _must_have_project(record: LeadRecord) -> LeadProject:
    """Return the project that a lead is corrected and sent with. Raises: ProjectNotFoundError."""
    of = lead_project(record)
    if of is None:
        raise ProjectNotFoundError(record.lead.project)
    return of


def _correction(record: LeadRecord) -> Correction:
    """Return the answers with what the form holds."""
    posted = dict(request.form.lists()) if request.method == "POST" else {}
    of = _must_have_project(record)
    return Correction(
        of.project,
        record.current.answers,
        language(),
        posted,
        beside_questions(of),
        is_whole=record.lead.is_to_correct,
    )


def _prepared(record: LeadRecord) -> Resubmission:
    """Return what would be sent with what the form holds. Raises: InvalidAnswersError."""
    answers = _correction(record).revised()
    return deps().services.lead_actions.prepare(record, answers, of=_must_have_project(record))


def _types_unseen(record: LeadRecord) -> bool:
    """Tell whether a person typed answers to a lead whose own are hidden from them.

    To compare the two would tell them whether they guessed right.
    """
    return masking_for(record).is_active and bool(_correction(record).typed)


def _typed(record: LeadRecord) -> dict[str, Any]:
    """Return what the person changed, compared with what they saw, and what it is called."""
    if request.endpoint not in ("lead.check", "lead.resubmit"):
        return {}
    before = record.revisions[version_from_form(record).revision - 1].answers
    typed = replace(_correction(record), answers=before)
    names = {key: gettext(name) for key, name in ANSWER_NAMES.items()}
    texts = typed.typed if masking_for(record).is_active else typed.changes
    return {"typed": texts, "labels": {**names, **{q.key: q.label for q in typed.questions}}}


def _form(
    record: LeadRecord,
    *,
    errors: Mapping[str, list[str]] | None = None,
    mistakes: Mapping[str, list[str]] | None = None,
) -> ResponseReturnValue:
    """Return the form; to whom personal data is hidden, the way to reveal it.

    `errors` are in what was typed, `mistakes` in the lead as it came.
    """
    masking, correction = masking_for(record), _correction(record)
    template = "desk/lead/masked.html" if masking.is_active else "desk/lead/correct.html"
    values = {
        "correction": correction,
        "typed": correction.typed if masking.is_active else correction.changes,
        "errors": errors or mistakes or {},
        "last": next(iter(attempts(record, masking)), None),
        "refused": "" if errors else _refused(record, mistakes or {}),
    }
    return render(template, status=422 if errors else 200, **heading(record), **values)


def _refused(record: LeadRecord, mistakes: Mapping[str, list[str]]) -> str:
    """Return the answer that has to be corrected, as far as Realpad's words tell; '' if they do not."""
    if mistakes or not record.attempts or record.lead.status is not Status.REJECTED:
        return next(iter(mistakes), "")
    last = record.attempts[-1]
    return REFUSED_FIELDS.get(meaning_of(last.status, last.answer, outcome=last.outcome), "")


def _comparison(
    prepared: Resubmission,
    *,
    is_outdated: bool = False,
    unconfirmed: RepeatNotConfirmedError | RerouteNotConfirmedError | None = None,
) -> ResponseReturnValue:
    """Return the two calls side by side, to be confirmed."""
    record, services = prepared.record, deps().services
    accounts = (*(lane.key for lane in services.log.lanes()), *services.lane_keys.values())
    values = {
        "changes": compare_calls(record.current.payload, prepared.payload, masking_for(record)),
        "typed": _correction(record).changes,
        "call": _digest(prepared),
        "is_repeat": prepared.is_repeat,
        "withheld": prepared.withheld,
        "reroute": prepared.reroute,
        "hosts": {key.account: key.host for key in accounts if key.account},
        "is_outdated": is_outdated,
        "is_unconfirmed": isinstance(unconfirmed, RepeatNotConfirmedError),
        "is_reroute_unconfirmed": isinstance(unconfirmed, RerouteNotConfirmedError),
        "was_ticked": request.form,
    }
    status = 409 if is_outdated else 422 if unconfirmed else 200
    return render("desk/lead/compare.html", status=status, **heading(record), **values)


def _digest(prepared: Resubmission) -> str:
    """Return what a call is recognised by: project file and login may change between two steps.

    It is keyed, since whoever sees the lead masked could guess the rest of the call by a plain hash.
    """
    route = prepared.route
    told = {**prepared.payload, "credentials": route.credential, "account": route.account}
    key = deps().services.settings.secret_key[0]
    return hmac.digest(key.encode(), json.dumps(told, sort_keys=True).encode(), "sha256").hex()


def _last_action(lead_id: UUID) -> dict[str, Any]:
    """Return who changed a lead last, if it was a person; who is signed in need not know everybody."""
    changing = {
        AuditAction.RESUBMITTED,
        AuditAction.RELEASED,
        AuditAction.DISCARDED,
        AuditAction.UNDISCARDED,
        AuditAction.SETTLED,
        AuditAction.ERASED,
    }
    entries = deps().services.audit.entries(subject=str(lead_id), limit=100)
    last = next((each for each in entries if each.action in changing), None)
    names = {each.id: each.name for each in visible_people()}
    return {"last": last, "who": names.get(last.by) if last and last.by else None}
