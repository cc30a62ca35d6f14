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
    ConsentProblem,
    Trial,
    as_test_project,
    as_test_submission,
    call_of,
    keyless_captcha,
)
from realpad_form.services.sources import source_reports
from realpad_form.web.context import deps, open_form, own_address, spoken
from realpad_form.web.desk.access import blueprint, get_visible_project, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import flash_message, render
from realpad_form.web.desk.preview.draft import (
    TabContents,
    may_begin_projects,
    sends_form,
    tab_contents,
    take_long_texts,
)
from realpad_form.web.desk.preview.embed import Placement
from realpad_form.web.desk.preview.options import PreviewOptions, show
from realpad_form.web.request import client_address
from realpad_form.web.wordpress import ARCHIVE, plugin_archive

bp = blueprint("preview", "/preview")
bp.url_value_preprocessor(take_long_texts)  # of drafts

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
    schedules = deps().services.publication_scheduler.schedules.all()
    return render(
        "desk/preview/list.html",
        projects=known,
        problems=problems,
        stand_ins=stand_ins,
        published=deps().services.published_projects.current(),
        torn={slug for slug, state in states.items() if state is FolderState.CONFLICT},
        may_begin=may_begin_projects(),
        schedules={
            each.slug: each
            for each in schedules
            if each.slug in known or (me().sees(each.slug) and may_begin_projects())
        },
    )


@bp.route("/<slug:slug>", methods=["GET", "POST"])
@needs(Right.PREVIEW)
def options(slug: str) -> ResponseReturnValue:
    """Show a form in the way that was chosen."""
    return render_tab("desk/preview/look.html", tab_contents(slug))


@bp.get("/<slug:slug>/page")
@needs(Right.PREVIEW)
def page(slug: str) -> ResponseReturnValue:
    """Return the page in the frame."""
    project = get_visible_project(slug)
    return show(project, PreviewOptions.of(project, request.args))


def render_tab(template: str, tab: TabContents, **values: Any) -> Response:
    """Return one of the pages about a project."""
    project = tab.project
    return render(
        template, project=project, tab=tab, options=PreviewOptions.of(project, request.values), **values
    )


@bp.route("/<slug:slug>/call", methods=["GET", "POST"])
@needs(Right.PREVIEW)
def call(slug: str) -> ResponseReturnValue:
    """Show the call that some answers would make; they are posted only to stay out of logs."""
    tab = tab_contents(slug)
    project = tab.project
    posted = Posted(dict(request.form.lists())) if sends_form() else sample_answers(project)
    form = open_form(project, spoken(project, request.form.get("language")), posted)
    sent = _submission(form) if form.validate() else None
    named = [
        name for name in (*UNASKED, *sorted(project.capture.parameters)) if name not in project.questions
    ]
    url = f"{deps().services.settings.realpad_url}create-lead"
    return render_tab(
        "desk/preview/call.html", tab, form=form, named=named, call=_call(form.recipient, sent), url=url
    )


@bp.route("/<slug:slug>/embed", methods=["GET", "POST"])
@needs(Right.PREVIEW)
def embed(slug: str) -> ResponseReturnValue:
    """Show what to paste where; it is posted only with a draft."""
    tab = tab_contents(slug)
    project = tab.project
    chosen = {name: request.args.get(name, "").strip()[:200] for name in ("unit", "campaign")}
    language = request.args.get("lang", "")
    language = language if language in project.languages else ""
    placement = Placement(project=project, address=own_address(), language=language, **chosen)
    page = request.args.get("page", "").strip()[:2000]
    reports = source_reports({slug: project}, keyed=deps().services.settings.source_keys)
    sources = [each for each in reports if each.projects]  # the others are none of this project's
    return render_tab(
        "desk/preview/embed.html",
        tab,
        placement=placement,
        page=page,
        host_page=placement.host_page(page) if page else None,
        sources=sources,
    )


@bp.get("/wordpress-plugin")
@needs(Right.PREVIEW)
def wordpress_plugin() -> ResponseReturnValue:
    """Return the WordPress plugin, to be uploaded there."""
    answer = Response(plugin_archive(), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=ARCHIVE)
    return answer


@bp.route("/<slug:slug>/check", methods=["GET", "POST"])
@needs(Right.PREVIEW)
def check(slug: str) -> ResponseReturnValue:
    """Show what is unwise in the file, here and in Realpad, which is asked only on a press of the button."""
    tab, services = tab_contents(slug), deps().services
    text = services.catalog.source(slug).decode("utf-8", "replace")
    return render_tab(
        "desk/preview/check.html",
        tab,
        problems=tab.problems if tab.is_draft else read_draft(text, slug)[1],
        captcha=keyless_captcha(tab.project, keyed=services.settings.captcha_keys),
        consents=_compare_consents(tab.project) if sends_form() else None,
        for_trying=LOOPBACK_ORIGINS,
    )


def _compare_consents(project: Project) -> list[ConsentProblem]:
    """Return what is wrong with the consents of a project, as Realpad knows them. Raises: CallsBusyError."""
    services = deps().services
    with services.realpad_call_slots.take():
        return ConsentCheck(services.crm, services.credential).findings(project)


@bp.route("/<slug:slug>/test", methods=["GET", "POST"])
@needs(Right.PREVIEW)
def test(slug: str) -> ResponseReturnValue:
    """Show the test lead that would be sent, and send it if that was confirmed."""
    tab = tab_contents(slug)
    sample = _sample(tab.project)
    if sends_form():
        _send_test(slug, sample)
        if tab.draft is None:  # nothing else shows the page with the draft
            return redirect(f"/preview/{slug}/test", 303)
    shown = _call(as_test_project(sample.recipient), as_test_submission(_submission(sample)))
    return render_tab("desk/preview/test.html", tab, call=shown, is_sandbox=_is_sandbox())


def _send_test(slug: str, sample: ProjectForm) -> None:
    """Send a test lead where no sales team would see it: only into a sandbox, and only if confirmed."""
    if not (_is_sandbox() and request.form.get("confirmed")):
        flash_message(gettext(NOT_CONFIRMED), is_bad=True)
        return
    services = deps().services
    receipt = Trial(services.intake).send(sample.recipient, _submission(sample))
    services.audit.record(
        AuditAction.TESTED, by=me().id, subject=slug, detail=str(receipt.lead_id), project=slug
    )
    flash_message(gettext(STORED))


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
