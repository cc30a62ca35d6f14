"""Reading leads and all that belongs to them, in batches."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, Uuid, bindparam, func, select, tuple_

from realpad_form.adapters.sql import rows
from realpad_form.adapters.sql.schema import UtcDateTime, attempt, consent, lead, revision, wording
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import LeadNotFoundError
from realpad_form.domain.lead import CallEnd, Lead, LeadRecord, Route
from realpad_form.ports import LeadFilter, Standing

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
    return rows.to_lead(tx, row)


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
        lambda row: rows.to_revision(tx, row, is_erased=row.lead_id in erased),
    )
    attempts = _by_lead(
        tx,
        _of(attempt, ids, attempt.c.number),
        lambda row: rows.to_attempt(tx, row, is_erased=row.lead_id in erased),
    )
    worded = _of(consent, ids, consent.c.position).join(wording).add_columns(wording.c.words)
    consents = _by_lead(tx, worded, rows.to_consent)
    return [
        LeadRecord(
            lead=rows.to_lead(tx, row),
            context=(rows.to_context_if_readable if row.id in erased else rows.to_context)(tx, row),
            consents=tuple(consents[row.id]),
            revisions=tuple(revisions[row.id]),
            attempts=tuple(attempts[row.id]),
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
