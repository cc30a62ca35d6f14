"""What people ask for about their data, from a terminal."""

import os
import sys
from collections.abc import Collection
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from realpad_form.cli.console import count, echo, print_json, print_table, progress
from realpad_form.cli.leads import read_contact
from realpad_form.cli.open import open_ready
from realpad_form.domain.people import COMMAND
from realpad_form.domain.privacy import PrivacyRequest, ReceiptState
from realpad_form.services.export import whole_lead
from realpad_form.wiring import Services

SUBJECT = click.option("--subject", metavar="EMAIL|PHONE", required=True, help="Who asks.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def privacy() -> None:
    """Do what a person asks for about their data, with a receipt for every place where it may be."""


@privacy.command()
@SUBJECT
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
def export(subject: str, output: Path | None) -> None:
    """Write all that is kept about a person as JSON.

    Other people's names may stand in notes: read it before you hand it out.
    """
    if output and output.exists():
        raise click.UsageError(f"{output} exists; name a new file")
    services = open_ready()
    contact = read_contact(services, subject)
    leads = _find(services, contact)
    request = services.privacy.export(contact, leads, by=COMMAND)
    copy = {
        "request": request.id,
        "at": request.at,
        "leads": [_whole(services, lead_id) for lead_id in leads],
        "receipts": _to_json(request)["receipts"],
    }
    only_ours = partial(os.open, mode=0o600)
    with open(output, "x", opener=only_ours) if output else nullcontext() as file:
        print_json(copy, file=file)
    for each in request.tasks:
        echo(f"{each.place}: {each.detail}")


@privacy.command()
@SUBJECT
@AS_JSON
def erase(subject: str, as_json: bool) -> None:
    """Erase what is kept about a person.

    Statuses, times and the evidence of consent stay. What other systems hold is listed for people to erase,
    until somebody closes the request.
    """
    services = open_ready()
    contact = read_contact(services, subject)
    leads = _find(services, contact)
    if leads and sys.stdin.isatty():
        click.confirm(f"Erase {count(len(leads), 'lead')} for good?", abort=True, err=True)
    _show(services.privacy.erase(contact, leads, by=COMMAND), as_json=as_json)


@privacy.command()
@SUBJECT
@click.option(
    "--consent",
    "consents",
    type=click.IntRange(min=1),
    multiple=True,
    help="The id of one; all without it.",
)
@AS_JSON
def withdraw(subject: str, consents: Collection[int], as_json: bool) -> None:
    """Take back the consents that a person gave, here and in Realpad.

    Leads that wait are sent without them.
    """
    services = open_ready()
    contact = read_contact(services, subject)
    leads = _find(services, contact)
    _show(services.privacy.withdraw(contact, leads, by=COMMAND, consents=consents), as_json=as_json)


@privacy.command("requests")
@click.option("--open", "is_open", is_flag=True, help="Only those with something left to do.")
@AS_JSON
def list_(is_open: bool, as_json: bool) -> None:
    """List the requests, newest first, with what is left to do."""
    services = open_ready()
    found = services.privacy_log.all()
    if is_open:
        found = [each for each in found if each.state is not ReceiptState.DONE]
    if as_json:
        print_json([_to_json(each) for each in found])
        return
    head = ("ID", "KIND", "AT", "STATE", "LEFT TO DO")
    left = {
        each.id: [
            f"{receipt.place}: {receipt.detail}" for receipt in each.receipts if _is_left(receipt.state)
        ]
        for each in found
    }
    print_table(head, [(each.id, each.kind, each.at, each.state, left[each.id]) for each in found])


@privacy.command()
@click.argument("request_id", metavar="ID")
def close(request_id: str) -> None:
    """Note that what was left to people is done; ID may be the beginning of one.

    What failed stays so: repeat the request.
    """
    services = open_ready()
    request = services.privacy.close(_id_of(services, request_id), by=COMMAND)
    echo(f"request {request.id} is {request.state}")
    if request.state is not ReceiptState.DONE:
        for each in request.receipts:
            if _is_left(each.state):
                echo(f"{each.place}: {each.detail}")
        raise click.exceptions.Exit(1)


def _find(services: Services, contact: str) -> list[UUID]:
    """Return the leads of a person."""
    found = progress(services.erasure.find(contact), length=services.erasure.count(), label="Searching")
    leads = [lead.id for lead in found if lead]
    if not leads:
        echo("no lead has this e-mail or phone")
    return leads


def _id_of(services: Services, text: str) -> UUID:
    """Return the id that begins so. Raises: UsageError, if there is none, or more than one."""
    ids = [each.id for each in services.privacy_log.all() if str(each.id).startswith(text.lower())]
    if len(ids) != 1 or not text:
        raise click.UsageError(f"{len(ids) if text else 'all'} requests begin with {text!r}")
    return ids[0]


def _whole(services: Services, lead_id: UUID) -> dict[str, Any]:
    record = services.log.get(lead_id)
    return whole_lead(record, body=services.lead_actions.body_of(record))


def _is_left(state: ReceiptState) -> bool:
    return state is not ReceiptState.DONE


def _show(request: PrivacyRequest, *, as_json: bool) -> None:
    """Print what came of a request; exit with 1 if it failed anywhere."""
    if as_json:
        print_json(_to_json(request))
    else:
        rows = [(each.place, each.state, each.detail) for each in request.receipts]
        print_table(("PLACE", "STATE", "DETAIL"), rows)
        if request.state is ReceiptState.DONE:
            echo(f"request {request.id} is done")
        elif request.state is ReceiptState.OPEN:
            left = count(len(request.tasks), "task")
            echo(f"{left} left to people; when done, run `realpad-form privacy close {request.id}`")
        else:
            echo(f"request {request.id} failed in part: run the same command again")
    if request.state is ReceiptState.FAILED:
        raise click.exceptions.Exit(1)


def _to_json(request: PrivacyRequest) -> dict[str, Any]:
    receipts = [
        {"place": each.place, "state": each.state, "at": each.at, "detail": each.detail}
        for each in request.receipts
    ]
    return {
        "id": request.id,
        "kind": request.kind,
        "at": request.at,
        "state": request.state,
        "receipts": receipts,
    }
