"""The use cases of publishing: a version of a project goes live, by the desk, a command or its file."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

from realpad_form.domain.errors import (
    FolderConflictError,
    Problem,
    ProjectFileError,
    ProjectNotFoundError,
    PublishedMeanwhileError,
    PublishingNotAllowedError,
    RealpadFormError,
    StorageUnavailableError,
    VersionNotFoundError,
)
from realpad_form.domain.people import AuditAction, AuditNote, Person, Right
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.domain.project_rules import digest as text_hash
from realpad_form.domain.publishing import (
    NOTE_CHARS,
    NOTHING_PUBLISHED,
    FolderContents,
    FolderFile,
    FolderState,
    GuardedPart,
    Publication,
    Published,
    PublishedFrom,
    ScheduledPublication,
    guarded_changes,
)
from realpad_form.domain.text import line
from realpad_form.ports import LocalPublished, Publications
from realpad_form.services.outage import OutageLog

POLL_EVERY_S: Final = 1.0
"""How often a process asks what is published; every machine serves it within 2 s."""

logger = logging.getLogger(__name__)

Reading = tuple[Project | None, list[Problem]]


@dataclass(slots=True)
class PublishedProjects:
    """The newest publication of each project as this process knows it: nobody who asks waits for a database.

    Until the database has answered once, what this machine knew before counts.
    """

    publications: Callable[[], Publications]  # opened when it is first needed
    local: LocalPublished
    _known: Mapping[str, Published] | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def current(self) -> Mapping[str, Published]:
        """Return what is known, by slug; the first call asks."""
        if self._known is None:
            try:
                self.refresh()
            except RealpadFormError as error:  # also of settings: a command may need no database otherwise
                logger.info("what is published cannot be looked up now: %s", error)
                self._known = self.local.read()
        return NOTHING_PUBLISHED if self._known is None else self._known

    def refresh(self) -> None:
        """Ask what is published. Raises: StorageUnavailableError, SettingsError."""
        with self._lock:
            known = dict(self._known or {})
            publications = self.publications()
            newest = publications.newest()
            for slug, mark in newest.items():
                # The time tells a number from the same one before the database was put back.
                if slug not in known or (known[slug].newest.number, known[slug].newest.at) != mark:
                    found = publications.find(slug)
                    if found:
                        known[slug] = found
            known = {slug: known[slug] for slug in newest if slug in known}
            if known != self._known:  # else it stays the same object, and nobody keeps it once more
                self._known = known

    def run(self, stop: threading.Event) -> None:
        """Ask again and again until told to stop."""
        outage = OutageLog("what is published cannot be looked up", "what is published is looked up again")
        while not stop.wait(POLL_EVERY_S):
            with outage.tolerated():
                self.refresh()


class ProjectFolder(Protocol):
    """This machine's folder of project files."""

    def contents(self) -> FolderContents:
        """Return what it holds now."""

    def projects(self) -> Mapping[str, Project]:
        """Return what is served."""

    def refresh(self) -> None:
        """Look again at once."""


