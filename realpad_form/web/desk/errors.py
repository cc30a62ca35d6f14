"""Problem pages of the desk: what a person reads when something fails, and what they can do next."""

import logging
from collections.abc import Mapping
from math import ceil
from typing import Final

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    Unauthorized,
)

from realpad_form.domain import errors
from realpad_form.forms.messages import _
from realpad_form.services.sign_in import security
from realpad_form.web.desk.auth import session
from realpad_form.web.desk.auth.session import here, safe_next_url, sign_in_address
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import render, wants_json
from realpad_form.web.errors import RETRY_AFTER_S, status_of
from realpad_form.web.request import client_address

log = logging.getLogger(__name__)

_REFUSED: Final = (403, 404)
"""Answers to those who ask for what they may not do or see; what belongs to others is "not there"."""

_KEEPING: Final = ("lead.check", "lead.resubmit", "lead.write_note", "inbox.search")
"""Views whose forms are kept if nobody is signed in any more: they take a while, or were just filled in."""


class UnknownFilterError(BadRequest):
    """An address holds a filter, or its value, that does not exist; to leave it out would match too much."""


WORDS: Final[Mapping[type[Exception], str]] = {
    CSRFError: _("This page was open for too long. Nothing was changed."),
    Unauthorized: _("You are signed out. Nothing was changed."),
    Forbidden: _("Your role does not allow this. An administrator can change it under People."),
    UnknownFilterError: _(
        "The address holds a filter that does not exist, so no leads are shown. Open the inbox without it."
    ),
    NotFound: _("There is nothing here, or it is not among your projects."),
    MethodNotAllowed: _("This address does not take that. Go back and use the buttons of the page."),
    RequestEntityTooLarge: _("That is too long to be taken. Shorten it and try again."),
    errors.ProjectNotFoundError: _("There is no such project, or it is not among yours."),
    errors.VersionNotFoundError: _("There is no such version. Nothing was changed."),
    errors.PublishedMeanwhileError: _(
        "Somebody else has published a version meanwhile. Nothing was changed; look at it and try again."
    ),
    errors.FolderConflictError: _(
        "The file in the folder was changed, too. Nothing was changed; decide first which counts."
    ),
    errors.ScheduleNotFoundError: _(
        "This version is not scheduled any more: it was published, cancelled or replaced. "
        "Nothing was changed."
    ),
    errors.PublishingNotAllowedError: _(
        "You may not publish this. Nothing was changed; an administrator can do it."
    ),
    errors.LeadNotFoundError: _("There is no such lead, or it is not in one of your projects."),
    errors.WebhookNotFoundError: _("There is nothing here, or it is not among your projects."),
    errors.PartialSearchError: _(
        "You see personal data masked, so search takes one whole e-mail, phone number or id, "
        "and nothing else."
    ),
    errors.SearchLimitError: _(
        "You have searched as often as you may within an hour while you see personal data masked. "
        "You can search again in %(minutes)s min."
    ),
    errors.RevealLimitError: _(
        "You have revealed as many leads as you may within an hour. "
        "You can reveal the next one in %(minutes)s min."
    ),
    errors.PermissionDeniedError: _(
        "This person may do or see more than you do. Nothing was changed; "
        "only an administrator who may do and see as much can change that."
    ),
    errors.SessionEndedError: _("You are signed out. Nothing was changed."),
    errors.PasskeyRequiredError: _(
        "Here everybody needs a passkey, and your account has none. "
        "Nothing was changed; add one to your account."
    ),
    errors.CredentialNotFoundError: _("The settings hold no credentials of that name."),
    errors.IllegalTransitionError: _(
        "The lead has changed meanwhile, or its state does not allow this. "
        "Open it again and look before you go on."
    ),
    errors.RepeatNotConfirmedError: _(
        "The lead may be at Realpad already. Confirm that it shall be sent once more."
    ),
    errors.RerouteNotConfirmedError: _(
        "The lead would go to another project, login or address than it was accepted for. "
        "Confirm that it may."
    ),
    errors.StorageUnavailableError: _(
        "The database cannot be reached now. Nothing was changed; try again soon."
    ),
    errors.DataKeyError: _(
        "The leads were encrypted with another data key than the one this server has. "
        "Nothing was changed; whoever runs the server has to correct the key."
    ),
    errors.PublicUrlNotSetError: _(
        "A link needs the address of this service, and it is not known. Nothing was changed; "
        "whoever runs the server has to set REALPAD_FORM_PUBLIC_URL."
    ),
    errors.CallsBusyError: _(
        "Others are waiting for an answer of Realpad, so it was not asked. "
        "Nothing was changed; try again soon."
    ),
    errors.DraftsBusyError: _("Others are having their drafts checked. Nothing was changed; try again soon."),
    errors.CrmError: _("Realpad did not do it. Nothing was changed here; try again, or look into Realpad."),
}
OTHERWISE: Final = _("Something broke on our side. It is in the server's log; try again.")


