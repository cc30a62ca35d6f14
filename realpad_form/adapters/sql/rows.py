"""Rows of the tables ↔ what the domain knows."""

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, update

from realpad_form.adapters.sql import schema
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.lane import Lane, LaneKey
from realpad_form.domain.lead import Attempt, Author, Consent, Context, Lead, LeadRecord, Revision
from realpad_form.domain.reason import UNREADABLE, Reason, read_reason, reason_unreadable

ANSWER_CHARS: Final = 2000

_SAVE_LEAD: Final = update(schema.lead).where(schema.lead.c.id == bindparam("of_id"))
_CONTEXT: Final = [field.name for field in fields(Context)]
_LANE: Final = [field.name for field in fields(Lane) if field.name not in ("key", "reason")]


def to_lead(tx: Transaction, row: Row[Any]) -> Lead:
    """Return the lead of a row of `lead`."""
    return Lead(
        id=row.id,
        project=row.project,
        credential=row.credential,
        status=Status(row.status),
        created_at=row.created_at,
        due_at=row.due_at,
        revision=row.revision,
        failures=row.failures,
        first_failed_at=row.first_failed_at,
        customer_id=row.customer_id,
        reasons=_reasons(tx, row),
        attempts=row.attempts,
        absent_at=row.absent_at,
        account=row.account,
        discarded_from=None if row.discarded_from is None else Status(row.discarded_from),
    )


def _reasons(tx: Transaction, row: Row[Any]) -> tuple[Reason, ...]:
    """Return the reasons of a row of `lead`; a lead that is erased has none."""
    if row.status == Status.ERASED:
        return ()
    stored = _opened(tx, row.reasons, "lead", row.id, "reasons", instead=lambda why: [why.stored()])
    return tuple(map(read_reason, stored))


def save_lead(tx: Transaction, lead: Lead) -> None:
    """Store a lead as it stands now; whoever had claimed it has it no longer.

    Reasons that could not be opened stay as they are stored: they are right again once their key is back.
    """
    values: dict[str, Any] = {
        "of_id": lead.id,
        "credential": lead.credential,
        "account": lead.account,
        "status": lead.status,
        "due_at": lead.due_at,
        "revision": lead.revision,
        "failures": lead.failures,
        "first_failed_at": lead.first_failed_at,
        "customer_id": lead.customer_id,
        "absent_at": lead.absent_at,
        "discarded_from": lead.discarded_from,
        "claim_token": None,
        "lease_until": None,
    }
    if not any(reason.code in UNREADABLE for reason in lead.reasons):
        values["reasons"] = tx.seal([reason.stored() for reason in lead.reasons], "lead", lead.id, "reasons")
    tx.change(_SAVE_LEAD, values)


def from_context(tx: Transaction, context: Context, lead_id: object) -> str:
    """Return what is stored of where a submission came from."""
    values = {name: getattr(context, name) for name in _CONTEXT}
    json_able = {
        "submitted_at": context.submitted_at.isoformat(),
        "parameters": dict(context.parameters),
    }
    return tx.seal(values | json_able, "lead", lead_id, "context")


def to_context(tx: Transaction, row: Row[Any]) -> Context:
    """Return the context of a row of `lead`."""
    values = tx.open(row.context, "lead", row.id, "context")
    return Context(**{**values, "submitted_at": datetime.fromisoformat(values["submitted_at"])})


def to_context_if_readable(tx: Transaction, row: Row[Any]) -> Context:
    """Return the context of a row of `lead`; what the row itself tells of it, if its key is missing."""
    try:
        return to_context(tx, row)
    except SealBrokenError:
        return _context_by_row(row)


def from_revision(tx: Transaction, revision: Revision, lead_id: object) -> dict[str, Any]:
    """Return the row of a revision."""
    about = ("revision", lead_id, revision.number)
    return {
        "lead_id": lead_id,
        "number": revision.number,
        "author": revision.author,
        "created_at": revision.created_at,
        "answers": tx.seal(dict(revision.answers), *about, "answers"),
        "payload": tx.seal(dict(revision.payload), *about, "payload"),
    }


def to_revision(tx: Transaction, row: Row[Any], *, is_erased: bool = False) -> Revision:
    """Return the revision of a row of `revision`; what was erased is not opened, since it is empty."""
    return Revision(
        number=row.number,
        author=Author(row.author),
        created_at=row.created_at,
        answers={} if is_erased else tx.open(row.answers, "revision", row.lead_id, row.number, "answers"),
        payload={} if is_erased else to_payload(tx, row),
    )


def to_payload(tx: Transaction, row: Row[Any]) -> dict[str, str]:
    """Return the create-lead body of a row of `revision`."""
    payload: dict[str, str] = tx.open(row.payload, "revision", row.lead_id, row.number, "payload")
    return payload


def from_answer(tx: Transaction, text: str, *, lead_id: object, number: int) -> str:
    """Return what is stored of the words that ended an attempt."""
    return tx.seal(text[:ANSWER_CHARS], "attempt", lead_id, number, "answer")


def to_attempt(tx: Transaction, row: Row[Any], *, is_erased: bool = False) -> Attempt:
    """Return the attempt of a row of `attempt`; what was erased is not opened, since it is empty."""
    return Attempt(
        started_at=row.started_at,
        ended_at=row.ended_at,
        revision=row.revision,
        outcome=row.outcome,
        status=row.status,
        is_presumed=row.is_presumed,
        answer="" if is_erased else tx.open(row.answer, "attempt", row.lead_id, row.number, "answer"),
    )


def to_consent(row: Row[Any]) -> Consent:
    """Return the consent of a row of `consent` with its wording."""
    return Consent(id=row.consent_id, given=row.given, wording=row.words, language=row.language)


def from_lane(tx: Transaction, lane: Lane) -> dict[str, Any]:
    """Return the row of a lane."""
    name, fingerprint = lane.key.credential, lane.key.fingerprint
    reason = None if lane.reason is None else tx.seal(lane.reason.stored(), "lane", name, fingerprint)
    return {**asdict(lane.key), **{each: getattr(lane, each) for each in _LANE}, "reason": reason}


def to_lane(tx: Transaction, row: Row[Any]) -> Lane:
    """Return the lane of a row of `lane`."""
    key = LaneKey(credential=row.credential, fingerprint=row.fingerprint, host=row.host, account=row.account)
    about = ("lane", row.credential, row.fingerprint)
    stored = None if row.reason is None else _opened(tx, row.reason, *about, instead=Reason.stored)
    reason = None if stored is None else read_reason(stored)
    return Lane(key=key, reason=reason, **{each: getattr(row, each) for each in _LANE})


def unreadable(tx: Transaction, row: Row[Any]) -> LeadRecord:
    """Return what is known of a lead, by its row of `lead`, whose words cannot be opened: no words."""
    lead = to_lead(tx, row)
    context = _context_by_row(row)
    revision = Revision(
        number=row.revision, author=Author.VISITOR, created_at=row.created_at, answers={}, payload={}
    )
    return LeadRecord(lead=lead, context=context, consents=(), revisions=(revision,), attempts=())


def _context_by_row(row: Row[Any]) -> Context:
    """Return what the columns that are not sealed tell of where a submission came from."""
    return Context(language=row.language, form_version="", submitted_at=row.created_at)


def _opened(tx: Transaction, stored: str, *about: object, instead: Callable[[Reason], Any]) -> Any:
    """Return what was sealed, or why it cannot be opened: no lead and no lane shall be kept back by it."""
    try:
        return tx.open(stored, *about)
    except SealBrokenError as error:
        return instead(reason_unreadable(error))
