"""Commands on project files: a first folder, a check, the editor's schema, a dry run.

`check` runs at every save of an editor: what it does not need is imported only where it is used.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from realpad_form.catalog import json_schema, project_files, read_project
from realpad_form.cli import starter
from realpad_form.cli.field_value import FieldValue
from realpad_form.cli.online import compare_consents, keyless_captcha, local_origins
from realpad_form.cli.open import open_services
from realpad_form.cli.output import count, print_json, tell
from realpad_form.config import Settings
from realpad_form.domain.errors import Problem, SettingsError
from realpad_form.domain.project import Project

if TYPE_CHECKING:
    from realpad_form.wiring import Services

BESIDE: Final = ("language", "unit", "unit_id", "campaign", "page", "referrer")
"""What a form takes that its project need not ask for."""


@click.command()
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write a starting folder: project file, secrets, data."""
    for path, is_new in starter.write(folder):
        tell(f"{'wrote' if is_new else 'kept '} {path}")
    there = "" if folder.resolve() == Path.cwd() else f"cd {folder}, "
    tell(f"\nNext: {there}put the login of Realpad's support into .env, then `realpad-form serve`")


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--online", is_flag=True, help="Also compare consent ids with Realpad's list.")
@click.pass_context
def check(ctx: click.Context, files: Sequence[Path], online: bool) -> None:
    """Check project files; all of them if none is named."""
    problems: list[Problem] = []
    projects: list[tuple[Path, Project]] = []
    for path in files or _all_files():
        project, found = read_project(path)
        problems += found
        if project:
            projects.append((path, project))
            problems += [*keyless_captcha(path, project), *local_origins(path, project)]
    if online:
        problems += compare_consents(open_services(), projects)
    for problem in problems:
        click.echo(problem)
    if any(not problem.is_warning for problem in problems):
        _tell_served({Path(problem.path) for problem in problems if not problem.is_warning})
        ctx.exit(1)
    tell(f"{count(len(projects), 'project file')} {'is' if len(projects) == 1 else 'are'} fine")


@click.command()
def schema() -> None:
    """Print the JSON Schema of project files, for editors."""
    print_json(json_schema())


@click.command()
@click.argument("project")
@click.option(
    "--field", "fields", type=FieldValue(), multiple=True, help="An answer, e.g. --field phone=777123456."
)
@click.option("--address", default="127.0.0.1", show_default=True, help="The visitor's IP address.")
@click.pass_context
def payload(ctx: click.Context, project: str, fields: Sequence[tuple[str, str]], address: str) -> None:
    """Print the call that answers would make; send nothing."""
    from realpad_form.cli.dry_run import masked_body

    services = open_services()
    asked = _loaded(services, project)
    _check_keys(asked, [key for key, _ in fields])
    body, errors = masked_body(services, asked, fields, address=address)
    for field, texts in errors.items():
        tell(f"error: {field}: {' '.join(texts)}")
    if errors:
        ctx.exit(1)
    click.echo(body)


def _tell_served(broken: Collection[Path]) -> None:
    """Say of broken files of the configured folder what is served meanwhile; whoever only checks has none."""
    folder = Settings.projects_folder()
    names = {path.name for path in broken if path.parent.absolute() == folder.absolute()}
    if not names:
        return
    try:
        catalog = open_services().catalog
    except SettingsError:
        return
    for name in sorted(names):
        if good := catalog.stand_in(folder / name):
            tell(f"{name}: until it is mended, {good.describe()}")


def _check_keys(project: Project, keys: Iterable[str]) -> None:
    """Refuse what a project's form would not look at. Raises: UsageError."""
    known = [*project.questions, *(box.key for box in project.consents)]
    beside = [key for key in (*BESIDE, *sorted(project.capture.parameters)) if key not in known]
    for key in keys:
        if key not in (*known, *beside):
            listed = f"{', '.join(known)}; and beside {', '.join(beside)}"
            raise click.UsageError(f"{project.slug} has no field {key!r}, but {listed}")


def _loaded(services: "Services", slug: str) -> Project:
    """Return a project; if its file is broken, say why, and which version is served if one is.

    Raises: ProjectNotFoundError.
    """
    problems = [p for p in services.catalog.problems() if Path(p.path).stem == slug and not p.is_warning]
    for problem in problems:
        tell(str(problem))
    if problems and slug not in services.catalog.projects():
        raise click.exceptions.Exit(1)
    if good := services.catalog.stand_ins().get(slug):
        tell(f"{slug}: until its file is mended, {good.describe()}")
    return services.catalog.get(slug)


def _all_files() -> list[Path]:
    """Return every file of the configured folder that `serve` would read."""
    folder = Settings.projects_folder()
    files = project_files(folder) if folder.is_dir() else []
    if not files:
        raise click.UsageError(f"no project files in {folder}; name some")
    return files
