"""Exports: safe in a spreadsheet, and nothing lost on the way."""

import csv
import io
import json
import tempfile
from datetime import UTC, datetime
from uuid import UUID

import pytest
from openpyxl import load_workbook

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.lead import Author, Consent, Context, Lead, LeadRecord, Revision
from realpad_form.services.export import COLUMNS, export_leads

NOW = datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


def record(**answers):
    return LeadRecord(
        lead=Lead(
            id=UUID(int=1), project="riverside", credential="riverside", status=Status.DELIVERED,
            created_at=NOW, due_at=NOW, customer_id=67890,
        ),
        context=Context(language="cs", form_version="a", submitted_at=NOW, page="https://www.riverside.example/"),
        consents=(Consent(id=5, given=True, wording="Ano", language="cs"),),
        revisions=(Revision(number=1, author=Author.VISITOR, created_at=NOW, answers=answers, payload={}),),
        attempts=(),
    )  # fmt: skip


def export(format_, *records, revoked=()):
    stream = io.BytesIO()
    export_leads(records, stream, format_=format_, revoked=lambda _record: revoked)
    return stream.getvalue()


def csv_row(**answers):
    text = export("csv", record(**answers)).decode("utf-8-sig")
    return next(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "+420777123456=1"]
)
def test_a_formula_is_made_harmless_in_csv(hostile):
    assert csv_row(note=hostile)["note"] == f"'{hostile}"


def test_a_consent_that_was_revoked_is_not_among_those_given():
    [line] = export("jsonl", record(name="Jan"), revoked={5}).splitlines()

    assert (json.loads(line)["consents_given"], json.loads(line)["consents_revoked"]) == ([], [5])


def test_a_phone_number_stays_as_it_is_in_csv():
    assert csv_row(phone="+420777123456")["phone"] == "+420777123456"


def test_csv_opens_with_its_letters_in_spreadsheets():
    assert export("csv", record(name="Žofie")).startswith(b"\xef\xbb\xbf")
    assert csv_row(name="Žofie")["name"] == "Žofie"


def test_lists_and_attributes_have_their_columns():
    row = csv_row(rooms=["1+kk", "2+kk"], customer_age=42)

    assert (row["rooms"], row["attributes"]) == ("1+kk; 2+kk", '{"customer_age": 42}')
    assert row["consents_given"] == "5"


def test_json_lines_keep_types_and_letters():
    line = json.loads(export("jsonl", record(name="Žofie", price_max=6_000_000)))

    assert (line["name"], line["price_max"], line["customer_id"]) == ("Žofie", 6_000_000, 67890)


def test_every_cell_of_a_workbook_is_text():
    book = load_workbook(io.BytesIO(export("xlsx", record(phone="+420777123456", note="=1+1\0"))))
    rows = list(book["leads"].iter_rows())

    cells = dict(zip((cell.value for cell in rows[0]), rows[1], strict=True))
    assert tuple(cells) == COLUMNS
    assert cells["phone"].value == "+420777123456"
    assert (cells["note"].value, cells["note"].data_type) == ("=1+1", "s")


def test_workbook_that_breaks_off_leaves_no_row_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken():
        yield record(name="Jana")
        assert list(tmp_path.iterdir()), "openpyxl keeps rows in a file meanwhile"
        raise StorageUnavailableError("the database is away")

    with pytest.raises(StorageUnavailableError):
        export_leads(broken(), io.BytesIO(), format_="xlsx", revoked=lambda _record: ())

    assert list(tmp_path.iterdir()) == []
