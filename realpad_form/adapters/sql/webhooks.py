"""Messages for other systems in SQL: handed out to be sent, tried again, given up, sent again by a person.

They are queued by `outbox`. Locks are taken lane before message, so that no two transactions wait for each
other.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Row, Uuid, and_, bindparam, func, literal_column, or_, select, tuple_, update

from realpad_form.adapters.sql import audit
from realpad_form.adapters.sql.column_types import UtcDateTime
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.group_commit import GroupCommit
from realpad_form.adapters.sql.schema import log_state, webhook_lane, webhook_message
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import StorageUnavailableError, WebhookNotFoundError
from realpad_form.domain.people import AuditNote
from realpad_form.domain.webhook import (
    GONE,
    RETRY_FOR,
    EndpointKey,
    EndpointLane,
    EndpointStanding,
    WebhookEvent,
    WebhookMessage,
    WebhookReply,
    WebhookStatus,
    fingerprint_of,
)
from realpad_form.ports import WebhookClaim

PAGE: Final = 500
CLOCK_TOLERANCE: Final = timedelta(minutes=1)
_LANE_COLUMNS: Final = ("fingerprint", "failures", "failing_since", "paused_until", "is_gone", "last_status")

_MESSAGE: Final = webhook_message.c
_LANE: Final = webhook_lane.c
_NOW: Final = bindparam("now", type_=UtcDateTime())
_OF_ENDPOINT: Final = and_(_MESSAGE.project == bindparam("of_project"), _MESSAGE.name == bindparam("of_name"))
# Literally as in the indexes, so that they are used.
_IS_QUEUED: Final = _MESSAGE.status == literal_column("'queued'")
_IS_FAILED: Final = _MESSAGE.status == literal_column("'failed'")
_OLDEST: Final = select(func.min(_MESSAGE.due_at)).where(_OF_ENDPOINT, _IS_QUEUED)
_IS_COPY: Final = select(log_state.c.number).where(log_state.c.copied_at.is_not(None)).exists()
_IN_FLIGHT: Final = select(func.count()).where(
    _OF_ENDPOINT, _MESSAGE.claim_token.is_not(None), _MESSAGE.due_at > _NOW
)
_EARLIER: Final = webhook_message.alias("earlier")
_DUE: Final = (
    select(webhook_message)
    .where(
        _OF_ENDPOINT,
        _IS_QUEUED,
        _MESSAGE.due_at <= _NOW,
        ~_IS_COPY,
        # One lead's messages go one after the other.
        ~select(_EARLIER.c.id)
        .where(
            _EARLIER.c.lead_id == _MESSAGE.lead_id,
            _EARLIER.c.project == _MESSAGE.project,
            _EARLIER.c.name == _MESSAGE.name,
            _EARLIER.c.place < _MESSAGE.place,
            _EARLIER.c.status == WebhookStatus.QUEUED,
        )
        .exists(),
    )
    .order_by(_MESSAGE.due_at, _MESSAGE.place)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
_LOCK_LANE: Final = (
    select(webhook_lane)
    .where(_LANE.project == bindparam("of_project"), _LANE.name == bindparam("of_name"))
    .with_for_update()
)
_TRY_LOCK_LANE: Final = _LOCK_LANE.with_for_update(skip_locked=True)
_SAVE_LANE: Final = update(webhook_lane).where(
    _LANE.project == bindparam("of_project"), _LANE.name == bindparam("of_name")
)
_HELD: Final = (
    select(webhook_message)
    .where(_MESSAGE.id == bindparam("of_id"), _MESSAGE.claim_token == bindparam("token"))
    .with_for_update()
)
_LOCK: Final = select(webhook_message).where(_MESSAGE.id == bindparam("of_id")).with_for_update()
_SAVE: Final = update(webhook_message).where(_MESSAGE.id == bindparam("of_id"))
# What is being sent ends by its own answer. Skipping what others hold, this waits for nobody.
_GIVE_UP: Final = update(webhook_message).where(
    _MESSAGE.id.in_(
        select(_MESSAGE.id)
        .where(
            _OF_ENDPOINT,
            _IS_QUEUED,
            or_(_MESSAGE.claim_token.is_(None), _MESSAGE.due_at <= _NOW),
            _MESSAGE.at <= bindparam("before", type_=UtcDateTime()),
        )
        .with_for_update(skip_locked=True)
    )
)
_COUNTED: Final = (_MESSAGE.project, _MESSAGE.name, func.count().label("messages"))
_STANDING: Final = (
    select(*_COUNTED, func.min(_MESSAGE.at).label("oldest"))
    .where(_IS_QUEUED)
    .group_by(_MESSAGE.project, _MESSAGE.name)
)
_FAILED: Final = (
    select(*_COUNTED, func.min(_MESSAGE.ended_at).label("oldest"))
    .where(_IS_FAILED, _MESSAGE.ended_at >= bindparam("since", type_=UtcDateTime()))
    .group_by(_MESSAGE.project, _MESSAGE.name)
)
# Queued while the clock was ahead: at once due, if it had not been.
_IS_MISDATED: Final = and_(
    _OF_ENDPOINT,
    _IS_QUEUED,
    _MESSAGE.due_at > bindparam("latest", type_=UtcDateTime()),
    _MESSAGE.at > bindparam("latest", type_=UtcDateTime()),
)
_COUNT_MISDATED: Final = select(func.count()).where(_IS_MISDATED)
_MISDATED: Final = update(webhook_message).where(_IS_MISDATED)
_LATER: Final = tuple_(_MESSAGE.at, _MESSAGE.id) > tuple_(
    bindparam("last_at", type_=UtcDateTime()), bindparam("last_id", type_=Uuid())
)


class _Ended(NamedTuple):
    """A call that has ended."""

    claim: WebhookClaim
    reply: WebhookReply


@dataclass(frozen=True)
class SqlWebhookLog:
    """The port WebhookLog, on SQLite or PostgreSQL. Calls that end at once share a commit."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests
    jitter: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1)
    _closes: GroupCommit[_Ended, WebhookStatus | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Let threads share commits."""
        closes = GroupCommit(self._close_all, no_retry=StorageUnavailableError)
        object.__setattr__(self, "_closes", closes)

    def claim(
        self,
        endpoints: Mapping[EndpointKey, str],
        *,
        lease_s: float,
        width: int,
        limit: int,
        reserved: int = 0,
    ) -> list[WebhookClaim]:
        """Take messages that are due, of endpoints that work first, else in the order given."""
        claims: list[WebhookClaim] = []
        for lane in self._callable(endpoints):
            key, room = lane.key, min(width, limit - len(claims))
            if lane.failures:
                room = min(room, limit - len(claims) - reserved)
            if room > 0:
                lease = timedelta(seconds=lease_s)
                with self._write() as tx:
                    claims += _claim(tx, key, endpoints[key], lease=lease, width=width, room=room)
        return claims

    def _callable(self, endpoints: Mapping[EndpointKey, str]) -> list[EndpointLane]:
        """Return the endpoints that have something due and seem to be open; takes no lock."""
        with self._read() as tx:
            stored = {lane.key: lane for lane in map(_to_lane, tx.rows(select(webhook_lane)))}
            found = []
            for key, url in endpoints.items():
                fingerprint = fingerprint_of(url)
                fresh = EndpointLane(key=key, fingerprint=fingerprint)
                lane = _current(stored.get(key, fresh), fingerprint)
                due_at = tx.row(_OLDEST, **_of(key)) if lane.is_gone or lane.is_open(tx.now) else None
                if due_at and due_at[0] and due_at[0] <= tx.now:
                    found.append(lane)
        return sorted(found, key=lambda lane: lane.failures > 0)

    def close(self, claim: WebhookClaim, reply: WebhookReply) -> WebhookStatus | None:
        """Write down how a call ended; None, and nothing written, if the claim was lost."""
        return self._closes.submit(_Ended(claim, reply))

    def _close_all(self, ended: Sequence[_Ended]) -> list[WebhookStatus | None]:
        # In one order, so that no two transactions wait for each other.
        order = sorted(range(len(ended)), key=lambda n: (ended[n].claim.message.endpoint, n))
        statuses: dict[int, WebhookStatus | None] = {}
        with self._write() as tx:
            for number in order:
                statuses[number] = _close(tx, ended[number], jitter=self.jitter())
            crash_point(CrashPoint.IN_WEBHOOK_CLOSE)
        return [statuses[number] for number in range(len(ended))]

    def give_up(self, endpoint: EndpointKey, *, before: datetime) -> None:
        """Let what waits for an endpoint, and happened before a time, wait for a person."""
        with self._write() as tx:
            _give_up(tx, EndpointLane(key=endpoint, fingerprint=""), before=before)

    def repair_times(self, endpoints: Collection[EndpointKey]) -> None:
        """Make due what waits for a time that a clock which was ahead has set."""
        with self._read() as tx:
            latest = tx.now + CLOCK_TOLERANCE
            late = [key for key in endpoints if tx.number(_COUNT_MISDATED, latest=latest, **_of(key))]
        for key in late:
            with self._write() as tx:
                tx.change(_MISDATED, {"latest": tx.now + CLOCK_TOLERANCE, "due_at": tx.now, **_of(key)})

    def replay(
        self, ids: Sequence[UUID], *, notes: Callable[[WebhookMessage], AuditNote]
    ) -> list[WebhookMessage]:
        """Queue messages anew, all of them or none, each with its note in the audit log."""
        with self._read() as tx:
            found = {row.id: _to_message(row) for row in tx.rows(_by_ids(ids))}
        if missing := [each for each in ids if each not in found]:
            raise WebhookNotFoundError(missing[0])
        replayed = []
        with self._write() as tx:
            for key in sorted({message.endpoint for message in found.values()}):
                row = tx.row(_LOCK_LANE, **_of(key))
                if row is not None:
                    _save_lane(tx, _to_lane(row).reopened())
            for each in sorted(found, key=lambda each: each.hex):  # one order: nobody deadlocks
                row = tx.row(_LOCK, of_id=each)
                if row is not None:
                    replayed.append(_to_message(row).replayed(now=tx.now))
                    _save(tx, replayed[-1])
            for message in replayed:
                audit.write(tx.connection, tx.now, [notes(message)], project=message.endpoint.project)
        return replayed

    def get(self, message_id: UUID) -> WebhookMessage:
        """Return one message. Raises: WebhookNotFoundError."""
        with self._read() as tx:
            row = tx.row(_by_ids([message_id]))
        if row is None:
            raise WebhookNotFoundError(message_id)
        return _to_message(row)

    def messages(self, *, status: WebhookStatus | None = None) -> Iterator[WebhookMessage]:
        """Yield messages, oldest first, without holding them all in memory."""
        query = select(webhook_message).order_by(_MESSAGE.at, _MESSAGE.id).limit(PAGE)
        if status is not None:
            query = query.where(_MESSAGE.status == status)
        page: list[Row[Any]] = []
        while True:
            with self._read() as tx:
                if page:
                    page = tx.rows(query.where(_LATER), last_at=page[-1].at, last_id=page[-1].id)
                else:
                    page = tx.rows(query)
            yield from map(_to_message, page)
            if len(page) < PAGE:
                return

    def of_lead(self, lead_id: UUID) -> list[WebhookMessage]:
        """Return what was or will be told of a lead, oldest first."""
        query = select(webhook_message).where(_MESSAGE.lead_id == lead_id)
        with self._read() as tx:
            rows = tx.rows(query.order_by(_MESSAGE.at, _MESSAGE.place, _MESSAGE.name))
        return [_to_message(row) for row in rows]

    def standing(self, *, failed_since: datetime | None = None) -> list[EndpointStanding]:
        """Return what waits for each endpoint, and what was given up since a time."""
        with self._read() as tx:
            queued = tx.rows(_STANDING)
            failed = tx.rows(_FAILED, since=failed_since or datetime.min.replace(tzinfo=tx.now.tzinfo))
        return [
            EndpointStanding(
                endpoint=EndpointKey(row.project, row.name),
                status=status,
                count=row.messages,
                oldest_at=row.oldest,
            )
            for status, rows in ((WebhookStatus.QUEUED, queued), (WebhookStatus.FAILED, failed))
            for row in rows
        ]

    def lanes(self) -> Collection[EndpointLane]:
        """Return the endpoints that were called so far."""
        with self._read() as tx:
            return [_to_lane(row) for row in tx.rows(select(webhook_lane))]

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""
        with self._read() as tx:
            return tx.now

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self.database.write() as connection:
            yield Transaction(connection, self.database, Vault(), self.clock)

    @contextmanager
    def _read(self) -> Iterator[Transaction]:
        with self.database.read() as connection:
            yield Transaction(connection, self.database, Vault(), self.clock)


def _claim(
    tx: Transaction, key: EndpointKey, url: str, *, lease: timedelta, width: int, room: int
) -> Iterator[WebhookClaim]:
    """Yield what is due for an endpoint, taken; nothing if it cannot be called now, or others are at it."""
    tx.add_new(webhook_lane, _lane_row(EndpointLane(key=key, fingerprint=fingerprint_of(url))))
    row = tx.row(_TRY_LOCK_LANE, **_of(key))
    if row is None:
        return
    lane = _current(_to_lane(row), fingerprint_of(url))
    if lane.is_gone:
        _give_up(tx, lane, before=tx.now)
    if not lane.is_open(tx.now):
        return
    room = min(room, lane.width(width) - tx.number(_IN_FLIGHT, now=tx.now, **_of(key)))
    for found in tx.rows(_DUE, now=tx.now, room=room, **_of(key)) if room > 0 else ():
        claim = WebhookClaim(token=uuid4(), message=_to_message(found), url=url, at=tx.now)
        values = {"of_id": found.id, "claim_token": claim.token, "due_at": tx.now + lease}
        tx.change(_SAVE, values)
        yield claim


def _close(tx: Transaction, ended: _Ended, *, jitter: float) -> WebhookStatus | None:
    """Settle message and lane after a call; None, and nothing written, if the claim was lost."""
    claim, reply = ended
    lane = _lock_lane(tx, claim.message.endpoint, fingerprint_of(claim.url))
    row = tx.row(_HELD, of_id=claim.message.id, token=claim.token)
    if row is None:
        return None
    message = replace(_to_message(row), url=claim.url).after(reply, now=tx.now, jitter=jitter)
    _save(tx, message)
    after = lane.after(reply, now=tx.now, jitter=jitter)
    if after != lane:
        _save_lane(tx, after)
    if after.is_gone or after.is_given_up(tx.now):
        _give_up(tx, after, before=tx.now if after.is_gone else tx.now - RETRY_FOR)
    return message.status


def _lock_lane(tx: Transaction, key: EndpointKey, fingerprint: str) -> EndpointLane:
    """Return the lane of an endpoint, which nobody else can change; a new one for another URL than before."""
    row = tx.row(_LOCK_LANE, **_of(key))
    return _current(_to_lane(row), fingerprint) if row else EndpointLane(key=key, fingerprint=fingerprint)


def _current(lane: EndpointLane, fingerprint: str) -> EndpointLane:
    is_same = lane.fingerprint == fingerprint
    return lane if is_same else EndpointLane(key=lane.key, fingerprint=fingerprint)


def _give_up(tx: Transaction, lane: EndpointLane, *, before: datetime) -> None:
    """Let what waits for an endpoint, and happened before a time, wait for a person."""
    values: dict[str, Any] = {"status": WebhookStatus.FAILED, "ended_at": tx.now, "claim_token": None}
    if lane.is_gone:
        values["last_status"] = GONE
    tx.change(_GIVE_UP, {"before": before, "now": tx.now, **_of(lane.key), **values})


def _save(tx: Transaction, message: WebhookMessage) -> None:
    """Store a message as it stands now; whoever had claimed it has it no longer."""
    names = ("url", "status", "due_at", "attempts", "failures", "first_failed_at", "last_status", "ended_at")
    values = {name: getattr(message, name) for name in names}
    tx.change(_SAVE, {"of_id": message.id, "claim_token": None, **values})


def _save_lane(tx: Transaction, lane: EndpointLane) -> None:
    tx.change(_SAVE_LANE, {**_of(lane.key), **_lane_row(lane)})


def _lane_row(lane: EndpointLane) -> dict[str, Any]:
    return {**lane.key._asdict(), **{name: getattr(lane, name) for name in _LANE_COLUMNS}}


def _to_lane(row: Row[Any]) -> EndpointLane:
    values = {name: getattr(row, name) for name in _LANE_COLUMNS}
    return EndpointLane(key=EndpointKey(row.project, row.name), **values)


def _to_message(row: Row[Any]) -> WebhookMessage:
    """Return the message of a row of `webhook_message`."""
    names = (
        *("id", "lead_id", "url", "at", "customer_id", "revision", "place", "due_at", "attempts"),
        *("failures", "first_failed_at", "last_status", "ended_at"),
    )
    return WebhookMessage(
        endpoint=EndpointKey(row.project, row.name),
        event=WebhookEvent(row.event),
        lead_status=Status(row.lead_status),
        status=WebhookStatus(row.status),
        **{name: getattr(row, name) for name in names},
    )


def _by_ids(ids: Sequence[UUID]) -> Any:
    return select(webhook_message).where(_MESSAGE.id.in_(ids))


def _of(key: EndpointKey) -> dict[str, str]:
    return {"of_project": key.project, "of_name": key.name}
