"""Project files: how one is read, and all of a folder, kept up to date while the program runs."""

import hashlib
import logging
import math
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import uuid4

from realpad_form.catalog import checks, grammar
from realpad_form.catalog.violations import Violation, at, locate
from realpad_form.catalog.yaml_source import MAX_BYTES, Document, Place, parse
from realpad_form.domain.errors import Problem, ProjectNotFoundError
from realpad_form.domain.message import Message
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.domain.project_rules import SLUG
from realpad_form.domain.publishing import (
    NOTHING_PUBLISHED,
    FolderContents,
    FolderFile,
    FolderState,
    Published,
    folder_state,
)
from realpad_form.services.project_versions import LastGoodVersions

_log = logging.getLogger(__name__)

Reading = tuple[Project | None, list[Problem]]
"""The project, if nothing but warnings was found; problems and warnings by line."""


def samples_folder() -> Path:
    """Return the folder of the sample project files."""
    return Path(__file__).parent / "samples"


def starters() -> dict[str, dict[str, str]]:
    """Return what somebody can start from, by name: the texts of one or more project files, by slug.

    One file is `riverside.yaml`; those of a folder stand beside the one of `enquiry`.
    """
    folder = Path(__file__).parent / "starters"
    found = {path.stem: {"riverside": path.read_text(encoding="utf-8")} for path in folder.glob("*.yaml")}
    for path in folder.glob("*/*.yaml"):
        files = found.setdefault(path.parent.name, dict(found["enquiry"]))
        files[path.stem] = path.read_text(encoding="utf-8")
    return dict(sorted(found.items()))


def read_project(path: Path) -> Reading:
    """Return the project of a file, and everything that is wrong or unwise in it."""
    try:
        return interpret(read_source(path), path)
    except OSError as error:
        return None, [unreadable_file(path, error)]


def read_draft(text: str, slug: str) -> Reading:
    """Return the project that a text would describe as the file of a project, and everything wrong in it."""
    return interpret(text.encode("utf-8", "replace"), Path(f"{slug}.yaml"))


def read_version(version: ProjectVersion) -> Project | None:
    """Return the project of a kept version; None if this program, another than kept it, cannot read it."""
    return read_draft(version.text, version.slug)[0]


def unreadable_file(path: Path, error: OSError) -> Problem:
    """Return the problem of a file or folder that the system does not let us read."""
    return Problem(str(path), 1, Message("cannot be read:", detail=error.strerror or str(error)))


def read_attachment(path: Path, at_most: int) -> bytes | None:
    """Return a file beside a project file; None if there is none, it is no plain file, or it is too large."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            content = file.read(at_most + 1)
    except OSError:
        return None
    return content if len(content) <= at_most else None


def read_source(path: Path) -> bytes:
    """Return the bytes of a file, or of a larger one enough to see that it is too large."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def interpret(source: bytes, path: Path) -> Reading:
    """Return the project that the bytes of a file describe, and everything wrong or unwise in them."""
    document = parse(source)
    project, findings = _judge(document, path)
    findings += _check_attachments(project, path.parent) if project and path.parent.name else []
    problems = {_problem(finding, document, path) for finding in findings}
    problems |= {Problem(str(path), line, what) for line, what in document.mistakes}
    if path.suffix != ".yaml":
        what = Message("the file is not found under this name; rename it %(name)s", name=f"{path.stem}.yaml")
        problems.add(Problem(str(path), 1, what))
    if not re.fullmatch(SLUG, path.stem):
        what = Message(
            "a file name takes lower-case letters, digits and dashes only; rename it, e.g. riverside.yaml"
        )
        problems.add(Problem(str(path), 1, what))
    is_usable = all(problem.is_warning for problem in problems)
    in_order = sorted(problems, key=lambda problem: (problem.line, problem.what, problem.is_warning))
    return project if is_usable else None, in_order


def _judge(document: Document, path: Path) -> tuple[Project | None, list[Violation]]:
    if document.mistakes:
        return None, []  # what stands there is not what was meant
    project, breaches = grammar.load(document.value)
    return project, [*breaches, *checks.check(document.value, stem=path.stem)]


