"""The pages of the public form: what a visitor sees before and after he sends it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from realpad_form.forms import ProjectForm
from realpad_form.web.context import deps, find_project, open_form, spoken

bp = Blueprint("form", __name__, url_prefix="/f")


@bp.get("/<slug:slug>")
@bp.get("/<slug:slug>/<language:language>")
def page(slug: str, language: str | None = None) -> ResponseReturnValue:
    """Return the empty form."""
    project = find_project(slug)
    chosen = spoken(project, language)
    return deps().pages.fresh(project, chosen, lambda: _shown(open_form(project, chosen)))


def _shown(form: ProjectForm) -> ProjectForm:
    deps().services.intake.show(form.consents)
    return form


@bp.get("/<slug:slug>/thanks/<language:language>")
def thanks(slug: str, language: str) -> ResponseReturnValue:
    """Return the thank-you page of a browser without script."""
    project = find_project(slug)
    return deps().pages.thanks(project, spoken(project, language))
