"""The live editor: a project file that is being written, checked and shown; see `publish` for what follows.

A link shows a draft to anybody for a week. It holds the draft itself, so that nothing is stored.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from typing import Final
from uuid import UUID

import brotli
from flask import Blueprint, Response, abort, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from itsdangerous import BadData
from pydantic import ValidationError

from realpad_form.catalog import json_schema, read_draft
from realpad_form.domain.errors import Problem, ProjectNotFoundError
from realpad_form.domain.people import AuditAction, Right
from realpad_form.domain.project import Capture, Limits, Project, Routing
from realpad_form.domain.publishing import FolderState, GuardedPart, guarded_changes
from realpad_form.forms.messages import _
from realpad_form.services.signing import TimedSigner
from realpad_form.web.context import deps, own_address
from realpad_form.web.desk.access import blueprint, get_visible_project, me, needs, open_to_all
from realpad_form.web.desk.i18n import LANGUAGES, gettext, translations
from realpad_form.web.desk.pages import POLICY, render, wants_json
from realpad_form.web.desk.preview.embed import listable_origin
from realpad_form.web.desk.preview.options import PreviewOptions, show
from realpad_form.web.request import wants_json as form_wants_json

DRAFT_BYTES: Final = 1024 * 1024
"""A file of the largest size, and what a form around it may add."""

WRONG: Final = _("Fix the draft first; a link would show nothing.")
LONG: Final = _("The draft is too long for a link. Download the file and send that.")

LINK_SALT: Final = "realpad-form/draft/v1"
LINK_LIFETIME: Final = timedelta(days=7)
LINK_CHARS: Final = 6000
"""Characters of a link; servers and proxies take 8,000 and the rest of the request line."""

_NOWHERE: Final = Routing(credentials="draft", project=1)

PARTS: Final = {
    GuardedPart.ROUTING: _(
        "where leads go: new leads go to the other Realpad project or login; earlier ones stay"
    ),
    GuardedPart.ORIGINS: _(
        "which sites may show the form: it works on those that are listed, and on no others"
    ),
    GuardedPart.WEBHOOKS: _("which other systems hear of leads"),
    GuardedPart.SOURCES: _("which other systems may send leads"),
    GuardedPart.CAPTURE: _("what of a visit is kept with a lead"),
    GuardedPart.PROTECTION: _("captcha and limits: how the form is kept from programs"),
    GuardedPart.NOTICES: _("who gets a notification of each lead"),
    GuardedPart.RETENTION: _("how long leads are kept: older ones are erased for good, some every day"),
    GuardedPart.CONSENTS: _("which consents are asked for: leads carry other consents from then on"),
    GuardedPart.REQUIRED: _("an answer that was required: leads may arrive in Realpad without it"),
}
"""What of a project only an admin may change, and what that does to leads."""

UNSENT: Final = _("This is a preview: nothing was sent.")

bp = blueprint("preview_draft", "/preview")

shared_bp = blueprint("preview_shared", "/preview/_draft")
"""What people without an account may open."""

unsent = Blueprint("preview_unsent", __name__, url_prefix="/preview/_unsent")
"""Where forms in previews send what is typed: nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDraft:
    """A draft as it was shared; of its way into Realpad nothing is left."""

    project: Project
    by: UUID
    until: datetime  # aware, UTC


def _now() -> datetime:
    return datetime.now(UTC)


class DraftLinks:
    """Makes and reads the part of a link that holds a draft; the first key signs, every key reads."""

    def __init__(self, secret_keys: Sequence[str], *, clock: Callable[[], datetime] = _now) -> None:
        self._signer = TimedSigner(secret_keys, salt=LINK_SALT)
        self._clock = clock

    def sign(self, project: Project, *, by: UUID) -> str | None:
        """Return a draft as a part of an address, or None if it is too long for one."""
        shown = project.model_copy(
            update={"realpad": _NOWHERE, "capture": Capture(), "limits": Limits(), "captcha": "none"}
        )
        packed = brotli.compress(by.bytes + shown.model_dump_json(exclude_defaults=True).encode())
        token = self._signer.sign(base64.urlsafe_b64encode(packed).rstrip(b"="))
        return token if len(token) <= LINK_CHARS else None

    def read(self, token: str) -> SharedDraft | None:
        """Return the draft of a link, or None if we never signed it, or too long ago."""
        if len(token) > LINK_CHARS or not token.isascii():
            return None
        try:
            content, signed_at = self._signer.read(token)
            packed = brotli.decompress(base64.urlsafe_b64decode(content + b"=" * (-len(content) % 4)))
            project = Project.model_validate_json(packed[16:])
        except (BadData, binascii.Error, brotli.error, ValidationError):
            return None  # of another key, or of a grammar that is no more
        until = signed_at + LINK_LIFETIME
        is_alive = signed_at - LINK_LIFETIME < self._clock() < until
        return SharedDraft(project=project, by=UUID(bytes=packed[:16]), until=until) if is_alive else None


