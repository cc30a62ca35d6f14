"""What a page needs before it can send its form: a token, and a captcha bound to it."""

from typing import Any, Final

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from realpad_form.domain.project import Project
from realpad_form.web.context import deps, find_project
from realpad_form.web.limits import BLUEPRINT
from realpad_form.web.sandboxed import let_null_origin_read
from realpad_form.web.security import no_store

SESSIONS: Final = "60/minute"
"""How many tokens an address gets."""


def make_blueprint(limiter: Limiter) -> Blueprint:
    """Return the route that opens sessions."""
    bp = Blueprint(BLUEPRINT, __name__, url_prefix="/f")
    let_null_origin_read(bp)

    @bp.get("/<slug:slug>/session")
    @limiter.limit(SESSIONS)
    def session(slug: str) -> ResponseReturnValue:
        return no_store(jsonify(open_session(find_project(slug))))

    return bp


def open_session(project: Project, *, is_renewed: bool = False) -> dict[str, Any]:
    """Return a new token and captcha; a renewed one does not tell how long the form took to fill in."""
    services = deps().services
    token = services.tokens.mint(project.slug, is_renewed=is_renewed)
    token_id = services.tokens.read(token, slug=project.slug).id or ""
    return {"token": token, "captcha": services.captchas[project.captcha].challenge(project, token_id)}
