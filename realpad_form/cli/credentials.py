"""Commands on credential pairs: whether their leads flow, and how to let them flow again."""

import sys
from typing import Any, Final

import click

from realpad_form.cli.console import count, echo, print_json, print_table
from realpad_form.cli.db import describe_restored
from realpad_form.cli.open import open_ready
from realpad_form.domain.errors import DataKeyError, StorageUnavailableError
from realpad_form.domain.lane import LaneState
from realpad_form.services.credentials import Adoption, LaneReport, Mismatch, Stranded

UNCONFIGURED: Final = (
    "set them, or name others in the project file and run `realpad-form credentials resume` with those"
)
ONE_BY_ONE: Final = "look at it, then `realpad-form leads resubmit --reroute` or `leads discard`"


@click.group()
def credentials() -> None:
    """Show and resume credential pairs."""


@credentials.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show the state of each credential pair."""
    services = open_ready()
    reports = services.credentials.reports()
    if as_json:
        print_json([_row(report) for report in reports])
    else:
        head = ("NAME", "STATE", "SINCE", "REASON", "NEXT CALL", "WAITING")
        rows = []
        for report in reports:
            due = "after resume" if report.state is LaneState.STOPPED else report.next_call_at or "at once"
            rows.append([*{**_row(report), "next_call_at": due}.values()])
        print_table(head, rows)
    for name, slugs in services.credentials.missing().items():
        echo(f"credentials {name} are not set, so leads of {', '.join(slugs)} wait")
    for stranded in services.credentials.stranded():
        echo(describe(stranded))
    if restored := services.restores.state():
        echo(describe_restored(restored))
    try:
        services.log.probe()
        services.log.check_data_keys()
    except DataKeyError as error:
        echo(f"no lead is taken until REALPAD_FORM_DATA_KEY is right: {error}")
    except StorageUnavailableError as error:
        echo(f"no lead can be stored now: {error}")


@credentials.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let the leads of NAME flow again; one goes first."""
    resumption = open_ready().credentials.resume(name)
    echo(f"{name} is open again; one lead goes first")
    for mismatch, number in resumption.left.items():
        after = f"; see `realpad-form credentials adopt {name}`" if mismatch is Mismatch.ACCOUNT else ""
        echo(f"{count(number, 'lead')} left as accepted, since {mismatch}{after}")


@credentials.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def adopt(name: str, yes: bool) -> None:
    """Send leads of an earlier login with NAME.

    That is, leads accepted for an earlier login or address of Realpad, or for credentials that were never
    set. They are shown first, and you are asked. Each keeps the project number it was accepted for.
    """
    services = open_ready()
    adoption = services.credentials.adoption(name)
    _show(adoption)
    if adoption.leads:
        if not yes and not sys.stdin.isatty():
            raise click.UsageError("nobody is there to confirm it; look at it, then add --yes")
        if not yes:
            click.confirm(f"Send {count(len(adoption.leads), 'lead')} there?", abort=True, err=True)
        adopted = services.credentials.adopt(adoption)
        echo(f"{count(adopted, 'lead')} will be sent with {name}")
    elif not adoption.left:
        echo(f"no lead waits for another login or address than {name} has now")
    if adoption.left:
        click.get_current_context().exit(1)


def describe(stranded: Stranded) -> str:
    """Return how many leads no configured pair may send, since when, and the command to go on with."""
    route, adopter = stranded.route, stranded.adopter
    about = (
        f"{stranded.count}, of {', '.join(stranded.projects)}, since {stranded.oldest_at:%Y-%m-%d %H:%M} UTC"
    )
    if adopter:
        shown = f"`realpad-form credentials adopt {adopter.credential}` shows them"
        todo = f"{shown} and sends them with its current login"
    elif route.account:
        todo = "restore that login or address, or name configured credentials in their project file"
    else:
        todo = UNCONFIGURED
    if route.account:
        host = f" ({stranded.host})" if stranded.host else ""
        what = f"accepted for credentials {route.credential} when they had another login or address{host}"
        return f"{what}: {about}; {todo}"
    return f"waiting for credentials {route.credential}, which are not set: {about}; {todo}"


def _show(adoption: Adoption) -> None:
    """Tell what would be sent, from where to where, and what would not."""
    for origin in adoption.origins:
        told = (
            f"{count(len(origin.leads), 'lead')} for project {origin.number}, "
            f"since {origin.oldest_at:%Y-%m-%d %H:%M} UTC"
        )
        # What is known of the login that they were accepted for; the login itself is kept nowhere.
        before = f"credentials {origin.route.credential}, which were never set"
        if origin.route.account:
            host = origin.host or "not known"
            before = f"an earlier login or address of credentials {origin.route.credential} ({host})"
        echo(f"{told}: accepted for {before}")
    if adoption.origins:
        key = adoption.key
        echo(f"they would be sent with the login that credentials {key.credential} have now, at {key.host}")
    for lead, mismatch in adoption.left:
        echo(f"not adopted: lead {lead.id} of {lead.project}, since {mismatch}; {ONE_BY_ONE}")


def _row(report: LaneReport) -> dict[str, Any]:
    """Return a lane as `credentials list --json` shows it."""
    until = f", until {report.paused_until:%Y-%m-%d %H:%M:%S} UTC" if report.paused_until else ""
    return {
        "name": report.name,
        "state": str(report.state),
        "since": report.since,
        "reason": f"{report.reason}{until}" if report.reason else None,
        "next_call_at": report.next_call_at,
        "waiting": report.waiting,
    }
