"""Publishing from the desk: what a draft changes, its publication, the history, and whose change counts."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.catalog import read_draft, starters
from realpad_form.domain.errors import (
    FolderConflictError,
    ProjectFileError,
    PublishedMeanwhileError,
    PublishingNotAllowedError,
    ScheduledMeanwhileError,
    ScheduleTimeError,
    VersionNotFoundError,
)
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import is_slug
from realpad_form.domain.publishing import (
    NOTE_CHARS,
    FolderState,
    Publication,
    PublishedFrom,
    ScheduledPublication,
    ScheduleFailure,
    latest_time,
    merge,
)
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.i18n import ZONE, gettext, language, moment
from realpad_form.web.desk.pages import flash_message, render
from realpad_form.web.desk.preview.draft import (
    PARTS,
    begin_of,
    draft_links,
    draft_text,
    editor,
    may_begin_projects,
    source_of,
    take_long_texts,
)
from realpad_form.web.desk.preview.options import PreviewOptions

CONTEXT_LINES: Final = 3
NO_SCHEDULE: Final = UUID(int=0)
HISTORY: Final = 200
"""Versions that the history shows."""

BAD_SLUG: Final = _("Use lower-case letters, digits and dashes, such as riverside-2.")
TAKEN: Final = _("There is a project of that name already.")
LIVE: Final = _("Version %(number)s is live.")
UNCHANGED: Final = _("Nothing to publish: version %(number)s says the same.")
SCHEDULED: Final = _("Scheduled for %(time)s.")
CANCELLED: Final = _("Nothing is scheduled any more.")
SOMEBODY: Final = _("somebody")
BY_FILE: Final = _("the file in the folder")
BY_COMMAND: Final = _("a command")

TIME_PROBLEMS: Final = {
    "empty": _("Fill in the day and time, or choose “At once”."),
    "both": _("You filled in a time and chose “At once”. Choose one of them."),
    "gap": _("The clocks go forward then, so there is no such time. Take another one."),
    "past": _("This time is over. Take a later one."),
    "far": _("This is more than a year ahead. Take an earlier time."),
}
"""Why nothing can be scheduled for a time, by the reason of the error."""

FAILURES: Final = {
    ScheduleFailure.PROBLEMS: _("The text has problems by now."),
    ScheduleFailure.MEANWHILE: _("Somebody published another version meanwhile."),
    ScheduleFailure.RIGHT: _("Whoever scheduled it may not publish it any more."),
    ScheduleFailure.CONFLICT: _("The file in the folder was changed, too."),
    ScheduleFailure.GONE: _("The file of the project was deleted."),
    ScheduleFailure.RESTORED: _(
        "The database was restored from a backup, and nobody knows whether this was cancelled since."
    ),
    ScheduleFailure.OTHER: _("Why, a newer version of this program knows."),
}
"""Why a scheduled version did not go live."""

MINUTES: Final = "%Y-%m-%dT%H:%M"
"""How browsers write a day and time."""

bp = blueprint("preview_publish", "/preview")
bp.url_value_preprocessor(take_long_texts)


class DiffLine(NamedTuple):
    """One line of a comparison."""

    sign: str  # "+", "-", " ", or "…" where lines are left out
    text: str


@bp.route("/_new", methods=["GET", "POST"])
@needs(Right.ROUTING)
def new() -> ResponseReturnValue:
    """Ask for the name of a new project and what it begins with, then show it in the editor."""
    if not may_begin_projects():
        raise PublishingNotAllowedError("")
    catalog = deps().services.catalog
    slug, begin = request.form.get("slug", "").strip(), request.form.get("begin", "starter:enquiry")
    known = sorted(slug for slug in catalog.projects() if me().sees(slug))
    problem = None
    if request.method == "POST":
        if not is_slug(slug):
            problem = BAD_SLUG
        elif slug in catalog.contents().states and catalog.contents().states[slug] is not FolderState.ABSENT:
            problem = TAKEN
        elif text := _beginning(slug, begin, known):
            return editor(slug, text, read_draft(text, slug)[1], began_with="")
    return render(
        "desk/preview/new.html", status=422 if problem else 200, problem=problem and gettext(problem),
        slug=slug, begin=begin, starters=list(starters()), projects=known,
    )  # fmt: skip


def _beginning(slug: str, begin: str, known: Sequence[str]) -> str | None:
    """Return what a new project begins with: the text of a starter or another project, renamed."""
    kind, _sign, name = begin.partition(":")
    if kind == "project" and name in known:
        text = source_of(name)
    elif kind == "starter" and name in starters():
        text = next(iter(starters()[name].values()))
    else:
        return None
    return re.sub(r"(?m)^project:[ \t]*[^\s#]+", f"project: {slug}", text, count=1)


@bp.post("/<slug:slug>/draft/review")
@needs(Right.PUBLISH)
def review(slug: str) -> ResponseReturnValue:
    """Show what publishing a draft would change, beside the form as it is."""
    source_of(slug, may_be_new=True)
    text = draft_text()
    with deps().services.draft_slots.take():
        project, problems = read_draft(text, slug)
    if project is None:
        return editor(slug, text, problems, began_with=request.form.get("began_with", ""), status=422)
    return _review(slug, project, text, began_with=request.form.get("began_with", ""))


@bp.post("/<slug:slug>/draft/edit")
@needs(Right.PREVIEW)
def edit_again(slug: str) -> ResponseReturnValue:
    """Show the editor with a draft that was reviewed."""
    source_of(slug, may_be_new=True)
    text = draft_text()
    return editor(slug, text, read_draft(text, slug)[1], began_with=request.form.get("began_with", ""))


@bp.post("/<slug:slug>/publish")
@needs(Right.PUBLISH)
def publish(slug: str) -> ResponseReturnValue:
    """Make a draft live on every machine."""
    source_of(slug, may_be_new=True)
    text, began_with = draft_text(), request.form.get("began_with", "")
    publisher = deps().services.publisher
    before = publisher.newest_number(slug)
    try:
        at = _chosen_time()
        with deps().services.draft_slots.take():
            if at:
                return _schedule(slug, text, at, began_with=began_with)
            note = request.form.get("note", "")
            if "of_schedule" in request.form:
                schedule = request.form.get("schedule", type=UUID) or NO_SCHEDULE
                done = deps().services.publication_scheduler.publish_instead(
                    slug, schedule, text, by=me(), began_with=began_with, note=note
                )
            else:
                done = publisher.publish(slug, text, by=me(), began_with=began_with, note=note)
    except ProjectFileError as error:
        return editor(slug, text, list(error.problems), began_with=began_with, status=422)
    except (PublishedMeanwhileError, PublishingNotAllowedError, ScheduledMeanwhileError):
        return _review_again(slug, text, began_with=began_with, status=409)
    except ScheduleTimeError as error:
        return _review_again(slug, text, began_with=began_with, status=422, time_problem=error.reason)
    except FolderConflictError:
        return redirect(f"/preview/{slug}/folder", 303)
    words = UNCHANGED if done.number == before else LIVE
    flash_message(gettext(words) % {"number": done.number})
    return redirect(f"/preview/{slug}/history", 303)


def _chosen_time() -> datetime | None:
    """Return when a version is to go live, None for now. Raises: ScheduleTimeError."""
    written, is_later = request.form.get("at", ""), request.form.get("when") == "at"
    if not (written and is_later):
        if written or is_later:
            raise ScheduleTimeError("both" if written else "empty")
        return None
    try:
        local = datetime.strptime(written[:16], MINUTES).replace(tzinfo=ZONE)
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ScheduleTimeError("empty") from None
    if at.astimezone(ZONE).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ScheduleTimeError("gap")
    return at


def _schedule(slug: str, text: str, at: datetime, *, began_with: str) -> ResponseReturnValue:
    """Keep a draft until it goes live."""
    scheduler = deps().services.publication_scheduler
    new = ScheduledPublication(
        slug=slug, at=at, text=text, began_with=began_with, note=request.form.get("note", ""), by=me().id,
        scheduled_at=datetime.now(UTC),
    )  # fmt: skip
    kept = scheduler.schedule(new, by=me(), replaces=request.form.get("schedule", type=UUID))
    if kept:
        flash_message(gettext(SCHEDULED) % {"time": moment(at, language())})
    else:
        number = deps().services.publisher.newest_number(slug)
        flash_message(gettext(UNCHANGED) % {"number": number})
    return redirect(f"/preview/{slug}/history", 303)


@bp.post("/<slug:slug>/schedule/cancel")
@needs(Right.PUBLISH)
def cancel_schedule(slug: str) -> ResponseReturnValue:
    """Give up what is scheduled, or dismiss what has failed."""
    source_of(slug, may_be_new=True)
    schedule = request.form.get("schedule", type=UUID) or NO_SCHEDULE
    deps().services.publication_scheduler.cancel(slug, schedule, by=me())
    flash_message(gettext(CANCELLED))
    return redirect("/preview/" if request.form.get("back") == "list" else f"/preview/{slug}/history", 303)


@bp.post("/<slug:slug>/schedule/publish")
@needs(Right.PUBLISH)
def publish_schedule(slug: str) -> ResponseReturnValue:
    """Make live what is scheduled or has failed, or show what keeps it from that."""
    source_of(slug, may_be_new=True)
    scheduler, schedule_id = deps().services.publication_scheduler, request.form.get("schedule", type=UUID)
    schedule = scheduler.find(slug, schedule_id or NO_SCHEDULE)
    try:
        with deps().services.draft_slots.take():
            done = scheduler.publish_now(slug, schedule.id, by=me())
    except ProjectFileError as error:
        return editor(slug, schedule.text, list(error.problems), began_with=schedule.began_with, status=422)
    except (PublishedMeanwhileError, PublishingNotAllowedError):
        return _review_again(
            slug,
            schedule.text,
            began_with=schedule.began_with,
            status=409,
            note=schedule.note,
            is_of_schedule=True,
        )
    except FolderConflictError:
        return redirect(f"/preview/{slug}/folder", 303)
    flash_message(gettext(LIVE) % {"number": done.number})
    return redirect(f"/preview/{slug}/history", 303)


@bp.get("/<slug:slug>/history")
@needs(Right.PREVIEW)
def history(slug: str) -> ResponseReturnValue:
    """Show the versions of a project, and what one of them changed."""
    services = deps().services
    scheduled = services.publication_scheduler.schedules.get(slug)
    source_of(slug, may_be_new=scheduled is not None)
    versions = services.publications.history(slug, limit=HISTORY + 1)
    planned = scheduled if scheduled and "scheduled" in request.args else None
    chosen = request.args.get("version", type=int)
    shown = next((each for each in versions if each.number == chosen), None)
    before = next((each for each in versions if shown and each.number < shown.number), None)
    return _tab(
        "desk/preview/history.html",
        slug,
        versions=versions[:HISTORY],
        is_cut=len(versions) > HISTORY,
        names=_names(),
        shown=shown,
        changes=list(compare(before.text if before else "", shown.text)) if shown else [],
        began_with=begin_of(slug),
        scheduled=scheduled,
        failures=FAILURES,
        planned=list(compare(source_of(slug, may_be_new=True), planned.text)) if planned else None,
    )


@bp.post("/<slug:slug>/rollback")
@needs(Right.PUBLISH)
def roll_back(slug: str) -> ResponseReturnValue:
    """Make an earlier version live once more."""
    source_of(slug)
    number = request.form.get("version", 0, type=int)
    try:
        with deps().services.draft_slots.take():
            done = deps().services.publisher.roll_back(
                slug, number, by=me(), began_with=request.form.get("began_with", "")
            )
    except (ProjectFileError, PublishingNotAllowedError):
        return _review_version(slug, number)
    except FolderConflictError:
        return redirect(f"/preview/{slug}/folder", 303)
    flash_message(gettext(LIVE) % {"number": done.number})
    return redirect(f"/preview/{slug}/history", 303)


@bp.route("/<slug:slug>/folder", methods=["GET", "POST"])
@needs(Right.PUBLISH)
def folder(slug: str) -> ResponseReturnValue:
    """Show a file that was changed beside what is published, and let a person say which counts."""
    source_of(slug)
    services = deps().services
    publisher, file = services.publisher, services.catalog.file(slug)
    if publisher.state(slug) is not FolderState.CONFLICT or file is None:
        return redirect(f"/preview/{slug}/history", 303)
    text, problem, file_hash = file.decode("utf-8", "replace"), None, sha256(file).hexdigest()
    if request.method == "POST":
        try:
            if request.form.get("file") != file_hash:
                raise PublishedMeanwhileError(slug)  # it is not the file that was shown
            if request.form.get("choose") == "file":
                done = publisher.publish(slug, text, by=me())
            else:
                done = publisher.keep_published(slug, by=me())
        except (ProjectFileError, PublishingNotAllowedError, PublishedMeanwhileError) as error:
            problem = error
        else:
            flash_message(gettext(LIVE) % {"number": done.number})
            return redirect(f"/preview/{slug}/history", 303)
    live = source_of(slug)
    return _tab(
        "desk/preview/folder.html", slug, status=409 if problem else 200,
        changes=list(compare(live, text)), problem=problem, file_hash=file_hash, parts=_denied(problem),
        words=PARTS,
    )  # fmt: skip


def compare(before: str, after: str) -> Iterator[DiffLine]:
    """Yield what changed from one text to another, with a few lines around it."""
    old, new = before.splitlines(), after.splitlines()
    end = 0
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if group[0][1] > end:
            yield DiffLine("…", "")
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (DiffLine(" ", line) for line in old[a:b])
            else:
                yield from (DiffLine("-", line) for line in old[a:b])
                yield from (DiffLine("+", line) for line in new[c:d])
        end = group[-1][2]
    if 0 < end < len(old):
        yield DiffLine("…", "")


def _review_again(slug: str, text: str, *, began_with: str, status: int, **more: Any) -> Response:
    """Show once more what a draft changes that could not be published as it was meant to be."""
    project, problems = read_draft(text, slug)
    if project is None:  # whoever posts what no review has shown
        return editor(slug, text, problems, began_with=began_with, status=422)
    return _review(slug, project, text, began_with=began_with, status=status, **more)


def _review(
    slug: str, project: Project, text: str, *, began_with: str, status: int = 200, **more: Any
) -> Response:
    """Show what a draft changes, together with what somebody has published meanwhile if that can be."""
    services = deps().services
    services.publisher.refresh()
    live = source_of(slug, may_be_new=True)
    theirs, is_merged = None, False
    begin = begin_of(slug)
    if began_with != begin:
        versions = services.publications.history(slug)
        theirs = next(iter(versions), None)
        base = next((each.text for each in versions if each.hash == began_with), "")
        merged = merge(base, text, live) if base else None
        found = read_draft(merged, slug)[0] if merged else None
        if merged and found:
            text, project, is_merged = merged, found, True
    parts = services.publisher.guarded_parts(slug, project)
    may_publish = services.publisher.may_publish(slug, project, by=me())
    token = draft_links().sign(project, by=me().id)
    return _tab(
        "desk/preview/review.html", slug, status=status, draft=project, text=text,
        began_with=begin, changes=list(compare(live, text)), theirs=theirs, is_merged=is_merged,
        names=_names(), parts=parts, words=PARTS, may_publish=may_publish,
        shown=f"/preview/_draft/{token}/page" if token else None, note_chars=NOTE_CHARS,
        scheduled=services.publication_scheduler.schedules.get(slug), time_problems=TIME_PROBLEMS,
        **_times(), **more,
    )  # fmt: skip


def _times() -> dict[str, str]:
    """Return the first and the last minute that may be chosen, in local time as browsers write it."""
    now = datetime.now(ZONE)
    return {"earliest": f"{now + timedelta(minutes=1):{MINUTES}}", "latest": f"{latest_time(now):{MINUTES}}"}


def _review_version(slug: str, number: int) -> Response:
    """Show what keeps an earlier version from being live again. Raises: VersionNotFoundError."""
    earlier = deps().services.publications.get(slug, number)
    if earlier is None:
        raise VersionNotFoundError(slug, number)
    project, problems = read_draft(earlier.text, slug)
    began_with = begin_of(slug)
    if project is None:
        return editor(slug, earlier.text, problems, began_with=began_with, status=422)
    return _review(slug, project, earlier.text, began_with=began_with, status=403)


def _tab(template: str, slug: str, **values: Any) -> Response:
    """Return a page about a project; one that is not served any more has its history only."""
    project = deps().services.catalog.projects().get(slug)
    options = PreviewOptions.of(project, request.args) if project else PreviewOptions(language="")
    return render(template, slug=slug, project=project, options=options, **values)


def _denied(error: Exception | None) -> tuple[str, ...]:
    return error.parts if isinstance(error, PublishingNotAllowedError) else ()


def _names() -> dict[UUID, str]:
    """Return the names of people, as far as this person may see them."""
    return {each.id: each.name for each in deps().services.roster.people() if me().sees_all_of(each)}


@bp.app_template_global()
def published_by(each: Publication, names: dict[UUID, str]) -> str:
    """Return who published a version."""
    if each.origin is PublishedFrom.DESK:
        return names.get(each.by, gettext(SOMEBODY)) if each.by else gettext(SOMEBODY)
    return gettext(BY_FILE if each.origin is PublishedFrom.FILE else BY_COMMAND)


@bp.app_template_global()
def scheduled_by(each: ScheduledPublication, names: dict[UUID, str]) -> str:
    """Return who scheduled a version."""
    return names.get(each.by, gettext(SOMEBODY))
