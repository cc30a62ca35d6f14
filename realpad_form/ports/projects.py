"""Where good project files are kept, so that a broken one takes no form down."""

from collections.abc import Sequence
from typing import Protocol

from realpad_form.domain.project import ProjectVersion


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
