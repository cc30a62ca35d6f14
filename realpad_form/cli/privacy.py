"""What people ask for about their data, from a terminal."""

import os
import shutil
import sys
import textwrap
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from realpad_form.cli.console import count, echo, print_json
from realpad_form.cli.leads import find_person
from realpad_form.cli.open import open_ready
from realpad_form.domain.people import COMMAND
from realpad_form.domain.privacy import PlaceReceipt, PrivacyRequest, ReceiptState
from realpad_form.services.export import whole_lead
from realpad_form.services.lead_actions import FoundPerson
from realpad_form.wiring import Services

SUBJECT = click.option("--subject", metavar="EMAIL|PHONE", required=True, help="Who asks.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def privacy() -> None:
    """Do what a person asks for about their data, with a receipt for every place."""


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
    contact, leads, unopened = _find(services, subject)
    only_ours = partial(os.open, mode=0o600)
    with open(output, "x", opener=only_ours) if output else nullcontext() as file:
        copies = [_whole(services, lead_id) for lead_id in leads]
        request = services.privacy.export(contact, leads, by=COMMAND, unopened=unopened)
        about = _to_json(request)
        print_json({"request": about["id"], "at": about["at"], "leads": copies, **about}, file=file)
    _finish(request)


@privacy.command()
@SUBJECT
@AS_JSON
def erase(subject: str, as_json: bool) -> None:
    """Erase what is kept about a person.

    Statuses, times and the evidence of consent stay. What other systems hold is listed for people to erase,
    until somebody closes the request.
    """
    services = open_ready()
    contact, leads, unopened = _find(services, subject)
    _confirm(services, leads, "Erase them for good?")
    _show(services.privacy.erase(contact, leads, by=COMMAND, unopened=unopened), as_json=as_json)


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
    contact, leads, unopened = _find(services, subject)
    _confirm(services, leads, "Withdraw their consents?")
    do = services.privacy.withdraw
    done = do(contact, leads, by=COMMAND, consents=consents, unopened=unopened)
    _show(done, as_json=as_json)


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
    if not found:
        echo("nothing is left to do" if is_open else "nobody has asked yet")
    for each in found:
        click.echo(f"{str(each.id)[:8]}  {each.at:%Y-%m-%d %H:%M}  {each.kind:<8}  {each.state}")
        _print_receipts([receipt for receipt in each.receipts if _is_left(receipt.state)], indent=10)
        if each.finished_at is None:
            click.echo(f"{'':<10}It was cut off: run the same command again, and it goes on.")


@privacy.command()
@click.argument("request_id", metavar="ID")
def close(request_id: str) -> None:
    """Note that what was left to people is done; ID may be the beginning of one.

    What failed stays so: repeat the request.
    """
    services = open_ready()
    request = services.privacy.close(_id_of(services, request_id), by=COMMAND)
    _finish(request, is_closed=True)


def _find(services: Services, subject: str) -> FoundPerson:
    """Return an e-mail or phone as leads keep it, and the leads of a person."""
    person = find_person(services, subject)
    if not person.leads:
        echo("no lead has this e-mail or phone")
    return person


def _confirm(services: Services, leads: Sequence[UUID], question: str) -> None:
    """Show a person at a terminal whose leads they are, and ask. Raises: Abort."""
    if not (leads and sys.stdin.isatty()):
        return
    for lead_id in leads:
        record = services.log.get(lead_id)
        name = " ".join(str(record.current.answers.get(key) or "") for key in ("name", "surname"))
        echo(f"{str(lead_id)[:8]}  {record.lead.created_at:%Y-%m-%d}  {record.lead.project}  {name}")
    click.confirm(question, abort=True, err=True)


def _id_of(services: Services, text: str) -> UUID:
    """Return the id that begins so. Raises: UsageError, if there is none, or more than one."""
    ids = [each.id for each in services.privacy_log.all()]
    found = [each for each in ids if text and each.hex.startswith(text.lower().replace("-", ""))]
    if len(found) != 1:
        raise click.UsageError(
            f"{len(found) or 'no'} requests begin with {text!r}; `privacy requests` lists them"
        )
    return found[0]


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
        _print_receipts(request.receipts)
    _finish(request)


def _print_receipts(receipts: Sequence[PlaceReceipt], *, indent: int = 0) -> None:
    """Print receipts in lines that fit the terminal."""
    for each in receipts:
        head = f"{'':<{indent}}{each.place:<11}  {each.state:<6}  "
        width = max(shutil.get_terminal_size().columns, len(head) + 30)
        click.echo(textwrap.fill(each.detail, width, initial_indent=head, subsequent_indent=" " * len(head)))


def _finish(request: PrivacyRequest, *, is_closed: bool = False) -> None:
    """Say how far a request is, and what to do; exit with 1 if it failed or was cut off."""
    short = str(request.id)[:8]
    if request.is_to_be_repeated:
        what = "was closed, but" if is_closed else "is written down, and"
        echo(
            f"request {short} {what} not all of it could be done: run the same command again, and it goes on"
        )
        raise click.exceptions.Exit(1)
    if request.tasks:
        left = count(len(request.tasks), "task")
        echo(f"request {short}: {left} left to people; when done, run `realpad-form privacy close {short}`")
    else:
        echo(f"request {short} is done")


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
