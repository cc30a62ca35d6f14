"""Publishing from a terminal: which versions of projects went live, what changed, one more of them."""

import difflib
from pathlib import Path
from typing import Any

import click

from realpad_form.cli.console import echo, print_json, print_table
from realpad_form.cli.open import open_ready
from realpad_form.domain.errors import (
    ProjectFileError,
    ProjectNotFoundError,
    VersionNotFoundError,
)
from realpad_form.domain.project_rules import is_slug
from realpad_form.domain.publishing import FolderState, Publication, PublishedFrom
from realpad_form.domain.text import pick
from realpad_form.wiring import Services

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
NOTE = click.option("--note", default="", metavar="TEXT", help="Why, in a few words, for the history.")

STATES = {
    FolderState.CONFLICT: "its file was changed, too: decide which counts",
    FolderState.STALE: "newer than its file",
    FolderState.EDITED: "its file was changed",
    FolderState.PUBLISHED_ONLY: "has no file",
}


@click.group()
def projects() -> None:
    """Publish projects, and show what was published when and by whom."""


@projects.command("list")
@AS_JSON
def list_(as_json: bool) -> None:
    """List the projects that are served, and their newest versions."""
    services = open_ready()
    published, states = services.published_projects.current(), services.catalog.contents().states
    names = _names(services)
    rows = []
    for slug, project in sorted(services.catalog.projects().items()):
        newest = published[slug].newest if slug in published else None
        rows.append(
            {
                "slug": slug,
                "name": pick(project.name, project.language),
                "version": newest.number if newest else None,
                "at": newest.at if newest else None,
                "by": _by(newest, names) if newest else None,
                "folder": str(states.get(slug, FolderState.ABSENT)),
            }
        )
    if as_json:
        print_json(rows)
        return
    shown = [[*list(row.values())[:-1], STATES.get(FolderState(str(row["folder"])), "")] for row in rows]
    print_table(("PROJECT", "NAME", "VERSION", "PUBLISHED", "BY", ""), shown)


@projects.command()
@click.argument("slug")
@AS_JSON
def history(slug: str, as_json: bool) -> None:
    """Show the versions of a project, newest first."""
    services = open_ready()
    names = _names(services)
    rows = [
        {"version": each.number, "at": each.at, "by": _by(each, names), "note": each.note}
        for each in _history(services, slug)
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(("VERSION", "PUBLISHED", "BY", "NOTE"), [list(row.values()) for row in rows])


@projects.command()
@click.argument("slug")
@click.argument("a", required=False, type=int, metavar="[A]")
@click.argument("b", required=False, type=int, metavar="[B]")
def diff(slug: str, a: int | None, b: int | None) -> None:
    """Show what changed from version A to version B.

    Without B it is the newest version, without A the one before that.
    """
    services = open_ready()
    found = _history(services, slug)
    if not found:
        raise VersionNotFoundError(slug, 1)
    after = _version(services, slug, b) if b is not None else found[0]
    number = a if a is not None else after.number - 1
    before = _version(services, slug, number) if number else None
    lines = difflib.unified_diff(
        before.text.splitlines(keepends=True) if before else [],
        after.text.splitlines(keepends=True),
        f"{slug} version {before.number if before else 0}",
        f"{slug} version {after.number}",
    )
    click.echo("".join(line if line.endswith("\n") else f"{line}\n" for line in lines), nl=False)


@projects.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@NOTE
@click.pass_context
def publish(ctx: click.Context, file: Path, note: str) -> None:
    """Make FILE the version that every machine serves.

    It is the project that the file is named after. A file with problems changes nothing.
    """
    if not is_slug(file.stem):
        raise click.UsageError(f"a project file is named after its project: {file.name} is no slug and .yaml")
    services = open_ready()
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        raise click.UsageError(f"{file} is not UTF-8") from None
    _publish(ctx, lambda: services.publisher.publish(file.stem, text, note=note), services, file.stem)


@projects.command()
@click.argument("slug")
@click.argument("version", type=int)
@NOTE
@click.pass_context
def rollback(ctx: click.Context, slug: str, version: int, note: str) -> None:
    """Make an earlier VERSION of a project live once more, as a new version."""
    services = open_ready()
    _publish(ctx, lambda: services.publisher.roll_back(slug, version, note=note), services, slug)


def _publish(ctx: click.Context, act: Any, services: Services, slug: str) -> None:
    before = next((each.number for each in services.publications.history(slug, limit=1)), 0)
    try:
        done = act()
    except ProjectFileError as error:
        for problem in error.problems:
            click.echo(problem)
        echo("error: nothing was published; fix the problems first")
        ctx.exit(1)
    if done.number == before:
        echo(f"{slug}: version {before} says the same; nothing to publish")
        return
    echo(f"{slug}: version {done.number} is live; `realpad-form projects rollback {slug} N` takes it back")


def _history(services: Services, slug: str) -> list[Publication]:
    """Return the versions of a project. Raises: ProjectNotFoundError."""
    found = services.publications.history(slug)
    if not found and slug not in services.catalog.projects():
        raise ProjectNotFoundError(slug)
    return found


def _version(services: Services, slug: str, number: int) -> Publication:
    found = services.publications.get(slug, number)
    if found is None:
        raise VersionNotFoundError(slug, number)
    return found


def _names(services: Services) -> dict[Any, str]:
    return {person.id: person.email for person in services.roster.people()}


def _by(each: Publication, names: dict[Any, str]) -> str:
    """Return who published: the e-mail of a person, or `file` or `command`."""
    return names.get(each.by, "somebody") if each.origin is PublishedFrom.DESK else str(each.origin)
