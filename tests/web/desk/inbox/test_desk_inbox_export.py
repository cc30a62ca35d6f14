"""The filtered list as a file: for admins who have proved lately who they are, harmless in a spreadsheet."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from desk_leads import SECOND, actions, keep
from openpyxl import load_workbook
from werkzeug.http import parse_options_header

from realpad_form.adapters.sql import SqlAuditLog
from realpad_form.services import export as export_service
from realpad_form.services.signing import digest
from realpad_form.web.desk.i18n import ZONE
from realpad_form.web.desk.inbox import export


@pytest.fixture
def stale(services):
    """Let a person's proof grow old."""

    def age(somebody):
        session = services.sessions.of(somebody.person.id)[0]
        token = "t" * 43
        at = services.sessions.now() - timedelta(minutes=11)
        services.sessions.renew(session, hashed=digest(token), at=at)
        with somebody.client.session_transaction("/account") as cookie:
            cookie["token"] = token

    return age


def read_csv(answer):
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_file_holds_what_the_list_shows(desk, services):
    keep(services, {"name": "Karel", "unit": "A-1"})
    keep(services, {"name": "Lenka", "unit": "B-2"})

    somebody = desk("admin")

    answer = somebody.post("/inbox/export", {"format": "csv", "search": somebody.sealed(unit="A-1")})

    assert [row["First name"] for row in read_csv(answer)] == ["Karel"]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=leads-")
    assert "Content-Length" not in answer.headers


def test_page_says_which_leads_the_file_will_hold(desk, services):
    somebody = desk("admin")

    assert "Rejected" in somebody.text("/inbox/export?status=rejected")
    assert "all leads of your projects" in somebody.text("/inbox/export")


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_formulas_are_harmless(desk, services, format_):
    keep(services, {"name": '=HYPERLINK("https://evil.example")', "phone": "+420777123456"})

    answer = desk("admin").post("/inbox/export", {"format": format_})

    if format_ == "csv":
        assert read_csv(answer)[0]["First name"].startswith("'=")
        assert read_csv(answer)[0]["Phone"] == "+420777123456"
    else:
        sheet = load_workbook(io.BytesIO(answer.get_data())).active
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert '=HYPERLINK("https://evil.example")' in [cell.value for cell in sheet[2]]


def test_lines_of_json_are_one_lead_each(desk, services):
    for name in ("Karel", "Lenka"):
        keep(services, {"name": name})

    answer = desk("admin").post("/inbox/export", {"format": "jsonl"})

    rows = [json.loads(line) for line in answer.get_data().splitlines()]
    assert [row["name"] for row in rows] == ["Lenka", "Karel"]


def test_tables_are_in_words_and_in_the_time_of_the_sales_office(desk, services):
    keep(services, {"name": "Karel"})
    admin = desk("admin")

    [row] = read_csv(admin.post("/inbox/export", {"format": "csv"}, headers={"Accept-Language": "cs"}))
    book = load_workbook(io.BytesIO(admin.post("/inbox/export", {"format": "xlsx"}).get_data()))

    received = datetime.fromisoformat(row["Přijato"]).replace(tzinfo=ZONE)
    assert timedelta(0) <= datetime.now(ZONE) - received < timedelta(minutes=1)
    assert (row["Jméno"], row["Stav"]) == ("Karel", "Čeká")
    cells = dict(zip(*([cell.value for cell in line] for line in book["leads"].iter_rows()), strict=True))
    assert isinstance(cells["Received"], datetime)
    assert cells["Status"] == "Waiting"
    assert book["leads"].freeze_panes == "A2"


def test_each_exported_lead_is_written_down(desk, services):
    lead_ids = {str(keep(services)), str(keep(services))}
    somebody = desk("admin")

    somebody.post("/inbox/export", {"format": "jsonl"}).get_data()

    assert {entry.subject for entry in actions(services, "exported", by=somebody.person.id)} == lead_ids


def test_file_is_streamed_while_leads_are_read(desk, services, monkeypatch):
    monkeypatch.setattr(export_service, "AT_ONCE", 2)
    for _ in range(3):
        keep(services)
    somebody = desk("admin")
    answer = somebody.post("/inbox/export", {"format": "jsonl"}, buffered=False)

    next(answer.iter_encoded())

    assert len(actions(services, "exported")) < 3
    answer.close()


