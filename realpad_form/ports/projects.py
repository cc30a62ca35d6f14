"""What the forms of projects need: good versions of their files, for when one is broken, and captchas."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from realpad_form.domain.project import Project, ProjectVersion
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
