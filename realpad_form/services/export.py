"""Leads as a CSV, JSON lines or XLSX file, safe to open in a spreadsheet."""

import csv
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final
from uuid import UUID

from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.ports import AuditLog

FORMATS: Final = ("csv", "jsonl", "xlsx")

_LEAD: Final = ("id", "project", "status", "created_at", "customer_id", "attempts", "reasons")
_ANSWERS: Final = (
    "name", "surname", "email", "phone", "rooms", "price_max", "unit", "unit_id", "campaign", "note",
)  # fmt: skip
_REST: Final = (
    "attributes", "consents_given", "language", "page", "referrer", "parameters", "consents_revoked",
    "source", "notes",
)  # fmt: skip
COLUMNS: Final = _LEAD + _ANSWERS + _REST

_PIECE_BYTES: Final = 64 * 1024
_IN_MEMORY_BYTES: Final = 8 * 1024 * 1024

AT_ONCE: Final = 100
"""As many leads are written down in one transaction of the audit log."""

_FORMULA: Final = re.compile(r"^[\s\0]*[=+\-@\t\r＝＋－＠]")
_PHONE: Final = re.compile(r"\+\d{6,15}")


Revoked = Callable[[LeadRecord], Collection[int]]
"""Tells which of the consents that a lead gave are revoked in Realpad, or may be."""


def export_leads(records: Iterable[LeadRecord], stream: BinaryIO, *, format_: str, revoked: Revoked) -> None:
    """Write leads to a stream, one by one, so that a million of them fit in memory."""
    stream.writelines(pieces(records, format_=format_, revoked=revoked))


def pieces(records: Iterable[LeadRecord], *, format_: str, revoked: Revoked) -> Iterator[bytes]:
    """Yield the file of some leads in pieces: a workbook when all are read, other formats as they are."""
    rows = (flat(record, revoked=revoked(record)) for record in records)
    return {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx}[format_](rows)


def flat(record: LeadRecord, *, revoked: Collection[int] = ()) -> dict[str, Any]:
    """Return a lead as one row; what no column has a name for is JSON in `attributes`.

    A consent that is revoked stands in a column of its own: nobody shall write to whoever took it back.
    """
    given = [consent.id for consent in record.consents if consent.given]
    lead, answers, context = record.lead, record.current.answers, record.context
    return {
        **{name: getattr(lead, name) for name in _LEAD},
        "created_at": lead.created_at.isoformat(),
        **{name: answers.get(name) for name in _ANSWERS},
        "attributes": {key: value for key, value in answers.items() if key not in _ANSWERS},
        "consents_given": [each for each in given if each not in revoked],
        "language": context.language,
        "page": context.page,
        "referrer": context.referrer,
        "parameters": dict(context.parameters),
        "consents_revoked": [each for each in given if each in revoked],
        "source": context.source,
        "notes": [{"at": each.at.isoformat(), "kind": each.kind, "text": each.text} for each in record.notes],
    }


def _jsonl(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield CSV for spreadsheets: with a byte order mark, and formulas made harmless.

    A leading apostrophe marks what would be a formula; phone numbers in E.164 stay as they are.
    """
    yield BOM_UTF8 + _csv_line(COLUMNS)
    for row in rows:
        yield _csv_line(map(defused, _cells(row)))


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue().encode()


def _xlsx(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a workbook in which every cell is text, so that nothing is ever a formula."""
    from openpyxl import Workbook  # 5 MiB that most processes never need
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    worksheet = book.create_sheet("leads")
    worksheet.append(COLUMNS)
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        try:
            for row in rows:
                cells = []
                for text in _cells(row):
                    cell = WriteOnlyCell(worksheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767])
                    cell.data_type = "s"
                    cells.append(cell)
                worksheet.append(cells)
        finally:
            book.save(file)  # also if a lead could not be read: its rows stay in a temporary file otherwise
        file.seek(0)
        yield from iter(lambda: file.read(_PIECE_BYTES), b"")


def _cells(row: dict[str, Any]) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, dict):
            yield json.dumps(value, ensure_ascii=False) if value else ""
        elif isinstance(value, (list, tuple)):
            yield "; ".join(map(str, value))
        else:
            yield "" if value is None else str(value)


def defused(cell: str) -> str:
    """Return a cell of CSV that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) and not _PHONE.fullmatch(cell) else cell


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudit:
    """Writes down whose leads somebody exports; needs no request, since a file outlasts it."""

    audit: AuditLog
    by: UUID
    format_: str
    revoked: Revoked

    def pieces(self, records: Iterator[LeadRecord]) -> Iterator[bytes]:
        """Yield a file in pieces; no lead is in one before the audit log has it."""
        return pieces(self._recorded(records), format_=self.format_, revoked=self.revoked)

    def record(self, leads: Sequence[Lead]) -> None:
        """Add an entry for each lead, some in one transaction. Raises: StorageUnavailableError."""
        about: dict[str, Any] = {"action": AuditAction.EXPORTED, "by": self.by, "detail": self.format_}
        notes = [AuditNote(subject=str(lead.id), project=lead.project, **about) for lead in leads]
        for start in range(0, len(notes), AT_ONCE):
            self.audit.record_all(notes[start : start + AT_ONCE])

    def _recorded(self, records: Iterator[LeadRecord]) -> Iterator[LeadRecord]:
        while some := list(islice(records, AT_ONCE)):
            self.record([record.lead for record in some])
            yield from some
