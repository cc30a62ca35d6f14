"""Responses to new leads, whether the form or another system sent them, and how they are counted."""

import time
from collections.abc import Mapping
from typing import Final

from flask import Response, g, jsonify
from flask.typing import ResponseReturnValue

from realpad_form.domain.lead import Receipt
from realpad_form.domain.metrics import Refusal
from realpad_form.domain.project import Project
from realpad_form.domain.statistics import FormEvent
from realpad_form.forms import ProjectForm
from realpad_form.web.context import deps
from realpad_form.web.headers import no_store
from realpad_form.web.pages import thanks_message

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
"""Why a lead was refused, by the status of the response. The intake service counts those that were taken."""


def start_clock() -> None:
    """Note when a request began."""
    g.began_s = time.perf_counter()


def count(response: Response, project: Project | None, *, form: ProjectForm | None = None) -> Response:
    """Count what became of a lead, and how long its response took; None stands for no project we know."""
    if project is not None:
        metrics = deps().services.metrics
        metrics.handled(time.perf_counter() - g.began_s)
        if reason := REFUSALS.get(response.status_code):
            metrics.refused(project.slug, reason)
            count_refusal(project, reason, form if reason is Refusal.VALIDATION else None)
    return response


def count_refusal(project: Project, reason: Refusal, form: ProjectForm | None) -> None:
    """Count for the statistics why a lead was refused, and at which questions of its form."""
    statistics = deps().services.statistics
    statistics.count_event(FormEvent.REFUSED, project.slug, reason)
    for key in form.errors_by_field if form else ():
        statistics.count_event(FormEvent.MISTAKE, project.slug, key)


def accepted(project: Project | None, receipt: Receipt) -> ResponseReturnValue:
    """Answer in JSON that the lead is on disk, alike for the first time and for every repeat.

    Of a project that is not there any more, nobody knows what it says.
    """
    answer = jsonify(
        status="accepted",
        id=str(receipt.lead_id),
        message=thanks_message(project, receipt.language) if project else "",
        redirect=project.thank_you.redirect if project else None,
    )
    return no_store(answer), 200 if receipt.is_repeat else 201


def invalid(errors: Mapping[str, list[str]]) -> ResponseReturnValue:
    """Answer in JSON what is wrong, by field."""
    return no_store(jsonify(status="invalid", errors=errors)), 422
