"""Who may do what at the desk: every view says whom it lets in, and the guard of its part asks them.

What it shows is limited to the projects that the person may see: `get_visible_lead`, `visible_projects` …
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from flask import Blueprint, Flask, abort, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import LeadNotFoundError, PasskeyRequiredError, ProjectNotFoundError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.people import Person, Right
from realpad_form.domain.project import Project
from realpad_form.domain.text import pick
from realpad_form.web.context import deps
from realpad_form.web.desk.auth import session
from realpad_form.web.desk.auth.session import must_add_passkey, sign_in_address
from realpad_form.web.desk.errors import handle_errors
from realpad_form.web.desk.i18n import language
from realpad_form.web.desk.pages import add_headers, wants_json

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, R]

_ACCESS: Final = "desk_access"
_ANYBODY, _SIGNED_IN = "anybody", "signed in"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


def blueprint(name: str, prefix: str | None = None) -> Blueprint:
    """Return a part of the desk: guarded, with the desk's headers and its pages for what goes wrong."""
    bp = Blueprint(name, __name__, url_prefix=prefix)
    bp.before_request(guard)
    bp.after_request(add_headers)
    handle_errors(bp)
    return bp


def needs(right: Right) -> Callable[[View[P, R]], View[P, R]]:
    """Let in only people who have a right."""
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
    """Return what a view demands of those who want in; None for a view that is not on the desk."""
    return getattr(app.view_functions[endpoint], _ACCESS, None)


def check_access(app: Flask, *, public: Iterable[Blueprint]) -> None:
    """Make sure that each view is `public`, or guarded and says whom it lets in. Raises: RuntimeError."""
    for_all = {bp.name for bp in public}
    guarded = {name for name, hooks in app.before_request_funcs.items() if guard in hooks}
    for endpoint in app.view_functions:
        part = endpoint.rpartition(".")[0]
        if part not in for_all and (part not in guarded or access_of(app, endpoint) is None):
            raise RuntimeError(f"{endpoint} does not say whom it lets in")


def guard() -> ResponseReturnValue | None:
    """Let a request through to its view, or answer it here: sign in, add a passkey, or 403."""
    g.is_desk = True
    found = session.load()
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    # People who are signed out are told so, and not that the page was open for too long.
    if found is None and access != _ANYBODY:
        if request.method not in _SAFE or wants_json():
            abort(401)
        return redirect(sign_in_address(), 303)
    if request.method not in _SAFE:
        session.csrf.protect()
    if access in (_ANYBODY, _SIGNED_IN) or found is None:
        return None
    if not found.person.may(Right(str(access))):
        abort(403)
    return _ask_for_passkey() if must_add_passkey() else None


def _ask_for_passkey() -> ResponseReturnValue:
    """Lead to where a passkey is added. Raises: PasskeyRequiredError, where that could not be seen."""
    if request.method not in _SAFE or wants_json():
        raise PasskeyRequiredError
    return redirect("/account", 303)


def limit_realpad_calls(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a post wait for Realpad if few others do; else it is a 503 at once, and nothing was asked.

    So a silent Realpad never holds up the forms.
    """

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if request.method != "POST":
            return view(*args, **kwargs)
        with deps().services.realpad_call_slots.take():
            return view(*args, **kwargs)

    return limited


def me() -> Person:
    """Return who is signed in."""
    found = session.current()
    if found is None:
        abort(401)
    return found.person


def get_visible_project(slug: str) -> Project:
    """Return a project that the person signed in may see. Raises: ProjectNotFoundError."""
    if not me().sees(slug):
        raise ProjectNotFoundError(slug)
    return deps().services.catalog.get(slug)


def get_visible_lead(lead_id: UUID) -> LeadRecord:
    """Return a lead that the person signed in may see. Raises: LeadNotFoundError."""
    record = deps().services.log.get(lead_id)
    if not me().sees(record.lead.project):
        raise LeadNotFoundError(lead_id)
    return record


def visible_people() -> list[Person]:
    """Return who is signed in, and the people whose projects are all theirs, too, by name."""
    found = [each for each in deps().services.roster.people() if each.id == me().id or me().sees_all_of(each)]
    return sorted(found, key=lambda each: (each.name or each.email).casefold())


def project_name(slug: str) -> str:
    """Return what a project is called; its slug if its file is gone."""
    project = deps().services.catalog.projects().get(slug)
    return pick(project.name, language(), project.language) if project else slug


def visible_projects() -> list[tuple[str, str]]:
    """Return slugs and names of the projects that who is signed in may see, by name."""
    seen = [slug for slug in deps().services.catalog.projects() if me().sees(slug)]
    return sorted(((slug, project_name(slug)) for slug in seen), key=lambda pair: pair[1].casefold())
