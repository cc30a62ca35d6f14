"""Leads in SQL, and all that belongs to them: their rows, read in batches, stored, and erased."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from realpad_form.adapters.sql import outbox
from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.schema import attempt, consent, lead, lead_note, revision, wording
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Event, Status
from realpad_form.domain.errors import LeadNotFoundError, SealBrokenError
from realpad_form.domain.lead import (
    Attempt,
    Author,
    CallEnd,
    Consent,
    Context,
    Lead,
    LeadNote,
    LeadRecord,
    NoteKind,
    Revision,
    Route,
)
from realpad_form.domain.reason import UNREADABLE, Reason, read_reason, reason_unreadable
from realpad_form.ports import LeadFilter, Standing

ANSWER_CHARS: Final = 2000

_SAVE_LEAD: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_CONTEXT: Final = [field.name for field in fields(Context)]

T = TypeVar("T")

_LATER: Final = tuple_(lead.c.created_at, lead.c.id) > tuple_(
    bindparam("last_time", type_=UtcDateTime()), bindparam("last_id", type_=Uuid())
)

_WAITING: Final = (Status.QUEUED, Status.UNKNOWN, Status.REJECTED, Status.QUARANTINED)
# One look into the index for each credential, where DISTINCT would read the whole of it.
_credentials = select(func.min(lead.c.credential).label("name")).cte(recursive=True)
_NEXT: Final = select(func.min(lead.c.credential)).where(lead.c.credential > _credentials.c.name)
_credentials = _credentials.union_all(select(_NEXT.scalar_subquery()).where(_credentials.c.name.is_not(None)))
_BY_PROJECT: Final = select(
    lead.c.project,
    lead.c.status,
    func.count().label("leads"),
    func.min(lead.c.created_at).label("oldest"),
).group_by(lead.c.project, lead.c.status)
# By credential, too: that is how the index begins.
_STANDING: Final = _BY_PROJECT.where(
    lead.c.credential.in_(select(_credentials.c.name)), lead.c.status.in_(_WAITING)
)
# Their relay is gone, and no other has come by.
_LEFT: Final = _BY_PROJECT.where(lead.c.lease_until <= bindparam("now", type_=UtcDateTime()))
# One look into the index for each account, as for credentials.
_accounts = select(func.min(lead.c.account).label("name")).cte(recursive=True)
_NEXT_ACCOUNT: Final = select(func.min(lead.c.account)).where(lead.c.account > _accounts.c.name)
_accounts = _accounts.union_all(select(_NEXT_ACCOUNT.scalar_subquery()).where(_accounts.c.name.is_not(None)))
_QUEUED: Final = (
    select(lead.c.credential, lead.c.account, func.count().label("leads"))
    .where(lead.c.account.in_(select(_accounts.c.name)), lead.c.status == Status.QUEUED)
    .group_by(lead.c.credential, lead.c.account)
    .order_by(lead.c.credential, lead.c.account)
)
_CALL_ENDS: Final = (
    select(attempt.c.outcome, attempt.c.is_presumed)
    .where(attempt.c.lead_id == bindparam("of_id"))
    .order_by(attempt.c.number)
)
_QUEUED_FOR: Final = _BY_PROJECT.where(
    lead.c.account == bindparam("account"),
    func.coalesce(lead.c.credential, "") == bindparam("credential"),
    lead.c.status == Status.QUEUED,
)

_FORGET_NOTES: Final = delete(lead_note).where(lead_note.c.lead_id == bindparam("of_id"))
_FORGET_CONTEXT: Final = update(lead).where(lead.c.id == bindparam("of_id"))
_REVISIONS: Final = select(revision.c.number).where(revision.c.lead_id == bindparam("of_id"))
_FORGET_REVISION: Final = update(revision).where(
    revision.c.lead_id == bindparam("of_id"), revision.c.number == bindparam("of_number")
)
_ATTEMPTS: Final = select(attempt.c.number).where(attempt.c.lead_id == bindparam("of_id"))
_FORGET_ATTEMPT: Final = update(attempt).where(
    attempt.c.lead_id == bindparam("of_id"), attempt.c.number == bindparam("of_number")
)


def to_lead(tx: Transaction, row: Row[Any]) -> Lead:
    """Return the lead of a row of `lead`; one that is erased has no reasons."""
    reasons: tuple[Reason, ...] = ()
    if row.status != Status.ERASED:
        about = ("lead", row.id, "reasons")
        stored = open_or_reason(tx, row.reasons, *about, instead=lambda why: [why.stored()])
        reasons = tuple(map(read_reason, stored))
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
        reasons=reasons,
        attempts=row.attempts,
        absent_at=row.absent_at,
        account=row.account,
        discarded_from=None if row.discarded_from is None else Status(row.discarded_from),
        assignee=row.assignee,
    )


def save_lead(tx: Transaction, lead: Lead, *, before: Status) -> None:
    """Store a lead as it stands now; whoever had claimed it has it no longer.

    If its status is another one than `before`, other systems will hear of it.
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
    outbox.add_changed(tx, before, lead)


