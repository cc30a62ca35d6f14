"""Publications of a project: who made which text live, and whether the file in the folder agrees with it.

The newest publication is what every machine serves. A file that somebody edits becomes one by itself. Where
file and publication both hold work that the other lacks, nobody's is given up: a person decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.domain.project_rules import digest

NOTE_CHARS: Final = 500

SAME_TIME: Final = timedelta(milliseconds=1)
"""How exactly file systems keep the time that a file is given."""


class PublishedFrom(StrEnum):
    """Where a publication came from; stored, so a value never changes."""

    FILE = "file"  # somebody edited the file in the folder
    DESK = "desk"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One version of a project that went live."""

    slug: str
    number: int  # 1 is the first of its project
    text: str
    hash: str  # of the text
    at: datetime  # aware, UTC
    origin: PublishedFrom
    by: UUID | None = None  # the person, if it came from the desk
    note: str = ""
    folder_hash: str = ""  # of the file in the publishing machine's folder then; "" if there was none

    @property
    def version(self) -> ProjectVersion:
        """Its text as a version."""
        return ProjectVersion(slug=self.slug, text=self.text, adopted_at=self.at)


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of a project's publications."""

    newest: Publication
    texts: Mapping[str, datetime]  # when each text was published last, by its hash


class ScheduleFailure(StrEnum):
    """Why a scheduled version did not go live; stored, so a value never changes."""

    PROBLEMS = "problems"  # in its text, by now
    MEANWHILE = "meanwhile"  # somebody published another version
    RIGHT = "right"  # whoever scheduled it has lost it
    CONFLICT = "conflict"  # the file in the folder was changed, too
    GONE = "gone"  # the project's file was deleted, which took its form away
    RESTORED = "restored"  # the database was put back to an older state, and what was done since is unknown
    OTHER = "other"  # which only a newer version knows

    @classmethod
    def _missing_(cls, _value: object) -> "ScheduleFailure":
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledPublication:
    """A text that goes live at a time, or that did not when it should have."""

    slug: str
    id: UUID = field(default_factory=uuid4)
    at: datetime  # aware, UTC
    text: str
    began_with: str  # the hash of the text that the change began with; "" for a new project
    note: str
    by: UUID
    scheduled_at: datetime  # aware, UTC
    failed_at: datetime | None = None  # aware, UTC
    failure: ScheduleFailure | None = None

    @property
    def hash(self) -> str:
        """The hash of its text."""
        return digest(self.text)


def same_text_note(live: Publication, *, by: UUID | None) -> AuditNote:
    """Return what the audit log keeps of a schedule that ends because its text was published otherwise."""
    return AuditNote(
        action=AuditAction.SCHEDULE_CANCELLED,
        by=by,
        subject=live.slug,
        detail=f"version {live.number} says the same",
        project=live.slug,
    )


def latest_time(now: datetime) -> datetime:
    """Return until when something may be scheduled: a year from now."""
    try:
        return now.replace(year=now.year + 1)
    except ValueError:  # on 29 February
        return now.replace(year=now.year + 1, day=28)


