"""Commands on credential pairs: whether their leads flow, and how to let them flow again."""

import sys
from typing import Any, Final

import click

from realpad_form.cli.findings import describe_restored
from realpad_form.cli.open import open_ready
from realpad_form.cli.output import count, print_json, print_table, tell
from realpad_form.domain.lane import Lane
from realpad_form.services.credentials import Adoption, Mismatch, Origin, Stranded

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
    now = services.log.now()
    rows = [_row(lane, now) for lane in services.credentials.lanes()]
    if as_json:
        print_json(rows)
    else:
        head = ("NAME", "STATE", "SINCE", "REASON", "NEXT CALL")
        print_table(head, [list({**row, "next_call_at": _next_call(row)}.values()) for row in rows])
    for stranded in services.credentials.stranded():
        tell(describe(stranded))
    if restored := services.restores.state():
        tell(describe_restored(restored))


@credentials.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let the leads of NAME flow again; one goes first."""
    resumption = open_ready().credentials.resume(name)
    tell(f"{name} is open again; one lead goes first")
    for mismatch, number in resumption.left.items():
        after = f"; see `realpad-form credentials adopt {name}`" if mismatch is Mismatch.ACCOUNT else ""
        tell(f"{count(number, 'lead')} left as accepted, since {mismatch}{after}")


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
        _demand_confirmation(adoption, yes=yes)
        adopted = services.credentials.adopt(adoption)
        tell(f"{count(adopted, 'lead')} will be sent with {name}")
    elif not adoption.left:
        tell(f"no lead waits for another login or address than {name} has now")
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
        tell(f"{told}: accepted for {_before(origin)}")
    if adoption.origins:
        key = adoption.key
        tell(f"they would be sent with the login that credentials {key.credential} have now, at {key.host}")
    for lead, mismatch in adoption.left:
        tell(f"not adopted: lead {lead.id} of {lead.project}, since {mismatch}; {ONE_BY_ONE}")


def _before(origin: Origin) -> str:
    """Return what is known of the login that leads were accepted for; the login itself is kept nowhere."""
    name = origin.route.credential
    if not origin.route.account:
        return f"credentials {name}, which were never set"
    return f"an earlier login or address of credentials {name} ({origin.host or 'not known'})"


def _demand_confirmation(adoption: Adoption, *, yes: bool) -> None:
    """Ask a person at a terminal. Raises: UsageError, if there is none and nobody said yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to confirm it; look at it, then add --yes")
    click.confirm(f"Send {count(len(adoption.leads), 'lead')} there?", abort=True, err=True)


def _row(lane: Lane, now: Any) -> dict[str, Any]:
    """Return a lane as `credentials list --json` shows it."""
    state = lane.state(now)
    until = f", until {lane.paused_until:%Y-%m-%d %H:%M:%S} UTC" if state == "paused" else ""
    is_open = state == "open"
    return {
        "name": lane.key.credential,
        "state": str(state),
        "since": None if is_open else lane.since,
        "reason": None if is_open else f"{lane.reason}{until}",
        "next_call_at": lane.next_call_at(now),
    }


def _next_call(row: dict[str, Any]) -> Any:
    """Return when the next call of a lane is due, for a person."""
    return "after resume" if row["state"] == "stopped" else row["next_call_at"] or "at once"