def from_context(tx: Transaction, context: Context, lead_id: object) -> str:
    """Return what is stored of where a submission came from."""
    values = {name: getattr(context, name) for name in _CONTEXT}
    json_able = {
        "submitted_at": context.submitted_at.isoformat(),
        "parameters": dict(context.parameters),
    }
    if not context.source:
        del values["source"]  # versions before it read all other leads
    return tx.seal(values | json_able, "lead", lead_id, "context")


def to_context(tx: Transaction, row: Row[Any]) -> Context:
    """Return the context of a row of `lead`."""
    values = tx.open(row.context, "lead", row.id, "context")
    known = {name: values[name] for name in _CONTEXT if name in values}  # a later version may keep more
    return Context(**{**known, "submitted_at": datetime.fromisoformat(values["submitted_at"])})


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
        fingerprint=row.fingerprint,
        answer="" if is_erased else tx.open(row.answer, "attempt", row.lead_id, row.number, "answer"),
    )


def to_note(tx: Transaction, row: Row[Any], *, is_erased: bool = False) -> LeadNote:
    """Return the note of a row of `lead_note`; an older version leaves those of a lead that it erased."""
    text = "" if is_erased else tx.open(row.text, "lead_note", row.id, "text")
    return LeadNote(kind=NoteKind(row.kind), text=text, by=row.by, at=row.at)


def to_consent(row: Row[Any]) -> Consent:
    """Return the consent of a row of `consent` with its wording."""
    return Consent(id=row.consent_id, given=row.given, wording=row.words, language=row.language)


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


def open_or_reason(tx: Transaction, stored: str, *about: object, instead: Callable[[Reason], Any]) -> Any:
    """Return what was sealed, or why it cannot be opened: no lead and no lane shall be kept back by it."""
    try:
        return tx.open(stored, *about)
    except SealBrokenError as error:
        return instead(reason_unreadable(error))


def page(tx: Transaction, which: LeadFilter, *, after: Row[Any] | None, size: int) -> list[Row[Any]]:
    """Return the next rows of `lead` that match, oldest first, after the last one of another page."""
    statement = select(lead).where(*_conditions(which)).order_by(lead.c.created_at, lead.c.id).limit(size)
    if after is None:
        return tx.rows(statement)
    return tx.rows(statement.where(_LATER), last_time=after.created_at, last_id=after.id)


def count(tx: Transaction, which: LeadFilter) -> int:
    """Return how many leads match."""
    statement = select(func.count()).select_from(lead).where(*_conditions(which))
    return tx.number(statement)


def standing(tx: Transaction) -> list[Standing]:
    """Return how many leads of each project stand where a person may be needed, and since when."""
    return _standings((*tx.rows(_STANDING), *tx.rows(_LEFT, now=tx.now)))


def waiting(tx: Transaction) -> dict[Route, int]:
    """Return how many leads are queued, by where they are sent."""
    return {Route(credential=row.credential, account=row.account): row.leads for row in tx.rows(_QUEUED)}


def waiting_for(tx: Transaction, route: Route) -> list[Standing]:
    """Return how many leads of each project are queued to be sent there, and since when."""
    return _standings(tx.rows(_QUEUED_FOR, credential=route.credential, account=route.account))


def _standings(found: Iterable[Row[Any]]) -> list[Standing]:
    return [
        Standing(project=row.project, status=Status(row.status), count=row.leads, oldest_at=row.oldest)
        for row in found
    ]


def words(tx: Transaction, words_hash: str) -> str | None:
    """Return the words of a consent by their hash, or None."""
    row = tx.row(select(wording.c.words).where(wording.c.hash == words_hash))
    return row and str(row.words)


def lead_row(tx: Transaction, lead_id: UUID) -> Row[Any]:
    """Return the row of a lead. Raises: LeadNotFoundError."""
    row = tx.row(select(lead).where(lead.c.id == lead_id))
    if row is None:
        raise LeadNotFoundError(lead_id)
    return row