def explain(error: Exception) -> str:
    """Return what to tell about an error, untranslated; what it says of itself is for logs, in English."""
    for kind in type(error).__mro__:
        if kind in WORDS:
            return WORDS[kind]
    if isinstance(error, HTTPException) and error.code and error.code < 500:
        return _("The browser sent something that cannot be read. Go back and try again.")
    return OTHERWISE


def handle_errors(bp: Blueprint) -> None:
    """Answer every error in a part of the desk with a page, or with JSON if a script asked."""
    bp.register_error_handler(errors.RealpadFormError, _answer_ours)
    bp.register_error_handler(errors.MaskedLimitError, _answer_limit)
    bp.register_error_handler(HTTPException, _answer_http)


def log_refusal(why: str) -> None:
    """Log that this request was refused, and whose it was; by its route, since the path may be a secret."""
    found, route = session.current(), request.url_rule.rule if request.url_rule else ""
    who = found.person.id if found else "nobody"
    address = client_address(request)
    security.warning("refused: %s %s, %s, person %s, from %s", request.method, route, why, who, address)


def _answer_ours(error: errors.RealpadFormError) -> ResponseReturnValue:
    status = status_of(error)
    if status in _REFUSED:
        log_refusal(f"{status} {type(error).__name__}")
    if status >= 500:
        log.error("%s: %s", type(error).__name__, error)
    answer = make_response(_problem(status, explain(error)))
    if status == 503:
        answer.retry_after = RETRY_AFTER_S
    return answer


def _answer_limit(error: errors.MaskedLimitError) -> ResponseReturnValue:
    words = gettext(explain(error)) % {"minutes": ceil(error.retry_after_s / 60)}
    answer = make_response(_problem(status_of(error), words))
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    if error.code in _REFUSED or isinstance(error, CSRFError):
        log_refusal(f"{error.code} {type(error).__name__}")
    if wants_json() or not isinstance(error, (CSRFError, Unauthorized)):
        return _problem(error.code or 500, explain(error))
    # The session of a person ended while they typed: they get back what they typed, if it is surely theirs.
    return render(
        "desk/interrupted.html",
        status=error.code or 400,
        words=gettext(explain(error)),
        page=safe_next_url(here(), found.person) if (found := session.current()) else None,
        sign_in=sign_in_address(),
        kept=_kept(),
    )


def _problem(status: int, text: str) -> ResponseReturnValue:
    """Answer a script in JSON, a person with a page that says what to do."""
    words = gettext(text)
    if wants_json():
        return {"status": "error", "error": words}, status
    found = session.current()
    ways = {"home": safe_next_url(None, found.person)} if found else {"sign_in": sign_in_address()}
    return render("desk/problem.html", status=status, words=words, code=status, **ways)


def _kept() -> list[tuple[str, str]]:
    """Return what a form held, to be sent again; nothing that another site may have made up.

    Source: W3C, Fetch Metadata: only browsers write `Sec-Fetch-…`, and no page can.
    """
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not is_ours or request.endpoint not in _KEEPING:
        return []
    return [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
