"""The use case of publishing at a time: a version is kept until then, and goes live once, or says why not."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from realpad_form.domain.errors import (
    FolderConflictError,
    PersonNotFoundError,
    ProjectFileError,
    ProjectNotFoundError,
    PublishedMeanwhileError,
    PublishingNotAllowedError,
    RealpadFormError,
    ScheduleNotFoundError,
    ScheduleTimeError,
)
from realpad_form.domain.people import AuditAction, AuditNote, Person, Right
from realpad_form.domain.publishing import (
    NOTE_CHARS,
    FolderState,
    Publication,
    ScheduledPublication,
    ScheduleFailure,
    latest_time,
    same_text_note,
)
from realpad_form.domain.text import line
from realpad_form.ports import Roster, ScheduledPublications
from realpad_form.services.outage import OutageLog
from realpad_form.services.publishing import POLL_EVERY_S, Publisher

SHORTEST_WAIT_S: Final = 0.02

LEFT_TO_OTHERS: Final = timedelta(minutes=1)
"""How long a machine that lacks a project's file leaves its schedule to one that has it."""

FAILURES: Final[Mapping[type[RealpadFormError], ScheduleFailure]] = {
    ProjectFileError: ScheduleFailure.PROBLEMS,
    PublishedMeanwhileError: ScheduleFailure.MEANWHILE,
    FolderConflictError: ScheduleFailure.CONFLICT,
    PublishingNotAllowedError: ScheduleFailure.RIGHT,
    ProjectNotFoundError: ScheduleFailure.RIGHT,
    PersonNotFoundError: ScheduleFailure.RIGHT,
}
"""What keeps a version from going live, by the error that says so."""

logger = logging.getLogger(__name__)


