"""The connections to Realpad: which are held back, why, what to do, and how to go on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Status
from realpad_form.domain.hints import Meaning, meaning_of
from realpad_form.domain.lane import REFUSALS_TO_STOP, Cause, Lane, LaneState, cause_of
from realpad_form.domain.people import Right
from realpad_form.domain.search import InboxQuery
from realpad_form.services.credentials import Adoption
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs, project_name
from realpad_form.web.desk.i18n import gettext, language, translations
from realpad_form.web.desk.labels import LANE_EXPLANATIONS, MISMATCHES, REFUSED_ALIKE, Explanation
from realpad_form.web.desk.lead.hints import ABOUT_THE_LEAD
from realpad_form.web.desk.pages import flash_message, render

bp = blueprint("connections", "/inbox/lanes")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """A lane as a person sees it."""

    name: str
    state: LaneState
    is_on_trial: bool
    waiting: int  # leads that the person may see
    can_resume: bool  # if it is stopped
    can_try: bool = False  # if it is paused
    refused_alike: Explanation | None = None  # what all refused leads have in common that stopped it
    since: datetime | None = None
    next_call_at: datetime | None = None
    words: Explanation | None = None  # if it is held back
    answer: str = ""  # what Realpad said, for those who may read it

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is sent until a person resumes it."""
        return self.state is LaneState.STOPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandedView:
    """Leads that no login of today may send, as a person sees them."""

    name: str  # of the credentials they were accepted for
    is_unset: bool  # and have never had a login
    count: int
    projects: list[str]
    since: datetime
    old_host: str | None
    adopter: str | None  # the credentials that could send them
    new_host: str | None


def visible_lanes() -> list[LaneView]:
    """Return the lanes of the projects that who is signed in may see, those that need a person first."""
    services, names = deps().services, _names()
    lanes = [lane for lane in services.credentials.lanes() if lane.key.credential in names]
    now = services.log.now()
    views = [_view(lane, now) for lane in lanes]
    return sorted(views, key=lambda view: (not view.is_stopped, view.name))


def visible_stranded() -> Iterator[StrandedView]:
    """Yield the leads of visible projects that wait for a person's decision which login to send them with."""
    for each in deps().services.credentials.stranded():
        seen = [standing for standing in each.standings if me().sees(standing.project)]
        if not seen:
            continue
        yield StrandedView(
            name=each.route.credential,
            is_unset=not each.route.account,
            count=sum(standing.count for standing in seen),
            projects=[project_name(standing.project) for standing in seen],
            since=min(standing.oldest_at for standing in seen),
            old_host=each.host,
            adopter=each.adopter.credential if each.adopter else None,
            new_host=each.adopter.host if each.adopter else None,
        )


def _names() -> set[str]:
    """Return which credentials are used by projects that who is signed in may see."""
    services, person = deps().services, me()
    configured = set(services.credentials.keys)
    if person.projects is None:
        return configured
    projects = services.catalog.projects().items()
    return configured & {project.realpad.credentials for slug, project in projects if person.sees(slug)}


def _only_project(name: str) -> str | None:
    """Return the project that credentials belong to; None if several share them."""
    slugs = deps().services.credentials.projects_of(name)
    return slugs.pop() if len(slugs) == 1 else None


def _may_resume(name: str) -> bool:
    """Tell whether who is signed in may see every project whose leads a resume would send."""
    return me().may(Right.WORK) and all(map(me().sees, deps().services.credentials.projects_of(name)))


def _view(lane: Lane, now: datetime) -> LaneView:
    state, cause = lane.state(now), cause_of(lane)
    is_open = state is LaneState.OPEN
    # What the relay wrote down may quote a lead of any project, even of another login at the same host.
    may_read = me().projects is None and not me().is_masked
    standings = deps().services.log.waiting_for(lane.key.route)
    is_about_leads = not is_open and cause is Cause.CONFIGURATION
    alike = _refused_alike(lane.key.credential) if is_about_leads else None
    return LaneView(
        name=lane.key.credential,
        state=state,
        is_on_trial=lane.is_on_trial,
        waiting=sum(each.count for each in standings if me().sees(each.project)),
        can_resume=state is LaneState.STOPPED and _may_resume(lane.key.credential),
        can_try=lane.may_be_tried(now) and _may_resume(lane.key.credential),
        refused_alike=alike,
        since=None if is_open else lane.since,
        next_call_at=lane.next_call_at(now),
        words=None if is_open else REFUSED_ALIKE if alike else LANE_EXPLANATIONS[cause],
        answer=str(lane.reason or "") if may_read and not is_open and cause is not Cause.RATE else "",
    )