def _check_attachments(project: Project, folder: Path) -> list[Violation]:
    """Warn of files that the project names and that cannot be sent; a draft has no folder to look into."""
    return [
        Violation(
            place,
            Message(
                "there is no %(name)s of at most %(size)s kB beside this file; the form does without it",
                name=name,
                size=at_most // 1000,
            ),
            is_warning=True,
        )
        for name, (place, at_most) in project.attachments.items()
        if read_attachment(folder / name, at_most) is None
    ] + [
        Violation(
            ("fields",),
            Message("there is no %(name)s beside this file; it is not offered", name=f"{slug}.yaml"),
            is_warning=True,
        )
        for slug in project.choices
        if not (folder / f"{slug}.yaml").is_file()
    ]


def _problem(finding: Violation, document: Document, path: Path) -> Problem:
    line, location = _line(finding.place, document.lines), locate(finding.place, document.value)
    return Problem(str(path), line, finding.what, finding.is_warning, location)


def _line(place: Place, lines: dict[Place, int]) -> int:
    """Return the line of a place, or of the nearest one around it that is written."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


POLL_EVERY_S: Final = 1.0
GONE_FOR_S: Final = 0.1
"""Editors take a file away for a moment when they save it; only after this it counts as deleted."""


ASK_EVERY_S: Final = 30.0
"""How often kept versions are looked for while a file is broken and none is known."""


class Good(NamedTuple):
    """A good version of a project file, and the project that it describes."""

    project: Project
    version: ProjectVersion

    def describe(self) -> str:
        """Return in words that this version is served while its file is broken, and which it is."""
        at = f"{self.version.adopted_at:%Y-%m-%d %H:%M} UTC"
        return f"its last good version is served, {self.project.form_version} of {at}"


class _File(NamedTuple):
    """What is known of one file."""

    slug: str | None = None  # of the project it stands for
    source: bytes | None = None  # None if it cannot be read
    good: Good | None = None  # None if it is broken
    problems: tuple[Problem, ...] = ()
    content: FolderFile | None = None  # None if it cannot be read


_UNREADABLE: Final = FolderFile(hash="", written_at=datetime.fromtimestamp(0, UTC))


class Catalog:
    """The projects of a folder; whoever asks gets them as they were at most a second ago.

    A version that was published is served in the place of a file that lacks it. A broken file takes no
    project away: its last good version stays, the one this process has seen or else the one that `kept`
    finds. A deleted file does. Safe for any number of threads: one at a time looks at the folder, and the
    others go on with what is known.
    """

    def __init__(
        self,
        folder: Path,
        *,
        kept: LastGoodVersions | None = None,
        published: Callable[[], Mapping[str, Published]] = lambda: NOTHING_PUBLISHED,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder, self._kept, self._clock, self._pause = folder, kept, clock, pause
        self._published = published
        self._lock = threading.Lock()
        self._is_readable = True
        self._files: Mapping[Path, _File] = {}
        self._by_slug: Mapping[str, _File] = {}
        self._good: Mapping[str, Good] = {}
        self._projects: Mapping[str, Project] = {}
        self._problems: tuple[Problem, ...] = ()
        self._states: Mapping[str, FolderState] = {}
        self._ask_again_at: dict[str, float] = {}  # for a kept version, by project
        self._check_again_at = clock()
        self._refresh()

    def get(self, slug: str) -> Project:
        """Return a project. Raises: ProjectNotFoundError."""
        try:
            return self.projects()[slug]
        except KeyError:
            raise ProjectNotFoundError(slug) from None

    def source(self, slug: str) -> bytes:
        """Return what somebody who edits a project begins with: what was published, or what its file says.

        The file may be wrong. Where it cannot be read at all, that is its last good version.
        Raises: ProjectNotFoundError.
        """
        self._refresh()
        file, good = self._by_slug.get(slug, _File()), self._good.get(slug)
        state = self._states.get(slug, FolderState.ABSENT)
        if file.source is not None and not (state.is_publication_served and good):
            return file.source
        if good is None:
            raise ProjectNotFoundError(slug)
        return good.version.text.encode()

    def attachment(self, slug: str, name: str) -> bytes | None:
        """Return a file that a project's page needs; None for any other, or if it cannot be read.

        Raises: ProjectNotFoundError.
        """
        attachments = self.get(slug).attachments
        return read_attachment(self._folder / name, attachments[name][1]) if name in attachments else None

    def projects(self) -> Mapping[str, Project]:
        """Return all projects by slug, as they are now."""
        self._refresh()
        return self._projects

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong or unwise in the folder, by file and line."""
        self._refresh()
        return self._problems

    def stand_ins(self) -> Mapping[str, Good]:
        """Return the last good versions that are served because the file is broken now, by slug."""
        self._refresh()
        return {slug: good for slug, good in self._good.items() if self._is_stand_in(slug)}

    def _is_stand_in(self, slug: str) -> bool:
        if file := self._by_slug.get(slug):
            return file.good is None
        return self._states.get(slug) is not FolderState.PUBLISHED_ONLY

    def stand_in(self, path: Path) -> Good | None:
        """Return the last good version that is served because of what is wrong with a file, if one is."""
        slug = self._files.get(path, _File()).slug
        is_its_own = slug is not None and self._by_slug.get(slug) is self._files[path]
        return self.stand_ins().get(slug) if is_its_own and slug else None

    def contents(self) -> FolderContents:
        """Return what the folder holds now: good versions only, and which projects have a file at all."""
        self._refresh()
        files = self._by_slug
        return FolderContents(
            is_readable=self._is_readable,
            good={slug: file.good.version for slug, file in files.items() if file.good},
            files={slug: file.content or _UNREADABLE for slug, file in files.items()},
            states=self._states,
        )

    def file(self, slug: str) -> bytes | None:
        """Return what the file of a project says now, right or wrong; None if there is none to read."""
        self._refresh()
        return self._by_slug.get(slug, _File()).source

    def refresh(self) -> None:
        """Look at the folder and at what is published now, and not only in a while."""
        with self._lock:
            self._read_folder()

    def _refresh(self) -> None:
        if self._clock() < self._check_again_at or not self._lock.acquire(blocking=False):
            return
        try:
            self._read_folder()
        finally:
            self._check_again_at = self._clock() + POLL_EVERY_S
            self._lock.release()

    def _read_folder(self) -> None:
        try:
            paths = project_files(self._folder)
            if self._files.keys() - set(paths):  # look twice, as one of them is gone
                self._pause(GONE_FOR_S)
                paths = project_files(self._folder)
        except OSError as error:  # says nothing about the projects, so they stay
            self._is_readable, self._problems = False, (unreadable_file(self._folder, error),)
            # Those kept before this process began, if it has seen none.
            slugs = list(self._good) or list(self._kept.slugs() if self._kept else ())
        else:
            self._is_readable = True
            self._files = {path: self._read(path) for path in paths}
            self._by_slug = _by_slug(self._files)
            self._problems = tuple(problem for file in self._files.values() for problem in file.problems)
            slugs = list(self._by_slug)
        published = self._published()
        self._judge_states(published)
        good = {}
        for slug in dict.fromkeys([*slugs, *self._states]):
            if found := self._find(slug, published.get(slug), is_there=slug in slugs):
                good[slug] = found
        for slug in self._good.keys() - good.keys():
            _log.warning("%s.yaml is gone: its form is no longer served", slug)
        self._good = good
        self._projects = MappingProxyType({slug: each.project for slug, each in self._good.items()})

    def _judge_states(self, published: Mapping[str, Published]) -> None:
        """Compare each file with the newest publication of its project."""
        states = {}
        for slug in self._by_slug.keys() | published.keys():
            file = self._by_slug.get(slug)
            content = (file.content or _UNREADABLE) if file else None
            states[slug] = folder_state(content, published.get(slug))
        self._states = states
        for slug, state in states.items():
            if state is FolderState.CONFLICT:
                self._problems += (self._conflict(slug, published[slug].newest.number),)

    def _conflict(self, slug: str, number: int) -> Problem:
        path = next((path for path, file in self._files.items() if file is self._by_slug[slug]), slug)
        what = Message(
            "the file was changed, and so was what was published from the desk; version %(number)s is served"
            " until somebody decides in the desk, under Preview, which of them counts",
            number=number,
        )
        return Problem(str(path), 1, what, is_warning=True)

    def _find(self, slug: str, published: Published | None, *, is_there: bool) -> Good | None:
        """Return what is served of a project: as published or as its file has it, else as it last was."""
        file, state = self._by_slug.get(slug, _File()), self._states.get(slug, FolderState.ABSENT)
        known = self._good.get(slug)
        is_broken = is_there and file.good is None
        if published and (state.is_publication_served or is_broken):
            version = published.newest.version
            is_newer = known is None or known.version.adopted_at < version.adopted_at
            if known and (known.version == version or (is_broken and not is_newer)):
                return known
            if project := read_version(version):
                return Good(project, version)
        if not is_there:
            return None
        return file.good or known or self._recall(slug)

    def _recall(self, slug: str) -> Good | None:
        """Return the newest kept version that this program can still read."""
        if self._kept is None or self._clock() < self._ask_again_at.get(slug, -math.inf):
            return None
        for version in self._kept.find(slug):
            if project := read_version(version):
                good = Good(project, version)
                _log.warning("%s.yaml is broken or cannot be read: %s", slug, good.describe())
                return good
        self._ask_again_at[slug] = self._clock() + ASK_EVERY_S
        return None

    def _read(self, path: Path) -> _File:
        known = self._files.get(path, _File(slug=_named_after(path)))
        try:
            source = read_source(path)
            written_s = min(path.stat().st_mtime, time.time())  # a file may bear any time, even one to come
        except OSError as error:
            return _File(known.slug, None, None, (unreadable_file(path, error),))
        written_at = datetime.fromtimestamp(max(0, written_s), UTC)
        if source == known.source:
            return known
        project, problems = interpret(source, path)
        for problem in problems if self._files else ():  # whoever starts the program reads the first ones
            _log.warning("%s", problem)
        good = None
        if project:
            version = ProjectVersion(slug=project.slug, text=source.decode(), adopted_at=written_at)
            good = Good(project, version)
        slug = _slug_of(path, source)
        content = FolderFile(
            hash=hashlib.sha256(source).hexdigest(),
            written_at=written_at,
            replaced=self._replaced(slug, known),
        )
        return _File(slug, source, good, tuple(problems), content)

    def _replaced(self, slug: str | None, known: _File) -> int | None:
        """Return the number of the newest publication if a project's file said the same until now."""
        published = self._published().get(slug or "")
        if published is None or slug is None:
            return None
        number = published.newest.number
        if known.content and known.content.replaced == number:
            return number  # one more change since, such as of a mistake
        before = known.content.hash if known.content else self._kept.local_hash(slug) if self._kept else None
        return number if before == published.newest.hash else None


