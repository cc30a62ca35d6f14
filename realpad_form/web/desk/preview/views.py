"""The preview of a project: its form as visitors see it, and what else those who make it ask.

What Realpad gets, how to embed the form, whether all is well, and a test lead.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlsplit

from babel import Locale
from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.catalog import read_draft
from realpad_form.domain.lead import Submission
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.people import AuditAction, Right
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import LOOPBACK_ORIGINS
from realpad_form.domain.publishing import FolderState
from realpad_form.domain.text import pick
from realpad_form.forms import Posted, ProjectForm, sample_answers
from realpad_form.forms.messages import _
from realpad_form.services.preview import (
    MASK,
    ConsentCheck,
    Trial,
    as_test_project,
    as_test_submission,
    call_of,
    keyless_captcha,
)
from realpad_form.services.sources import source_reports
from realpad_form.web.context import deps, open_form, own_address, spoken
from realpad_form.web.desk.access import blueprint, get_visible_project, limit_realpad_calls, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import flash_message, render
from realpad_form.web.desk.preview.draft import may_begin_projects
from realpad_form.web.desk.preview.embed import Placement
from realpad_form.web.desk.preview.options import PreviewOptions, show
from realpad_form.web.request import client_address
from realpad_form.web.wordpress import ARCHIVE, plugin_archive

bp = blueprint("preview", "/preview")

UNASKED: Final = ("unit", "campaign", "page")
"""What a host page sends along with the answers."""

NOT_CONFIRMED: Final = _("Nothing was sent: tick that you want the test lead.")
STORED: Final = _("The test lead is stored and on its way to the sandbox.")


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
    problems = [problem for problem in catalog.problems() if me().sees(stem(problem.path))]
    stand_ins = {slug: good for slug, good in catalog.stand_ins().items() if me().sees(slug)}
    states = catalog.contents().states
    return render(
        "desk/preview/list.html",
        projects=known,
        problems=problems,
        stand_ins=stand_ins,
        published=deps().services.published_projects.current(),
        torn={slug for slug, state in states.items() if state is FolderState.CONFLICT},
        may_begin=may_begin_projects(),
    )


@bp.get("/<slug:slug>")
@needs(Right.PREVIEW)
def options(slug: str) -> ResponseReturnValue:
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
    return render(template, project=project, options=PreviewOptions.of(project, request.values), **values)


@bp.route("/<slug:slug>/call", methods=["GET", "POST"])
@needs(Right.PREVIEW)
def call(slug: str) -> ResponseReturnValue:
    """Show the call that some answers would make; they are posted only to stay out of logs."""
    project = get_visible_project(slug)
    posted = Posted(dict(request.form.lists())) if request.method == "POST" else sample_answers(project)
    form = open_form(project, spoken(project, request.form.get("language")), posted)
    sent = _submission(form) if form.validate() else None
    named = [
        name for name in (*UNASKED, *sorted(project.capture.parameters)) if name not in project.questions
    ]
    url = f"{deps().services.settings.realpad_url}create-lead"
    return render_tab(
        "desk/preview/call.html", project, form=form, named=named, call=_call(form.recipient, sent), url=url
    )


@bp.get("/<slug:slug>/embed")
@needs(Right.PREVIEW)
def embed(slug: str) -> ResponseReturnValue:
    """Show what to paste where."""
    project = get_visible_project(slug)
    chosen = {name: request.args.get(name, "").strip()[:200] for name in ("unit", "campaign")}
    language = request.args.get("lang", "")
    language = language if language in project.languages else ""
    placement = Placement(project=project, address=own_address(), language=language, **chosen)
    page = request.args.get("page", "").strip()[:2000]
    reports = source_reports({slug: project}, keyed=deps().services.settings.source_keys)
    sources = [each for each in reports if each.projects]  # the others are none of this project's
    return render_tab("desk/preview/embed.html", project, placement=placement, page=page, sources=sources)


@bp.get("/wordpress-plugin")
@needs(Right.PREVIEW)
def wordpress_plugin() -> ResponseReturnValue:
    """Return the WordPress plugin, to be uploaded there."""
    answer = Response(plugin_archive(), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=ARCHIVE)
    return answer


@bp.route("/<slug:slug>/check", methods=["GET", "POST"])
@needs(Right.PREVIEW)
@limit_realpad_calls
def check(slug: str) -> ResponseReturnValue:
    """Show what is unwise in the file, here and in Realpad, which is asked only on a press of the button."""
    project, services = get_visible_project(slug), deps().services
    text = services.catalog.source(slug).decode("utf-8", "replace")
    captcha = keyless_captcha(project, keyed=services.settings.captcha_keys)
    consents = ConsentCheck(services.crm, services.credential)
    found = consents.findings(project) if request.method == "POST" else None
    return render_tab(
        "desk/preview/check.html",
        project,
        problems=read_draft(text, slug)[1],
        captcha=captcha,
        consents=found,
        for_trying=LOOPBACK_ORIGINS,
    )


@bp.get("/<slug:slug>/test")
@needs(Right.PREVIEW)
def test(slug: str) -> ResponseReturnValue:
    """Show the test lead that would be sent."""
    project = get_visible_project(slug)
    sample = _sample(project)
    shown = _call(as_test_project(sample.recipient), as_test_submission(_submission(sample)))
    return render_tab("desk/preview/test.html", project, call=shown, is_sandbox=_is_sandbox())


@bp.post("/<slug:slug>/test")
@needs(Right.PREVIEW)
def send_test(slug: str) -> ResponseReturnValue:
    """Send a test lead where no sales team would see it: only into a sandbox, and only if confirmed."""
    project, services = get_visible_project(slug), deps().services
    if not (_is_sandbox() and request.form.get("confirmed")):
        flash_message(gettext(NOT_CONFIRMED), is_bad=True)
        return redirect(f"/preview/{slug}/test", 303)
    sample = _sample(project)
    receipt = Trial(services.intake).send(sample.recipient, _submission(sample))
    services.audit.record(
        AuditAction.TESTED, by=me().id, subject=slug, detail=str(receipt.lead_id), project=slug
    )
    flash_message(gettext(STORED))
    return redirect(f"/preview/{slug}/test", 303)


def _sample(project: Project) -> ProjectForm:
    """Return the form with answers that it takes."""
    form = open_form(project, project.language, sample_answers(project))
    form.validate()
    return form


def _submission(form: ProjectForm) -> Submission:
    return form.submission(key=None, address=client_address(request), submitted_at=datetime.now(UTC))


def _call(project: Project, sent: Submission | None) -> dict[str, str] | None:
    """Return the call that a submission would make, or None; logins are shown to nobody here."""
    pairs = deps().services.settings.credentials.items()
    masked = {name: replace(pair, login=MASK) for name, pair in pairs}
    return call_of(project, sent, masked) if sent else None


def _is_sandbox() -> bool:
    """Tell whether leads go to this machine instead of Realpad."""
    return is_loopback(urlsplit(deps().services.settings.realpad_url).hostname)
