"""The port PrivacyLog in SQL: a row for each request, and one for what came of it in each place."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from realpad_form.adapters.sql import audit
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema_people import privacy_receipt, privacy_request
from realpad_form.domain.message import Message
from realpad_form.domain.people import AuditNote
from realpad_form.domain.privacy import Place, PlaceReceipt, PrivacyRequest, ReceiptState, RequestKind

_REQUEST, _RECEIPT = privacy_request.c, privacy_receipt.c
_BOTH = select(privacy_request, *(each.label(f"receipt_{each.name}") for each in _RECEIPT)).select_from(
    privacy_request.outerjoin(privacy_receipt)
)


@dataclass(frozen=True, slots=True)
class SqlPrivacyLog:
    """The port PrivacyLog, on SQLite or PostgreSQL."""

    database: Database
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""
        with self.database.read() as connection:
            return self._now(connection)

    def add(self, request: PrivacyRequest, *, notes: Sequence[AuditNote]) -> None:
        """Keep a new request, in one transaction with its entries in the audit log; again does nothing."""
        row = {
            "id": request.id,
            "kind": request.kind,
            "subject": request.subject,
            "at": request.at,
            "by": request.by,
            "finished_at": request.finished_at,
        }
        with self.database.write() as connection:
            if connection.execute(self.database.insert_new(privacy_request), [row]).rowcount != 1:
                return
            _add_receipts(connection, request)
            audit.write(connection, self._now(connection), notes)

    def change(self, request: PrivacyRequest, *, notes: Sequence[AuditNote] = ()) -> None:
        """Keep the receipts of a request and when it was finished, in the place of those before."""
        with self.database.write() as connection:
            is_it = _REQUEST.id == request.id
            connection.execute(update(privacy_request).where(is_it).values(finished_at=request.finished_at))
            connection.execute(delete(privacy_receipt).where(_RECEIPT.request_id == request.id))
            _add_receipts(connection, request)
            audit.write(connection, self._now(connection), notes)

    def all(self) -> list[PrivacyRequest]:
        """Return all requests, newest first."""
        return self._read()

    def of(self, kind: RequestKind, subject: str) -> list[PrivacyRequest]:
        """Return the requests of a kind about a person, newest first."""
        return self._read(_REQUEST.kind == kind, _REQUEST.subject == subject)

    def _read(self, *conditions: ColumnElement[bool]) -> list[PrivacyRequest]:
        query = _BOTH.where(*conditions).order_by(_REQUEST.at.desc(), _REQUEST.id, _RECEIPT.position)
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        receipts: dict[Any, list[PlaceReceipt]] = {}
        for row in rows:
            own = receipts.setdefault(row.id, [])
            if row.receipt_place is not None:
                own.append(_to_receipt(row))
        first = {row.id: row for row in reversed(rows)}
        kinds = set(RequestKind)  # a newer version may have written others
        return [_to_request(first[each], own) for each, own in receipts.items() if first[each].kind in kinds]

    def _now(self, connection: Connection) -> datetime:
        return self.clock() if self.clock else self.database.now(connection)


def _add_receipts(connection: Connection, request: PrivacyRequest) -> None:
    rows = [
        {
            "request_id": request.id,
            "position": position,
            "place": each.place,
            "state": each.state,
            "at": each.at,
            "detail": json.dumps(each.to_json()["detail"], ensure_ascii=False),
        }
        for position, each in enumerate(request.receipts)
    ]
    if rows:
        connection.execute(insert(privacy_receipt), rows)


def _to_receipt(row: Row[Any]) -> PlaceReceipt:
    detail = json.loads(row.receipt_detail)
    return PlaceReceipt(
        place=Place(row.receipt_place),
        state=ReceiptState(row.receipt_state),
        at=row.receipt_at,
        detail=Message(detail["msgid"], **detail["params"]),
    )


def _to_request(row: Row[Any], receipts: Sequence[PlaceReceipt]) -> PrivacyRequest:
    return PrivacyRequest(
        id=row.id,
        kind=RequestKind(row.kind),
        subject=row.subject,
        at=row.at,
        by=row.by,
        receipts=tuple(receipts),
        finished_at=row.finished_at,
    )