def lock(tx: Transaction, lead_id: UUID) -> Lead:
    """Return a lead that nobody else can change until this transaction ends. Raises: LeadNotFoundError."""
    row = tx.row(select(lead).where(lead.c.id == lead_id).with_for_update())
    if row is None:
        raise LeadNotFoundError(lead_id)
    return to_lead(tx, row)


def call_ends(tx: Transaction, lead_id: UUID) -> list[CallEnd]:
    """Return how each attempt of a lead ended, oldest first."""
    found = tx.rows(_CALL_ENDS, of_id=lead_id)
    return [CallEnd(outcome=row.outcome, is_presumed=row.is_presumed) for row in found]


def records(tx: Transaction, leads: Sequence[Row[Any]]) -> list[LeadRecord]:
    """Return everything about the leads of these rows, with one query per table."""
    ids = [row.id for row in leads]
    # Erased under an older version they are sealed, with a key that may be gone by now.
    erased = {row.id for row in leads if row.status == Status.ERASED}
    revisions = _by_lead(
        tx,
        _of(revision, ids, revision.c.number),
        lambda row: to_revision(tx, row, is_erased=row.lead_id in erased),
    )
    attempts = _by_lead(
        tx,
        _of(attempt, ids, attempt.c.number),
        lambda row: to_attempt(tx, row, is_erased=row.lead_id in erased),
    )
    worded = _of(consent, ids, consent.c.position).join(wording).add_columns(wording.c.words)
    consents = _by_lead(tx, worded, to_consent)
    notes = _by_lead(
        tx,
        _of(lead_note, ids, lead_note.c.at).order_by(lead_note.c.id),
        lambda row: to_note(tx, row, is_erased=row.lead_id in erased),
    )
    return [
        LeadRecord(
            lead=to_lead(tx, row),
            context=(to_context_if_readable if row.id in erased else to_context)(tx, row),
            consents=tuple(consents[row.id]),
            revisions=tuple(revisions[row.id]),
            attempts=tuple(attempts[row.id]),
            notes=() if row.id in erased else tuple(notes[row.id]),
        )
        for row in leads
    ]


def _conditions(which: LeadFilter) -> Iterable[ColumnElement[bool]]:
    """Yield what a filter demands of a row of `lead`."""
    if which.status is not None:
        yield lead.c.status == which.status
    if which.project is not None:
        yield lead.c.project == which.project
    if which.credential is not None:
        yield lead.c.credential == which.credential
    if which.account is not None:
        yield lead.c.account == which.account
    if which.since is not None:
        yield lead.c.created_at >= which.since


def _of(table: Table, lead_ids: Sequence[UUID], order: ColumnElement[Any]) -> Select[Any]:
    return select(table).where(table.c.lead_id.in_(lead_ids)).order_by(table.c.lead_id, order)


def _by_lead(
    tx: Transaction, statement: Select[Any], make: Callable[[Row[Any]], T]
) -> defaultdict[UUID, list[T]]:
    """Return what is made of each row, by lead."""
    found: defaultdict[UUID, list[T]] = defaultdict(list)
    for row in tx.rows(statement):
        found[row.lead_id].append(make(row))
    return found


def erase(tx: Transaction, lead_id: UUID) -> Lead:
    """Empty everything about a lead that may hold personal data, whether its data key is set or not.

    There was a lead, and the evidence of consent: these stay. What is left is stored plain, so that it can be
    shown when the key is gone. Its search terms are `search.forget`'s.

    Raises: LeadNotFoundError; IllegalTransitionError, while it is being sent.
    """
    current = lock(tx, lead_id)
    erased = current.after(Event.ERASED, reasons=(), customer_id=None)
    nothing = to_context_if_readable(tx, lead_row(tx, lead_id)).anonymous()
    tx = replace(tx, vault=Vault(), data_keys=None)
    save_lead(tx, erased, before=current.status)
    outbox.forget(tx, lead_id)
    tx.connection.execute(_FORGET_NOTES, {"of_id": lead_id})
    tx.change(_FORGET_CONTEXT, {"of_id": lead_id, "context": from_context(tx, nothing, lead_id)})
    for row in tx.rows(_REVISIONS, of_id=lead_id):
        about = ("revision", lead_id, row.number)
        empty = {part: tx.seal({}, *about, part) for part in ("answers", "payload")}
        tx.change(_FORGET_REVISION, {"of_id": lead_id, "of_number": row.number, **empty})
    for row in tx.rows(_ATTEMPTS, of_id=lead_id):
        blank = from_answer(tx, "", lead_id=lead_id, number=row.number)
        tx.change(_FORGET_ATTEMPT, {"of_id": lead_id, "of_number": row.number, "answer": blank})
    return erased
