"""One project file: its bytes, its problems, and the project it describes."""

import re
from pathlib import Path

from realpad_form.catalog import checks, grammar
from realpad_form.catalog.violations import Violation, written
from realpad_form.catalog.yaml_source import MAX_BYTES, Document, Place, parse
from realpad_form.domain.errors import Problem
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.domain.project_rules import SLUG

Reading = tuple[Project | None, list[Problem]]
"""The project, if nothing but warnings was found; problems and warnings by line."""


def samples_folder() -> Path:
    """Return the folder of the sample project files."""
    return Path(__file__).parent / "samples"


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
    return Problem(str(path), 1, f"cannot be read: {error.strerror or error}")


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
        what = f"the file is not found under this name; rename it {path.stem}.yaml"
        problems.add(Problem(str(path), 1, what))
    if not re.fullmatch(SLUG, path.stem):
        what = "a file name takes lower-case letters, digits and dashes only; rename it, e.g. riverside.yaml"
        problems.add(Problem(str(path), 1, what))
    is_usable = all(problem.is_warning for problem in problems)
    return project if is_usable else None, sorted(problems)


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
            f"there is no {name} of at most {at_most // 1000} kB beside this file; the form does without it",
            is_warning=True,
        )
        for name, (place, at_most) in project.attachments.items()
        if read_attachment(folder / name, at_most) is None
    ]


def _problem(finding: Violation, document: Document, path: Path) -> Problem:
    where = written(finding.place)
    what = f"{where}: {finding.what}" if where else finding.what
    return Problem(str(path), _line(finding.place, document.lines), what, finding.is_warning)


def _line(place: Place, lines: dict[Place, int]) -> int:
    """Return the line of a place, or of the nearest one around it that is written."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)
