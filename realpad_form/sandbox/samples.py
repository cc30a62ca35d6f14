"""The sample projects, and a sandbox CRM that knows them."""

from flask import Flask

from realpad_form.catalog import read_project, samples_folder
from realpad_form.domain.project import Project
from realpad_form.sandbox.app import create_app
from realpad_form.sandbox.tenant import LIMITED, Tenant, account


def sample_projects() -> list[Project]:
    """Return the projects that ship with the package."""
    read = (read_project(path)[0] for path in sorted(samples_folder().glob("*.yaml")))
    return [project for project in read if project]


def sandbox_app(form_url: str | None = None) -> Flask:
    """Return a sandbox CRM in which the sample projects are set up; login and password are their names.

    Besides theirs, it has an account of every kind that may not do everything.
    """
    projects = sample_projects()
    accounts = [account(name) for name in sorted({p.realpad.credentials for p in projects})]
    tenant = Tenant.from_projects(projects, [*accounts, *LIMITED])
    return create_app(tenant, **({"form_url": form_url} if form_url else {}))
