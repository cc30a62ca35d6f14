"""What the forms of projects need: good versions of their files, for when one is broken, and captchas."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from realpad_form.domain.people import AuditNote
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.domain.publishing import Publication, Published, ScheduledPublication, ScheduleFailure
from realpad_form.domain.spam import Verdict


class ProjectVersions(Protocol):
    """Keeps every good version of every project file; shared by all machines.

    Any method may raise StorageUnavailableError.
    """

    def keep(self, version: ProjectVersion, *, replaces: str | None = None) -> None:
        """Keep a version, unless a version of that text is kept already.

        Machines may see a folder at different times, so a version that is kept already becomes the newest one
        again only if there is proof of it: its file was written after the newest one was adopted
        (`version.adopted_at`), or it has replaced the newest one on the machine that tells so.

        Args:
            version: a text that was good, and when its file was written.
            replaces: the hash of the version that was the project's file on this machine before, if known.
        """

    def latest(self, slug: str, *, limit: int = 20) -> Sequence[ProjectVersion]:
        """Return the versions of a project, the one adopted last first."""


class Publications(Protocol):
    """Keeps which text of each project went live when, and by whom; shared by all machines.

    Any method may raise StorageUnavailableError.
    """

    def newest(self) -> dict[str, tuple[int, datetime]]:
        """Return number and time of the newest publication of each project; asked every second."""

    def find(self, slug: str) -> Published | None:
        """Return what is known of a project's publications; None if there are none."""

    def history(self, slug: str, *, limit: int = 1000) -> list[Publication]:
        """Return the publications of a project, newest first."""

    def get(self, slug: str, number: int) -> Publication | None:
        """Return one publication, or None."""

    def publish(
        self, *new: Publication, note: AuditNote | None = None, schedule: UUID | None = None
    ) -> Publication:
        """Make a text live, and keep it; return the publication with the storage's own time.

        Of several, the last one is live afterwards, and the others are kept. All of it is one transaction,
        with the entry of the audit log, and with the end of the schedule that it comes from, or of any whose
        text it is.
        Raises: PublishedMeanwhileError, if a number is not the next one of its project;
        ScheduleNotFoundError, if the schedule is not there any more.
        """


class ScheduledPublications(Protocol):
    """Keeps what is to go live at a time, one text for each project; shared by all machines.

    Any method may raise StorageUnavailableError.
    """

    def now(self) -> datetime:
        """Return the time that schedules are measured by, aware, UTC."""

    def pending(self) -> dict[str, datetime]:
        """Return when something goes live, by project, without what has failed; asked every second."""

    def all(self) -> list[ScheduledPublication]:
        """Return all that is scheduled or has failed, by project."""

    def get(self, slug: str) -> ScheduledPublication | None:
        """Return what is scheduled for a project or has failed, or None."""

    def put(self, new: ScheduledPublication, *, replaces: UUID | None, note: AuditNote) -> None:
        """Keep a schedule, in the place of the one that is known to be there, with an audit entry.

        Raises: ScheduledMeanwhileError, if there is another one, or none.
        """

    def remove(self, schedule: ScheduledPublication, note: AuditNote) -> None:
        """Forget a schedule, with an audit entry. Raises: ScheduleNotFoundError."""

    def fail(self, schedule: ScheduledPublication, failure: ScheduleFailure, note: AuditNote) -> bool:
        """Keep why a schedule was not published, with an audit entry; return False if it was not pending."""


class LocalPublished(Protocol):
    """Keeps on this machine what was published last, for a start while the database is away."""

    def read(self) -> Mapping[str, Published]:
        """Return what is kept, by slug; nothing if it cannot be read."""

    def keep(self, published: Mapping[str, Published]) -> None:
        """Keep what is published; on disk before this returns. Raises: StorageUnavailableError."""


class LocalVersions(Protocol):
    """Keeps the last good version of each project file on this machine, for when the database is away.

    Any method may raise StorageUnavailableError.
    """

    def keep(self, version: ProjectVersion) -> None:
        """Keep a version in the place of the one before; on disk before this returns."""

    def get(self, slug: str) -> ProjectVersion | None:
        """Return the version that is kept of a project, or None."""

    def forget(self, slug: str) -> None:
        """Forget a project whose file was deleted."""

    def slugs(self) -> Sequence[str]:
        """Return the projects of which a version is kept."""


class Captcha(Protocol):
    """Tells people from programs, and never costs a lead: it may only mark or ask again."""

    def challenge(self, project: Project, token: str) -> Mapping[str, Any] | None:
        """Return what the page must solve, bound to the project and the form token's id, or None."""

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return what to make of the page's solution; raises nothing.

        Whoever cannot tell, be it a service that is down or our keys that it refuses, fails nobody.
        """
