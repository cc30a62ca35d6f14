"""Commands that ask Realpad itself: which leads it has, and its consents."""

from collections.abc import Iterator
from typing import Final

import click

from realpad_form.cli.console import echo, print_json, print_table
from realpad_form.cli.open import open_ready, open_services
from realpad_form.domain.errors import RealpadFormError, StorageUnavailableError
from realpad_form.domain.people import COMMAND
from realpad_form.domain.reconcile import describe_clocks
from realpad_form.ports import Credential
from realpad_form.services.lead_actions import Customer
from realpad_form.services.reconcile import Checked
from realpad_form.wiring import Services

STRANGE: Final = "leads that went out with another login or to another address and cannot be compared: %d"
WHICH = click.option(
    "--credentials", "name", help="The credential pair to ask with; needed if there are several."
)


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
            echo(f"{checked.key.credential}: {line}")
    missing = [lead for checked in checks for lead in checked.missing]
    rows = [
        {"id": str(lead.id), "project": lead.project, "customer_id": lead.customer_id} for lead in missing
    ]
    if as_json:
        print_json(rows)
    elif rows:
        echo("Realpad took these leads and does not list them; look for the customers there, then resubmit:")
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


@click.group()
def consents() -> None:
    """List the tenant's consents, or revoke one of a customer."""


@consents.command("list")
@WHICH
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(name: str | None, as_json: bool) -> None:
    """Show the consents that project files may name."""
    services = open_services()
    kinds = services.crm.list_consent_types(_credential(services, name))
    if as_json:
        print_json([{"id": number, "name": title} for number, title in kinds])
    else:
        print_table(("ID", "NAME"), kinds)


@consents.command()
@WHICH
@click.option("--email", help="The customer's primary e-mail address.")
@click.option("--customer-id", type=click.IntRange(min=1), help="The customer's id in Realpad.")
@click.option("--consent", type=click.IntRange(min=1), required=True, help="The consent's id.")
@click.option("--notes", help="Why; kept with the consent in Realpad.")
def revoke(
    name: str | None, email: str | None, customer_id: int | None, consent: int, notes: str | None
) -> None:
    """Revoke one consent of one customer in Realpad."""
    if (email is None) == (customer_id is None):
        raise click.UsageError("name the customer by either --email or --customer-id")
    services = open_ready()
    revocation = services.lead_actions.revoke_of_customer(
        _credential(services, name),
        consent,
        customer=Customer(number=customer_id, email=email),
        by=COMMAND,
        why=notes or "",
    )
    if revocation.is_outcome_unknown:
        raise RealpadFormError(
            f"Realpad may have revoked it, look there before you try again ({revocation.problem})"
        )
    if revocation.problem:
        raise revocation.problem
    echo(f"consent {consent} is revoked")
    if not revocation.is_recorded:
        raise StorageUnavailableError("this could not be written into the audit log")


def _credential(services: Services, name: str | None) -> Credential:
    """Return the pair of that name, or the only one there is."""
    names = sorted(services.settings.credentials)
    if name is None and len(names) != 1:
        raise click.UsageError(f"name one with --credentials: {', '.join(names) or 'none is configured'}")
    return services.credential(name or names[0])
