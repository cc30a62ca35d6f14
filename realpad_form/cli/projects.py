"""Commands on project files: a first folder, a check, the editor's schema, a dry run.

`check` runs at every save of an editor: what it does not need is imported only where it is used.
"""

import json
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus, urlencode

import click

from realpad_form.catalog import json_schema, project_files, read_project, samples_folder, starters
from realpad_form.cli.console import FieldValue, count, echo, print_json
from realpad_form.cli.open import open_services
from realpad_form.config import Settings
from realpad_form.domain.errors import Problem, SettingsError
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import BESIDE
from realpad_form.services import preview
from realpad_form.services.preview import ConsentCheck

if TYPE_CHECKING:
    from realpad_form.wiring import Services

ENV: Final = """\
# Settings of realpad-form; docs/configuration.md describes them all.

# Signs tokens and sessions. A comma list rotates it: the first signs.
REALPAD_FORM_SECRET_KEY={secret_key}

# Encrypts personal data in the database. Keep a copy elsewhere: without it the leads are lost.
REALPAD_FORM_DATA_KEY={data_key}

# Opens /metrics, and the details of /readyz, to whoever sends it as a bearer token.
REALPAD_FORM_METRICS_TOKEN={metrics_token}

# Where the world reaches this service.
# REALPAD_FORM_PUBLIC_URL=https://forms.example.com

# Everybody who signs in needs a passkey, which a password alone does not replace. It needs the address above.
# REALPAD_FORM_REQUIRE_PASSKEY=yes

# The login pair that project files call `riverside`, from Realpad's support.
# REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN=
# REALPAD_FORM_CREDENTIALS_RIVERSIDE_PASSWORD=

# The key of another system that posts leads, which project files call `cf7-main`; see docs/intake.md.
# REALPAD_FORM_SOURCE_CF7_MAIN_KEY=
"""
"""What `init` writes into .env."""


@click.command()
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--template",
    default="enquiry",
    show_default=True,
    type=click.Choice(list(starters())),
    help="The form to start from: an enquiry, a request for a viewing, an enquiry in Poland, or a page of a "
    "company with two projects to choose from.",
)
def init(folder: Path, template: str) -> None:
    """Write a starting folder: project files, secrets, data."""
    (folder / "projects").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    names = ("secret_key", "data_key", "metrics_token")
    env = ENV.format(**{name: secrets.token_urlsafe(32) for name in names})
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    _write_new(folder / ".env", env.encode(), mode=0o600)
    for slug, text in starters()[template].items():
        _write_new(folder / "projects" / f"{slug}.yaml", text.encode())
    _write_new(folder / "projects" / "project.schema.json", schema.encode())
    there = "" if folder.resolve() == Path.cwd() else f"cd {folder}, "
    echo(f"\nNext: {there}put the login of Realpad's support into .env, then `realpad-form serve`")


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--online", is_flag=True, help="Also compare consent ids with Realpad's list.")
@click.pass_context
def check(ctx: click.Context, files: Sequence[Path], online: bool) -> None:
    """Check project files; all of them if none is named."""
    problems: list[Problem] = []
    projects: list[tuple[Path, Project]] = []
    if not files:
        folder = Settings.projects_folder()
        files = project_files(folder) if folder.is_dir() else []  # every one that `serve` would read
        if not files:
            raise click.UsageError(f"no project files in {folder}; name some")
    for path in files:
        project, found = read_project(path)
        problems += found
        if project:
            projects.append((path, project))
            problems += _judged_by_settings(path, project)
    if online:
        problems += _compare_consents(open_services(), projects)
    for problem in problems:
        click.echo(problem)
    if any(not problem.is_warning for problem in problems):
        _report_served({Path(problem.path) for problem in problems if not problem.is_warning})
        ctx.exit(1)
    echo(f"{count(len(projects), 'project file')} {'is' if len(projects) == 1 else 'are'} fine")


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
    services = open_services()
    asked = _loaded(services, project)
    projects = services.catalog.projects()
    chosen_from = [projects[slug] for slug in asked.choices if slug in projects]  # on the page of a company
    boxes = [box.key for project in chosen_from or [asked] for box in project.consents]
    known = list(dict.fromkeys([*asked.questions, *boxes]))
    beside = [key for key in (*BESIDE, *sorted(asked.capture.parameters)) if key not in known]
    for key, _ in fields:
        if key not in (*known, *beside):  # the form would not look at it
            listed = f"{', '.join(known)}; and beside {', '.join(beside)}"
            raise click.UsageError(f"{asked.slug} has no field {key!r}, but {listed}")
    body, errors = _masked_body(services, asked, fields, address=address)
    for field, texts in errors.items():
        echo(f"error: {field}: {' '.join(texts)}")
    if errors:
        ctx.exit(1)
    click.echo(body)


