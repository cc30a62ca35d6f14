"""What others are told of a lead: a row in the lead's own transaction for each event and endpoint.

Whatever changes a lead's status ends in `leads.save_lead` or `intake.append`, and both come here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, select, update

from realpad_form.adapters.sql.schema import webhook_message
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Lead, Submission
from realpad_form.domain.project import NoticeListener, Webhook
from realpad_form.domain.project_rules import CONFIRM, FOR_SALES
from realpad_form.domain.webhook import (
    EndpointKey,
    WebhookEvent,
    WebhookStatus,
    confirmation_id,
    event_for,
    first_events,
    mailbox_of,
    message_id,
)

_MESSAGE: Final = webhook_message.c
_OF_LEAD: Final = (
    select(_MESSAGE.project, _MESSAGE.name, _MESSAGE.event)
    .where(_MESSAGE.lead_id == bindparam("of_lead"))
    .with_for_update()
)
_FORGET: Final = update(webhook_message).where(_MESSAGE.lead_id == bindparam("of_lead"))


def add_accepted(
    tx: Transaction, rows: Iterable[Mapping[str, Any]], submissions: Iterable[Submission]
) -> None:
    """Queue what others are told of new leads, by their rows of `lead` and what was submitted."""
    messages = (
        row
        for lead, submission in zip(rows, submissions, strict=True)
        for listener in tx.listeners.get(lead["project"], ())
        for row in _first_rows(tx, lead, submission, listener)
    )
    tx.add_new(webhook_message, *{row["id"]: row for row in messages}.values())


def add_changed(tx: Transaction, before: Status, after: Lead) -> None:
    """Queue what others are told of a lead whose status was another one before, if anything."""
    told = [
        (listener, event)
        for listener in tx.listeners.get(after.project, ())
        if (event := event_for(listener.name, before, after.status)) is not None and event in listener.events
    ]
    if not told:
        return
    earlier = tx.rows(_OF_LEAD, of_lead=after.id)
    places = Counter((row.project, row.name) for row in earlier)
    numbers = Counter((row.project, row.name, row.event) for row in earlier)
    lead = {
        "id": after.id, "project": after.project, "status": after.status,
        "customer_id": after.customer_id, "revision": after.revision,
    }  # fmt: skip
    for listener, event in told:
        key = (after.project, listener.name)
        row = _row(tx, lead, event, listener=listener, place=places[key], number=numbers[*key, event])
        tx.add_new(webhook_message, row)


def forget(tx: Transaction, lead_id: UUID) -> None:
    """Forget which customer at Realpad the messages of a lead are about."""
    tx.change(_FORGET, {"of_lead": lead_id, "customer_id": None})


def _first_rows(
    tx: Transaction, lead: Mapping[str, Any], submission: Submission, listener: Webhook | NoticeListener
) -> Iterator[dict[str, Any]]:
    """Yield the rows of what a listener hears of a new lead.

    The sales team hears nothing of what looks like spam. Visitors get one a day, after a solved captcha.
    """
    if listener.name in FOR_SALES and lead["status"] == Status.QUARANTINED:
        return
    address = submission.answers.get("email")
    is_confirmed = address and submission.captcha is not None and lead["status"] == Status.QUEUED
    if listener.name == CONFIRM and not is_confirmed:
        return
    told = [event for event in first_events(lead["status"]) if event in listener.events]
    for place, event in enumerate(told):
        row = _row(tx, lead, event, listener=listener, place=place, number=0)
        if listener.name == CONFIRM:
            blinded = tx.blind(mailbox_of(str(address)))
            row["id"] = confirmation_id(lead["project"], blinded, tx.now.date())
        yield row


def _row(
    tx: Transaction,
    lead: Mapping[str, Any],
    event: WebhookEvent,
    *,
    listener: Webhook | NoticeListener,
    place: int,
    number: int,
) -> dict[str, Any]:
    """Return the row of a new message, due at once."""
    key = EndpointKey(lead["project"], listener.name)
    return {
        "id": message_id(lead["id"], key, event, number),
        "lead_id": lead["id"],
        "project": key.project,
        "name": key.name,
        "url": listener.url,
        "event": event,
        "at": tx.now,
        "lead_status": lead["status"],
        "customer_id": lead.get("customer_id"),
        "revision": lead["revision"],
        "place": place,
        "status": WebhookStatus.QUEUED,
        "due_at": tx.now,
        "attempts": 0,
        "failures": 0,
    }
