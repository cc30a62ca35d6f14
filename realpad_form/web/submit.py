"""What was posted becomes a lead, or is sent back with what is wrong."""

import hmac
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from flask import Blueprint, Request, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import LimitReachedError, StorageUnavailableError, SubmissionKeyError
from realpad_form.domain.lead import Receipt, Submission
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import TRAPS
from realpad_form.domain.spam import SpamSignals, Verdict, is_spam, reasons_of
from realpad_form.forms import Posted, ProjectForm
from realpad_form.web.context import deps, find_project, open_form, remember, remembered, spoken
from realpad_form.web.form import open_session
from realpad_form.web.headers import allow_null_origin, no_store
from realpad_form.web.request import check_origin, client_address, is_of_null_origin, read_body, wants_json
from realpad_form.web.responses import accepted, count, invalid, start_clock

SAME_WITHIN: Final = timedelta(minutes=30)
"""Identical posts of a browser without script that are at most this far apart are one lead.

Long enough for somebody who goes back, wonders whether it worked and presses again; short enough that an
enquiry repeated later in the day reaches the sales people as a reminder.
"""

RENAMED: Final = UUID("6f1f6b0c-9b7e-5c44-a0d4-3d1f4c9f3a57")
"""The namespace of keys that would be other systems'; never changed, as repeats would differ."""

bp = Blueprint("leads", __name__, url_prefix="/f")
bp.before_request(start_clock)
bp.after_request(allow_null_origin)


@dataclass(frozen=True, slots=True)
class SubmissionIdentity:
    """What a repeat shares with the post it repeats; the key and the token each serve one lead."""

    key: UUID | None
    token: str | None


@bp.after_request
def count_submission(response: Response) -> Response:
    """Count what became of a submission to a project that is there, and at which questions it was refused."""
    project = remembered("project") if request.method == "POST" else None
    return count(response, project if isinstance(project, Project) else None, form=remembered("form"))


@bp.post("/<slug:slug>/leads")
def submit(slug: str) -> ResponseReturnValue:
    """Store a submission, or say what is wrong with it; a repeat only gets its thanks again."""
    project = find_project(slug)
    check_origin(request, project, public_url=deps().services.settings.public_url)
    posted = read_body(request)
    form = remember(open_form(project, spoken(project, _first(posted, "language")), posted))
    identity = _identity(form)
    if not (form.token.is_valid or _is_without_script(form)):
        return _repeated(form, identity) or _expired(project, form)
    if form.validate():
        return _take(project, form, identity)
    if repeated := _repeated(form, identity):
        return repeated
    if wants_json(request):
        return invalid(form.errors_by_field)
    return deps().pages.form(project, form, status=422)


def _take(project: Project, form: ProjectForm, identity: SubmissionIdentity) -> ResponseReturnValue:
    """Store a submission that is in order, as far as limits and captcha go. Raises: LimitReachedError."""
    quota = deps().quotas.of(project, request)
    if quota.wait_s:
        if repeated := _repeated(form, identity):
            return repeated
        raise LimitReachedError(retry_after_s=quota.wait_s)
    if repeated := _repeated_since_rotation(form):
        return repeated
    verdict = Verdict()  # without script there was no captcha to solve
    if form.token.id is not None:
        captcha = deps().services.captchas[project.captcha]
        verdict = captcha.judge(project, form.token.id, _first(form.posted, "captcha"))
    if verdict.is_failed and wants_json(request) and not form.token.is_renewed:
        return _repeated(form, identity) or _expired(project, form)
    submission = _submission(form, identity, verdict, is_in_burst=quota.is_half_used)
    receipt = deps().services.intake.accept(form.recipient, submission)
    if not receipt.is_repeat:
        quota.use()
    return _accepted(project, receipt)


def _is_without_script(form: ProjectForm) -> bool:
    """Tell whether a browser without script posted this; a script would have fetched a token."""
    return form.token.is_missing and not wants_json(request)


def _submission(
    form: ProjectForm, identity: SubmissionIdentity, verdict: Verdict, *, is_in_burst: bool
) -> Submission:
    """Return a validated post with the reasons, if it is to be quarantined."""
    now = datetime.now(UTC)
    signals = spam_signals(
        request, form, now=now, is_captcha_failed=verdict.is_failed, is_in_burst=is_in_burst
    )
    reasons = reasons_of(signals)
    submission = form.submission(
        key=identity.key,
        address=client_address(request),
        submitted_at=now,
        suspicions=reasons if is_spam(reasons) else (),
        captcha=verdict.spent,
    )
    answers = form.answers_without_script if form.token.is_missing else submission.answers
    return replace(submission, answers=answers, token=identity.token)


def _repeated(form: ProjectForm, identity: SubmissionIdentity) -> ResponseReturnValue | None:
    """Answer as the first time if this submission or token was accepted before."""
    find_repeat = deps().services.intake.find_repeat
    receipt = find_repeat(identity.key, project=form.recipient.slug, token=identity.token)
    return _accepted(form.project, receipt) if receipt else None


