"""The ways to Realpad: which are held back, why, what to do, and how to go on."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Status
from realpad_form.domain.lane import Lane, LaneState
from realpad_form.domain.lane_cause import Cause, cause_of
from realpad_form.domain.people import Deed, Right
from realpad_form.ports import LeadFilter
from realpad_form.web.context import deps
from realpad_form.web.desk.frame import blueprint, gettext, me, needs, render, say
from realpad_form.web.desk.lane_words import WORDS, Words

bp = blueprint("lanes", "/inbox/lanes")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """A lane as a person sees it."""

    name: str
    state: LaneState
    is_on_trial: bool
    waiting: int  # leads
    since: datetime | None = None
    next_call_at: datetime | None = None
    words: Words | None = None  # if it is held back
    answer: str = ""  # what Realpad said, for those who may read it

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is sent until a person resumes it."""
        return self.state is LaneState.STOPPED


def visible_lanes() -> list[LaneView]:
    """Return the lanes of the projects that who is signed in may see, those that need a person first."""
    services, names = deps().services, _names()
    now = services.log.now()
    views = [_view(lane, now) for lane in services.credentials.lanes() if lane.key.credential in names]
    return sorted(views, key=lambda view: (not view.is_stopped, view.name))


def _names() -> set[str]:
    """Return which credentials are used by projects that who is signed in may see."""
    services, person = deps().services, me()
    configured = set(services.credentials.keys)
    if person.projects is None:
        return configured
    projects = services.catalog.projects().items()
    return configured & {project.realpad.credentials for slug, project in projects if person.sees(slug)}


def _view(lane: Lane, now: datetime) -> LaneView:
    state, cause = lane.state(now), cause_of(lane)
    waiting = LeadFilter(status=Status.QUEUED, credential=lane.key.credential)
    is_open = state is LaneState.OPEN
    return LaneView(
        name=lane.key.credential,
        state=state,
        is_on_trial=lane.is_on_trial,
        waiting=deps().services.log.count(waiting),
        since=None if is_open else lane.since,
        next_call_at=_next_call(lane, now),
        words=None if is_open else WORDS[cause],
        answer="" if is_open or cause is Cause.RATE or me().is_masked else lane.reason or "",
    )


def _next_call(lane: Lane, now: datetime) -> datetime | None:
    """Return when the lane may be used again, if that is a while off."""
    times = [moment for moment in (lane.paused_until, lane.next_send_at) if moment and moment > now]
    return None if lane.is_stopped else max(times, default=None)


@bp.get("")
@needs(Right.LEADS)
def show() -> ResponseReturnValue:
    """Show every lane."""
    unconfigured = deps().services.credentials.unconfigured() if me().projects is None else {}
    return render("desk/inbox/lanes.html", lanes=visible_lanes(), unconfigured=unconfigured)


@bp.post("/<slug:name>/resume")
@needs(Right.WORK)
def resume(name: str) -> ResponseReturnValue:
    """Let the leads of a lane flow again; one goes first."""
    services = deps().services
    if name not in _names():
        abort(404)
    services.credentials.resume(name)
    services.audit.record(Deed.RESUMED, by=me().id, subject=name)
    say(
        gettext("“%(name)s” goes on: one lead is sent first, the others follow if it arrives.")
        % {"name": name}
    )
    return redirect("/inbox/" if request.form.get("back") == "inbox" else "/inbox/lanes", 303)
