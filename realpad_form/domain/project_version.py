"""A project file as it was at one time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectVersion:
    """The text of a project file that was good, and since when it was the project's file."""

    slug: str
    text: str
    adopted_at: datetime  # aware, UTC

    @property
    def hash(self) -> str:
        """The SHA-256 of the text, in hex: what tells versions apart."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContents:
    """What the folder of project files holds now."""

    is_readable: bool = True
    good: Mapping[str, ProjectVersion] = field(default_factory=dict)  # by slug
    slugs: frozenset[str] = frozenset()  # of all projects that have a file, broken ones included
