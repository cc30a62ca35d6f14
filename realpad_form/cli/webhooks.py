"""Commands on other systems: those that are told of leads, by webhooks, and those that may post some."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import click

from realpad_form.cli.console import count, echo, print_json, print_table
from realpad_form.cli.open import open_ready, open_services
from realpad_form.domain.people import COMMAND
from realpad_form.domain.webhook import EndpointLane, WebhookMessage, WebhookStatus
from realpad_form.services.sources import source_reports


class MessageId(click.ParamType[UUID]):
    """The id of a message, as `list` prints it, or as receivers see it in `webhook-id`."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """Return the id."""
        try:
            return UUID(hex=str(value).removeprefix("msg_"))
        except ValueError:
            self.fail(f"{value!r} is no id; `realpad-form webhooks list` prints them", param, ctx)


@click.group()
def webhooks() -> None:
    """Show what other systems were told of leads, and tell it again."""


@webhooks.command("list")
@click.option("--status", type=click.Choice([each.value for each in WebhookStatus]), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(status: str | None, as_json: bool) -> None:
    """List the messages, oldest first."""
    services = open_ready()
    found = services.webhook_log.messages(status=WebhookStatus(status) if status else None)
    lanes = services.webhooks.lanes()
    rows = [_row(each, lanes.get(each.endpoint)) for each in found]
    if as_json:
        print_json(rows)
    else:
        head = ("ID", "LEAD", "EVENT", "URL", "STATUS", "CALLS", "DUE")
        print_table(head, [[*row.values()] for row in rows])
    for problem in services.webhook_endpoints.problems():
        echo(f"{problem.key}: {problem.text}")
    for key, text in services.webhooks.delays():
        echo(f"{key}: {text}")


@webhooks.command()
@click.argument("ids", type=MessageId(), metavar="ID...", nargs=-1, required=True)
def replay(ids: Sequence[UUID]) -> None:
    """Send messages again, under the ids that they had.

    All of them or none. Their receivers are called at once, also those that failed or were gone.
    """
    services = open_ready()
    replayed = services.webhooks.replay(ids, by=COMMAND)
    echo(f"{count(len(replayed), 'message')} will be sent again")


@click.group()
def sources() -> None:
    """Show the other systems that may post leads."""


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sources(as_json: bool) -> None:
    """List sources, their projects, and whether a key is set.

    Keys are never shown.
    """
    services = open_services()
    reports = source_reports(services.catalog.projects(), keyed=services.settings.source_keys)
    if as_json:
        print_json([asdict(report) for report in reports])
        return
    rows = [
        [each.name, each.projects, "set" if each.has_key else "not set", each.problem] for each in reports
    ]
    print_table(("SOURCE", "PROJECTS", "KEY", "PROBLEM"), rows)


def _row(message: WebhookMessage, lane: EndpointLane | None) -> dict[str, Any]:
    """Return a message as `webhooks list --json` shows it, due when it is sent next at the earliest."""
    return {
        "id": str(message.id),
        "lead": str(message.lead_id),
        "event": message.event.type,
        "url": message.url,
        "status": str(message.status),
        "attempts": message.attempts,
        "due_at": message.next_try_at(lane),
    }
