"""The desk: the pages of people who sign in."""

from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Flask, abort
from flask.typing import ResponseReturnValue

from realpad_form.web.desk import lead
from realpad_form.web.desk.access import blueprint, check_access, signed_in
from realpad_form.web.desk.admin import audit, first_steps, people, privacy, settings
from realpad_form.web.desk.auth import account, session, sign_in
from realpad_form.web.desk.inbox import bulk, connections, endpoints, export
from realpad_form.web.desk.inbox import views as inbox
from realpad_form.web.desk.pages import init_app
from realpad_form.web.desk.preview import builder, draft, publish
from realpad_form.web.desk.preview import views as preview
from realpad_form.web.desk.statistics import views as statistics
from realpad_form.wiring import Services

nowhere: Final = blueprint("nowhere")
"""Addresses below the desk that hold nothing: said on a page of the desk, not on the visitors'."""


@signed_in
def show_nothing(rest: str) -> ResponseReturnValue:
    """Say that nothing is here."""
    abort(404)


for part in ("inbox", "people", "figures", "preview", "account"):
    nowhere.add_url_rule(f"/{part}/<path:rest>", view_func=show_nothing)

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    sign_in.bp,
    account.bp,
    people.bp,
    audit.bp,
    privacy.bp,
    settings.bp,
    first_steps.bp,
    inbox.bp,
    connections.bp,
    endpoints.bp,
    lead.views.bp,
    bulk.bp,
    export.bp,
    statistics.bp,
    preview.bp,
    publish.bp,
    builder.bp,
    draft.bp,
    draft.shared_bp,
    draft.unsent,
    nowhere,
)


def add_desk(app: Flask, services: Services, *, public: Iterable[Blueprint]) -> None:
    """Add the desk's pages to an application whose other blueprints are `public`. Raises: RuntimeError."""
    session.configure(app, services.settings)
    init_app(app)
    for bp in BLUEPRINTS:
        app.register_blueprint(bp)
    check_access(app, public=[*public, draft.unsent])