def _by_slug(files: Mapping[Path, _File]) -> dict[str, _File]:
    """Return the file of each project; the rightly named one, if there are several."""
    named = {path.name: file for path, file in files.items()}
    slugs = {file.slug: file for file in files.values() if file.slug}
    return {slug: named.get(f"{slug}.yaml", file) for slug, file in slugs.items()}


def _slug_of(path: Path, source: bytes) -> str | None:
    """Return the project that a file stands for: a wrong name shall not take its form down."""
    if path.suffix == ".yaml" and re.fullmatch(SLUG, path.stem):
        return path.stem
    document = parse(source)
    slug = at(document.value, "project") if not document.mistakes else None
    return slug if isinstance(slug, str) and re.fullmatch(SLUG, slug) else _named_after(path)


def _named_after(path: Path) -> str | None:
    """Return the project that a file is named after, if only roughly."""
    stem = path.stem.lower()
    return stem if re.fullmatch(SLUG, stem) else None


def project_files(folder: Path) -> list[Path]:
    """Return what looks like a project file, also if its name is wrong; hidden files are editors' own."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    return sorted(path for path in found if not path.name.startswith(".") and _is_file(path))


def _is_file(path: Path) -> bool:
    """Tell whether there is a file; also one that cannot be looked at, or a link that leads nowhere now."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return path.is_symlink()
    except OSError:
        return True


def write_project(folder: Path, version: ProjectVersion, *, replaces: str) -> bool:
    """Write a project file in the place of the one with the hash `replaces`, "" for a new one.

    It bears the time of its version, which tells it from what somebody edits.

    Returns whether it did: not if the file is another one by now or a link, nor if the folder cannot be
    written into. A reader finds the old file or the new one, whole.
    """
    path, unfinished = folder / f"{version.slug}.yaml", folder / f".{version.slug}.{uuid4().hex}.part"
    try:
        if path.is_symlink():
            return False
        there, mode = None, 0o644
        if path.exists():
            there, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
        if ("" if there is None else hashlib.sha256(there).hexdigest()) != replaces:
            return False
        try:
            with unfinished.open("xb") as file:
                file.write(version.text.encode())
                file.flush()
                os.fsync(file.fileno())
            unfinished.chmod(mode)
            written_s = version.adopted_at.timestamp()
            os.utime(unfinished, (written_s, written_s))
            if (path.read_bytes() if path.exists() else None) != there:
                return False  # somebody has saved it meanwhile
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        _log.info("%s is not written: %s", path, error.strerror or error)
        return False
    return True
