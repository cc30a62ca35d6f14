"""What a person does to a lead and its entry in the audit log are one: both are there, or neither."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from fakes import new_lead
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

import realpad_form
from realpad_form.adapters.sql import SqlAuditLog
from realpad_form.adapters.sql import audit as audit_module
from realpad_form.adapters.sql.schema import attempt, lane, lead, revision
from realpad_form.adapters.sql.schema_people import audit_entry
from realpad_form.domain.delivery import Answer, Event, Outcome
from realpad_form.domain.errors import IllegalTransitionError
from realpad_form.domain.lead import Route
from realpad_form.domain.people import AuditAction, AuditNote

PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}
SOMEBODY = uuid4()
NOTES = [AuditNote(action=AuditAction.CORRECTED, by=SOMEBODY, subject="lead", detail="phone")]
ELSEWHERE = Route(credential="jantar", account="two")


@pytest.fixture
def audit(sql_log):
    return SqlAuditLog(sql_log.database)


@pytest.fixture
def store(sql_log, submission):
    """Store a lead, quarantined or queued."""

    def append(*suspicions):
        made = submission(suspicions=suspicions)
        receipt = sql_log.append(new_lead(made, payload=PAYLOAD))
        return sql_log.get(receipt.lead_id).lead

    return append


def release(log, store, key):
    lead = store("burst")
    return lambda: log.move(lead.id, Event.RELEASED, seen=lead.version, notes=NOTES)


def settle(log, store, key):
    lead = store()
    log.open_lanes([key])
    claim = log.claim([key], lease_s=45, pace_s=0, width=1)
    log.close(claim, Answer(outcome=Outcome.UNKNOWN, text="timed out"))
    return lambda: log.move(lead.id, Event.SETTLED, customer_id=4711, notes=NOTES)


def resubmit(log, store, key):
    lead = store()
    return lambda: log.resubmit(lead.version, answers={"name": "Eva"}, payload=PAYLOAD, notes=NOTES)


def erase(log, store, key):
    lead = store("burst")
    log.move(lead.id, Event.DISCARDED)
    return lambda: log.erase(lead.id, notes=NOTES)


def adopt(log, store, key):
    lead = store()
    return lambda: log.adopt([lead], ELSEWHERE, note=NOTES[0])


def resume(log, store, key):
    log.open_lanes([key])
    return lambda: log.resume(key, notes=NOTES)


ACTIONS = [release, settle, resubmit, erase, adopt, resume]


def state(log):
    """Return everything that an action could change."""
    with log.database.read() as connection:
        return [
            connection.execute(select(table)).all() for table in (lead, revision, attempt, lane, audit_entry)
        ]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_leaves_its_entry(sql_log, audit, store, key, action):
    action(sql_log, store, key)()

    [entry] = audit.entries()
    detail = "1 leads" if action is adopt else "phone"
    assert (entry.action, entry.by, entry.subject, entry.detail) == (
        AuditAction.CORRECTED,
        SOMEBODY,
        "lead",
        detail,
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_whose_entry_cannot_be_written_changes_nothing(sql_log, store, key, action, monkeypatch):
    monkeypatch.setattr("test_sql_audited.NOTES", [replace(NOTES[0], action=None)])  # no row without a deed
    act = action(sql_log, store, key)
    before = state(sql_log)

    with pytest.raises(IntegrityError):
        act()

    assert state(sql_log) == before


def test_an_action_that_is_refused_leaves_no_entry(sql_log, audit, store):
    lead = store()

    with pytest.raises(IllegalTransitionError):
        sql_log.move(lead.id, Event.RELEASED, notes=NOTES)

    assert audit.entries() == []


def logged(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "realpad_form.audit"]


def test_entry_is_handed_to_the_log_as_well(sql_log, store, key, caplog):
    caplog.set_level("INFO")

    release(sql_log, store, key)()

    assert logged(caplog) == [f"corrected by={SOMEBODY} subject=lead detail=phone project=riverside"]


def test_entry_that_is_not_on_disk_is_not_logged(sql_log, caplog):
    caplog.set_level("INFO")
    database = sql_log.database

    def break_off():
        with database.write() as connection:
            audit_module.write(connection, database.now(connection), NOTES)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    SqlAuditLog(database).record(AuditAction.SIGNED_OUT, by=SOMEBODY)

    assert logged(caplog) == [f"signed-out by={SOMEBODY}"]


def test_no_code_changes_or_removes_an_entry():
    sources = sorted(Path(realpad_form.__file__).parent.rglob("*.py"))
    changing = re.compile(
        r"\b(?:update|delete)\(\s*(?:\w+\.)*audit_entry\b|\baudit_entry\.(?:update|delete)\b"
        r"|\b(?:UPDATE|DELETE FROM|TRUNCATE) deed\b",
        re.IGNORECASE,
    )

    assert len(sources) > 150
    assert changing.search("delete(audit_entry).where(audit_entry.c.at < now)")
    assert changing.search("update(schema.audit_entry)")
    assert [path.name for path in sources if changing.search(path.read_text(encoding="utf-8"))] == []


def test_entry_of_a_newer_version_is_read_all_the_same(sql_log, audit):
    audit.record(AuditAction.SIGNED_OUT, by=SOMEBODY)
    with sql_log.database.write() as connection:
        connection.execute(audit_entry.update().values(deed="what-comes-next"))

    assert [entry.action for entry in audit.entries()] == [AuditAction.UNKNOWN]