def _refused_alike(credential: str) -> Explanation | None:
    """Return what Realpad said of all the leads refused last, if that was the same, and about leads."""
    services = deps().services
    projects = {
        slug
        for slug, project in services.catalog.projects().items()
        if project.realpad.credentials == credential and me().sees(slug)
    }
    query = InboxQuery(statuses=(Status.REJECTED,), projects=frozenset(projects))
    ended = [
        record.attempts[-1]
        for record in services.index.page(query, limit=REFUSALS_TO_STOP).records
        if record.attempts
    ]
    meanings = {meaning_of(each.status, each.answer, outcome=each.outcome) for each in ended}
    meaning = meanings.pop() if len(ended) == REFUSALS_TO_STOP and len(meanings) == 1 else Meaning.REFUSED
    return None if meaning is Meaning.REFUSED else ABOUT_THE_LEAD.get(meaning)


@bp.get("")
@needs(Right.LEADS)
def show() -> ResponseReturnValue:
    """Show every lane."""
    return render("desk/inbox/connections.html", lanes=visible_lanes(), stranded=list(visible_stranded()))


@bp.get("/<slug:name>")
@needs(Right.LEADS)
def show_one(name: str) -> ResponseReturnValue:
    """Lead to where a lane stands among the others; links of alerts come here, also after a sign-in."""
    return redirect(f"/inbox/lanes#lane-{name}", 303)


@bp.post("/<slug:name>/resume")
@needs(Right.WORK)
def resume(name: str) -> ResponseReturnValue:
    """Let the leads of a lane flow again; one goes first."""
    services = deps().services
    if name not in _names():
        abort(404)
    if not _may_resume(name):
        abort(403)
    resumption = services.credentials.resume(name, by=me().id, project=_only_project(name))
    flash_message(
        gettext("“%(name)s” goes on: one lead is sent first, the others follow if it arrives.")
        % {"name": name}
    )
    for mismatch, count in resumption.left.items():
        left = gettext("Left as they were accepted: %(n)s (%(why)s).")
        flash_message(left % {"n": count, "why": gettext(MISMATCHES[mismatch])}, is_bad=True)
    return redirect("/inbox/" if request.form.get("back") == "inbox" else "/inbox/lanes", 303)


@bp.post("/<slug:name>/try")
@needs(Right.WORK)
def try_now(name: str) -> ResponseReturnValue:
    """Let one lead be sent before the pause of a lane is over."""
    if name not in _names():
        abort(404)
    if not _may_resume(name):
        abort(403)
    if deps().services.credentials.try_now(name, by=me().id, project=_only_project(name)):
        told = gettext("“%(name)s” is tried now: the next lead goes first, the others follow if it arrives.")
        flash_message(told % {"name": name})
    else:
        flash_message(gettext("It is not paused any more, or Realpad has asked us to wait."), is_bad=True)
    return redirect("/inbox/" if request.form.get("back") == "inbox" else "/inbox/lanes", 303)


@bp.get("/<slug:name>/adopt")
@needs(Right.WORK)
def confirm_adoption(name: str) -> ResponseReturnValue:
    """Show what was accepted for which login, and what would be sent with the one of today."""
    return _show_adoption(_adoption(name))


@bp.post("/<slug:name>/adopt")
@needs(Right.WORK)
def adopt(name: str) -> ResponseReturnValue:
    """Send leads with a login that they were not accepted for."""
    services, adoption = deps().services, _adoption(name)
    if request.form.get("seen") != _digest(adoption):
        return _show_adoption(adoption, is_outdated=True)
    adopted = services.credentials.adopt(adoption, by=me().id, project=_only_project(name))
    words = translations(language()).ngettext(
        "%(n)s lead goes to Realpad with “%(name)s” now.",
        "%(n)s leads go to Realpad with “%(name)s” now.",
        adopted,
    )
    flash_message(words % {"n": adopted, "name": name})
    return redirect("/inbox/lanes", 303)


def _adoption(name: str) -> Adoption:
    if name not in _names():
        abort(404)
    return deps().services.credentials.adoption(name, sees=me().sees)


def _show_adoption(adoption: Adoption, *, is_outdated: bool = False) -> ResponseReturnValue:
    return render(
        "desk/inbox/adopt.html",
        status=409 if is_outdated else 200,
        adoption=adoption,
        name=adoption.key.credential,
        seen=_digest(adoption),
        is_outdated=is_outdated,
        mismatches=MISMATCHES,
    )


def _digest(adoption: Adoption) -> str:
    """Return what both sides are recognised by: login and files may change between two steps."""
    sides = [adoption.key.account, *((each.route, each.number) for each in adoption.origins)]
    return hashlib.sha256(repr(sides).encode()).hexdigest()
