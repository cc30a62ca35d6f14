"""All projects of a folder, kept up to date while the program runs."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from realpad_form.catalog.reading import interpret, read_source, unreadable_file
from realpad_form.domain.errors import Problem, ProjectNotFoundError
from realpad_form.domain.project import Project

_log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
GONE_FOR_S: Final = 0.1
"""Editors take a file away for a moment when they save it; only after this it counts as deleted."""


class _File(NamedTuple):
    """What is known of one file."""

    source: bytes | None = None
    project: Project | None = None  # the last good version
    problems: tuple[Problem, ...] = ()


class Catalog:
    """The projects of a folder; whoever asks gets them as they were at most a second ago.

    A broken edit keeps the last good version of its project. Safe for any number of threads: one
    at a time looks at the folder, and the others go on with what is known.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder, self._clock, self._pause = folder, clock, pause
        self._lock = threading.Lock()
        self._files: Mapping[Path, _File] = {}
        self._projects: Mapping[str, Project] = {}
        self._problems: tuple[Problem, ...] = ()
        self._look_again_at = clock()
        self._refresh()

    def get(self, slug: str) -> Project:
        """Return a project. Raises: ProjectNotFoundError."""
        try:
            return self.projects()[slug]
        except KeyError:
            raise ProjectNotFoundError(slug) from None

    def source(self, slug: str) -> bytes:
        """Return what the file of a project says now, right or wrong. Raises: ProjectNotFoundError."""
        self._refresh()
        file = self._files.get(self._folder / f"{slug}.yaml", _File())
        if file.source is None:
            raise ProjectNotFoundError(slug)
        return file.source

    def projects(self) -> Mapping[str, Project]:
        """Return all projects by slug, as they are now."""
        self._refresh()
        return self._projects

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong or unwise in the folder, by file and line."""
        self._refresh()
        return self._problems

    def _refresh(self) -> None:
        if self._clock() < self._look_again_at or not self._lock.acquire(blocking=False):
            return
        try:
            self._look()
        finally:
            self._look_again_at = self._clock() + LOOK_EVERY_S
            self._lock.release()

    def _look(self) -> None:
        try:
            paths = self._paths()
        except OSError as error:  # says nothing about the projects, so they stay
            self._problems = (unreadable_file(self._folder, error),)
            return
        self._files = {path: self._read(path) for path in paths}
        projects = (file.project for file in self._files.values() if file.project)
        self._projects = MappingProxyType({project.slug: project for project in projects})
        self._problems = tuple(problem for file in self._files.values() for problem in file.problems)

    def _paths(self) -> list[Path]:
        """Return the project files, looking twice if one of them is gone."""
        paths = project_files(self._folder)
        if self._files.keys() <= set(paths):
            return paths
        self._pause(GONE_FOR_S)
        return project_files(self._folder)

    def _read(self, path: Path) -> _File:
        known = self._files.get(path, _File())
        try:
            source = read_source(path)
        except OSError as error:
            return _File(None, known.project, (unreadable_file(path, error),))
        if source == known.source:
            return known
        project, problems = interpret(source, path)
        for problem in problems if self._files else ():  # whoever starts the program reads the first ones
            _log.warning("%s", problem)
        return _File(source, project or known.project, tuple(problems))


def project_files(folder: Path) -> list[Path]:
    """Return what looks like a project file, also if its name is wrong; hidden files are editors' own."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    return sorted(path for path in found if not path.name.startswith(".") and path.is_file())
