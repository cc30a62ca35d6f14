"""What a page needs before it can send its form: a token, and a captcha bound to it."""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.project import Project
from realpad_form.web.context import deps, find_project
from realpad_form.web.headers import allow_null_origin, no_store

bp = Blueprint("session", __name__, url_prefix="/f")
bp.after_request(allow_null_origin)


@bp.get("/<slug:slug>/session")
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