NOTHING_PUBLISHED: Final[Mapping[str, Published]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFile:
    """The file of a project in this machine's folder, right or wrong."""

    hash: str
    written_at: datetime  # aware, UTC
    replaced: int | None = None  # the newest publication, if the file said the same before it was changed


class FolderState(StrEnum):
    """How the file in a machine's folder stands to the newest publication."""

    ABSENT = "absent"  # no file, and nothing that is served without one
    PUBLISHED_ONLY = "published only"  # no file, and it is served all the same
    SAME = "same"
    EDITED = "edited"  # the file is newer: it is served, and becomes a publication
    STALE = "stale"  # the publication is newer: it is served, and may be written into the folder
    CONFLICT = "conflict"  # each has what the other lacks: the publication is served, and a person decides

    @property
    def is_publication_served(self) -> bool:
        """Whether the newest publication is served, and not the file."""
        return self in (FolderState.PUBLISHED_ONLY, FolderState.STALE, FolderState.CONFLICT)


def folder_state(file: FolderFile | None, published: Published | None) -> FolderState:
    """Return how a file stands to the newest publication.

    A text that was published before is an edit only if it is known to have replaced the newest one on this
    machine. Otherwise this machine is merely behind, whatever time the file bears: a deployment writes old
    files anew.

    Args:
        file: what the folder has; None if there is no file.
        published: what is known of the project's publications; None if there are none.
    """
    if published is None:
        return FolderState.EDITED if file else FolderState.ABSENT
    newest = published.newest
    if file is None:
        is_in_folders = newest.origin is PublishedFrom.FILE
        return FolderState.ABSENT if is_in_folders else FolderState.PUBLISHED_ONLY
    if file.hash == newest.hash:
        return FolderState.SAME
    published_at = published.texts.get(file.hash)
    # A file that we write bears the time of its publication, so that it is never taken for an edit.
    is_ours = published_at is not None and abs(file.written_at - published_at) <= SAME_TIME
    if file.replaced == newest.number and not is_ours:
        return FolderState.EDITED
    # As it was before, or as it was when that was published over it.
    if published_at is not None or file.hash == newest.folder_hash:
        return FolderState.STALE
    return FolderState.EDITED if newest.origin is PublishedFrom.FILE else FolderState.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContents:
    """What the folder of project files holds now, beside what is published."""

    is_readable: bool = True
    good: Mapping[str, ProjectVersion] = field(default_factory=dict)  # by slug
    files: Mapping[str, FolderFile] = field(default_factory=dict)  # broken ones included
    states: Mapping[str, FolderState] = field(default_factory=dict)  # of every project that is known

    @property
    def slugs(self) -> frozenset[str]:
        """The projects that have a file."""
        return frozenset(self.files)


class GuardedPart(StrEnum):
    """What of a project file only an admin may change, and what it does to leads."""

    ROUTING = "realpad"
    ORIGINS = "origins"
    WEBHOOKS = "webhooks"
    SOURCES = "sources"
    CAPTURE = "capture"
    PROTECTION = "captcha"  # and limits
    NOTICES = "notify"  # who is told of leads
    RETENTION = "retention"  # what is erased by itself
    CONSENTS = "consents"  # their numbers, and which are required; the words are anybody's who may publish
    REQUIRED = "required"  # a question that had to be answered is gone, or need not be answered any more


_GUARDED: Final[Mapping[GuardedPart, Callable[[Project], object]]] = {
    GuardedPart.ROUTING: lambda project: (project.realpad, project.choices),
    GuardedPart.ORIGINS: lambda project: set(project.origins),
    GuardedPart.WEBHOOKS: lambda project: project.webhooks,
    GuardedPart.SOURCES: lambda project: project.sources,
    GuardedPart.CAPTURE: lambda project: project.capture,
    GuardedPart.PROTECTION: lambda project: (project.captcha, project.limits),
    GuardedPart.NOTICES: lambda project: project.notify,
    GuardedPart.RETENTION: lambda project: project.retention,
    GuardedPart.CONSENTS: lambda project: {(each.id, each.required) for each in project.consents},
}
"""What is compared of each part."""


def guarded_changes(before: Project | None, after: Project) -> tuple[GuardedPart, ...]:
    """Return which parts differ that only an admin may change; of a new project, its way into Realpad."""
    if before is None:
        return (GuardedPart.ROUTING,)
    changed = [part for part, of in _GUARDED.items() if of(before) != of(after)]
    still = _required(after)
    if any(key not in still or still[key] != condition for key, condition in _required(before).items()):
        changed.append(GuardedPart.REQUIRED)
    return tuple(changed)


def _required(project: Project) -> dict[str, object]:
    """Return when each question has to be answered that has to be: a condition, or None for always."""
    return {key: question.show_if for key, question in project.questions.items() if question.required}


def merge(base: str, mine: str, theirs: str, *, theirs_wins: bool = False) -> str | None:
    """Return a text with the changes of both; None if both changed the same lines, or lines side by side.

    With `theirs_wins`, where both changed the same lines only their change is made.
    """
    lines = base.splitlines(keepends=True)
    others = _hunks(lines, theirs)
    changed = list(chain(*map(_Hunk.split, _hunks(lines, mine)))) if theirs_wins else _hunks(lines, mine)
    own = [hunk for hunk in changed if not any(hunk.is_against(each, theirs_wins) for each in others)]
    if len(own) < len(changed) and not theirs_wins:
        return None
    for hunk in sorted({*own, *others}, key=lambda each: each[:2], reverse=True):
        lines[hunk.start : hunk.end] = hunk.lines
    return "".join(lines)


class _Hunk(NamedTuple):
    """Lines of a text, and what somebody put in their place."""

    start: int
    end: int
    lines: tuple[str, ...]

    def is_against(self, other: "_Hunk", may_touch: bool) -> bool:
        """Return whether a change is another one of the same lines, or of lines side by side."""
        if may_touch:
            return self != other and self.start < other.end and other.start < self.end
        return self != other and self.start <= other.end and other.start <= self.end

    def split(self) -> "list[_Hunk]":
        """Return a change line by line, if it puts one line in the place of each."""
        if self.end - self.start != len(self.lines):
            return [self]
        return [_Hunk(self.start + n, self.start + n + 1, (line,)) for n, line in enumerate(self.lines)]


def _hunks(before: list[str], text: str) -> list[_Hunk]:
    after = text.splitlines(keepends=True)
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [_Hunk(a, b, tuple(after[c:d])) for kind, a, b, c, d in codes if kind != "equal"]
