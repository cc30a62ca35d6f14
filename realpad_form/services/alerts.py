"""The use case that tells people what only they can fix: once, then daily, and when it is over."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from realpad_form.domain.alert import (
    BACKLOG_AFTER,
    LEFT_ALONE_AFTER,
    PASSING,
    SPOOLED_AFTER,
    Alert,
    AlertCode,
    AlertDetail,
    Kind,
)
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import (
    DataKeyError,
    NotificationError,
    Problem,
    RealpadFormError,
    StorageUnavailableError,
)
from realpad_form.domain.lane import Lane, LaneKey, LaneState
from realpad_form.domain.project import Project
from realpad_form.domain.publishing import ScheduledPublication, ScheduleFailure
from realpad_form.domain.restored import Restored
from realpad_form.domain.webhook import EndpointKey
from realpad_form.ports import AlertLog, Notifier, ReportLog, Roster, Spool, Standing
from realpad_form.services.credentials import Stranded
from realpad_form.services.metrics import Metrics
from realpad_form.services.outage import OutageLog, describe

POLL_EVERY_S: Final = 60.0
HOUR_S: Final = 3600.0
THROTTLED: Final = 429
"""The HTTP status that says how long to wait."""

MAX_SKIPPED_ROUNDS: Final = 60
"""A channel that fails is tried at the next look, then every second, fourth …, and this one at the latest."""

MAX_PENDING: Final = 100
"""How many alerts wait for a channel that fails; the oldest are dropped, and told again the next day."""

SEND_TIMEOUT_S: Final = 30.0
"""How long a channel may take; a server that answers a byte now and then would keep us for ever."""

logger = logging.getLogger(__name__)


class NotificationChannel:
    """Tells through one notifier; what it could not tell, it tells with the next alerts or by itself.

    After a failure it skips the next looks, more of them after each further failure.
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._pending: dict[tuple[Kind, str], Alert] = {}
        self._failures = self._rounds_to_skip = 0
        self._last_try: Future[None] | None = None  # what was given up, and may be told all the same

    def send(self, alerts: Sequence[Alert]) -> bool:
        """Tell alerts and what is pending; return whether they are told. What is not told is pending."""
        self.forget(alerts)
        self._pending |= {(alert.kind, alert.subject): alert for alert in alerts}
        is_told = not self._pending or self._send_pending()
        for key in list(self._pending)[:-MAX_PENDING]:
            del self._pending[key]
        return is_told

    def forget(self, alerts: Sequence[Alert]) -> None:
        """Drop these from what is pending, since somebody else will tell them."""
        for alert in alerts:
            self._pending.pop((alert.kind, alert.subject), None)

    def _send_pending(self) -> bool:
        """Tell what is pending, unless this look is one that a channel which failed has to skip."""
        if self._rounds_to_skip:
            self._rounds_to_skip -= 1
            return False
        try:
            self._send_in_time(list(self._pending.values()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other channels go on
            logger.error("alerts could not be sent: %s", describe(error))
            self._failures += 1
            self._rounds_to_skip = min(2 ** min(self._failures - 1, 10), MAX_SKIPPED_ROUNDS) - 1
            return False
        self._pending, self._failures = {}, 0
        return True

    def _send_in_time(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts, or give it up. Raises: NotificationError; whatever the notifier does."""
        if self._last_try and not self._last_try.done():
            raise NotificationError("the last try has not ended yet")
        self._last_try = Future()
        arguments = (self._notifier, alerts, self._last_try)
        threading.Thread(target=_send, args=arguments, daemon=True).start()
        try:
            self._last_try.result(SEND_TIMEOUT_S)
        except TimeoutError as error:
            raise NotificationError(f"no end within {SEND_TIMEOUT_S:g} s") from error


def _send(notifier: Notifier, alerts: Sequence[Alert], outcome: Future[None]) -> None:
    try:
        notifier.send(alerts)
        outcome.set_result(None)
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        outcome.set_exception(error)


@dataclass(slots=True)
class RecipientLanguages:
    """Knows in which language to write to an address: its person's own, else the one of the settings."""

    roster: Roster
    default: str
    _known: dict[str, str] = field(default_factory=dict, init=False)

    def of(self, address: str) -> str:
        """Return the language of an address; as it last was, while the database is away."""
        try:
            person = self.roster.find(address)
        except StorageUnavailableError as error:  # which may be what the alert is about
            logger.info("the language of an address cannot be looked up: %s", error)
        else:
            self._known[address] = person.language if person and person.language else self.default
        return self._known.get(address, self.default)


@dataclass(slots=True)
class SpoolWatch:
    """Knows since when leads wait in this machine's spool, and what was told while the alert log was away.

    No other machine sees the spool. Both is known only as long as the process lives: what is away may be all
    that is kept.
    """

    spool: Spool
    machine: str
    clock: Callable[[], float] = time.monotonic
    _since: float | None = field(default=None, init=False)
    _reported_at: float | None = field(default=None, init=False)

    def check(self) -> Alert | None:
        """Return the alert about leads that have waited for too long, if there are any."""
        count, now = self.spool.waiting(), self.clock()
        if not count:
            self._since = None
            return None
        self._since = now if self._since is None else self._since
        if now - self._since <= SPOOLED_AFTER.total_seconds():
            return None
        return Alert.of(Kind.SPOOL, self.machine, AlertDetail.of(AlertCode.SPOOLED, count=count))

    def without_log(self) -> list[Alert]:
        """Return what to tell while no log knows what was told: hourly at most."""
        alert, now = self.check(), self.clock()
        if alert is None or (self._reported_at is not None and now - self._reported_at < HOUR_S):
            return []
        self._reported_at = now
        return [alert]

    def over(self) -> list[Alert]:
        """Return the end of what was told without the log, once and when nothing waits any more."""
        if self._reported_at is None or self._since is not None:
            return []
        self._reported_at = None
        return [Alert(kind=Kind.SPOOL, subject=self.machine, text="", is_over=True)]

    def leave_to_log(self) -> None:
        """Owe nobody an end: the log will tell it."""
        self._reported_at = None


@dataclass(slots=True)
class ConflictWatch:
    """Knows which files of this machine's folder a person has to decide about; no other machine sees them."""

    conflicts: Callable[[], Mapping[str, int]]  # the version that is served of each project, by slug
    machine: str
    _noted: set[str] = field(default_factory=set, init=False)

    def run_once(self, log: AlertLog) -> None:
        """Note conflicts and the end of those that this process noted; after a restart, a day ends them."""
        found = self.conflicts()
        for slug, number in found.items():
            detail = AlertDetail.of(AlertCode.CONFLICT, number=number)
            log.note(Alert.of(Kind.CONFLICT, f"{slug}, {self.machine}", detail))
        for slug in self._noted - found.keys():
            log.end(Kind.CONFLICT, f"{slug}, {self.machine}")
        self._noted = set(found)


def _outages() -> tuple[OutageLog, OutageLog]:
    return (
        OutageLog("alerts could not be looked for", "alerts are looked for again"),
        OutageLog("the spool could not be looked at", "the spool can be looked at again"),
    )


@dataclass(frozen=True, slots=True)
class Alerts:
    """Looks at lanes, leads, project files and the spool, and tells what is wrong through every notifier.

    What has been told is kept in the log, so that a restart repeats nothing and forgets nothing; what one
    notifier of several could not tell is kept here, and after a restart told with the next day.
    """

    log: ReportLog
    alerts: AlertLog
    keys: Mapping[str, LaneKey]  # by credential name
    problems: Callable[[], Sequence[Problem]]  # of project files
    notifiers: Sequence[Notifier]
    spool: SpoolWatch | None = None
    process: str = ""  # the machine and the name of its data key: one beside it may have the right one
    stranded: Callable[[], Iterable[Stranded]] = list
    restored: Callable[[], Restored | None] = lambda: None
    webhooks: Callable[[], Iterable[tuple[EndpointKey, Sequence[AlertDetail]]]] = list  # that need a person
    conflicts: ConflictWatch | None = None
    schedules: Callable[[], Iterable[ScheduledPublication]] = list  # that failed
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)
    _channels: list[NotificationChannel] = field(init=False, repr=False, compare=False)
    _outages: tuple[OutageLog, OutageLog] = field(
        default_factory=_outages, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Let each notifier fail and go on by itself."""
        object.__setattr__(self, "_channels", [NotificationChannel(notifier) for notifier in self.notifiers])

    def run(self, stop: threading.Event) -> None:
        """Look and tell again and again until told to stop, whatever goes wrong meanwhile."""
        of_log, of_spool = self._outages
        while self.notifiers and not stop.is_set():
            is_told = False
            with of_log.tolerated():
                self.run_once()
                is_told = True
            if not is_told:
                with of_spool.tolerated():
                    self.send_without_log()
            stop.wait(POLL_EVERY_S)

    def run_once(self) -> int:
        """Look at everything and tell what is due; return how many alerts were told.

        Raises: StorageUnavailableError.
        """
        self.alerts.watch(list(self._wrong()), kinds=frozenset(Kind) - PASSING)
        over: list[Alert] = []
        if self.spool is not None:
            # The log learns what waits there; what was told without the log may be over.
            if alert := self.spool.check():
                self.alerts.note(alert)
                self.spool.leave_to_log()
            else:
                self.alerts.end(Kind.SPOOL, self.spool.machine)
            over = self.spool.over()
        if self.conflicts:
            self.conflicts.run_once(self.alerts)
        self._check_data_keys()
        due = self.alerts.claim()
        # If one channel of several works, the alert is told; it stays pending for the others.
        is_told = [channel.send([*due, *over]) for channel in self._channels]
        if any(is_told):
            self.metrics.told([*due, *over])
            return len(due) + len(over)
        if due:  # somebody else may be able to tell it
            self.alerts.give_back(due)
            for channel in self._channels:
                channel.forget(due)
        return 0

    def _check_data_keys(self) -> None:
        try:
            self.log.check_data_keys()
        except DataKeyError as error:  # this process refuses leads: it lacks the data key of stored ones
            details = tuple(_sealed(missing) for missing in error.missing_keys)
            self.alerts.note(
                Alert(kind=Kind.DATA_KEY, subject=self.process, text=str(error), details=details)
            )
        else:
            self.alerts.end(Kind.DATA_KEY, self.process)

    def send_without_log(self) -> int:
        """Tell of what waits in the spool while the log cannot be used; return how many alerts there were."""
        due = self.spool.without_log() if self.spool else []
        is_told = [channel.send(due) for channel in self._channels]
        if any(is_told):
            self.metrics.told(due)
        return len(due)

    def _wrong(self) -> Iterator[Alert]:
        now = self.log.now()
        yield from self._lanes(now)
        yield from _stranded(self.stranded())
        if restored := self.restored():
            yield _restored(restored)
        for endpoint, details in self.webhooks():
            yield Alert.of(Kind.WEBHOOK, str(endpoint), *details)
        for standing in self.log.standing():
            yield from _leads(standing, now)
        for schedule in self.schedules():
            yield _unpublished(schedule)
        for problem in self.problems():
            if not problem.is_warning:
                line = AlertDetail.of(AlertCode.LINE, line=problem.line)
                yield Alert.of(Kind.PROJECT, problem.path, line)

    def _lanes(self, now: datetime) -> Iterator[Alert]:
        for lane in self.log.lanes():
            if lane.key not in self.keys.values():
                continue
            # Never the reason's words: Realpad's answer may quote a lead.
            status = str(lane.last_status or "")
            if lane.state(now) is LaneState.STOPPED:
                code = AlertCode.STOPPED if lane.last_status else AlertCode.STOPPED_UNANSWERED
                yield Alert.of(Kind.LANE, lane.key.credential, AlertDetail.of(code, status=status))
            elif lane.paused_until and _is_on_long_pause(lane, now):
                paused = AlertDetail.of(AlertCode.PAUSED, status=status, until_at=lane.paused_until)
                yield Alert.of(Kind.LANE, lane.key.credential, paused)


def _is_on_long_pause(lane: Lane, now: datetime) -> bool:
    """Tell whether Realpad asked this lane to pause for more than a day, however little is left of it.

    The pauses of an outage are short, though one follows the other since it began.
    """
    if lane.state(now) is not LaneState.PAUSED or lane.last_status != THROTTLED:
        return False
    return bool(lane.since and lane.paused_until and lane.paused_until - lane.since > LEFT_ALONE_AFTER)


def _restored(found: Restored) -> Alert:
    sign = AlertDetail(AlertCode[f"RESTORED_{found.sign.name}"])
    in_doubt = AlertDetail.of(AlertCode.IN_DOUBT, count=found.in_doubt)
    return Alert(kind=Kind.RESTORED, subject="database", text=f"{sign}; {in_doubt}", details=(sign, in_doubt))


def _unpublished(schedule: ScheduledPublication) -> Alert:
    failure = schedule.failure or ScheduleFailure.OTHER
    planned = AlertDetail.of(AlertCode.PLANNED, planned_at=schedule.at)
    return Alert.of(
        Kind.SCHEDULE, schedule.slug, planned, AlertDetail(AlertCode[f"NOT_PUBLISHED_{failure.name}"])
    )


def _sealed(missing_key: str | None) -> AlertDetail:
    """Return why leads of one data key cannot be opened."""
    if missing_key is None:
        return AlertDetail(AlertCode.KEYS_BROKEN)
    return AlertDetail.of(AlertCode.KEY_MISSING, key=missing_key)


def _stranded(found: Iterable[Stranded]) -> Iterator[Alert]:
    """Yield what to tell of leads that a person has to send with the login of today; others only wait."""
    named: dict[str, list[Stranded]] = {}
    for each in found:
        if each.route.account or each.adopter:
            named.setdefault(each.route.credential, []).append(each)
    for name, those in named.items():
        projects = ", ".join(sorted({slug for each in those for slug in each.projects}))
        oldest_at = min(each.oldest_at for each in those)
        count = sum(each.count for each in those)
        detail = AlertDetail.of(AlertCode.STRANDED, count=count, projects=projects, oldest_at=oldest_at)
        yield Alert.of(Kind.STRANDED, name, detail)


def _leads(standing: Standing, now: datetime) -> Iterator[Alert]:
    """Yield what the leads of one project and status give cause for."""
    # A lead of the future was stored while the clock was ahead: nobody knows how long it has waited.
    age = now - standing.oldest_at if standing.oldest_at <= now else timedelta.max
    kind = {
        Status.REJECTED: Kind.REJECTED,
        Status.UNKNOWN: Kind.UNKNOWN if age > LEFT_ALONE_AFTER else None,
        Status.QUARANTINED: Kind.QUARANTINE if age > LEFT_ALONE_AFTER else None,
        Status.QUEUED: Kind.BACKLOG if age > BACKLOG_AFTER else None,
        Status.SENDING: Kind.BACKLOG if age > BACKLOG_AFTER else None,
    }[standing.status]
    if kind:
        counted = AlertDetail.of(AlertCode.COUNTED, count=standing.count, oldest_at=standing.oldest_at)
        yield Alert.of(kind, standing.project, counted)


@dataclass(slots=True)
class Incidents:
    """Notes what goes wrong for visitors: each thing hourly at most, so that nobody floods the log.

    A request never fails by it: what cannot be noted, the log says.
    """

    alerts: AlertLog
    _noted: dict[tuple[Kind, str], float] = field(default_factory=dict)

    def foreign_page(self, project: Project) -> None:
        """Note that a page which is not listed posted to a project's form."""
        self._note(Kind.ORIGIN, project, AlertDetail(AlertCode.FOREIGN_PAGE))

    def unsure_captcha(self, project: Project, reason: AlertDetail) -> None:
        """Note that a project's captcha could not tell, and let a lead pass."""
        self._note(Kind.CAPTCHA, project, reason)

    def _note(self, kind: Kind, project: Project, detail: AlertDetail) -> None:
        now = time.monotonic()
        if now - self._noted.get((kind, project.slug), -HOUR_S) < HOUR_S:
            return
        self._noted[kind, project.slug] = now
        try:
            self.alerts.note(Alert.of(kind, project.slug, detail))
        except RealpadFormError as error:
            logger.error("“%s” (%s) could not be noted: %s", kind, project.slug, error)
