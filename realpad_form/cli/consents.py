"""Commands on consents at Realpad."""

import click

from realpad_form.cli.open import open_ready, open_services
from realpad_form.cli.output import print_json, print_table, tell
from realpad_form.domain.errors import RealpadFormError, StorageUnavailableError
from realpad_form.domain.people import COMMAND
from realpad_form.ports import Credential
from realpad_form.services.lead_actions import Customer
from realpad_form.wiring import Services

WHICH = click.option(
    "--credentials", "name", help="The credential pair to ask with; needed if there are several."
)


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
    tell(f"consent {consent} is revoked")
    if not revocation.is_recorded:
        raise StorageUnavailableError("this could not be written into the audit log")


def _credential(services: Services, name: str | None) -> Credential:
    """Return the pair of that name, or the only one there is."""
    names = sorted(services.settings.credentials)
    if name is None and len(names) != 1:
        raise click.UsageError(f"name one with --credentials: {', '.join(names) or 'none is configured'}")
    return services.credential(name or names[0])
