"""The submit button's other end: what was posted becomes a lead, or is sent back."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn
from uuid import UUID

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import LimitReachedError, SubmissionKeyError
from realpad_form.domain.lead import Receipt, Submission
from realpad_form.domain.project import Project
from realpad_form.domain.spam import Verdict, is_spam, reasons_of
from realpad_form.forms import Posted, ProjectForm
from realpad_form.web import body
from realpad_form.web.address import client_address
from realpad_form.web.context import deps, find_project, open_form, remember, spoken
from realpad_form.web.headers import allow_null_origin, no_store
from realpad_form.web.limits import Quota
from realpad_form.web.measuring import measure
from realpad_form.web.origins import check_origin
from realpad_form.web.pages import thanks_message
from realpad_form.web.repeats import SubmissionIdentity, identity_of_plain_post
from realpad_form.web.session import open_session
from realpad_form.web.spam_signals import spam_signals

bp = Blueprint("leads", __name__, url_prefix="/f")
bp.after_request(allow_null_origin)
measure(bp)


@bp.post("/<slug:slug>/leads")
def submit(slug: str) -> ResponseReturnValue:
    """Store a submission, or say what is wrong with it; a repeat only gets its thanks again."""
    project = find_project(slug)
    check_origin(request, project, public_url=deps().services.settings.public_url)
    posted = body.read(request)
    form = remember(open_form(project, spoken(project, _first(posted, "language")), posted))
    identity = _identity(form)
    if not (form.token.is_valid or _is_without_script(form)):
        return _repeated(project, identity) or _expired(project, form)
    if not form.validate():
        return _repeated(project, identity) or _invalid(project, form)
    return _take(project, form, identity)


def _take(project: Project, form: ProjectForm, identity: SubmissionIdentity) -> ResponseReturnValue:
    """Store a submission that is in order, as far as limits and captcha go. Raises: LimitReachedError."""
    quota = deps().quotas.of(project, request)
    if quota.wait_s:
        return _repeated(project, identity) or _limited(quota)
    verdict = _judge(project, form)
    if verdict.is_failed and body.wants_json(request) and not form.token.is_renewed:
        return _repeated(project, identity) or _expired(project, form)
    submission = _submission(form, identity, verdict, is_in_burst=quota.is_half_used)
    receipt = deps().services.intake.accept(project, submission)
    if not receipt.is_repeat:
        quota.use()
    return _accepted(project, receipt)


def _identity(form: ProjectForm) -> SubmissionIdentity:
    """Return what a repeat of this post is recognised by. Raises: SubmissionKeyError."""
    key = _submission_key(form.posted)
    if key is None and _is_without_script(form):
        secret, now = deps().services.settings.secret_key[0], datetime.now(UTC)
        return identity_of_plain_post(form.posted, slug=form.project.slug, secret=secret, at=now)
    return SubmissionIdentity(key, form.token.id)


def _is_without_script(form: ProjectForm) -> bool:
    """Tell whether a browser without script posted this; a script would have fetched a token."""
    return form.token.is_missing and not body.wants_json(request)


def _judge(project: Project, form: ProjectForm) -> Verdict:
    """Return what the captcha makes of a post; without script there was none to solve."""
    if form.token.id is None:
        return Verdict()
    captcha = deps().services.captchas[project.captcha]
    return captcha.judge(project, form.token.id, _first(form.posted, "captcha"))


def _submission(
    form: ProjectForm, identity: SubmissionIdentity, verdict: Verdict, *, is_in_burst: bool
) -> Submission:
    """Return a validated post with the reasons, if it is to be quarantined."""
    now = datetime.now(UTC)
    signs = spam_signals(request, form, now=now, is_captcha_failed=verdict.is_failed, is_in_burst=is_in_burst)
    reasons = reasons_of(signs)
    submission = form.submission(
        key=identity.key,
        address=client_address(request),
        submitted_at=now,
        suspicions=reasons if is_spam(reasons) else (),
        captcha=verdict.spent,
    )
    answers = form.answers_without_script if form.token.is_missing else submission.answers
    return replace(submission, answers=answers, token=identity.token)


def _limited(quota: Quota) -> NoReturn:
    raise LimitReachedError(retry_after_s=quota.wait_s)


def _repeated(project: Project, identity: SubmissionIdentity) -> ResponseReturnValue | None:
    """Answer as the first time if this submission or token was accepted before."""
    receipt = deps().services.intake.find_repeat(project, key=identity.key, token=identity.token)
    return _accepted(project, receipt) if receipt else None


def _accepted(project: Project, receipt: Receipt) -> ResponseReturnValue:
    """Answer that the lead is on disk, alike for the first time and for every repeat."""
    target = project.thank_you.redirect
    if not body.wants_json(request):
        return redirect(target or f"/f/{project.slug}/thanks/{receipt.language}", 303)
    message = thanks_message(project, receipt.language)
    answer = jsonify(status="accepted", id=str(receipt.lead_id), message=message, redirect=target)
    return no_store(answer), 200 if receipt.is_repeat else 201


def _invalid(project: Project, form: ProjectForm) -> ResponseReturnValue:
    """Answer what to correct."""
    if not body.wants_json(request):
        return deps().pages.form(project, form, status=422)
    return no_store(jsonify(status="invalid", errors=form.errors_by_field)), 422


def _expired(project: Project, form: ProjectForm) -> ResponseReturnValue:
    """Answer with a fresh session, with which the page tries once more by itself."""
    if not body.wants_json(request):
        problem = form.translations.gettext(
            "We could not send the form. Your answers are kept; please try again."
        )
        return deps().pages.form(project, form, status=409, problem=problem)
    return no_store(jsonify(status="expired", session=open_session(project, is_renewed=True))), 409


def _first(posted: Posted, key: str) -> str | None:
    return next(iter(posted.values.get(key, ())), None)


def _submission_key(posted: Posted) -> UUID | None:
    """Return the UUID that the browser made for this submission, or None; nobody made the one of zeros.

    Raises: SubmissionKeyError.
    """
    if "submission" in posted.malformed:
        raise SubmissionKeyError
    text = _first(posted, "submission")
    if not text:
        return None
    try:
        key = UUID(text)
    except ValueError:
        raise SubmissionKeyError from None
    return key if key.int else None
