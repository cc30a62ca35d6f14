"""Erases leads that were kept for as long as their project file says, and warns of those that cannot be.

A lead's time is counted from when it last mattered: when it came, its last call ended, or somebody corrected
or decided about it. Leads that nobody has settled are kept, however old they are.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import IllegalTransitionError, LeadNotFoundError, SealBrokenError
from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.project import Project
from realpad_form.ports import AuditLog, LeadFilter, OperatorLog, ReportLog
from realpad_form.services.outage import OutageLog

FIRST_S: Final = 600.0
EVERY_S: Final = 86_400.0
"""When a service looks for the first time after its start, and then."""

FEW: Final = 5
DAILY_SHARE: Final = 0.1
"""A process by itself erases no larger share of a project's leads of a status a day, unless they are few: a
wrong clock, or a period written in haste, takes little before somebody reads the log. It does not know what
other processes erased, nor what it did before a restart."""

DECISIONS: Final = frozenset(
    {AuditAction.CORRECTED, AuditAction.RESUBMITTED, AuditAction.RELEASED, AuditAction.DISCARDED}
    | {AuditAction.UNDISCARDED, AuditAction.SETTLED, AuditAction.NOTED, AuditAction.ASSIGNED}
    | {AuditAction.REVOCATION_ASKED, AuditAction.REVOKED, AuditAction.REVOCATION_FAILED}
)
DETAIL: Final = "retention"
"""What the audit log says of a lead that was erased since its time was over."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DueLeads:
    """The leads of one status of a project whose time is over."""

    project: str
    status: Status
    leads: tuple[Lead, ...]
    of: int  # as many leads of the status there are


@dataclass(frozen=True, slots=True)
class OverdueLeads:
    """Leads older than the longest period of their project that are kept, since nobody has settled them."""

    project: str
    status: Status
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """Erases what project files say, once a day beside a service, or when a person says so."""

    projects: Callable[[], Mapping[str, Project]]
    log: OperatorLog
    reports: ReportLog
    audit: AuditLog
    clear_journal: Callable[[], bool]

    def due(self) -> Iterator[DueLeads]:
        """Yield what is to be erased now. Raises: StorageUnavailableError."""
        now = self.log.now()
        for slug, project in self.projects().items():
            for status, period in project.retention.periods.items():
                which = LeadFilter(project=slug, status=status)
                until = period.before(now)
                leads = tuple(lead for lead in self._older(which, until) if self._is_over(lead, until))
                if leads:
                    yield DueLeads(slug, status, leads, of=self.log.count(which))

    def overdue(self) -> list[OverdueLeads]:
        """Return what is older than anything of its project is kept, and kept all the same."""
        now, found = self.log.now(), []
        for standing in self.reports.standing():
            project = self.projects().get(standing.project)
            periods = project.retention.periods if project else {}
            if not periods or standing.status in periods:
                continue
            if standing.oldest_at < min(period.before(now) for period in periods.values()):
                found.append(
                    OverdueLeads(standing.project, standing.status, standing.count, standing.oldest_at)
                )
        return found

    def erase(self, due: DueLeads) -> Iterator[bool]:
        """Erase leads that still are due, each as it was when it was found so; yield whether it was."""
        for lead in due.leads:
            project = self.projects().get(due.project)
            period = project.retention.periods.get(due.status) if project else None
            if period is None or not self._is_over(lead, period.before(self.log.now())):
                yield False
                continue
            note = AuditNote(
                action=AuditAction.ERASED, by=None, subject=str(lead.id), detail=DETAIL, project=lead.project
            )
            try:
                self.log.erase(lead.id, seen=lead.version, notes=[note])
            except (IllegalTransitionError, LeadNotFoundError):
                yield False  # somebody has acted on it since
            except SealBrokenError as error:
                logger.error("lead %s cannot be erased: %s", lead.id, error)
                yield False
            else:
                yield True

    def run_once(self) -> Counter[Status]:
        """Erase what is due, but little of what there is; return how many of each status."""
        erased = Counter[Status]()
        for due in self.due():
            most = max(FEW, int(due.of * DAILY_SHARE))
            if len(due.leads) > most:
                logger.warning(
                    "retention would erase %d of %d %s leads of %s, and erases the oldest %d today; if it is"
                    " right, `realpad-form retention run` erases all",
                    len(due.leads),
                    due.of,
                    due.status,
                    due.project,
                    most,
                )
            erased[due.status] += sum(self.erase(replace(due, leads=due.leads[:most])))
        for each in self.overdue():
            logger.warning(
                "%d %s leads of %s are older than anything of it is kept; they stay until they are settled",
                each.count,
                each.status,
                each.project,
            )
        if erased:
            self.clear_journal()
            logger.info("retention erased %d leads", erased.total())
        return erased

    def run(self, stop: threading.Event) -> None:
        """Do it every day until told to stop."""
        outage = OutageLog("retention cannot look for old leads", "retention looks for old leads again")
        wait_s = FIRST_S
        while not stop.wait(wait_s):
            with outage.tolerated():
                self.run_once()
            wait_s = EVERY_S

    def _older(self, which: LeadFilter, until: datetime) -> Iterator[Lead]:
        """Yield the leads that came before a time, oldest first."""
        for lead in self.log.leads(which):
            if lead.created_at > until:
                return
            yield lead

    def _is_over(self, lead: Lead, until: datetime) -> bool:
        """Return whether nothing has happened to a lead since a time."""
        try:
            last = _last_change(self.log.get(lead.id))
        except LeadNotFoundError:
            return False
        except SealBrokenError as error:
            logger.error("lead %s cannot be read, and is kept: %s", lead.id, error)
            return False
        decided = self.audit.entries(subject=str(lead.id), actions=DECISIONS, limit=1)
        return max([last, *(entry.at for entry in decided)]) <= until


def _last_change(record: LeadRecord) -> datetime:
    """Return when a lead came, was called or was corrected last."""
    calls = [each.ended_at or each.started_at for each in record.attempts]
    return max([record.lead.created_at, *calls, *(each.created_at for each in record.revisions)])
