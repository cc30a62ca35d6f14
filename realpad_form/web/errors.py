"""Error class → status: one table, and one way to say it to a script and to a person."""

import logging
from collections.abc import Mapping
from typing import Final

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError

from realpad_form.domain import errors
from realpad_form.domain.project import Project
from realpad_form.domain.text import LANGUAGES
from realpad_form.forms import ProjectForm, translations
from realpad_form.forms.messages import _
from realpad_form.web.context import deps, remembered
from realpad_form.web.request import FORM, wants_html, wants_json

log = logging.getLogger(__name__)

STATUS: Final[Mapping[type[errors.RealpadFormError], int]] = {
    errors.ProjectNotFoundError: 404,
    errors.VersionNotFoundError: 404,
    errors.PublishedMeanwhileError: 409,
    errors.FolderConflictError: 409,
    errors.ScheduleTimeError: 422,
    errors.ScheduleNotFoundError: 409,
    errors.ScheduledMeanwhileError: 409,
    errors.PublishingNotAllowedError: 403,
    errors.LeadNotFoundError: 404,
    errors.WebhookNotFoundError: 404,
    errors.OriginRefusedError: 403,
    errors.PermissionDeniedError: 403,
    errors.PasskeyRequiredError: 403,
    errors.SubmissionKeyError: 400,
    errors.IdempotencyKeyError: 400,
    errors.FieldsRefusedError: 400,
    errors.SourceNotUsedError: 404,
    errors.CorrectionMissingError: 409,
    errors.IllegalTransitionError: 409,
    errors.RepeatNotConfirmedError: 409,
    errors.RerouteNotConfirmedError: 409,
    errors.InvalidAnswersError: 422,
    errors.PartialSearchError: 422,
    errors.LimitReachedError: 429,
    errors.MaskedLimitError: 429,
    errors.StorageUnavailableError: 503,
    errors.DataKeyError: 503,
    errors.CallsBusyError: 503,
    errors.PublicUrlNotSetError: 409,
    errors.SessionEndedError: 401,
}
RETRY_AFTER_S: Final = 5
"""When to try again while the storage cannot take a lead."""

WORDS: Final = {429: _("Too many attempts. Please wait a moment. Your answers are still here.")}
KEPT: Final = _("We couldn’t send the form. Your answers are still here. Please try again.")
SUBMISSION_FAILED: Final = _("We couldn’t accept this form.")


def register(app: Flask) -> None:
    """Let an application answer every error."""
    app.register_error_handler(errors.RealpadFormError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _broken)


def status_of(error: errors.RealpadFormError) -> int:
    """Return the status that an error of ours is answered with."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _ours(error: errors.RealpadFormError) -> ResponseReturnValue:
    project = remembered("project")
    if isinstance(error, errors.OriginRefusedError) and project:
        deps().services.incidents.foreign_page(project)
    status = status_of(error)
    if status >= 500:
        log.error("%s: %s", type(error).__name__, error)
    text = "storage cannot take it now" if status == 503 else str(error)
    if status >= 500 and status != 503:  # of a fault of ours the log knows more
        text = InternalServerError().name
    answer = _answer(status, text)
    if isinstance(error, errors.LimitReachedError):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    elif status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _http(error: HTTPException) -> ResponseReturnValue:
    answer = _answer(error.code or 500, error.description or error.name)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _broken(error: InternalServerError) -> ResponseReturnValue:
    """Answer a fault of ours; what broke goes to the log, never to the page."""
    return _answer(500, error.name)


def _answer(status: int, text: str) -> Response:
    """Answer a script in JSON, a person in his language, with what he typed where there was a form."""
    project = remembered("project")
    if status in (404, 405) and wants_html(request):
        page = deps().pages.nowhere(request.accept_languages.best_match(LANGUAGES) or "en")
        page.status_code = status
        return page
    # A browser's plain post, not a script's, nor that of a program that forgot its types.
    is_for_person = wants_html(request) or (request.mimetype == FORM and not wants_json(request))
    if not is_for_person or not isinstance(project, Project) or status == 404:
        answer = jsonify(status="error", error=text)
        answer.cache_control.no_store = True
        answer.status_code = status
        return answer
    form = remembered("form")
    if isinstance(form, ProjectForm):
        problem = translations(form.language).gettext(WORDS.get(status, KEPT))
        return deps().pages.form(project, form, status=status, problem=problem)
    problem = translations(project.language).gettext(SUBMISSION_FAILED)
    return deps().pages.error(project, project.language, status=status, problem=problem)
