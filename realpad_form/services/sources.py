"""Which other systems may post leads, for which projects, and whether they have a key."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from realpad_form.domain.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """One source, as project files and settings have it; never its key."""

    name: str
    projects: tuple[str, ...]  # whose files name it
    has_key: bool

    @property
    def setting(self) -> str:
        """The name of the setting that holds its key."""
        return f"REALPAD_FORM_SOURCE_{self.name.upper().replace('-', '_')}_KEY"

    @property
    def problem(self) -> str:
        """What keeps its leads out, and what to do; '' if nothing does."""
        if not self.has_key:
            return f"{self.setting} is not set, so that its leads are refused"
        if not self.projects:
            return "no project file names it under `sources`, so that its leads are refused"
        return ""


def source_reports(projects: Mapping[str, Project], *, keyed: Collection[str]) -> list[SourceReport]:
    """Return every source that a project file names or that has a key, by name."""
    named: dict[str, list[str]] = {name: [] for name in keyed}
    for slug, project in sorted(projects.items()):
        for source in project.sources:
            named.setdefault(source.name, []).append(slug)
    return [
        SourceReport(name=name, projects=tuple(slugs), has_key=name in keyed)
        for name, slugs in sorted(named.items())
    ]
