"""Counts what becomes of submissions, and how long their answers take."""

import time
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, g, request

from realpad_form.domain.metrics import Refusal
from realpad_form.domain.project import Project
from realpad_form.web.context import deps, remembered

REFUSALS: Final[Mapping[int, Refusal]] = {
    400: Refusal.MALFORMED,
    403: Refusal.ORIGIN,
    409: Refusal.TOKEN,
    413: Refusal.MALFORMED,
    415: Refusal.MALFORMED,
    422: Refusal.VALIDATION,
    429: Refusal.LIMIT,
    503: Refusal.STORAGE,
}
"""Why a submission was refused, by the status of its answer. The intake counts those that were taken."""


def measure(bp: Blueprint) -> None:
    """Count the submissions to the routes of a blueprint, of projects that are there."""
    bp.before_request(_begin)
    bp.after_request(_end)


def _begin() -> None:
    g.began_s = time.perf_counter()


def _end(response: Response) -> Response:
    project = remembered("project")
    if request.method != "POST" or not isinstance(project, Project):
        return response
    metrics = deps().services.metrics
    metrics.handled(time.perf_counter() - g.began_s)
    if reason := REFUSALS.get(response.status_code):
        metrics.refused(project.slug, reason)
    return response