def copy_samples(folder: Path) -> None:
    """Copy every sample project into a folder."""
    shutil.copytree(samples_folder(), folder, dirs_exist_ok=True)


def _report_served(broken: Collection[Path]) -> None:
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
            echo(f"{name}: until it is fixed, {good.describe()}")


def _loaded(services: "Services", slug: str) -> Project:
    """Return a project; if its file is broken, say why, and which version is served if one is.

    Raises: ProjectNotFoundError.
    """
    problems = [p for p in services.catalog.problems() if Path(p.path).stem == slug and not p.is_warning]
    for problem in problems:
        echo(str(problem))
    if problems and slug not in services.catalog.projects():
        raise click.exceptions.Exit(1)
    if good := services.catalog.stand_ins().get(slug):
        echo(f"{slug}: until its file is fixed, {good.describe()}")
    return services.catalog.get(slug)


def _compare_consents(services: "Services", projects: Iterable[tuple[Path, Project]]) -> Iterator[Problem]:
    """Yield a problem for each consent that Realpad does not know, and for each list it does not give."""
    consent_check = ConsentCheck(services.crm, services.credential)
    for path, project in projects:
        for consent, what in consent_check.findings(project):
            yield Problem(str(path), _line(path, str(consent) if consent else "credentials:"), what)


def _judged_by_settings(path: Path, project: Project) -> Iterator[Problem]:
    """Yield what the settings make of a file: a captcha service without keys, origins, refused receivers."""
    captcha = preview.keyless_captcha(project, keyed=Settings.captcha_services())
    origins = preview.local_origins(project, public_url=Settings.public_address())
    for key, what in (("captcha:", captcha), ("origins:", origins)):
        if what:
            yield Problem(str(path), _line(path, key), what, is_warning=True)
    for url, what in preview.refused_receivers(project, allowed=Settings.allowed_receivers()):
        yield Problem(str(path), _line(path, url), what)


def _line(path: Path, text: str) -> int:
    """Return the first line that has `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)


def _masked_body(
    services: "Services", project: Project, fields: Iterable[tuple[str, str]], *, address: str
) -> tuple[str, dict[str, list[str]]]:
    """Return the create-lead body with the password masked, or what is wrong with the answers."""
    from realpad_form.forms import CompanyForm, Posted, ProjectForm
    from realpad_form.services.preview import MASK, call_of

    values: dict[str, list[str]] = {}
    for field, value in fields:
        values.setdefault(field, []).append(value)
    asked = values.get("language", [project.language])[0]
    language = asked if asked in project.languages else project.language
    posted, tokens = Posted(values=values), services.tokens
    form = ProjectForm(project, language=language, tokens=tokens, posted=posted)
    if project.choices:
        projects = services.catalog.projects()
        form = CompanyForm(project, language=language, tokens=tokens, posted=posted, projects=projects)
    if not form.validate():
        return "", form.errors_by_field
    sent = form.submission(key=None, address=address, submitted_at=datetime.now(UTC), suspicions=())
    call = call_of(form.recipient, sent, services.settings.credentials)
    return urlencode(call).removesuffix(quote_plus(MASK)) + MASK, {}  # the password comes last


def _write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file unless there is one, and say which was the case."""
    try:
        with path.open("xb") as file:
            path.chmod(mode)
            file.write(content)
    except FileExistsError:
        echo(f"kept  {path}")
    else:
        echo(f"wrote {path}")
