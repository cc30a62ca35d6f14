"""The state of each credential pair, how a person opens a stopped one, and leads that no pair may send."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import CredentialNotFoundError, IllegalTransitionError, SealBrokenError
from realpad_form.domain.lane import Lane, LaneKey, LaneState
from realpad_form.domain.lead import Lead, Route
from realpad_form.domain.payload import compose
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.project import Project
from realpad_form.domain.reason import Reason
from realpad_form.ports import LeadFilter, OperatorLog, Standing


class Mismatch(StrEnum):
    """Why a lead keeps the body and the login that it was accepted for."""

    NO_PROJECT = "its project file is gone"
    NUMBER = "its project file has another project number now"
    CREDENTIALS = "its project file names other credentials now"
    ACCOUNT = "it was accepted for another login or address of Realpad"
    UNREADABLE = "its data key is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """Queued leads that no configured pair may send: their account or their credentials are not set now."""

    route: Route  # they were accepted for
    host: str | None  # of Realpad then, scheme included; None if not known
    adopter: LaneKey | None  # the pair that their project files name today, if it is configured
    standings: tuple[Standing, ...]  # by project

    @property
    def count(self) -> int:
        """How many leads there are."""
        return sum(each.count for each in self.standings)

    @property
    def oldest_at(self) -> datetime:
        """When the oldest was submitted."""
        return min(each.oldest_at for each in self.standings)

    @property
    def projects(self) -> list[str]:
        """Whose leads they are, by slug."""
        return sorted(each.project for each in self.standings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Leads to be adopted that were accepted for the same account and project."""

    route: Route
    host: str | None  # of Realpad then; None if not known
    number: str  # of their project at Realpad, which they keep
    leads: list[Lead]

    @property
    def oldest_at(self) -> datetime:
        """When the oldest was submitted."""
        return min(each.created_at for each in self.leads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What sending stranded leads with a configured pair would mean."""

    key: LaneKey  # they would be sent with
    origins: tuple[Origin, ...]
    left: tuple[tuple[Lead, Mismatch], ...]  # what only a person can correct, one by one

    @property
    def leads(self) -> list[Lead]:
        """The leads that would be sent."""
        return [lead for origin in self.origins for lead in origin.leads]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneReport:
    """What there is to say of the lane of a configured credential pair at one moment."""

    name: str  # of the credentials
    state: LaneState
    since: datetime | None  # when it was stopped or paused; None while it is open
    reason: Reason | None  # why
    paused_until: datetime | None  # None unless it is paused
    next_call_at: datetime | None  # None for at once, or if only a person can resume it
    waiting: int  # queued leads

    @property
    def holds_leads(self) -> bool:
        """Whether a person should know: it is stopped, or leads wait for it to go on."""
        return self.state is LaneState.STOPPED or (self.state is LaneState.PAUSED and self.waiting > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """A lane that was resumed, and how many of its leads today's project files did not change."""

    lane: Lane
    left: Mapping[Mismatch, int]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Shows and resumes the lanes of the credentials that are configured now."""

    log: OperatorLog
    keys: Mapping[str, LaneKey]  # by credential name
    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    pace_s: float = 0.0  # between two calls of a lane

    def lanes(self) -> list[Lane]:
        """Return the lane of every configured credential, by name."""
        self.log.open_lanes(self.keys.values())
        current = set(self.keys.values())
        lanes = (lane for lane in self.log.lanes() if lane.key in current)
        return sorted(lanes, key=lambda lane: lane.key.credential)

    def waiting(self) -> dict[str, int]:
        """Return how many leads wait for the lane of each configured credential, by name."""
        queued = self.log.waiting()
        return {name: queued.get(key.route, 0) for name, key in self.keys.items()}

    def reports(self) -> list[LaneReport]:
        """Return what there is to say of each configured credential pair, by name."""
        lanes, now, waiting = self.lanes(), self.log.now(), self.waiting()
        return [_report(lane, now, waiting[lane.key.credential]) for lane in lanes]

    def missing(self) -> dict[str, list[str]]:
        """Return the credentials that project files name and nobody has set, with the projects' slugs."""
        found: dict[str, list[str]] = {}
        for slug, project in sorted(self.projects().items()):
            if project.realpad.credentials not in self.keys:
                found.setdefault(project.realpad.credentials, []).append(slug)
        return found

    def projects_of(self, name: str) -> set[str]:
        """Return whose leads `resume` deals with: of project files that name a pair, or queued under it."""
        named = {slug for slug, project in self.projects().items() if project.realpad.credentials == name}
        routes = [route for route in self.log.waiting() if route.credential == name]
        return named | {standing.project for route in routes for standing in self.log.waiting_for(route)}

    def stranded(self) -> list[Stranded]:
        """Return the leads that wait for a person's decision which login to send them with.

        That is, those whose credentials are not configured, or are those of another account by now.
        """
        routes = [
            route
            for route in self.log.waiting()
            if (key := self.keys.get(route.credential)) is None or route.account not in ("", key.account)
        ]
        hosts = {lane.key.account: lane.key.host for lane in self.log.lanes()} if routes else {}
        found: dict[tuple[Route, LaneKey | None], list[Standing]] = {}
        for route in routes:
            for standing in self.log.waiting_for(route):
                found.setdefault((route, self._adopter(standing.project)), []).append(standing)
        return [
            Stranded(
                route=route,
                host=hosts.get(route.account) if route.account else None,
                adopter=adopter,
                standings=tuple(standings),
            )
            for (route, adopter), standings in found.items()
        ]

    def resume(self, name: str, *, by: UUID | None = None, project: str | None = None) -> Resumption:
        """Open a lane again; one lead goes first. What a clock that was ahead has put off is due now.

        Its queued leads are composed anew, since what stopped it may have been the project file; not those
        whose file has another project number or login by now. So are leads that wait for credentials that
        were never configured, if their project names these.

        Raises: CredentialNotFoundError.
        """
        key = self._key(name)
        self.log.open_lanes([key])
        self.log.repair_times(pace_s=self.pace_s)
        unconfigured = {route.credential for route in self.log.waiting()} - self.keys.keys()
        left: Counter[Mismatch] = Counter()
        for credential in (name, *sorted(unconfigured)):
            for lead in list(self.log.leads(LeadFilter(status=Status.QUEUED, credential=credential))):
                if mismatch := self._recompose(lead, key):
                    left[mismatch] += 1
        note = AuditNote(action=AuditAction.RESUMED, by=by, subject=name, project=project)
        return Resumption(lane=self.log.resume(key, notes=[note]), left=left)

    def try_now(self, name: str, *, by: UUID | None = None, project: str | None = None) -> bool:
        """Let a lane be used before its pause is over, one lead first; return whether it may be.

        Leads stay as they are. Raises: CredentialNotFoundError.
        """
        key = self._key(name)
        note = AuditNote(
            action=AuditAction.RESUMED,
            by=by,
            subject=name,
            detail="before its pause was over",
            project=project,
        )
        return self.log.try_lane(key, notes=[note])

    def adoption(self, name: str, *, sees: Callable[[str], bool] = lambda slug: True) -> Adoption:
        """Return what `adopt` would do with the stranded leads of the projects that somebody sees.

        Raises: CredentialNotFoundError.
        """
        key = self._key(name)
        self.log.open_lanes([key])
        found: dict[tuple[Route, str], Origin] = {}
        left: list[tuple[Lead, Mismatch]] = []
        for stranded in self.stranded():
            if key not in (stranded.adopter, self.keys.get(stranded.route.credential)):
                continue
            for lead in self._leads_of(stranded, sees):
                number = self._number(lead)
                if mismatch := self._mismatch(lead, number, key):
                    left.append((lead, mismatch))
                else:
                    origin = Origin(route=stranded.route, host=stranded.host, number=number or "", leads=[])
                    found.setdefault((stranded.route, origin.number), origin).leads.append(lead)
        return Adoption(key=key, origins=tuple(found[each] for each in sorted(found)), left=tuple(left))

    def adopt(self, adoption: Adoption, *, by: UUID | None = None, project: str | None = None) -> int:
        """Let leads be sent with a configured pair, their bodies as they are; return how many.

        What somebody else has changed since the adoption was looked at is left alone.
        """
        note = AuditNote(action=AuditAction.ADOPTED, by=by, subject=adoption.key.credential, project=project)
        return self.log.adopt(adoption.leads, adoption.key.route, note=note)

    def _key(self, name: str) -> LaneKey:
        """Return the lane of a configured credential. Raises: CredentialNotFoundError."""
        if name not in self.keys:
            raise CredentialNotFoundError(name)
        return self.keys[name]

    def _adopter(self, slug: str) -> LaneKey | None:
        project = self.projects().get(slug)
        return self.keys.get(project.realpad.credentials) if project else None

    def _leads_of(self, stranded: Stranded, sees: Callable[[str], bool]) -> Iterator[Lead]:
        for slug in filter(sees, stranded.projects):
            if self._adopter(slug) == stranded.adopter:
                which = LeadFilter(status=Status.QUEUED, project=slug, **asdict(stranded.route))
                yield from self.log.leads(which)

    def _number(self, lead: Lead) -> str | None:
        """Return the project number that a lead was accepted for; None if it cannot be read."""
        try:
            return self.log.get(lead.id).current.payload.get("project", "")
        except SealBrokenError:
            return None

    def _mismatch(self, lead: Lead, number: str | None, key: LaneKey) -> Mismatch | None:
        """Return why a stranded lead is not sent with a pair, or None."""
        project = self.projects().get(lead.project)
        if number is None:
            return Mismatch.UNREADABLE
        if project is None:
            return Mismatch.NO_PROJECT
        if project.realpad.credentials != key.credential:
            return Mismatch.CREDENTIALS
        return None if str(project.realpad.project) == number else Mismatch.NUMBER

    def _recompose(self, lead: Lead, key: LaneKey) -> Mismatch | None:
        """Give a queued lead the body that its project file has for it today.

        Returns why it keeps its own, or None if it need not be told: it was composed anew, is another
        pair's, or somebody else was faster.
        """
        project = self.projects().get(lead.project)
        is_mine = lead.credential == key.credential
        if project is None:
            return Mismatch.NO_PROJECT if is_mine else None
        named = project.realpad.credentials
        if not is_mine and named != key.credential:
            return None
        route = self.keys[named].route if named in self.keys else Route(credential=named)
        if lead.account and lead.account != route.account:
            return Mismatch.ACCOUNT if named == lead.credential else Mismatch.CREDENTIALS
        try:
            record = self.log.get(lead.id)
        except SealBrokenError:
            return Mismatch.UNREADABLE
        answers, current = record.current.answers, dict(record.current.payload)
        payload = compose(project, answers, consents=record.consents, context=record.context)
        if payload.get("project") != current.get("project"):
            return Mismatch.NUMBER
        if payload != current or route != lead.route:
            with suppress(IllegalTransitionError):  # somebody else was faster; nothing is to be done
                self.log.resubmit(lead.version, answers=answers, payload=payload, route=route)
        return None


def _report(lane: Lane, now: datetime, waiting: int) -> LaneReport:
    state = lane.state(now)
    is_open = state is LaneState.OPEN
    return LaneReport(
        name=lane.key.credential,
        state=state,
        since=None if is_open else lane.since,
        reason=None if is_open else lane.reason,
        paused_until=lane.paused_until if state is LaneState.PAUSED else None,
        next_call_at=lane.next_call_at(now),
        waiting=waiting,
    )
