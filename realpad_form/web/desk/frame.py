"""What all pages of the desk share: whom they let in, how they look, what they say when they cannot."""

import logging
from collections.abc import Callable, Iterable
from math import ceil
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, Unauthorized

from realpad_form.domain.errors import (
    LeadNotFoundError,
    MaskedLimitError,
    PasskeyRequiredError,
    ProjectNotFoundError,
    RealpadFormError,
)
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.people import IDLE, Person, Right
from realpad_form.domain.project import Project
from realpad_form.services.security_log import security
from realpad_form.web.address import client_address
from realpad_form.web.context import deps
from realpad_form.web.desk import session
from realpad_form.web.desk.amounts import duration, number, percent
from realpad_form.web.desk.protect import protect
from realpad_form.web.desk.reauth import here, must_add_passkey, safe_next_url
from realpad_form.web.desk.texts import LANGUAGES, translations
from realpad_form.web.desk.times import ago, day, when
from realpad_form.web.desk.wording import explain
from realpad_form.web.errors import RETRY_AFTER_S, status_of

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, R]

_ACCESS: Final = "desk_access"
_ANYBODY, _SIGNED_IN = "anybody", "signed in"
_KEEPING: Final = ("lead.check", "lead.resubmit", "inbox.search")
"""Views whose forms are kept if nobody is signed in any more: they take a while, or were just filled in."""

_SAFE: Final = ("GET", "HEAD", "OPTIONS")

_REFUSED: Final = (403, 404)
"""Answers to who asks for what they may not do or see; what belongs to others is "not there"."""


def blueprint(name: str, prefix: str | None = None) -> Blueprint:
    """Return a part of the desk: guarded, protected, with pages for what goes wrong."""
    bp = Blueprint(name, __name__, url_prefix=prefix)
    bp.before_request(_guard)
    bp.after_request(protect)
    bp.register_error_handler(RealpadFormError, _ours)
    bp.register_error_handler(MaskedLimitError, _limited)
    bp.register_error_handler(HTTPException, _http)
    return bp


def init_app(app: Flask) -> None:
    """Give the desk's templates what they all use."""
    app.jinja_env.globals["csrf_field"] = csrf_field
    for flash_message in (when, ago, day, number, percent, duration):
        app.jinja_env.filters[flash_message.__name__] = _in_language(flash_message)


def _in_language(flash_message: Callable[[Any, str], str]) -> Callable[[Any], str]:
    """Return a filter that says something in the language of the page."""
    return lambda value: flash_message(value, language())


def csrf_field() -> Markup:
    """Return the field that proves that a form of ours was sent."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def needs(right: Right) -> Callable[[View[P, R]], View[P, R]]:
    """Let in who has a right."""
    return _access(right)


def signed_in(view: View[P, R]) -> View[P, R]:
    """Let in whoever is signed in."""
    return _access(_SIGNED_IN)(view)


def open_to_all(view: View[P, R]) -> View[P, R]:
    """Let in everybody, on purpose."""
    return _access(_ANYBODY)(view)


def _access(access: str) -> Callable[[View[P, R]], View[P, R]]:
    def mark(view: View[P, R]) -> View[P, R]:
        setattr(view, _ACCESS, access)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> str | None:
    """Return what a view demands of who wants in; None for a view that is not on the desk."""
    return getattr(app.view_functions[endpoint], _ACCESS, None)


def check_access(app: Flask, *, public: Iterable[Blueprint]) -> None:
    """Make sure that each view is `public`, or guarded and says whom it lets in. Raises: RuntimeError."""
    for_all = {bp.name for bp in public}
    guarded = {name for name, hooks in app.before_request_funcs.items() if _guard in hooks}
    for endpoint in app.view_functions:
        part = endpoint.rpartition(".")[0]
        if part not in for_all and (part not in guarded or access_of(app, endpoint) is None):
            raise RuntimeError(f"{endpoint} does not say whom it lets in")


def _guard() -> ResponseReturnValue | None:
    g.is_desk = True
    found = session.load()
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    # Who is signed out hears that, and not that the page was open for too long.
    if found is None and access != _ANYBODY:
        return _ask_to_sign_in()
    if request.method not in _SAFE:
        session.csrf.protect()
    if access == _ANYBODY or found is None:
        return None
    if access == _SIGNED_IN:
        return None
    if not found.person.may(Right(str(access))):
        abort(403)
    return _ask_for_passkey() if must_add_passkey() else None


def _ask_for_passkey() -> ResponseReturnValue:
    """Lead to where a passkey is added. Raises: PasskeyRequiredError, where that could not be seen."""
    if request.method not in _SAFE or wants_json():
        raise PasskeyRequiredError
    return redirect("/account", 303)


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.method not in _SAFE or wants_json():
        abort(401)
    return redirect(sign_in_address(), 303)


def sign_in_address() -> str:
    """Return where to sign in, and to come back from to this page or the one whose form was sent."""
    return f"/sign-in?{urlencode({'next': here()})}"


def wants_json() -> bool:
    """Tell whether a script asks, and not a person."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def me() -> Person:
    """Return who is signed in."""
    found = session.current()
    if found is None:
        abort(401)
    return found.person


