"""The preview: every form as its visitors see it, for those who make and check it."""

from pathlib import PurePath
from typing import Any

from babel import Locale
from flask import Response, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import Problem
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.text import pick
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, get_visible_project, me, needs
from realpad_form.web.desk.pages import render
from realpad_form.web.desk.preview_options import PreviewOptions, show

bp = blueprint("preview", "/preview")


@bp.app_template_filter()
def endonym(language: str) -> str:
    """Return a language's name in itself."""
    return Locale.parse(language).get_display_name(language) or language


@bp.app_template_filter()
def called(project: Project) -> str:
    """Return what a project is called in its first language."""
    return pick(project.name, project.language)


@bp.app_template_filter()
def filename(path: str) -> str:
    """Return the name of a file, without the folders of this machine."""
    return PurePath(path).name


@bp.app_template_filter()
def stem(path: str) -> str:
    """Return the project that a file is named after."""
    return PurePath(path).stem


@bp.get("/")
@needs(Right.PREVIEW)
def projects() -> ResponseReturnValue:
    """Show the projects there are, and what is wrong with the files of some."""
    catalog = deps().services.catalog
    known = {slug: p for slug, p in catalog.projects().items() if me().sees(slug)}
    stand_ins = {slug: good for slug, good in catalog.stand_ins().items() if me().sees(slug)}
    return render("desk/preview/list.html", projects=known, problems=_problems(), stand_ins=stand_ins)


@bp.get("/<slug:slug>")
@needs(Right.PREVIEW)
def look(slug: str) -> ResponseReturnValue:
    """Show a form in the way that was chosen."""
    return render_tab("desk/preview/look.html", get_visible_project(slug))


@bp.get("/<slug:slug>/page")
@needs(Right.PREVIEW)
def page(slug: str) -> ResponseReturnValue:
    """Return the page in the frame."""
    project = get_visible_project(slug)
    return show(project, PreviewOptions.of(project, request.args))


def render_tab(template: str, project: Project, **values: Any) -> Response:
    """Return one of the pages about a project."""
    return render(template, project=project, look=PreviewOptions.of(project, request.values), **values)


def _problems() -> list[Problem]:
    """Return what is wrong or unwise in the files that the person may see, each named after its project."""
    found = deps().services.catalog.problems()
    return [problem for problem in found if me().sees(stem(problem.path))]
