"""The last good version of each project file, as a file on this machine."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.project import ProjectVersion

SUFFIX: Final = ".yaml"


class LastGoodFiles:
    """The port LocalVersions in a folder; any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, version: ProjectVersion) -> None:
        """Keep a version in the place of the one before; its file bears the time of its adoption."""
        path, unfinished = self._path(version.slug), self._folder / f"{uuid4().hex}.part"
        adopted_s = version.adopted_at.timestamp()
        with _translated():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                    file.write(version.text.encode())
                    file.flush()
                    os.fsync(file.fileno())
                os.utime(unfinished, (adopted_s, adopted_s))
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)

    def get(self, slug: str) -> ProjectVersion | None:
        """Return the version that is kept of a project, or None; one that is damaged counts as none."""
        path = self._path(slug)
        with _translated():
            try:
                text, adopted_s = path.read_bytes().decode(), path.stat().st_mtime
            except (FileNotFoundError, UnicodeDecodeError):
                return None
        return ProjectVersion(slug=slug, text=text, adopted_at=datetime.fromtimestamp(adopted_s, UTC))

    def forget(self, slug: str) -> None:
        """Forget a project whose file was deleted."""
        with _translated():
            self._path(slug).unlink(missing_ok=True)

    def slugs(self) -> Sequence[str]:
        """Return the projects of which a version is kept."""
        with _translated():
            try:
                return sorted(path.stem for path in self._folder.iterdir() if path.suffix == SUFFIX)
            except FileNotFoundError:
                return []

    def _path(self, slug: str) -> Path:
        return self._folder / f"{slug}{SUFFIX}"


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailableError(
            f"last good project files cannot be kept here: {error.strerror or error}"
        ) from error
