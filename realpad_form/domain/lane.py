"""A lane is one credential pair's connection to Realpad: how fast it may be used, and whether at all.

What an answer means for the lead and for its lane is decided here and nowhere else.
Source: docs/architecture.md, "Answer → action".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from realpad_form.domain.delivery import Answer, Event, Outcome
from realpad_form.domain.lead import Lead, Route
from realpad_form.domain.reason import Code, Reason, reason_of

STEPS: Final = tuple(timedelta(seconds=s) for s in (10, 60, 300, 900, 3_600, 10_800, 21_600))
"""Waits after the first, second, … failure in a row; the last one repeats."""

THROTTLED_FOR: Final = timedelta(minutes=15)
"""The wait after a 429 that does not say how long; doubles with each in a row."""

REFUSALS_TO_STOP: Final = 5
"""As many refused leads in a row look like a wrong configuration, not like wrong leads."""

SAME_HOST_WITHIN: Final = timedelta(minutes=10)
"""Two lanes of a host refused alike within this time: our address is banned."""

LONGEST_CALL: Final = timedelta(minutes=6)
"""Longer than the lease of any call: what is under way when a lane is resumed is over by then."""

LATEST_DUE: Final = STEPS[-1] * 1.2 + timedelta(minutes=5)
"""No schedule puts a lead off for longer; what is due later was written while the clock was ahead."""

LONGEST_PAUSE: Final = timedelta(days=367)
"""No answer can ask for more: the gateway believes a year at most."""

BANS: Final = frozenset({401, 403, 429})
"""Statuses that a ban of our address can hide behind."""


class LaneState(StrEnum):
    """Whether a lane's leads may be sent."""

    OPEN = "open"
    PAUSED = "paused"  # until a time
    STOPPED = "stopped"  # until a person resumes it


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneKey:
    """Names a lane without telling its secret; other credentials are another lane."""

    credential: str
    fingerprint: str
    host: str  # of the API, scheme included
    account: str = field(default="", compare=False)  # the same with another password; "" if not known

    @property
    def route(self) -> Route:
        """Where the leads of this lane are sent."""
        return Route(credential=self.credential, account=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The state of one credential pair, shared by every relay on every machine."""

    key: LaneKey
    next_send_at: datetime  # paces the calls
    failures: int = 0  # outages in a row
    refusals: int = 0  # refused leads in a row
    throttles: int = 0  # 429 without a usable Retry-After, in a row
    is_on_trial: bool = False  # resumed by a person; one lead goes first
    since: datetime | None = None  # of the pause or stop
    paused_until: datetime | None = None
    is_stopped: bool = False
    last_status: int | None = None  # HTTP status that paused or stopped it
    listed_at: datetime | None = None  # when its list of leads was last asked for
    is_list_refused: bool = False  # the account may not see it, as far as we know
    calls: int = 0  # claims of its leads, ever
    looks_left: int = 0  # while there are any, its list is looked at before anything is sent
    reason: Reason | None = None

    def state(self, now: datetime) -> LaneState:
        """Return whether this lane's leads may be sent at `now`."""
        if self.is_stopped:
            return LaneState.STOPPED
        if self.paused_until and self.paused_until > now:
            return LaneState.PAUSED
        return LaneState.OPEN

    def next_call_at(self, now: datetime) -> datetime | None:
        """Return when the lane may be used again; None for at once, or if only a person can resume it."""
        times = [moment for moment in (self.paused_until, self.next_send_at) if moment and moment > now]
        return None if self.is_stopped else max(times, default=None)

    def repaired(self, *, now: datetime, pace: timedelta = timedelta(0)) -> Self:
        """Return this lane without times that no schedule sets, as a clock writes that is set back later.

        A pause keeps its length, from now. `pace` is the longest time between two calls.
        """
        is_paced = self.next_send_at <= now + LONGEST_CALL + pace
        return replace(
            self._with_believed_pause(now),
            next_send_at=self.next_send_at if is_paced else now,
            listed_at=self.listed_at if self.listed_at and self.listed_at <= now else None,
        )

    def _with_believed_pause(self, now: datetime) -> Self:
        """Return this lane with a pause as long as what it paused for can have asked."""
        since, until = self.since, self.paused_until
        if until and until > now:
            if self.last_status != 429:
                is_believed = until - now <= step(max(self.failures, 1), 1)
                until = until if is_believed else now + step(max(self.failures, 1), 0)
            elif since and since > now:
                until = now + (until - since)
            until = min(until, now + LONGEST_PAUSE)
        return replace(self, since=min(since, now) if since else None, paused_until=until)

    def may_list(self, now: datetime, *, on_demand: bool) -> bool:
        """Return whether its list of leads may be asked for at `now`.

        A person may ask during the back-off after an outage and what was refused before, but not under a ban.
        """
        if self.is_stopped or self.next_send_at > now:
            return False
        if on_demand:
            return self.state(now) is LaneState.OPEN or self.last_status not in BANS
        return self.state(now) is LaneState.OPEN and not self.is_list_refused

    def width(self, usual: int) -> int:
        """Return how many calls may be in flight: one while in doubt."""
        return 1 if self.failures or self.throttles or self.is_on_trial else usual

    def after(self, answer: Answer, *, now: datetime, jitter: float) -> Self:
        """Return this lane after one more answer; `jitter` is between -1 and 1.

        The answer to a call begun before a stop or pause never lifts or shortens it.
        """
        if self.is_stopped:
            return self
        if answer.outcome is Outcome.ACCOUNT_REFUSED:
            return self.stopped(reason_of(answer), now=now, status=answer.status)
        lane = self._with_believed_pause(now)  # else a pause of the future would never be shortened
        if answer.status == 429:
            return lane._throttled(answer, now, abs(jitter))
        return lane if lane.state(now) is LaneState.PAUSED else lane._judged(answer, now, jitter)

    def unlisted(self, answer: Answer, *, now: datetime, jitter: float) -> Self:
        """Return this lane after an answer that came instead of its list of leads.

        An account that may send leads and not list them stops its lane once; then only a person asks again.
        """
        # What was refused is no lead; it counts as a failure.
        outcome = Outcome.UNAVAILABLE if answer.outcome is Outcome.REFUSED else answer.outcome
        lane = self.after(replace(answer, outcome=outcome), now=now, jitter=jitter)
        is_told = lane.reason is not None and lane.reason is not self.reason
        return replace(
            lane,
            reason=lane.reason.about_list() if lane.reason and is_told else lane.reason,
            is_list_refused=outcome is Outcome.ACCOUNT_REFUSED,
        )

    @property
    def is_stopped_by_list(self) -> bool:
        """Whether it stands still because the account may not see its list, as far as we know."""
        return (
            self.is_stopped and self.is_list_refused and self.reason is not None and self.reason.is_about_list
        )

    def _judged(self, answer: Answer, now: datetime, jitter: float) -> Self:
        """Return this lane, open until now, after an answer that is about a lead or an outage."""
        match answer.outcome, answer.status:
            case Outcome.ACCEPTED, _:
                return self._cleared()
            case Outcome.REFUSED, _:
                return self._refused(answer, now)
            case Outcome.UNKNOWN, int(status) if status < 300:
                return self
            case _:
                return self._failed(answer, now, jitter)

    def stopped(self, reason: Reason, *, now: datetime, status: int | None) -> Self:
        """Return this lane stopped until a person resumes it."""
        if self.is_stopped:
            return self
        return replace(self, is_stopped=True, since=now, reason=reason, last_status=status)

    def paused(self, reason: Reason, *, now: datetime, until: datetime, status: int | None) -> Self:
        """Return this lane paused until a time; a pause never shortens another one."""
        until = max(until, self.paused_until or until)
        return replace(self, since=self.since or now, paused_until=until, reason=reason, last_status=status)

    def resumed(self, *, now: datetime) -> Self:
        """Return this lane as a person resumes it: open, and one lead goes first.

        A lane that refusals have stopped stops again at the next one.
        """
        lane = self.repaired(now=now)
        return replace(lane._cleared(), refusals=self.refusals, is_on_trial=True)

    def may_be_tried(self, now: datetime) -> bool:
        """Return whether a person may let it be used before its pause is over.

        That is after an outage and not under a ban: whoever asked us to wait would only make us wait longer.
        """
        return self.state(now) is LaneState.PAUSED and self.last_status not in BANS

    def tried(self, *, now: datetime) -> Self:
        """Return this lane as a person lets it be used at once: one lead goes first.

        If that fails, too, it waits longer than before; where it may not be tried it stays as it is.
        """
        if not self.may_be_tried(now):
            return self
        return replace(
            self, paused_until=None, since=None, reason=None, last_status=None,
            next_send_at=min(self.next_send_at, now), is_on_trial=True,
        )  # fmt: skip

    def _cleared(self) -> Self:
        return replace(
            self, failures=0, refusals=0, throttles=0, is_on_trial=False, is_stopped=False,
            since=None, paused_until=None, reason=None, last_status=None,
        )  # fmt: skip

    def _refused(self, answer: Answer, now: datetime) -> Self:
        lane = replace(self._cleared(), refusals=self.refusals + 1)
        if lane.refusals < REFUSALS_TO_STOP:
            return lane
        said = reason_of(answer)
        params = {**said.params, "count": str(lane.refusals)}
        reason = replace(said, code=Code.REFUSED_IN_A_ROW, params=params)
        return lane.stopped(reason, now=now, status=answer.status)

    def _throttled(self, answer: Answer, now: datetime, jitter: float) -> Self:
        if not answer.retry_after_s:  # none, or one that is over: at once would be again and again
            wait, throttles = THROTTLED_FOR * 2 ** min(self.throttles, 8), self.throttles + 1
        else:
            wait, throttles = timedelta(seconds=answer.retry_after_s), 1
        until = now + wait + min(wait * 0.1, timedelta(seconds=30)) * jitter
        lane = self.paused(reason_of(answer), now=now, until=until, status=429)
        return replace(lane, since=now, throttles=throttles)

    def _failed(self, answer: Answer, now: datetime, jitter: float) -> Self:
        until = now + step(self.failures + 1, jitter)
        lane = self.paused(reason_of(answer), now=now, until=until, status=answer.status)
        return replace(lane, failures=self.failures + 1)


def may_be_banned(answer: Answer) -> bool:
    """Return whether an answer can mean that our address is banned, not only one credential."""
    return answer.status in BANS


def spread(lane: Lane, others: Sequence[Lane], *, now: datetime) -> list[Lane]:
    """Return the lanes of a host to store after `lane` was refused: it alone, or all of them.

    Other credentials refused alike within minutes mean that our address is banned; then every
    lane of the host is stopped, or paused for as long. Accounts that may not see their list are no ban.
    """
    if lane.is_stopped_by_list or not any(_is_alike(lane, other, now) for other in others):
        return [lane]
    said = lane.reason or Reason(code=Code.NO_ANSWER)
    params = {**said.params, "host": lane.key.host}
    reason = replace(said, code=Code.ADDRESS_BANNED, params=params)
    return [_held(each, lane, reason) for each in (lane, *others)]


def _is_alike(lane: Lane, other: Lane, now: datetime) -> bool:
    """Say whether another account, not only another password or name of this one, was refused alike."""
    is_same = other.key.credential == lane.key.credential or other.key.account == lane.key.account != ""
    if is_same or other.since is None or other.is_stopped_by_list:
        return False
    is_recent = now - other.since <= SAME_HOST_WITHIN
    return is_recent and lane.last_status == other.last_status and lane.last_status in BANS


def _held(lane: Lane, refused: Lane, reason: Reason) -> Lane:
    """Return a lane held back like the one that was refused; a stop for another reason keeps its own."""
    if lane.is_stopped and (lane.last_status != refused.last_status or lane.is_stopped_by_list):
        return lane
    until = max(filter(None, (lane.paused_until, refused.paused_until)), default=None)
    return replace(
        lane,
        is_stopped=lane.is_stopped or refused.is_stopped,
        paused_until=until,
        since=lane.since if lane.is_stopped else refused.since,
        reason=reason,
        last_status=refused.last_status,
    )


def step(failures: int, jitter: float) -> timedelta:
    """Return the wait after that many failures in a row, ±20 %; `jitter` is between -1 and 1."""
    return STEPS[min(failures, len(STEPS)) - 1] * (1 + 0.2 * jitter)


def describe(answer: Answer) -> str:
    """Return an answer in one line for an operator."""
    return str(reason_of(answer))


def describe_briefly(answer: Answer) -> str:
    """Return how a call ended without any word of Realpad's, which may quote a lead: what a log may hold."""
    if answer.status:
        return f"HTTP {answer.status}"
    return f"no answer: {answer.text.partition(':')[0][:80]}"  # ours: the kind of error, or how long


def settle(lead: Lead, answer: Answer, *, now: datetime, jitter: float, retry_for: timedelta) -> Lead:
    """Return the lead in flight as `answer` leaves it."""
    match answer.outcome:
        case Outcome.ACCEPTED:
            return lead.after(Event.DELIVERED, customer_id=answer.customer_id, reasons=())
        case Outcome.REFUSED:
            return lead.after(Event.REJECTED, reasons=(reason_of(answer),))
        case Outcome.UNKNOWN:
            return lead.after(Event.LOST, reasons=(reason_of(answer),))
        case Outcome.UNAVAILABLE if answer.status != 429:
            return _postponed(lead, answer, now=now, jitter=jitter, retry_for=retry_for)
        case _:
            return lead.after(Event.RETURNED)


def _postponed(lead: Lead, answer: Answer, *, now: datetime, jitter: float, retry_for: timedelta) -> Lead:
    """Return a lead that met an outage: queued again, or in front of a person after too long.

    A call that never left says nothing about the lead, so it keeps its place in the queue;
    one that Realpad failed on waits, so that it cannot hold up the others.
    """
    since = min(lead.first_failed_at or now, now)  # a clock may have been ahead then
    if now - since >= retry_for:
        hours = f"{retry_for.total_seconds() / 3600:g}"
        reason = Reason(code=Code.OUTAGES, params={"hours": hours}, detail=describe(answer))
        return lead.after(Event.REJECTED, reasons=(reason,))
    if answer.status is None:
        return lead.after(Event.RETURNED, first_failed_at=since)
    failures = lead.failures + 1
    due_at = now + step(failures, jitter)
    return lead.after(Event.RETURNED, first_failed_at=since, failures=failures, due_at=due_at)


class Cause(StrEnum):
    """Why a lane is held back, as far as a person has to know to fix it."""

    ADDRESS = "address"  # several credentials refused alike
    CONFIGURATION = "configuration"  # several leads refused in a row
    LOGIN = "login"  # 401
    LISTING = "listing"  # 401 or the like, for the list of leads only
    CONSENT = "consent"  # 403
    PLACE = "place"  # 404, 405, a redirect
    FORMAT = "format"  # 415
    VERSION = "version"  # 418
    RATE = "rate"  # 429
    OUTAGE = "outage"  # 5xx
    UNREACHABLE = "silence"  # no answer


_OF_STATUS = {
    401: Cause.LOGIN,
    403: Cause.CONSENT,
    404: Cause.PLACE,
    405: Cause.PLACE,
    415: Cause.FORMAT,
    418: Cause.VERSION,
    429: Cause.RATE,
}
_OF_HUNDRED = {
    3: Cause.PLACE,
    4: Cause.CONFIGURATION,  # the leads were refused, and only several of them stop a lane
}


def cause_of(lane: Lane) -> Cause:
    """Return why a lane is stopped or paused. Source: docs/architecture.md, "Answer → action"."""
    status = lane.last_status
    if lane.reason is not None and lane.reason.is_ban:
        return Cause.ADDRESS
    if lane.is_stopped_by_list:
        return Cause.LISTING
    if status is None:
        return Cause.UNREACHABLE
    return _OF_STATUS.get(status, _OF_HUNDRED.get(status // 100, Cause.OUTAGE))
