"""The use case that mails people what the week before brought to their projects, on Mondays."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import (
    MailDeferredError,
    MailRefusedError,
    NotificationError,
    PersonNotFoundError,
)
from realpad_form.domain.mail import Mail
from realpad_form.domain.people import Person, Right
from realpad_form.domain.project import Project
from realpad_form.domain.statistics import FormEvent, FunnelStep, GroupBy, ProjectWeek, Trend, Week, nothing
from realpad_form.ports import MailGateway, ReportLog, Roster, SummaryLog
from realpad_form.services.notices import is_plain
from realpad_form.services.outage import OutageLog
from realpad_form.services.statistics import Statistics

POLL_EVERY_S: Final = 60.0
BEST: Final = 3
"""Campaigns that are named, with most leads first."""

FOR_A_PERSON: Final = frozenset({Status.REJECTED, Status.UNKNOWN, Status.QUARANTINED})
"""The statuses of leads that wait until a person decides."""

logger = logging.getLogger(__name__)


class SummaryWriter(Protocol):
    """Writes the mail to one person."""

    def __call__(
        self, person: Person, week: Week, projects: Sequence[tuple[Project, ProjectWeek]], *, language: str
    ) -> Mail:
        """Return the mail; its id is the same for every try."""


def _outage() -> OutageLog:
    return OutageLog("weekly summaries wait for the database", "weekly summaries are sent again")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySummaries:
    """Mails the summary of a week to each person who asked for it before it was due, once.

    Of several processes one sends a mail. A mail that the server does not take is tried again until it is
    too late for it; one that was taken by the server of a process that then was killed is sent once more,
    under the same id.
    """

    log: SummaryLog
    roster: Roster
    leads: ReportLog
    statistics: Statistics
    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    mailer: MailGateway | None  # None without a mail server: nothing is sent
    write: SummaryWriter
    language: str  # of people who have chosen none
    _outage: OutageLog = field(default_factory=_outage, init=False, repr=False, compare=False)

    def run(self, stop: threading.Event) -> None:
        """Send what is due until told to stop."""
        while self.mailer and not stop.is_set():
            with self._outage.tolerated():
                for _is_sent in self.send_due():
                    if stop.is_set():
                        return
            stop.wait(POLL_EVERY_S)

    def send_due(self) -> Iterator[bool]:
        """Send what is due now; yield for each mail whether it was sent. Raises: StorageUnavailableError."""
        week, mailer = Week.to_summarize(self.leads.now()), self.mailer
        if week is None or mailer is None:
            return
        pending = self.log.pending(week, [each.id for each in self.roster.people() if _is_due(each, week)])
        found = self._project_weeks(week) if pending else {}
        for person_id in pending:
            person = self._still_due(person_id, week)  # each mail takes its time
            seen = [found[slug] for slug in found if person and person.sees(slug)]
            if person is None or not seen or not self.log.claim(week, person_id):
                continue
            mail = self.write(person, week, seen, language=person.language or self.language)
            try:
                is_sent = _send(mailer, mail)
            except NotificationError as error:  # there is no getting through: the others would fail as well
                logger.warning("mail %s waits: %s", mail.id, error)
                return
            if is_sent is not None:
                self.log.end(week, person_id)
            yield bool(is_sent)

    def _still_due(self, person_id: UUID, week: Week) -> Person | None:
        """Return somebody as they are now, if they are to get the summary of a week."""
        try:
            person = self.roster.get(person_id)
        except PersonNotFoundError:
            return None
        return person if _is_due(person, week) else None

    def _project_weeks(self, week: Week) -> dict[str, tuple[Project, ProjectWeek]]:
        """Return what a week brought to each project, by slug."""
        projects, waiting = self.projects(), Counter[str]()
        for standing in self.leads.standing():
            if standing.status in FOR_A_PERSON:
                waiting[standing.project] += standing.count
        trends = {
            each.now.name: each for each in self.statistics.trends(week.of(projects), by=GroupBy.PROJECT)
        }
        unseen = Trend(now=nothing(), before=nothing())
        return {
            slug: (
                project,
                ProjectWeek(
                    slug=slug,
                    trend=trends.get(slug, unseen),
                    waiting=waiting[slug],
                    refused=self._refused(week, slug),
                    campaigns=tuple(self._campaigns(week, slug))[:BEST],
                ),
            )
            for slug, project in projects.items()
        }

    def _refused(self, week: Week, slug: str) -> int:
        obstacles = self.statistics.obstacles(week.of([slug]))
        return sum(number for _reason, number in obstacles[FormEvent.REFUSED])

    def _campaigns(self, week: Week, slug: str) -> Iterator[tuple[str, int]]:
        """Yield campaigns and their leads, the best first.

        Anybody can make up one: what could be a link in a mail that is trusted is left out.
        """
        funnels = self.statistics.report(week.of([slug]), by=GroupBy.CAMPAIGN)
        for each in sorted(funnels, key=lambda each: (-each.counts[FunnelStep.ACCEPTED], each.name)):
            if each.counts[FunnelStep.ACCEPTED] and (not each.name or is_plain(each.name)):
                yield each.name, each.counts[FunnelStep.ACCEPTED]


def _is_due(person: Person, week: Week) -> bool:
    """Return whether somebody asked for the summary of a week before it was due, and may see it."""
    is_early = person.summary_since is not None and person.summary_since <= week.due_at
    return is_early and person.may(Right.STATISTICS)


def _send(mailer: MailGateway, mail: Mail) -> bool | None:
    """Send a mail; return False if it never will be taken, None if not now. Raises: NotificationError."""
    try:
        mailer.send(mail)
    except MailRefusedError as error:
        logger.warning("mail %s was refused: %s", mail.id, error)
        return False
    except MailDeferredError as error:
        logger.warning("mail %s is put off: %s", mail.id, error)
        return None
    return True
