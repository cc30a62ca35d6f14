"""Erasing what a lead says about a person; that there was a lead, and the evidence of consent, stay."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, update

from realpad_form.adapters.sql import indexing, lead_queries, rows
from realpad_form.adapters.sql.schema import attempt, lead, revision
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Event
from realpad_form.domain.lead import Lead

_FORGET_CONTEXT: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_REVISIONS: Final = select(revision.c.number).where(revision.c.lead_id == bindparam("of_id"))
_FORGET_REVISION: Final = update(revision).where(
    revision.c.lead_id == bindparam("of_id"), revision.c.number == bindparam("of_number")
)
_ATTEMPTS: Final = select(attempt.c.number).where(attempt.c.lead_id == bindparam("of_id"))
_FORGET_ATTEMPT: Final = update(attempt).where(
    attempt.c.lead_id == bindparam("of_id"), attempt.c.number == bindparam("of_number")
)


def erase(tx: Transaction, lead_id: UUID) -> Lead:
    """Empty everything about a lead that may hold personal data, whether its data key is set or not.

    What is left is stored plain, so that it can be shown when the key is gone.

    Raises: LeadNotFoundError; IllegalTransitionError, while it is being sent.
    """
    erased = lead_queries.lock(tx, lead_id).after(Event.ERASED, reasons=(), customer_id=None)
    nothing = rows.to_context_if_readable(tx, lead_queries.lead_row(tx, lead_id)).anonymous()
    tx = replace(tx, vault=Vault(), data_keys=None)
    rows.save_lead(tx, erased)
    indexing.forget(tx, lead_id)
    tx.change(_FORGET_CONTEXT, {"of_id": lead_id, "context": rows.from_context(tx, nothing, lead_id)})
    for row in tx.rows(_REVISIONS, of_id=lead_id):
        about = ("revision", lead_id, row.number)
        empty = {part: tx.seal({}, *about, part) for part in ("answers", "payload")}
        tx.change(_FORGET_REVISION, {"of_id": lead_id, "of_number": row.number, **empty})
    for row in tx.rows(_ATTEMPTS, of_id=lead_id):
        blank = rows.from_answer(tx, "", lead_id=lead_id, number=row.number)
        tx.change(_FORGET_ATTEMPT, {"of_id": lead_id, "of_number": row.number, "answer": blank})
    return erased
