"""The live editor: a project file that is being written, checked and shown, and nothing published by it."""

from io import BytesIO
from typing import Final

from flask import jsonify, request, send_file
from flask.typing import ResponseReturnValue

from realpad_form.catalog import json_schema, read_draft
from realpad_form.domain.errors import Problem, ProjectNotFoundError
from realpad_form.domain.people import AuditAction, Right
from realpad_form.domain.project import Project
from realpad_form.forms.messages import _
from realpad_form.web.context import deps, own_address
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import POLICY, render, wants_json
from realpad_form.web.desk.preview_links import LIFETIME, DraftLinks
from realpad_form.web.desk.preview_options import PreviewOptions, show

DRAFT_BYTES: Final = 1024 * 1024
"""A file of the largest size, and what a form around it may add."""

WRONG: Final = _("Mend the draft first; a link would show nothing.")
LONG: Final = _("The draft is too long for a link. Download the file and send that.")

bp = blueprint("preview_draft", "/preview")


@bp.url_value_preprocessor
def _take_long_texts(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Let a whole project file through, before anything reads the form."""
    request.max_content_length = DRAFT_BYTES


@bp.get("/_schema.json")
@needs(Right.PREVIEW)
def schema() -> ResponseReturnValue:
    """Return what the editor completes from."""
    return jsonify(json_schema())


@bp.get("/<slug:slug>/edit")
@needs(Right.PREVIEW)
def edit(slug: str) -> ResponseReturnValue:
    """Show the editor with the file as it is."""
    text = _source(slug)
    project, problems = read_draft(text, slug)
    project = project or deps().services.catalog.projects().get(slug)
    look = PreviewOptions.of(project, request.args) if project else PreviewOptions(language="")
    return render(
        "desk/preview/edit.html", slug=slug, project=project, look=look, text=text, problems=problems
    )


@bp.post("/<slug:slug>/draft")
@needs(Right.PREVIEW)
def check(slug: str) -> ResponseReturnValue:
    """Say what is wrong with a draft, by line."""
    project, problems = _draft(slug)
    languages = project.languages if project else ()
    return jsonify(is_usable=project is not None, languages=languages, problems=[_shown(p) for p in problems])


@bp.post("/<slug:slug>/draft/page")
@needs(Right.PREVIEW)
def draft_page(slug: str) -> ResponseReturnValue:
    """Return the draft's form for the frame, or what is wrong with the draft."""
    project, problems = _draft(slug)
    if project:
        return show(project, PreviewOptions.of(project, request.form))
    page = render("desk/preview/problems.html", status=422, problems=problems)
    framed = {**POLICY, "frame-ancestors": "'self'"}
    page.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in framed.items())
    return page


@bp.post("/<slug:slug>/draft/file")
@needs(Right.PREVIEW)
def download(slug: str) -> ResponseReturnValue:
    """Return the draft as a file."""
    _source(slug)
    return send_file(
        BytesIO(_text().encode()), "application/yaml", as_attachment=True, download_name=f"{slug}.yaml"
    )


@bp.post("/<slug:slug>/draft/link")
@needs(Right.PREVIEW)
def share(slug: str) -> ResponseReturnValue:
    """Return a link that shows the draft to anybody for a week."""
    address = own_address()  # before anything else, since there is no link without it
    project, problems = _draft(slug)
    token = draft_links().sign(project, by=me().id) if project else None
    if token is None:
        return _unshared(problems)
    deps().services.audit.record(AuditAction.DRAFT_SHARED, by=me().id, subject=slug, project=slug)
    address = f"{address}/preview/_draft/{token}"
    if wants_json():
        return jsonify(address=address)
    return render("desk/preview/shared_link.html", slug=slug, address=address, days=LIFETIME.days)


def draft_links() -> DraftLinks:
    """Return what signs links to drafts."""
    return DraftLinks(deps().services.settings.secret_key)


def _unshared(problems: list[Problem]) -> ResponseReturnValue:
    """Say why a draft has no link."""
    is_wrong = any(not problem.is_warning for problem in problems)
    words = gettext(WRONG if is_wrong else LONG)
    if wants_json():
        return {"status": "error", "error": words}, 422
    return render("desk/problem.html", status=422, words=words, code=422)


def _source(slug: str) -> str:
    """Return what the file of a project says, right or wrong. Raises: ProjectNotFoundError."""
    if not me().sees(slug):
        raise ProjectNotFoundError(slug)
    return deps().services.catalog.source(slug).decode("utf-8", "replace")


def _draft(slug: str) -> tuple[Project | None, list[Problem]]:
    """Return the draft that was sent, and everything wrong with it.

    Raises: ProjectNotFoundError; DraftsBusyError, since one may take seconds of what serves the forms.
    """
    _source(slug)
    with deps().services.draft_slots.take():
        return read_draft(_text(), slug)


def _text() -> str:
    """Return the text that was sent, its lines ended as files end them."""
    return request.form.get("text", "").replace("\r\n", "\n")


def _shown(problem: Problem) -> dict[str, object]:
    return {"line": problem.line, "what": problem.what, "is_warning": problem.is_warning}
