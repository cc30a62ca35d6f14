"""What people write down about leads: sealed, written down in the audit log, gone with the lead."""

from uuid import uuid4

import pytest
from fakes import new_lead
from sqlalchemy import select

from realpad_form.adapters.sql import SqlAuditLog, SqlLeadIndex, SqlLeadNotes
from realpad_form.adapters.sql.schema import lead_note
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import IllegalTransitionError, LeadNotFoundError
from realpad_form.domain.lead import NoteKind
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.search import InboxQuery


@pytest.fixture
def notes(sql_log, clock):
    return SqlLeadNotes(sql_log.database, sql_log.vault, clock)


@pytest.fixture
def keep(sql_log, submission, clock):
    def append():
        clock.advance(seconds=1)
        return sql_log.append(new_lead(submission(), payload={"name": "Jana"})).lead_id

    return append


def by(person, subject, action=AuditAction.NOTED):
    return AuditNote(action=action, by=person, subject=str(subject), detail="note")


def test_notes_stand_with_the_lead_in_their_order(notes, keep, sql_log, clock):
    lead_id, other, petra = keep(), keep(), uuid4()
    notes.add(lead_id, kind=NoteKind.CALLED, text="", note=by(petra, lead_id))
    at = clock()
    clock.advance(seconds=9)
    notes.add(lead_id, kind=NoteKind.NOTE, text="Zavolat v pátek.", note=by(None, lead_id))

    first, second = sql_log.get(lead_id).notes

    assert (first.kind, first.text, first.by, first.at) == ("called", "", petra, at)
    assert (second.kind, second.text, second.by, second.at) == ("note", "Zavolat v pátek.", None, clock())
    assert sql_log.get(other).notes == ()


def test_a_note_and_its_audit_entry_are_one_transaction(notes, keep, sql_log, clock):
    lead_id, petra = keep(), uuid4()
    audit = SqlAuditLog(sql_log.database, clock)

    notes.add(lead_id, kind=NoteKind.NOTE, text="Rozvádí se.", note=by(petra, lead_id))

    [entry] = audit.entries(subject=str(lead_id))
    assert (entry.action, entry.by, entry.project) == (AuditAction.NOTED, petra, "riverside")
    assert "Rozvádí" not in entry.detail


def test_a_note_is_sealed_for_its_row(keep, sql_log, clock):
    lead_id, vault = keep(), Vault(["k" * 32])
    sealed = SqlLeadNotes(sql_log.database, vault, clock)

    sealed.add(lead_id, kind=NoteKind.NOTE, text="Rozvádí se.", note=by(None, lead_id))

    with sql_log.database.read() as connection:
        row = connection.execute(select(lead_note)).one()
    assert row.text.startswith("v1.")
    assert vault.open(row.text, "lead_note", row.id, "text") == '"Rozv\\u00e1d\\u00ed se."'


def test_erasing_a_lead_erases_its_notes_and_no_others(notes, keep, sql_log):
    lead_id, other = keep(), keep()
    for each in (lead_id, other):
        notes.add(each, kind=NoteKind.NOTE, text="x", note=by(None, each))

    sql_log.erase(lead_id)

    with sql_log.database.read() as connection:
        assert connection.execute(select(lead_note.c.lead_id)).scalars().all() == [other]
    assert sql_log.get(lead_id).notes == ()


def test_nothing_is_written_about_a_lead_that_is_erased_or_unknown(notes, keep, sql_log, clock):
    lead_id, nowhere = keep(), uuid4()
    sql_log.erase(lead_id)

    for each, error in ((lead_id, IllegalTransitionError), (nowhere, LeadNotFoundError)):
        with pytest.raises(error):
            notes.add(each, kind=NoteKind.NOTE, text="x", note=by(None, each))
        with pytest.raises(error):
            notes.assign(each, uuid4(), note=by(None, each, AuditAction.ASSIGNED))

    assert SqlAuditLog(sql_log.database, clock).entries(limit=9) == []


def test_a_lead_is_looked_after_by_one_person_at_a_time_whatever_becomes_of_it(notes, keep, sql_log):
    lead_id, petra, karel = keep(), uuid4(), uuid4()
    for person in (petra, karel):
        notes.assign(lead_id, person, note=by(petra, lead_id, AuditAction.ASSIGNED))

    seen = sql_log.get(lead_id).lead
    sql_log.resubmit(seen.version, answers={"name": "Eva"}, payload={"name": "Eva"})

    assert sql_log.get(lead_id).lead.assignee == karel
    notes.assign(lead_id, None, note=by(petra, lead_id, AuditAction.ASSIGNED))
    assert sql_log.get(lead_id).lead.assignee is None


def test_leads_of_a_person_are_listed_and_no_others(notes, keep, sql_log):
    petra, mine = uuid4(), []
    for number in range(6):
        lead_id = keep()
        if number % 2:
            notes.assign(lead_id, petra, note=by(petra, lead_id, AuditAction.ASSIGNED))
            mine.insert(0, lead_id)
    index = SqlLeadIndex(sql_log.database, sql_log.vault)

    found = index.page(InboxQuery(assignee=petra), limit=2)
    rest = index.page(InboxQuery(assignee=petra), after=found.further, limit=2)

    assert [each.lead.id for each in found.records + rest.records] == mine
    assert index.page(InboxQuery(assignee=petra, projects=frozenset({"jantar"}))).records == ()
    assert index.count(InboxQuery(assignee=petra)).number == 3
