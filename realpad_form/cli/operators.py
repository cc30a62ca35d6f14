"""Commands on the people who may sign in; nobody's password is ever typed into one."""

from collections.abc import Sequence
from typing import Any

import click

from realpad_form.cli.console import echo, print_json, print_table
from realpad_form.cli.open import open_ready
from realpad_form.domain.errors import SettingsError
from realpad_form.domain.people import Particulars, Person, Role
from realpad_form.wiring import Services

ROLES = click.Choice([str(role) for role in Role])


@click.group()
def operators() -> None:
    """Add, list, disable, sign out and reset people who may sign in."""


@operators.command()
@click.argument("email")
@click.option("--role", type=ROLES, default=str(Role.OPERATOR), show_default=True)
@click.option("--name", help="As colleagues know the person.  [default: what is before the @]")
@click.option("--project", "projects", multiple=True, help="Limit to a project; may be repeated.")
@click.option("--masked", is_flag=True, help="Show personal data only after an explicit, audited reveal.")
@click.option(
    "--may-publish",
    type=click.BOOL,
    default=True,
    show_default="yes",
    help="Whether the person may publish what they change in project files.",
)
def add(
    email: str, role: str, name: str | None, projects: Sequence[str], masked: bool, may_publish: bool
) -> None:
    """Add EMAIL, and print a link to set the password.

    The link works once, for an hour.
    """
    services = open_ready()
    link = _link(services)
    for slug in projects:
        services.catalog.get(slug)
    particulars = Particulars(
        name=name or email.partition("@")[0],
        role=Role(role),
        projects=frozenset(projects) or None,
        is_masked=masked,
        may_publish=may_publish,
    )
    person, secret = services.people.add(email, particulars)
    echo(f"added {person.email} as {person.role}; the link works once, for an hour:")
    click.echo(link + secret)


@operators.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show who may sign in."""
    rows = [_row(person) for person in open_ready().people.everybody()]
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("EMAIL", "NAME", "ROLE", "PROJECTS", "MASKED", "MAY PUBLISH", "CREATED", "DISABLED"),
            [[_cell(value) for value in row.values()] for row in rows],
        )


@operators.command()
@click.argument("email")
def disable(email: str) -> None:
    """Shut EMAIL out at once."""
    people = open_ready().people
    person = people.disable(people.find(email).id)
    echo(f"{person.email} is disabled, and signed out everywhere; `operators reset` lets them in again")


@operators.command("sign-out")
@click.argument("email", required=False)
@click.option("--all", "everybody", is_flag=True, help="Sign everybody out.")
def sign_out(email: str | None, everybody: bool) -> None:
    """Sign EMAIL out everywhere at once.

    Nothing else is taken away: whoever can sign in may do so again. Links not used yet die, too.
    """
    if bool(email) == everybody:
        raise click.UsageError("say either EMAIL or --all")
    people = open_ready().people
    if email:
        person = people.sign_out(people.find(email).id)
        echo(f"{person.email} is signed out everywhere")
    else:
        echo(f"all {people.sign_out_everybody()} are signed out everywhere")


@operators.command()
@click.argument("email")
@click.option("--keep-passkeys", is_flag=True, help="Forget the password only: a passkey is still asked for.")
def reset(email: str, keep_passkeys: bool) -> None:
    """Forget EMAIL's password and passkeys; print a new link.

    The person is enabled and sets a new password with the link, which works once, for an hour.
    """
    services = open_ready()
    link, person = _link(services), services.people.find(email)
    secret = services.people.reset(person.id, keeps_passkeys=keep_passkeys)
    services.people.enable(person.id)
    echo(f"{person.email} is signed out everywhere; the link works once, for an hour:")
    click.echo(link + secret)


def _link(services: Services) -> str:
    """Return the beginning of one-time links. Raises: SettingsError."""
    if not services.settings.public_url:
        raise SettingsError(["REALPAD_FORM_PUBLIC_URL is not set; links need the address of this service"])
    return f"{services.settings.public_url}/account/link/"


def _row(person: Person) -> dict[str, Any]:
    """Return a person as `operators list --json` shows it."""
    return {
        "email": person.email,
        "name": person.name,
        "role": str(person.role),
        "projects": None if person.projects is None else sorted(person.projects),
        "is_masked": person.is_masked,
        "may_publish": person.may_publish,
        "created_at": person.created_at,
        "disabled_at": person.disabled_at,
    }


def _cell(value: Any) -> Any:
    return ("yes" if value else "no") if isinstance(value, bool) else value