Write = Callable[[Publication, str], bool]
"""Writes a publication into the folder, if it can, in the place of the file with a hash; "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Makes versions of projects live on every machine.

    A text with problems changes nothing. Whoever publishes says which text they began with; if somebody else
    has published since then, nothing changes either. Any method may raise StorageUnavailableError.
    """

    publications: Publications
    published: PublishedProjects
    folder: ProjectFolder
    read: Callable[[str, str], Reading]  # a text, and the slug of its project
    write: Write

    def publish(
        self,
        slug: str,
        text: str,
        *,
        by: Person | None = None,
        began_with: str | None = None,
        note: str = "",
        schedule: UUID | None = None,
    ) -> Publication:
        """Make a text live, and return the publication; the newest one, if that says the same.

        Args:
            slug: the project; a new one, if nobody has heard of it.
            text: the whole project file.
            by: who publishes; None for a command, which may do anything.
            began_with: the hash of the text that the change began with; None for whatever is the newest.
            note: why, in a few words.
            schedule: the one that ends with it, in the same transaction, unless the text is live already.

        Raises: ProjectFileError, PublishedMeanwhileError, FolderConflictError, PublishingNotAllowedError;
        ProjectNotFoundError, if the person does not see the project; ScheduleNotFoundError.
        """
        now = self._check(slug, text, by=by, began_with=began_with)
        if now.newest and now.is_live(text):
            return now.newest
        change = _Change(slug=slug, text=text, by=by, note=note, began_with=began_with, schedule=schedule)
        return self._publish(change, now=now)

    def publish_due(self, schedule: ScheduledPublication, *, by: Person) -> Publication:
        """Make a scheduled text live, which ends the schedule. Raises: what `publish` raises."""
        now = self._check(schedule.slug, schedule.text, by=by, began_with=schedule.began_with)
        change = _Change(
            slug=schedule.slug,
            text=schedule.text,
            by=by,
            note=schedule.note,
            began_with=schedule.began_with,
            schedule=schedule.id,
            action=AuditAction.SCHEDULE_PUBLISHED,
        )
        return self._publish(change, now=now)

    def check(self, slug: str, text: str, *, by: Person, began_with: str) -> bool:
        """Return whether a text would make a version of its own. Raises: what `publish` raises."""
        return not self._check(slug, text, by=by, began_with=began_with).is_live(text)

    def find_live(self, slug: str, text: str) -> Publication | None:
        """Return the newest publication, if that is live and says what a text says."""
        now = self._standing(slug)
        return now.newest if now.is_live(text) else None

    def _check(self, slug: str, text: str, *, by: Person | None, began_with: str | None) -> "_ProjectState":
        """Return what the project stands at, if a text may be published now."""
        project = self._read(slug, text)
        now = self._standing(slug)
        self._require_right(slug, project, by=by, now=now)
        if began_with not in (None, now.begin):
            raise PublishedMeanwhileError(slug)
        if now.state is FolderState.CONFLICT and text_hash(text) != now.file_hash:
            raise FolderConflictError(slug)
        return now

    def roll_back(
        self,
        slug: str,
        number: int,
        *,
        by: Person | None = None,
        began_with: str | None = None,
        note: str = "",
    ) -> Publication:
        """Make an earlier version live once more, as a version of its own.

        Raises: VersionNotFoundError, and what `publish` raises; an earlier version may have problems by now.
        """
        earlier = self.publications.get(slug, number)
        if earlier is None:
            raise VersionNotFoundError(slug, number)
        project = self._read(slug, earlier.text)
        now = self._standing(slug)
        self._require_right(slug, project, by=by, now=now)
        if began_with not in (None, now.begin):
            raise PublishedMeanwhileError(slug)
        if now.state is FolderState.CONFLICT:
            raise FolderConflictError(slug)
        note = note or f"version {number} again"
        return self._publish(_Change(slug=slug, text=earlier.text, by=by, note=note), now=now)

    def keep_published(self, slug: str, *, by: Person | None = None) -> Publication:
        """Decide that what is published counts, and not what the file in the folder says.

        What the file says is kept in the history. Raises: what `publish` raises; VersionNotFoundError, if
        nothing is published.
        """
        now = self._standing(slug)
        if now.newest is None:
            raise VersionNotFoundError(slug, 1)
        self._require_right(slug, self._read(slug, now.newest.text), by=by, now=now)
        note = "kept, not the file in the folder"
        return self._publish(_Change(slug=slug, text=now.newest.text, by=by, note=note), now=now)

    def refresh(self) -> None:
        """Look at once at what is published, and at the folder."""
        self.published.refresh()
        self.folder.refresh()

    def state(self, slug: str) -> FolderState:
        """Return how the file of a project stands to what is published."""
        return self.folder.contents().states.get(slug, FolderState.ABSENT)

    def guarded_parts(self, slug: str, after: Project) -> tuple[GuardedPart, ...]:
        """Return which parts that only an admin may change a publication would change."""
        return self._guarded_parts(slug, after, self._standing(slug))

    def may_publish(self, slug: str, after: Project, *, by: Person) -> bool:
        """Return whether a person may make a project live as it would be."""
        try:
            self._require_right(slug, after, by=by, now=self._standing(slug))
        except PublishingNotAllowedError:
            return False
        return True

    def newest_number(self, slug: str) -> int:
        """Return the number of the newest version, 0 if there is none."""
        newest = self._newest(slug)
        return newest.number if newest else 0

    def _read(self, slug: str, text: str) -> Project:
        project, problems = self.read(text, slug)
        if project is None:
            raise ProjectFileError(problems)
        return project

    def _newest(self, slug: str) -> Publication | None:
        return next(iter(self.publications.history(slug, limit=1)), None)

    def _standing(self, slug: str) -> "_ProjectState":
        """Look once at all that a decision is made by; its number refuses what somebody publishes since."""
        self.refresh()
        contents, published = self.folder.contents(), self.published.current().get(slug)
        return _ProjectState(
            newest=published.newest if published else None,
            texts=published.texts if published else {},
            state=contents.states.get(slug, FolderState.ABSENT),
            file=contents.files.get(slug),
            version=contents.good.get(slug),
        )

    def _require_right(self, slug: str, after: Project, *, by: Person | None, now: "_ProjectState") -> None:
        if by is None:
            return
        if not by.sees(slug):
            raise ProjectNotFoundError(slug)
        if not by.may(Right.PUBLISH):
            raise PublishingNotAllowedError(slug)
        parts = self._guarded_parts(slug, after, now)
        if parts and not (by.may(Right.ROUTING) and all(map(by.sees, after.choices))):
            raise PublishingNotAllowedError(slug, parts)

    def _guarded_parts(self, slug: str, after: Project, now: "_ProjectState") -> tuple[GuardedPart, ...]:
        """Return what differs from the newest version, or from a file that is served and becomes one."""
        texts = [now.newest.text] if now.newest else []
        if now.version and now.state is FolderState.EDITED:
            texts.append(now.version.text)
        live: list[Project | None] = [project for text in texts if (project := self.read(text, slug)[0])]
        changed = {part for before in live or [None] for part in guarded_changes(before, after)}
        return tuple(part for part in GuardedPart if part in changed)

    def _publish(self, change: "_Change", *, now: "_ProjectState") -> Publication:
        """Publish a text, after what the file in the folder says, if that is in no history yet."""
        slug, text, by = change.slug, change.text, change.by
        number = now.newest.number if now.newest else 0
        news = []
        if now.version and now.version.hash not in (*now.texts, text_hash(text)):
            number += 1
            news.append(from_file(slug, number, now.version.text))
        news.append(
            Publication(
                slug=slug,
                number=number + 1,
                text=text,
                hash=text_hash(text),
                at=datetime.now(UTC),
                origin=PublishedFrom.DESK if by else PublishedFrom.COMMAND,
                by=by.id if by else None,
                note=line(change.note)[:NOTE_CHARS],
                folder_hash=now.file_hash,
            )
        )
        note = _note(news[-1], change.action)
        done = self.publications.publish(*news, note=note, schedule=change.schedule)
        # A broken file is written over only if it is what the change began with.
        if now.file is None or now.version or change.began_with == now.file_hash:
            self.write(done, now.file_hash)
        try:
            self.refresh()
        except StorageUnavailableError as error:  # it is live all the same, and is heard of soon
            logger.warning("%s version %d is published: %s", slug, done.number, error)
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A text that is to go live, and all that is kept of it."""

    slug: str
    text: str
    by: Person | None
    note: str
    began_with: str | None = None
    schedule: UUID | None = None
    action: AuditAction = AuditAction.PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProjectState:
    """What is published of a project and what its file says, at one look."""

    newest: Publication | None
    texts: Mapping[str, datetime]  # of all publications, by hash
    state: FolderState
    file: FolderFile | None
    version: ProjectVersion | None  # of the file, if it is good

    @property
    def file_hash(self) -> str:
        """The hash of the file; "" without one."""
        return self.file.hash if self.file else ""

    def is_live(self, text: str) -> bool:
        """Return whether a text is the newest version, and no edit of the file is about to follow it."""
        is_newest = self.newest is not None and self.newest.hash == text_hash(text)
        return is_newest and self.state is not FolderState.EDITED

    @property
    def begin(self) -> str:
        """The hash of the text that an edit begins with now; "" for a project that nobody has heard of."""
        if self.file and not self.state.is_publication_served:
            return self.file_hash
        return self.newest.hash if self.newest else ""


def _note(new: Publication, action: AuditAction) -> AuditNote:
    what = f"version {new.number}"
    return AuditNote(action=action, by=new.by, subject=new.slug, detail=what, project=new.slug)


def from_file(slug: str, number: int, text: str) -> Publication:
    """Return the publication of what somebody wrote into a file."""
    hashed = text_hash(text)
    return Publication(
        slug=slug, number=number, text=text, hash=hashed, at=datetime.now(UTC), origin=PublishedFrom.FILE,
        folder_hash=hashed,
    )  # fmt: skip


@dataclass(slots=True)
class FolderPublisher:
    """Publishes what somebody writes into the folder, and writes into it what was published elsewhere.

    It acts on what was so at two looks, since a file may be in the middle of being written or moved. What
    cannot be done now is tried at the next look.
    """

    publications: Callable[[], Publications]
    published: PublishedProjects
    write: Write
    local: LocalPublished
    _before: FolderContents = field(default=FolderContents(is_readable=False), init=False, repr=False)
    _kept: Mapping[str, Published] | None = field(default=None, init=False, repr=False)

    def run_once(self, contents: FolderContents) -> None:
        """Act on what the folder holds. Raises: StorageUnavailableError."""
        before, self._before = self._before, contents
        known = self.published.current()
        if known is not self._kept:
            self.local.keep(known)
            self._kept = known
        if not (before.is_readable and contents.is_readable):
            return
        for slug, state in contents.states.items():
            is_same = before.states.get(slug) is state and before.files.get(slug) == contents.files.get(slug)
            if is_same:
                self._act(slug, state, contents, known.get(slug))

    def _act(
        self, slug: str, state: FolderState, contents: FolderContents, published: Published | None
    ) -> None:
        number = published.newest.number if published else 0
        version = contents.good.get(slug)
        match state:
            case FolderState.EDITED if version:
                self._publish(from_file(slug, number + 1, version.text))
            case FolderState.PUBLISHED_ONLY if published:
                self.write(published.newest, "")
            case FolderState.STALE if published and contents.files[slug].hash in published.texts:
                self.write(published.newest, contents.files[slug].hash)

    def _publish(self, new: Publication) -> None:
        try:
            self.publications().publish(new)
        except PublishedMeanwhileError:
            logger.info("another machine has published %s first", new.slug)
        else:
            level = logging.DEBUG if new.number == 1 else logging.INFO
            logger.log(level, "%s.yaml is published as version %d", new.slug, new.number)
        self.published.refresh()
