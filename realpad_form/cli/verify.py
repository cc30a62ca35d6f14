"""The command that compares the log with Realpad's own list."""

from collections.abc import Iterator
from typing import Final

import click

from realpad_form.cli.open import open_ready
from realpad_form.cli.output import print_json, print_table, tell
from realpad_form.domain.reconcile import describe_clocks
from realpad_form.services.reconcile import Checked

STRANGE: Final = "leads that went out with another login or to another address and cannot be compared: %d"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Ask Realpad which leads of the last 7 days it has.

    Exits with 1 if one is missing or Realpad cannot be asked. An unknown lead that is there becomes
    delivered.
    """
    services = open_ready()
    services.log.repair_times(pace_s=services.settings.relay_pace_s)  # no relay may be running
    checks = list(services.reconcile.verify())
    for checked in checks:
        for line in _summary(checked):
            tell(f"{checked.key.credential}: {line}")
    missing = [lead for checked in checks for lead in checked.missing]
    rows = [
        {"id": str(lead.id), "project": lead.project, "customer_id": lead.customer_id} for lead in missing
    ]
    if as_json:
        print_json(rows)
    elif rows:
        tell("Realpad took these leads and does not list them; look for the customers there, then resubmit:")
        print_table(("ID", "PROJECT", "CUSTOMER"), [list(row.values()) for row in rows])
    if missing or any(checked.problem for checked in checks):
        raise click.exceptions.Exit(1)


def _summary(checked: Checked) -> Iterator[str]:
    if checked.problem:
        yield f"not asked: {checked.problem}"
    elif checked.delivered or checked.found or not checked.strange:
        listed = checked.delivered - len(checked.missing)
        yield f"{listed} of {checked.delivered} delivered leads listed, {checked.found} unknown found"
    if checked.clocks_apart is not None:
        yield f"{describe_clocks(checked.clocks_apart)}: its list proves no absence; check our server's clock"
    if checked.strange:
        yield STRANGE % checked.strange
