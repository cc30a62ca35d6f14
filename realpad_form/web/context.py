"""How views get at what the application was made with."""

from dataclasses import dataclass
from typing import Any, Final, cast

from flask import Flask, current_app, g

from realpad_form.domain.errors import PublicUrlNotSetError
from realpad_form.domain.project import Project
from realpad_form.forms import CompanyForm, Posted, ProjectForm
from realpad_form.web.assets import Assets
from realpad_form.web.limits import Quotas
from realpad_form.web.pages import Pages
from realpad_form.wiring import Services

_KEY: Final = "realpad-form"


@dataclass(frozen=True, slots=True)
class Deps:
    """What an application was made with."""

    services: Services
    pages: Pages
    assets: Assets
    quotas: Quotas


def offer(app: Flask, deps: Deps) -> None:
    """Let the views of an application find `deps`."""
    app.extensions[_KEY] = deps


def deps() -> Deps:
    """Return what the application was made with."""
    return cast(Deps, current_app.extensions[_KEY])


def own_address() -> str:
    """Return where the world reaches this service, without a slash at its end.

    Never what the Host header says: whoever sends it would write the links of others.

    Raises: PublicUrlNotSetError.
    """
    public_url = deps().services.settings.public_url
    if public_url is None:
        raise PublicUrlNotSetError
    return public_url


def find_project(slug: str) -> Project:
    """Return the project a request is about, and remember it for error pages.

    Raises: ProjectNotFoundError.
    """
    g.project = deps().services.catalog.get(slug)
    return cast(Project, g.project)


def open_form(project: Project, language: str, posted: Posted | None = None) -> ProjectForm:
    """Return a project's form, empty or with what was posted."""
    services = deps().services
    if project.choices:
        projects = services.catalog.projects()
        return CompanyForm(
            project, language=language, tokens=services.tokens, posted=posted, projects=projects
        )
    return ProjectForm(project, language=language, tokens=services.tokens, posted=posted)


def spoken(project: Project, language: str | None) -> str:
    """Return the language asked for if the project has it, else its default."""
    return language if language in project.languages else project.language


def remember(form: ProjectForm) -> ProjectForm:
    """Keep what the visitor typed, so that an error page can show it again."""
    g.form = form
    return form


def remembered(name: str) -> Any:
    """Return the `project` or `form` of this request, or None."""
    return g.get(name)
