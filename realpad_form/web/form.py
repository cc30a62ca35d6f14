"""The public form: its pages, the session its script asks for, and the steps of a visit that it counts."""

import json
import mimetypes
import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Request, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.project import Project
from realpad_form.domain.statistics import IN_BROWSER, FormEvent, FunnelStep
from realpad_form.domain.text import line
from realpad_form.forms import ProjectForm
from realpad_form.web.context import deps, find_project, open_form, spoken
from realpad_form.web.headers import allow_null_origin, no_store
from realpad_form.web.request import is_own_page

EVENT_BYTES: Final = 2_000
FILE_AGE_S: Final = 3600

_PROGRAM: Final = re.compile(
    r"bot|crawl|spider|slurp|preview|headless|lighthouse|monitor|curl|wget|python|^$", re.I
)

bp = Blueprint("form", __name__, url_prefix="/f")

script_bp = Blueprint("form_script", __name__, url_prefix="/f")
script_bp.after_request(allow_null_origin)
"""What the form's own script asks for."""


@bp.get("/<slug:slug>")
@bp.get("/<slug:slug>/<language:language>")
def page(slug: str, language: str | None = None) -> ResponseReturnValue:
    """Return the empty form."""
    project = find_project(slug)
    chosen = spoken(project, language)
    if project.closed:
        return deps().pages.closed(project, chosen)

    def make() -> ProjectForm:
        form = open_form(project, chosen)
        deps().services.intake.show(form.consents)
        return form

    projects = deps().services.catalog.projects()
    shown_too = tuple(projects[slug].form_version for slug in project.choices if slug in projects)
    return deps().pages.fresh(project, chosen, make, shown_too=shown_too)


@bp.get("/<slug:slug>/thanks/<language:language>")
def thanks(slug: str, language: str) -> ResponseReturnValue:
    """Return the thank-you page of a browser without script."""
    project = find_project(slug)
    return deps().pages.thanks(project, spoken(project, language))


@bp.get("/<slug:slug>/files/<name>")
def attachment(slug: str, name: str) -> ResponseReturnValue:
    """Send a font or photo that the project file names; also into frames whose origin is `null`."""
    content = deps().services.catalog.attachment(slug, name)
    if content is None:
        abort(404)
    response = Response(content, mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream")
    response.headers["Cache-Control"] = f"public, max-age={FILE_AGE_S}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return response.make_conditional(request)


@script_bp.get("/<slug:slug>/session")
def session(slug: str) -> ResponseReturnValue:
    """Answer with a new session. Raises: LimitReachedError."""
    return no_store(jsonify(open_session(find_project(slug))))


def open_session(project: Project, *, is_renewed: bool = False) -> dict[str, Any]:
    """Return a new token and captcha for whoever sent this request, counted under one limit on every way.

    A renewed one does not tell how long the form took to fill in.

    Raises: LimitReachedError.
    """
    services = deps().services
    deps().quotas.use_session(project, request)
    token = services.tokens.mint(project.slug, is_renewed=is_renewed)
    token_id = services.tokens.read(token, slug=project.slug).id or ""
    return {"token": token, "captcha": services.captchas[project.captcha].challenge(project, token_id)}


@script_bp.post("/<slug:slug>/seen")
def seen(slug: str) -> ResponseReturnValue:
    """Count a step, and answer alike whatever came: nobody waits for this."""
    project = deps().services.catalog.projects().get(slug)
    said = _said(request)
    event = _text(said, "event")
    # Of who it was, only whether it is a program is looked at.
    is_program = _PROGRAM.search(request.headers.get("User-Agent", ""))
    is_ours = is_own_page(request, public_url=deps().services.settings.public_url)
    if project and event in IN_BROWSER and is_ours and not is_program:
        statistics = deps().services.statistics
        # The campaign as a lead of this visit would get it.
        campaign = _text(said, "campaign") or project.realpad.campaign or ""
        statistics.count(FunnelStep(event), slug, campaign=campaign, unit=_text(said, "unit"))
    # Of what a browser says, only questions of the form are counted: others could be anything.
    if project and event == FormEvent.LEFT and is_ours and not is_program:
        question = _text(said, "question").removesuffix("_prefix")
        if question in {*project.questions, *(box.key for box in project.consents)}:
            deps().services.statistics.count_event(FormEvent.LEFT, slug, question)
    return Response(status=204, headers={"Cache-Control": "no-store"})


def _said(request: Request) -> Mapping[str, Any]:
    """Return the JSON object that was posted, whatever its type was called, or an empty one."""
    if (request.content_length or EVENT_BYTES + 1) > EVENT_BYTES:
        return {}
    try:
        said = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return line(value) if isinstance(value, str) else ""