def _outage() -> OutageLog:
    return OutageLog("what is scheduled cannot be published", "what is scheduled is published again")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationScheduler:
    """Keeps versions until their time, and publishes them then on behalf of whoever scheduled them.

    A project has one schedule at most. Rights are those of publishing: when it is scheduled, when somebody
    else cancels or replaces it, and once more when it goes live. Any method may raise
    StorageUnavailableError.
    """

    schedules: ScheduledPublications
    publisher: Publisher
    roster: Roster
    _outage: OutageLog = field(default_factory=_outage, init=False, repr=False, compare=False)
    _absent_since: dict[UUID, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)

    def schedule(
        self, new: ScheduledPublication, *, by: Person, replaces: UUID | None = None
    ) -> ScheduledPublication | None:
        """Keep a text until it goes live, and return it as it is kept; None if it is live already.

        `replaces` is the schedule of the project that is given up for it; None if there is none.
        Raises: ScheduleTimeError, ScheduledMeanwhileError, and what `Publisher.publish` raises.
        """
        now = self.schedules.now()
        if not now < new.at <= latest_time(now):
            raise ScheduleTimeError("past" if new.at <= now else "far")
        if not self.publisher.check(new.slug, new.text, by=by, began_with=new.began_with):
            return None
        earlier = self.schedules.get(new.slug)
        if earlier and earlier.id == replaces:
            self._require_right(earlier, by)
        kept = replace(new, note=line(new.note)[:NOTE_CHARS], by=by.id, scheduled_at=now)
        note = _note(AuditAction.SCHEDULED, kept, by.id, _time(new.at))
        self.schedules.put(kept, replaces=replaces, note=note)
        return kept

    def cancel(self, slug: str, schedule_id: UUID, *, by: Person) -> None:
        """Give up a schedule, or dismiss one that failed.

        Raises: ScheduleNotFoundError, PublishingNotAllowedError.
        """
        schedule = self.find(slug, schedule_id)
        self._require_right(schedule, by)
        note = _note(AuditAction.SCHEDULE_CANCELLED, schedule, by.id, _time(schedule.at))
        self.schedules.remove(schedule, note)

    def publish_now(self, slug: str, schedule_id: UUID, *, by: Person) -> Publication:
        """Publish what is scheduled, or has failed, before its time or after.

        Raises: ScheduleNotFoundError, and what `Publisher.publish` raises.
        """
        schedule = self.find(slug, schedule_id)
        self._require_right(schedule, by)
        return self._end_if_live(schedule, by=by.id) or self.publisher.publish(
            slug,
            schedule.text,
            by=by,
            began_with=schedule.began_with,
            note=schedule.note,
            schedule=schedule.id,
        )

    def publish_instead(
        self, slug: str, schedule_id: UUID, text: str, *, by: Person, began_with: str, note: str
    ) -> Publication:
        """Publish a text that was made of what is scheduled, which ends the schedule.

        Raises: ScheduleNotFoundError, and what `Publisher.publish` raises.
        """
        self._require_right(self.find(slug, schedule_id), by)
        return self.publisher.publish(
            slug, text, by=by, began_with=began_with, note=note, schedule=schedule_id
        )

    def find(self, slug: str, schedule_id: UUID) -> ScheduledPublication:
        """Return a schedule. Raises: ScheduleNotFoundError, if it is not there any more."""
        found = self.schedules.get(slug)
        if found is None or found.id != schedule_id:
            raise ScheduleNotFoundError(slug)
        return found

    def failed(self) -> list[ScheduledPublication]:
        """Return what did not go live when it should have, and nobody has dealt with."""
        return [each for each in self.schedules.all() if each.failure]

    def run(self, stop: threading.Event) -> None:
        """Publish what is due until told to stop, each at its very time."""
        wait_s = POLL_EVERY_S
        while not stop.wait(wait_s):
            wait_s = POLL_EVERY_S
            with self._outage.tolerated():
                wait_s = self.run_once()

    def run_once(self) -> float:
        """Publish what is due; return the seconds until there is something to do again, or to look again."""
        pending = self.schedules.pending()
        if not pending:
            return POLL_EVERY_S
        now = self.schedules.now()
        for slug, at in pending.items():
            if at <= now:
                with self._outage.tolerated():  # one that breaks holds up no other
                    self._publish_due(slug, now)
        later = [(at - now).total_seconds() for at in pending.values() if at > now]
        return max(SHORTEST_WAIT_S, min([POLL_EVERY_S, *later]))

    def _publish_due(self, slug: str, now: datetime) -> None:
        schedule = self.schedules.get(slug)
        if schedule is None or schedule.failure or schedule.at > now:
            return  # another process has done it, or somebody has replaced it
        try:
            by = self.roster.get(schedule.by)
            if self._end_if_live(schedule, by=None):
                return
            if self._lacks_file(schedule):
                self._wait_for_file(schedule, now)
                return
            done = self.publisher.publish_due(schedule, by=by)
        except ScheduleNotFoundError:
            self.publisher.refresh()
        except tuple(FAILURES) as error:
            self._fail(schedule, FAILURES[type(error)])
        else:
            logger.info("%s is published as it was scheduled, as version %d", slug, done.number)

    def _lacks_file(self, schedule: ScheduledPublication) -> bool:
        """Tell whether this machine has no file of a project that needs one to be served."""
        return bool(schedule.began_with) and self.publisher.state(schedule.slug) is FolderState.ABSENT

    def _wait_for_file(self, schedule: ScheduledPublication, now: datetime) -> None:
        """Leave a schedule to a machine that has the project's file, unless none seems to have it."""
        since = self._absent_since.setdefault(schedule.id, now)
        if self.publisher.folder.contents().is_readable and now - since >= LEFT_TO_OTHERS:
            self._fail(schedule, ScheduleFailure.GONE)

    def _fail(self, schedule: ScheduledPublication, failure: ScheduleFailure) -> None:
        note = _note(AuditAction.SCHEDULE_FAILED, schedule, schedule.by, failure)
        if self.schedules.fail(schedule, failure, note):
            logger.warning("%s is not published as it was scheduled: %s", schedule.slug, failure)

    def _end_if_live(self, schedule: ScheduledPublication, *, by: UUID | None) -> Publication | None:
        """End a schedule whose text was published just before it was kept, and return the publication."""
        live = self.publisher.find_live(schedule.slug, schedule.text)
        if live:
            self.schedules.remove(schedule, same_text_note(live, by=by))
        return live

    def _require_right(self, schedule: ScheduledPublication, by: Person) -> None:
        """Let a schedule be given up by who might publish it. Raises: PublishingNotAllowedError."""
        project, _problems = self.publisher.read(schedule.text, schedule.slug)
        may_all = project is None or self.publisher.may_publish(schedule.slug, project, by=by)
        if not (by.sees(schedule.slug) and by.may(Right.PUBLISH) and may_all):
            raise PublishingNotAllowedError(schedule.slug)


def _note(action: AuditAction, schedule: ScheduledPublication, by: UUID, detail: str) -> AuditNote:
    return AuditNote(action=action, by=by, subject=schedule.slug, detail=detail, project=schedule.slug)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
