"""Counts that a form was seen, begun, sent; of who it was, only whether it is a program is looked at."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Request, Response, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.cleaning import line
from realpad_form.domain.project import Project
from realpad_form.domain.statistics import IN_BROWSER, FunnelStep
from realpad_form.web.context import deps
from realpad_form.web.headers import allow_null_origin
from realpad_form.web.origins import is_own_page

BODY_BYTES: Final = 2_000

_PROGRAM: Final = re.compile(
    r"bot|crawl|spider|slurp|preview|headless|lighthouse|monitor|curl|wget|python|^$", re.I
)

bp = Blueprint("seen", __name__, url_prefix="/f")
bp.after_request(allow_null_origin)


@bp.post("/<slug:slug>/seen")
def seen(slug: str) -> ResponseReturnValue:
    """Count a step, and answer alike whatever came: nobody waits for this."""
    project = deps().services.catalog.projects().get(slug)
    said = _said(request)
    event = _text(said, "event")
    if project and event in IN_BROWSER and _is_visitor(request):
        statistics = deps().services.statistics
        statistics.count(FunnelStep(event), slug, campaign=_campaign(project, said), unit=_text(said, "unit"))
    return Response(status=204, headers={"Cache-Control": "no-store"})


def _said(request: Request) -> Mapping[str, Any]:
    """Return the JSON object that was posted, whatever its type was called, or an empty one."""
    if (request.content_length or BODY_BYTES + 1) > BODY_BYTES:
        return {}
    try:
        said = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_visitor(request: Request) -> bool:
    is_program = _PROGRAM.search(request.headers.get("User-Agent", ""))
    return not is_program and is_own_page(request, public_url=deps().services.settings.public_url)


def _campaign(project: Project, said: Mapping[str, Any]) -> str:
    """Return the campaign as a lead of this visit would get it."""
    return _text(said, "campaign") or project.realpad.campaign or ""


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return line(value) if isinstance(value, str) else ""