def get_visible_project(slug: str) -> Project:
    """Return a project that who is signed in may see. Raises: ProjectNotFoundError."""
    if not me().sees(slug):
        raise ProjectNotFoundError(slug)
    return deps().services.catalog.get(slug)


def get_visible_lead(lead_id: UUID) -> LeadRecord:
    """Return a lead that who is signed in may see. Raises: LeadNotFoundError."""
    record = deps().services.log.get(lead_id)
    if not me().sees(record.lead.project):
        raise LeadNotFoundError(lead_id)
    return record


def language() -> str:
    """Return the language to speak: the person's own, else the best that his browser asks for."""
    found = session.current()
    chosen = found.person.language if found else None
    return chosen or request.accept_languages.best_match(LANGUAGES) or "en"


def gettext(text: str) -> str:
    """Return a text of the desk in the language of this request."""
    return translations(language()).gettext(text)


def flash_message(text: str, *, is_bad: bool = False) -> None:
    """Tell the person something on the next page he sees; `text` is translated already."""
    flash(text, "bad" if is_bad else "good")


def render(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of the desk."""
    found, texts = session.current(), translations(language())
    common = {
        "_": texts.gettext,
        "ngettext": texts.ngettext,
        "language": language(),
        "me": found.person if found else None,
        "Right": Right,
        "here": request.path,
        "anew": safe_next_url(here(), found.person) if found else None,
        "idle_s": int(IDLE.total_seconds()),
    }
    return make_response(render_template(template, **{**common, **values}), status)


def log_refusal(why: str) -> None:
    """Log that this request was refused, and whose it was; by its route, since the path may be a secret."""
    found, route = session.current(), request.url_rule.rule if request.url_rule else ""
    who = found.person.id if found else "nobody"
    address = client_address(request)
    security.warning("refused: %s %s, %s, person %s, from %s", request.method, route, why, who, address)


def _ours(error: RealpadFormError) -> ResponseReturnValue:
    status = status_of(error)
    if status in _REFUSED:
        log_refusal(f"{status} {type(error).__name__}")
    if status >= 500:
        log.error("%s: %s", type(error).__name__, error)
    answer = make_response(_problem(status, explain(error)))
    if status == 503:
        answer.retry_after = RETRY_AFTER_S
    return answer


def _limited(error: MaskedLimitError) -> ResponseReturnValue:
    words = gettext(explain(error)) % {"minutes": ceil(error.retry_after_s / 60)}
    answer = make_response(_problem(status_of(error), words))
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code in _REFUSED or isinstance(error, CSRFError):
        log_refusal(f"{error.code} {type(error).__name__}")
    if isinstance(error, (CSRFError, Unauthorized)):
        return _interrupted(error)
    return _problem(error.code or 500, explain(error))


def _problem(status: int, text: str) -> ResponseReturnValue:
    """Answer a script in JSON, a person with a page that says what to do."""
    words = gettext(text)
    if wants_json():
        return {"status": "error", "error": words}, status
    found = session.current()
    ways = {"home": safe_next_url(None, found.person)} if found else {"sign_in": sign_in_address()}
    return render("desk/problem.html", status=status, words=words, code=status, **ways)


def _interrupted(error: HTTPException) -> ResponseReturnValue:
    """Answer whose session ended while he typed: with what he typed, if it is sure that it is his."""
    if wants_json():
        return _problem(error.code or 400, explain(error))
    return render(
        "desk/interrupted.html",
        status=error.code or 400,
        words=gettext(explain(error)),
        page=safe_next_url(here(), found.person) if (found := session.current()) else None,
        sign_in=sign_in_address(),
        kept=_kept(),
    )


def _kept() -> list[tuple[str, str]]:
    """Return what a form held, to be sent again; nothing that another site may have made up.

    Source: W3C, Fetch Metadata: only browsers write `Sec-Fetch-…`, and no page can.
    """
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not is_ours or request.endpoint not in _KEEPING:
        return []
    return [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