def _repeated_since_rotation(form: ProjectForm) -> ResponseReturnValue | None:
    """Answer as the first time if a plain post was accepted while another secret key was the first."""
    older = deps().services.settings.secret_key[1:] if _is_without_script(form) else ()
    for secret in older:
        now, slug = datetime.now(UTC), form.project.slug
        identity = identity_of_plain_post(form.posted, slug=slug, secret=secret, at=now)
        with suppress(StorageUnavailableError):  # then the post is spooled, as any other
            if repeated := _repeated(form, identity):
                return repeated
    return None


def _accepted(project: Project, receipt: Receipt) -> ResponseReturnValue:
    """Answer that the lead is on disk, alike for the first time and for every repeat."""
    if wants_json(request):
        return accepted(project, receipt)
    return redirect(project.thank_you.redirect or f"/f/{project.slug}/thanks/{receipt.language}", 303)


def _expired(project: Project, form: ProjectForm) -> ResponseReturnValue:
    """Answer with a fresh session, with which the page tries once more by itself."""
    if not wants_json(request):
        problem = form.translations.gettext(
            "We couldn’t send the form. Your answers are still here. Please try again."
        )
        return deps().pages.form(project, form, status=409, problem=problem)
    return no_store(jsonify(status="expired", session=open_session(project, is_renewed=True))), 409


def _identity(form: ProjectForm) -> SubmissionIdentity:
    """Return what a repeat of this post is recognised by: the UUID that its browser made, and its token.

    Raises: SubmissionKeyError.
    """
    if "submission" in form.posted.malformed:
        raise SubmissionKeyError
    text = _first(form.posted, "submission")
    try:
        key = UUID(text) if text else None
    except ValueError:
        raise SubmissionKeyError from None
    if key is not None and key.int:  # no browser made the one of zeros
        return SubmissionIdentity(apart_from_sources(key), form.token.id)
    if _is_without_script(form):
        secret, now = deps().services.settings.secret_key[0], datetime.now(UTC)
        return identity_of_plain_post(form.posted, slug=form.project.slug, secret=secret, at=now)
    return SubmissionIdentity(None, form.token.id)


def apart_from_sources(key: UUID) -> UUID:
    """Return the key of a form's submission, which is never that of a source's lead.

    Otherwise a stranger who guesses the next number of another system could post it to the form, and the
    lead that has it would be taken for a repeat.
    """
    return uuid5(RENAMED, str(key)) if key.version == 8 else key


def identity_of_plain_post(posted: Posted, *, slug: str, secret: str, at: datetime) -> SubmissionIdentity:
    """Return the identity of a post without key and token, made of everything posted and of the time.

    Time is divided twice, into windows that overlap by half: the key holds one division and the token the
    other. No two posts less than `SAME_WITHIN` apart can be separated by both, so they share at least one
    of the two, and the lead log (or the spool) takes only one of them however they race. Posts more than
    twice as far apart share neither.

    The digest is keyed, as it stands in the database in clear and the answers must not be guessed from it.

    Args:
        posted: the texts of the post; an empty one counts as not posted.
        slug: the project.
        secret: the secret key of the service, the same in all its processes.
        at: when it came, aware.
    """
    said = sorted((key, [text for text in texts if text]) for key, texts in posted.values.items())
    content = json.dumps([slug, [pair for pair in said if pair[1]]])
    width = SAME_WITHIN.total_seconds()
    window, shifted = at.timestamp() // (2 * width), (at.timestamp() + width) // (2 * width)
    key, token = (
        hmac.digest(secret.encode(), text.encode(), "sha256").hex()
        for text in (f"key {window} {content}", f"token {shifted} {content}")
    )
    return SubmissionIdentity(UUID(hex=key[:32], version=5), f"plain.{token[:32]}")


def _first(posted: Posted, key: str) -> str | None:
    return next(iter(posted.values.get(key, ())), None)


def spam_signals(
    request: Request, form: ProjectForm, *, now: datetime, is_captcha_failed: bool, is_in_burst: bool
) -> SpamSignals:
    """Return what a validated post tells about its sender. Source of the weights: domain/spam.py."""
    answers = form.answers
    issued_at = form.token.issued_at
    # When the page fetched its token; one that was renewed on the way tells nothing.
    filled_in = None if issued_at is None or form.token.is_renewed else now - issued_at
    return SpamSignals(
        names=tuple(_texts(answers, "name", "surname")),
        note="".join(_texts(answers, "note")),
        filled_in=filled_in,
        is_trapped=any(text.strip() for trap in TRAPS for text in form.posted.getlist(trap)),
        is_without_script=form.token.is_missing,
        is_of_null_origin=is_of_null_origin(request),
        is_in_burst=is_in_burst,
        is_captcha_failed=is_captcha_failed,
    )


def _texts(answers: Any, *keys: str) -> list[str]:
    return [str(answers[key]) for key in keys if answers.get(key)]