TAB_TEXT: Final = "draft-text"
"""Field of a post to a page about a project: the draft of its browser tab. No question has such a name."""

TAB_ONLY: Final = "draft-only"
"""Field that says that nothing was sent but the draft, to show the page with it."""


class DraftUse(StrEnum):
    """What a page about a project makes of the draft that its browser tab keeps."""

    SHOWN = "shown"
    LIVE_ROUTING = "live-routing"  # shown, but leads go where they go now: the person may not change that
    LIVE_CHOICES = "live-choices"  # not shown: it offers other projects, which the person may not publish
    BROKEN = "broken"  # not shown: it has errors


@dataclass(frozen=True, slots=True, kw_only=True)
class TabContents:
    """The project that a page is about: as it is live, or as the draft of its browser tab has it."""

    project: Project
    draft: DraftUse | None = None  # None if no draft was sent
    problems: Sequence[Problem] = ()  # of a draft that is shown

    @property
    def is_draft(self) -> bool:
        """Whether it is the draft."""
        return self.draft in (DraftUse.SHOWN, DraftUse.LIVE_ROUTING)


@bp.url_value_preprocessor
def take_long_texts(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Let a whole project file through, before anything reads the form."""
    request.max_content_length = DRAFT_BYTES


@bp.get("/_schema.json")
@needs(Right.PREVIEW)
def schema() -> ResponseReturnValue:
    """Return what the editor completes from, explained in the language of who is signed in."""
    return jsonify(json_schema(gettext))


@bp.get("/<slug:slug>/edit")
@needs(Right.PREVIEW)
def edit(slug: str) -> ResponseReturnValue:
    """Show the editor with the file as it is; a link may name a site to add to it."""
    text, origin = source_of(slug), listable_origin(request.args.get("add-origin", ""))
    return editor(slug, text, read_draft(text, slug)[1], began_with=begin_of(slug), add_origin=origin)


def editor(
    slug: str,
    text: str,
    problems: Sequence[Problem],
    *,
    began_with: str,
    status: int = 200,
    add_origin: str | None = None,
) -> Response:
    """Return the editor with a text; `began_with` is the hash of the one that it was made from.

    `add_origin` is a site that the page's script adds to the draft.
    """
    services = deps().services
    project = services.catalog.projects().get(slug)
    options = PreviewOptions.of(project, request.args) if project else PreviewOptions(language="")
    return render(
        "desk/preview/edit.html",
        status=status,
        slug=slug,
        project=project,
        options=options,
        text=text,
        problems=problems,
        began_with=began_with,
        is_posted=request.method == "POST",
        version=services.published_projects.current().get(slug),
        may_publish=me().may(Right.PUBLISH),
        is_conflict=services.publisher.state(slug) is FolderState.CONFLICT,
        add_origin=add_origin,
    )


@bp.post("/<slug:slug>/draft")
@needs(Right.PREVIEW)
def check(slug: str) -> ResponseReturnValue:
    """Say what is wrong with a draft, by line."""
    project, problems = _draft(slug)
    return jsonify(
        is_usable=project is not None,
        languages=project.languages if project else (),
        problems=[shown_problem(each) for each in problems],
        needs_admin=refused_parts(slug, project) if project else (),
    )


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
    source_of(slug, may_be_new=True)
    return send_file(
        BytesIO(draft_text().encode()), "application/yaml", as_attachment=True, download_name=f"{slug}.yaml"
    )


@bp.post("/<slug:slug>/draft/link")
@needs(Right.PREVIEW)
def share(slug: str) -> ResponseReturnValue:
    """Return a link that shows the draft to anybody for a week."""
    address = own_address()  # before anything else, since there is no link without it
    project, problems = _draft(slug)
    token = draft_links().sign(project, by=me().id) if project else None
    if token is None:
        is_wrong = any(not problem.is_warning for problem in problems)
        words = gettext(WRONG if is_wrong else LONG)
        if wants_json():
            return {"status": "error", "error": words}, 422
        return render("desk/problem.html", status=422, words=words, code=422)
    deps().services.audit.record(AuditAction.DRAFT_SHARED, by=me().id, subject=slug, project=slug)
    address = f"{address}/preview/_draft/{token}"
    if wants_json():
        return jsonify(address=address)
    return render("desk/preview/shared_link.html", slug=slug, address=address, days=LINK_LIFETIME.days)


def draft_links() -> DraftLinks:
    """Return what signs links to drafts."""
    return DraftLinks(deps().services.settings.secret_key)


def source_of(slug: str, *, may_be_new: bool = False) -> str:
    """Return what an edit of a project begins with, right or wrong; "" for one that somebody begins.

    Raises: ProjectNotFoundError.
    """
    if not me().sees(slug):
        raise ProjectNotFoundError(slug)
    try:
        return deps().services.catalog.source(slug).decode("utf-8", "replace")
    except ProjectNotFoundError:
        if may_be_new and may_begin_projects():
            return ""
        raise


def begin_of(slug: str) -> str:
    """Return the hash of what an edit of a project begins with; "" for one that somebody begins."""
    try:
        return sha256(deps().services.catalog.source(slug)).hexdigest()
    except ProjectNotFoundError:
        return ""


def may_begin_projects() -> bool:
    """Tell whether whoever is signed in may make a new project."""
    return me().may(Right.ROUTING) and me().projects is None


def _draft(slug: str) -> tuple[Project | None, list[Problem]]:
    """Return the draft that was sent, and everything wrong with it.

    Raises: ProjectNotFoundError; DraftsBusyError, since one may take seconds of what serves the forms.
    """
    source_of(slug, may_be_new=True)
    with deps().services.draft_slots.take():
        return read_draft(draft_text(), slug)


def draft_text(field: str = "text") -> str:
    """Return the text that was sent, its lines ended as files end them."""
    return request.form.get(field, "").replace("\r\n", "\n")


def tab_contents(slug: str) -> TabContents:
    """Return what a page about a project shows: the project as it is live, unless a draft was sent.

    Raises: ProjectNotFoundError, DraftsBusyError; StorageUnavailableError, if it changes where leads go.
    """
    live, text = get_visible_project(slug), draft_text(TAB_TEXT)
    if TAB_TEXT not in request.form or text == source_of(slug):
        return TabContents(project=live)
    with deps().services.draft_slots.take():
        draft, problems = read_draft(text, slug)
    if draft is None:
        return TabContents(project=live, draft=DraftUse.BROKEN)
    is_rerouted = GuardedPart.ROUTING in guarded_changes(live, draft)
    if not is_rerouted or deps().services.publisher.may_publish(slug, draft, by=me()):
        return TabContents(project=draft, draft=DraftUse.SHOWN, problems=problems)
    if draft.choices != live.choices:  # a lead would go to a project of the person's choice
        return TabContents(project=live, draft=DraftUse.LIVE_CHOICES)
    routed = draft.model_copy(update={"realpad": live.realpad})
    return TabContents(project=routed, draft=DraftUse.LIVE_ROUTING, problems=problems)


def sends_form() -> bool:
    """Return whether a form of a page about a project was sent, and not only the draft to show it with."""
    return request.method == "POST" and TAB_ONLY not in request.form


def refused_parts(slug: str, draft: Project) -> list[dict[str, str]]:
    """Return what of a draft only an admin may publish, to a writer who may publish the rest.

    Each is a part of the file, and what it does to leads. This tells beforehand; the review decides.
    """
    if not me().may(Right.PUBLISH) or me().may(Right.ROUTING):
        return []
    parts = guarded_changes(deps().services.catalog.projects().get(slug), draft)
    return [{"part": part, "what": gettext(PARTS[part])} for part in parts]


def shown_problem(problem: Problem) -> dict[str, object]:
    """Return what is wrong with a draft, as the editor shows it."""
    return {
        "line": problem.line,
        "what": problem.translated(gettext),
        "detail": problem.detail,  # stays as it is, in English
        "question": problem.location.question,
        "is_warning": problem.is_warning,
    }


@shared_bp.get("/<token>")
@open_to_all
def shared(token: str) -> ResponseReturnValue:
    """Show a shared draft, marked as one."""
    draft = _find(token)
    options = PreviewOptions.of(draft.project, request.args)
    page = render(
        "desk/preview/shared.html", project=draft.project, options=options, until=draft.until, token=token
    )
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Referrer-Policy"] = "no-referrer"  # the link is the key
    return page


@shared_bp.get("/<token>/page")
@open_to_all
def shared_page(token: str) -> ResponseReturnValue:
    """Return the draft's form for the frame."""
    draft = _find(token)
    return show(draft.project, PreviewOptions.of(draft.project, request.args))


@unsent.get("/session")
def session() -> ResponseReturnValue:
    """Give a form in a preview what it asks for before it sends: nothing of worth."""
    return jsonify(token="", captcha=None)


@unsent.post("/<language:language>/leads")
def leads(language: str) -> ResponseReturnValue:
    """Answer a form in a preview: it was not sent. Nothing of it is read."""
    spoken = language if language in LANGUAGES else "en"
    text = translations(spoken).gettext(UNSENT)
    if form_wants_json(request):
        return jsonify(status="invalid", errors={"preview": [text]}), 422
    return Response(text, mimetype="text/plain")


def _find(token: str) -> SharedDraft:
    """Return a shared draft while its link and the rights of who shared it last; else 404."""
    draft = draft_links().read(token)
    if draft is None:
        abort(404)
    sharers = (person for person in deps().services.roster.people() if person.id == draft.by)
    if not any(person.may(Right.PREVIEW) and person.sees(draft.project.slug) for person in sharers):
        abort(404)
    return draft