@pytest.mark.parametrize("format_", ["csv", "jsonl", "xlsx"])
def test_exported_leads_are_written_down_a_batch_at_a_time(desk, services, monkeypatch, format_):
    monkeypatch.setattr(export_service, "AT_ONCE", 2)
    lead_ids = {str(keep(services)) for _ in range(5)}
    batches = []
    record_all = SqlAuditLog.record_all
    monkeypatch.setattr(
        SqlAuditLog, "record_all", lambda log, notes: batches.append(len(notes)) or record_all(log, notes)
    )

    desk("admin").post("/inbox/export", {"format": format_}).get_data()

    assert batches[-3:] == [2, 2, 1]
    entries = actions(services, "exported")
    assert ({entry.subject for entry in entries}, len(entries)) == (lead_ids, 5)
    assert {(entry.detail, entry.project) for entry in entries} == {(format_, "riverside")}


def test_third_workbook_is_told_to_come_again(desk, services):
    lead_id = str(keep(services))
    somebody = desk("admin")

    with services.workbook_slots.take(), services.workbook_slots.take():
        told = somebody.post("/inbox/export", {"format": "xlsx"})
        as_csv = somebody.post("/inbox/export", {"format": "csv"})
    later = somebody.post("/inbox/export", {"format": "xlsx"})

    assert (told.status_code, int(told.headers["Retry-After"])) == (503, 5)
    assert "or take CSV" in told.text
    assert [row["Id of the lead"] for row in read_csv(as_csv)] == [lead_id]
    assert load_workbook(io.BytesIO(later.get_data())).active.max_row == 2


def test_more_leads_than_a_workbook_takes_are_offered_as_csv(desk, services, monkeypatch):
    monkeypatch.setattr(export, "WORKBOOK_LEADS", 2)
    for _ in range(2):
        keep(services)
    somebody = desk("admin")
    assert somebody.post("/inbox/export", {"format": "xlsx", "status": "queued"}).status_code == 200
    keep(services)

    told = somebody.post("/inbox/export", {"format": "xlsx", "status": "queued"})

    assert told.status_code == 422
    assert "A workbook takes 2 leads at most" in told.text
    assert '<input type="hidden" name="status" value="queued">' in told.text
    assert len(actions(services, "exported")) == 2, "of a file that nobody got nothing is written down"
    assert services.workbook_slots.take().__enter__() is None, "its turn is over"


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_not_proved_lately_who_he_is_is_asked_first(desk, services, stale, method):
    keep(services)
    somebody = desk("admin")
    stale(somebody)

    query = {"status": "queued", "format": "csv"}
    ways = {"get": lambda: somebody.get("/inbox/export?status=queued")}
    answer = ways.get(method, lambda: somebody.post("/inbox/export", query))()

    assert answer.status_code == 303
    assert answer.location == "/sign-in/again?next=%2Finbox%2Fexport%3Fstatus%3Dqueued"
    assert actions(services, "exported") == []


def test_masked_people_get_no_file(desk):
    somebody = desk("admin", is_masked=True)

    assert somebody.get("/inbox/export").status_code == 403
    assert somebody.post("/inbox/export", {"format": "csv"}).status_code == 403
    assert "/inbox/export" not in somebody.text("/inbox/")


def test_operators_get_no_file_and_no_button(desk):
    somebody = desk("operator")

    assert "/inbox/export" not in somebody.text("/inbox/")
    assert somebody.post("/inbox/export", {"format": "csv"}).status_code == 403


def test_other_projects_are_not_in_it(desk, services, folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")
    keep(services, {"name": "Karel"})
    keep(services, {"name": "Zuzana"}, project="jantar")
    somebody = desk("admin", projects=["riverside"])

    answer = somebody.post("/inbox/export", {"format": "csv"})

    assert [row["First name"] for row in read_csv(answer)] == ["Karel"]
    assert somebody.post("/inbox/export", {"format": "csv", "project": "jantar"}).status_code == 404


@pytest.mark.parametrize("project", ['x"; filename="setup.bat', "a\r\nSet-Cookie:a=b", "řeka", "../x"])
def test_project_that_cannot_be_is_no_filter(desk, project):
    somebody = desk("admin")

    answers = [
        somebody.post("/inbox/export", {"format": "csv", "project": project}),
        somebody.get("/inbox/export", query_string={"project": project}),
        somebody.get("/inbox/", query_string={"project": project}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert "Content-Disposition" not in answers[0].headers


def test_leads_of_a_project_that_is_gone_are_still_found(desk, services):
    keep(services, {"name": "Karel"}, project="gone")

    answer = desk("admin").post("/inbox/export", {"format": "csv", "project": "gone"})

    assert [row["First name"] for row in read_csv(answer)] == ["Karel"]
    _, options = parse_options_header(answer.headers["Content-Disposition"])
    assert options["filename"].startswith("leads-gone-")


def test_there_are_three_formats(desk):
    assert desk("admin").post("/inbox/export", {"format": "exe"}).status_code == 400
