"""The submit button's other end: a session to begin with, then the lead."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RequestLimit

from realpad_form.domain.errors import SubmissionKeyError
from realpad_form.domain.lead import Submission
from realpad_form.domain.project import Project
from realpad_form.domain.spam import is_spam, reasons_of
from realpad_form.forms import Posted, ProjectForm
from realpad_form.ports import Receipt, Verdict
from realpad_form.web import body, limits
from realpad_form.web.address import client_address
from realpad_form.web.context import deps, find_project, open_form, remember, remembered, spoken
from realpad_form.web.origins import check_origin
from realpad_form.web.pages import thanks_message
from realpad_form.web.signs import signs_of

SESSIONS: Final = "60/minute"
"""How many tokens an address gets."""


def make_blueprint(limiter: Limiter) -> Blueprint:
    """Return the routes that make leads, limited as each project says."""
    bp = Blueprint(limits.BLUEPRINT, __name__, url_prefix="/f")
    per_address = limiter.limit(
        lambda: _limits().per_address, deduct_when=limits.uses_up, on_breach=_unless_repeat
    )
    per_project = limiter.limit(
        lambda: _limits().per_project,
        key_func=limits.slug_key,
        deduct_when=limits.uses_up,
        on_breach=_unless_repeat,
    )
    take = per_project(per_address(_take))
    open_session = limiter.limit(SESSIONS)(_session)

    @bp.get("/<slug:slug>/session")
    def session(slug: str) -> ResponseReturnValue:
        return _no_store(jsonify(open_session(find_project(slug))))

    @bp.post("/<slug:slug>/leads")
    def submit(slug: str) -> ResponseReturnValue:
        project = find_project(slug)
        check_origin(request, project, public_url=deps().services.settings.public_url)
        posted = body.read(request)
        form = open_form(project, spoken(project, _first(posted, "language")), posted)
        return take(project, remember(form), _submission_key(posted))

    return bp


def _take(project: Project, form: ProjectForm, key: UUID | None) -> ResponseReturnValue:
    """Store a submission, or say what is wrong with it; a repeat only gets its thanks again."""
    if not (form.token.is_valid or _is_without_script(form)):
        return _repeated(project, form) or _expired(project, form)
    if not form.validate():
        return _repeated(project, form) or _invalid(project, form)
    verdict = _judge(project, form)
    if verdict.is_failed and body.wants_json(request) and not form.token.is_renewed:
        return _repeated(project, form) or _expired(project, form)
    return _accepted(project, deps().services.intake.accept(project, _submission(form, key, verdict)))


def _is_without_script(form: ProjectForm) -> bool:
    """Tell whether a browser without script posted this; a script would have fetched a token."""
    return form.token.is_missing and not body.wants_json(request)


def _judge(project: Project, form: ProjectForm) -> Verdict:
    """Return what the captcha makes of a post; without script there was none to solve."""
    if form.token.id is None:
        return Verdict()
    captcha = deps().services.captchas[project.captcha]
    return captcha.judge(project, form.token.id, _first(form.posted, "captcha"))


def _submission(form: ProjectForm, key: UUID | None, verdict: Verdict) -> Submission:
    """Return a validated post with the reasons, if it is to be quarantined."""
    now = datetime.now(UTC)
    reasons = reasons_of(signs_of(request, form, now=now, is_captcha_failed=verdict.is_failed))
    return form.submission(
        key=key,
        address=client_address(request),
        submitted_at=now,
        suspicions=reasons if is_spam(reasons) else (),
        captcha=verdict.spent,
    )


def _repeated(project: Project, form: ProjectForm) -> ResponseReturnValue | None:
    """Answer as the first time if this submission or token was accepted before."""
    key = _submission_key(form.posted)
    receipt = deps().services.intake.find_repeat(project, key=key, token=form.token.id)
    return _accepted(project, receipt) if receipt else None


def _unless_repeat(_limit: RequestLimit) -> Response | None:
    """Let a repeat pass an exhausted limit: its lead is counted already."""
    answer = _repeated(remembered("project"), remembered("form"))
    return None if answer is None else make_response(answer)


def _accepted(project: Project, receipt: Receipt) -> ResponseReturnValue:
    """Answer that the lead is on disk, alike for the first time and for every repeat."""
    target = project.thank_you.redirect
    if not body.wants_json(request):
        return redirect(target or f"/f/{project.slug}/thanks/{receipt.language}", 303)
    message = thanks_message(project, receipt.language)
    answer = jsonify(status="accepted", id=str(receipt.lead_id), message=message, redirect=target)
    return _no_store(answer), 200 if receipt.is_repeat else 201


def _invalid(project: Project, form: ProjectForm) -> ResponseReturnValue:
    """Answer what to correct."""
    if not body.wants_json(request):
        return deps().pages.form(project, form, status=422)
    return _no_store(jsonify(status="invalid", errors=form.errors_by_field)), 422


def _expired(project: Project, form: ProjectForm) -> ResponseReturnValue:
    """Answer with a fresh session, with which the page tries once more by itself."""
    if not body.wants_json(request):
        problem = form.translations.gettext(
            "We could not send the form. Your answers are kept; please try again."
        )
        return deps().pages.form(project, form, status=409, problem=problem)
    return _no_store(jsonify(status="expired", session=_session(project, is_renewed=True))), 409


def _session(project: Project, *, is_renewed: bool = False) -> dict[str, Any]:
    """Return what a page needs to send a form: a token, and a captcha bound to it."""
    services = deps().services
    token = services.tokens.mint(project.slug, is_renewed=is_renewed)
    token_id = services.tokens.read(token, slug=project.slug).id or ""
    return {"token": token, "captcha": services.captchas[project.captcha].challenge(project, token_id)}


def _limits() -> Any:
    return find_project(limits.slug_key()).limits


def _first(posted: Posted, key: str) -> str | None:
    return next(iter(posted.values.get(key, ())), None)


def _submission_key(posted: Posted) -> UUID | None:
    """Return the UUID that the browser made for this submission, or None.

    Raises: SubmissionKeyError.
    """
    text = _first(posted, "submission")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise SubmissionKeyError from None


def _no_store(response: Response) -> Response:
    response.cache_control.no_store = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
