"""Keeps the good versions of project files, and finds the last one of a file that is broken."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from realpad_form.domain.errors import RealpadFormError, StorageUnavailableError
from realpad_form.domain.project import ProjectVersion
from realpad_form.domain.publishing import FolderContents, FolderState
from realpad_form.ports import LocalVersions, ProjectVersions
from realpad_form.services.outage import OutageLog

POLL_EVERY_S: Final = 2.0
"""How often the keeper looks for changed files; a file that is still being written is not kept."""

AWAY_FOR_S: Final = 10.0
"""How long a database that did not answer is not asked again."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class LastGoodVersions:
    """Finds kept versions of project files: in the database of all machines, and on this one.

    A database that is away costs one bounded wait, then nothing for `AWAY_FOR_S`.
    """

    shared: Callable[[], ProjectVersions]  # opened when it is first needed
    local: LocalVersions
    clock: Callable[[], float] = time.monotonic
    _ask_again_at: float = field(default=0.0, init=False)

    def find(self, slug: str) -> list[ProjectVersion]:
        """Return the versions of a project, the one adopted last first; what cannot be read is left out."""
        found: dict[str, ProjectVersion] = {}
        for version in (*self._shared(slug), *self._local(slug)):
            found.setdefault(version.hash, version)  # of one text, the database knows better since when
        return sorted(found.values(), key=lambda version: version.adopted_at, reverse=True)

    def local_hash(self, slug: str) -> str | None:
        """Return the hash of the last good file of a project that this machine had; None if not known."""
        return next((version.hash for version in self._local(slug)), None)

    def slugs(self) -> Sequence[str]:
        """Return the projects that this machine had files of when it last saw its folder."""
        try:
            return self.local.slugs()
        except StorageUnavailableError as error:
            logger.warning("%s", error)
            return []

    def _shared(self, slug: str) -> Sequence[ProjectVersion]:
        if self.clock() < self._ask_again_at:
            return []
        try:
            return self.shared().latest(slug)
        except RealpadFormError as error:  # also of settings: a command may need no database otherwise
            logger.warning("earlier versions of %s.yaml cannot be looked up now: %s", slug, error)
            self._ask_again_at = self.clock() + AWAY_FOR_S
            return []

    def _local(self, slug: str) -> Sequence[ProjectVersion]:
        try:
            version = self.local.get(slug)
        except StorageUnavailableError as error:
            logger.warning("%s", error)
            return []
        return [version] if version else []


def _outage(where: str) -> Callable[[], OutageLog]:
    began, ended = f"project files cannot be kept {where}", f"project files are kept {where} again"
    return partial(OutageLog, began, ended)


@dataclass(slots=True)
class _StoredHashes:
    """What was kept of one project file, as hashes; None for nothing."""

    here: str | None  # on this machine
    before: str | None  # what this machine had when the database last took a version of it
    shared: str | None = None  # in the database, since this process began


@dataclass(slots=True)
class VersionKeeper:
    """Keeps each good version of each project file, in the database and on this machine.

    It runs beside the web server and the relay, so that no visitor ever waits for it. What cannot be kept
    now is kept later.
    """

    contents: Callable[[], FolderContents]
    shared: Callable[[], ProjectVersions]
    local: LocalVersions
    publish: Callable[[FolderContents], None] = lambda contents: None
    _seen: FolderContents = field(default=FolderContents(is_readable=False), init=False, repr=False)
    _kept: dict[str, _StoredHashes] = field(default_factory=dict, init=False, repr=False)
    _of_shared: OutageLog = field(default_factory=_outage("in the database"), init=False, repr=False)
    _of_local: OutageLog = field(default_factory=_outage("on this machine"), init=False, repr=False)
    _of_publishing: OutageLog = field(default_factory=_outage("as published"), init=False, repr=False)

    def run(self, stop: threading.Event) -> None:
        """Keep what is new, again and again until told to stop."""
        outage = OutageLog("project files cannot be looked at", "project files are looked at again")
        while not stop.is_set():
            with outage.tolerated():
                self.run_once()
            stop.wait(POLL_EVERY_S)

    def run_once(self) -> None:
        """Keep the files that are good and as they were at the last look; forget those deleted by then."""
        before, self._seen = self._seen, self.contents()
        served = {
            slug: version
            for slug, version in self._seen.good.items()
            if not self._seen.states.get(slug, FolderState.EDITED).is_publication_served
        }
        for slug, version in served.items():
            if slug in before.good and before.good[slug].hash == version.hash:
                self._keep(version)
        if before.is_readable and self._seen.is_readable:
            with self._of_local.tolerated():
                there = before.slugs | self._seen.slugs
                for slug in self.local.slugs():
                    if slug not in there:
                        self.local.forget(slug)
                        self._kept.pop(slug, None)
        with self._of_publishing.tolerated():
            self.publish(self._seen)

    def _keep(self, version: ProjectVersion) -> None:
        if version.slug not in self._kept:
            try:
                former = self.local.get(version.slug)  # of an earlier process of this machine
            except StorageUnavailableError:
                former = None  # keeping it will say so
            text = former.hash if former else None
            self._kept[version.slug] = _StoredHashes(here=text, before=text)
        kept = self._kept[version.slug]
        if kept.shared != version.hash:
            with self._of_shared.tolerated():
                self.shared().keep(version, replaces=kept.before)
                kept.shared = kept.before = version.hash
        if kept.here != version.hash:
            with self._of_local.tolerated():
                self.local.keep(version)
                kept.here = version.hash
