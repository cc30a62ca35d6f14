"""Leads as a CSV, JSON lines or XLSX file, safe to open in a spreadsheet."""

import csv
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, tzinfo
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

LEAST_WIDTH: Final = 14
"""Characters of a column in a workbook of leads, which is written before its cells are known."""

AT_ONCE: Final = 100
"""As many leads are written down in one transaction of the audit log."""

_FORMULA: Final = re.compile(r"^[\s\0]*[=+\-@\t\r＝＋－＠]")
_PHONE: Final = re.compile(r"\+\d{6,15}")


Revoked = Callable[[LeadRecord], Collection[int]]
"""Tells which of the consents that a lead gave are revoked in Realpad, or may be."""


def export_leads(records: Iterable[LeadRecord], stream: BinaryIO, *, format_: str, revoked: Revoked) -> None:
    """Write leads to a stream, one by one, so that a million of them fit in memory."""
    stream.writelines(pieces(records, format_=format_, revoked=revoked))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableFormat:
    """What tells a table for people from one for programs: words, and times of their own."""

    heads: Mapping[str, str]  # of every column
    statuses: Mapping[str, str]
    zone: tzinfo

    def row(self, record: LeadRecord, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row in words, with the local time, which a spreadsheet takes for one."""
        local = record.lead.created_at.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
        return {**row, "created_at": local, "status": self.statuses[record.lead.status]}


def pieces(
    records: Iterable[LeadRecord], *, format_: str, revoked: Revoked, words: ReadableFormat | None = None
) -> Iterator[bytes]:
    """Yield the file of some leads in pieces: a workbook when all are read, other formats as they are.

    With `words`, tables are for people; JSON lines are for programs all the same.
    """
    if format_ == "jsonl":
        return _jsonl(flat(record, revoked=revoked(record)) for record in records)
    rows = ((record, flat(record, revoked=revoked(record))) for record in records)
    table = (words.row(record, row) if words else row for record, row in rows)
    head = [words.heads.get(name, name) for name in COLUMNS] if words else COLUMNS
    return _csv(head, table) if format_ == "csv" else _xlsx(head, table)


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


def summary_of(lead: Lead) -> dict[str, Any]:
    """Return a lead as `leads list --json` shows it."""
    return {
        "id": str(lead.id),
        "project": lead.project,
        "status": str(lead.status),
        "created_at": lead.created_at,
        "due_at": lead.due_at,
        "customer_id": lead.customer_id,
        "attempts": lead.attempts,
        "reasons": list(map(str, lead.reasons)),
    }


def whole_lead(record: LeadRecord, *, body: Mapping[str, str]) -> dict[str, Any]:
    """Return all that is kept of a lead, with the call that was or will be made of it."""
    return {
        **summary_of(record.lead),
        "fields": dict(record.current.answers),
        "payload": dict(body),
        "consents": [asdict(consent) for consent in record.consents],
        "context": asdict(record.context),
        "revisions": [
            {
                "number": revision.number,
                "author": str(revision.author),
                "created_at": revision.created_at,
                "fields": dict(revision.answers),
                "payload": dict(revision.payload),
            }
            for revision in record.revisions
        ],
        "attempts": [
            {name: value for name, value in asdict(attempt).items() if name != "fingerprint"}
            for attempt in record.attempts
        ],
        "notes": [asdict(note) for note in record.notes],
    }


def _jsonl(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n"


def _csv(head: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield CSV for spreadsheets: with a byte order mark, and formulas made harmless.

    A leading apostrophe marks what would be a formula; phone numbers in E.164 stay as they are.
    """
    yield BOM_UTF8 + _csv_line(head)
    for row in rows:
        yield _csv_line(map(defused, _cells(row)))


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue().encode()


def _xlsx(head: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a workbook in which every cell but times is text, so that nothing is ever a formula."""
    from openpyxl import Workbook  # 5 MiB that most processes never need
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    worksheet = book.create_sheet("leads")
    worksheet.freeze_panes = "A2"
    for place, title in enumerate(head, start=1):
        worksheet.column_dimensions[get_column_letter(place)].width = max(LEAST_WIDTH, len(title) + 2)
    titles = [WriteOnlyCell(worksheet, title) for title in head]
    for cell in titles:
        cell.font = Font(bold=True)
    worksheet.append(titles)
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        try:
            for row in rows:
                cells = []
                for value, text in zip(row.values(), _cells(row), strict=True):
                    if isinstance(value, datetime):
                        cell = WriteOnlyCell(worksheet, value)
                        cell.number_format = "yyyy-mm-dd hh:mm"
                    else:
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


Cell = str | int | float | date | datetime | None
"""What a cell of a table is; a datetime without a zone, since spreadsheets know none."""

_WIDEST: Final = 60
"""Characters of the widest column."""


def csv_table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV for spreadsheets, without formulas."""
    lines = [_csv_line(map(defused, head))]
    lines += (
        _csv_line(defused(each) if isinstance(each, str) else _plain(each) for each in row) for row in rows
    )
    return BOM_UTF8 + b"".join(lines)


def xlsx_table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as a workbook: numbers and days as such, texts never as formulas."""
    from openpyxl import Workbook  # 5 MiB that most processes never need
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book, file = Workbook(), io.BytesIO()
    worksheet = book.worksheets[0]
    for number, row in enumerate([head, *rows], start=1):
        for place, value in enumerate(row, start=1):
            cell = worksheet.cell(number, place)
            if isinstance(value, str):
                cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", value)[:32_767], "s"
            else:
                cell.value = value
            letter = get_column_letter(place)
            width = min(_WIDEST, max(worksheet.column_dimensions[letter].width, len(_plain(value)) + 2))
            worksheet.column_dimensions[letter].width = width
    for title in worksheet[1]:
        title.font = Font(bold=True)
    worksheet.freeze_panes = "A2"
    book.save(file)
    return file.getvalue()


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", timespec="seconds")
    return "" if cell is None else str(cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudit:
    """Writes down whose leads somebody exports; needs no request, since a file outlasts it."""

    audit: AuditLog
    by: UUID
    format_: str
    revoked: Revoked
    words: ReadableFormat | None = None

    def pieces(self, records: Iterator[LeadRecord]) -> Iterator[bytes]:
        """Yield a file in pieces; no lead is in one before the audit log has it."""
        return pieces(self._recorded(records), format_=self.format_, revoked=self.revoked, words=self.words)

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
