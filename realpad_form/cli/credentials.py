"""Commands on credential pairs: whether their leads flow, and how to let them flow again."""

from typing import Any, Final

import click

from realpad_form.cli.findings import describe_restored
from realpad_form.cli.open import open_ready
from realpad_form.cli.output import print_json, print_table, tell
from realpad_form.domain.lane import Lane

UNCONFIGURED: Final = (
    "set them, or name others in the project file and run `realpad-form credentials resume` with those"
)


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
        print_table(("NAME", "STATE", "SINCE", "REASON"), [list(row.values()) for row in rows])
    for name, count in services.credentials.unconfigured().items():
        tell(f"waiting for credentials {name}, which are not set: {count}; {UNCONFIGURED}")
    if restored := services.restores.state():
        tell(describe_restored(restored))


@credentials.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let the leads of NAME flow again; one goes first."""
    open_ready().credentials.resume(name)
    tell(f"{name} is open again; one lead goes first")


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
    }
