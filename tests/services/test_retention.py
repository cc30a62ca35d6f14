"""Leads are erased once their time is over, and never before, nor most of them at once by itself."""

from types import SimpleNamespace

import pytest
from fakes import ACCEPTED, LOST, REFUSED, new_lead
from sqlalchemy import update

from realpad_form.adapters.sql import SqlAuditLog
from realpad_form.adapters.sql.schema import lead
from realpad_form.domain.delivery import Event, Status
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.project import Retention
from realpad_form.services import retention
from realpad_form.services.retention import RetentionRun

PERIODS = Retention(delivered="2 months", quarantined="30 days", discarded="10 days", rejected="50 days")


@pytest.fixture
def world(sql_log, project, clock, key):
    sql_log.open_lanes([key])
    projects = {"riverside": project.model_copy(update={"retention": PERIODS})}
    audit = SqlAuditLog(sql_log.database, clock=clock)
    cleared = []
    run = RetentionRun(lambda: projects, sql_log, sql_log, audit, lambda: cleared.append(1) or True)
    return SimpleNamespace(log=sql_log, run=run, projects=projects, audit=audit, cleared=cleared, key=key)


@pytest.fixture
def store(world, submission):
    def append(answer=None, **changes):
        lead_id = world.log.append(new_lead(submission(**changes), payload={"name": "Jana"})).lead_id
        if answer:
            world.log.close(world.log.claim([world.key], lease_s=45, pace_s=0, width=1), answer)
        return lead_id

    return append


def statuses(world, *lead_ids):
    return [str(world.log.get(each).lead.status) for each in lead_ids]


def test_each_status_has_its_time(world, store, clock):
    delivered, rejected = store(ACCEPTED), store(REFUSED)
    quarantined, discarded = store(suspicions=("burst",)), store(suspicions=("burst",))
    world.log.move(discarded, Event.DISCARDED)
    seen = []
    for days in (9, 2, 18, 2, 20, 12):
        clock.advance(days=days)
        world.run.run_once()
        seen.append(statuses(world, delivered, rejected, quarantined, discarded).count("erased"))

    assert seen == [0, 1, 1, 2, 3, 4]
    assert dict(world.log.get(delivered).current.answers) == {}
    assert len(world.cleared) == 4


def test_what_nobody_has_settled_is_kept_and_told(world, store, clock, caplog):
    queued, unknown = store(), None
    world.log.close(world.log.claim([world.key], lease_s=45, pace_s=0, width=1), LOST)
    unknown, queued = queued, store()
    clock.advance(days=90)

    world.run.run_once()

    assert statuses(world, unknown, queued) == ["unknown", "queued"]
    assert sorted((str(each.status), each.count) for each in world.run.overdue()) == [
        ("queued", 1),
        ("unknown", 1),
    ]
    assert "stay until they are settled" in caplog.text


def test_without_a_word_in_the_file_nothing_is_erased(world, store, project, clock):
    lead_id = store(ACCEPTED)
    world.projects["riverside"] = project
    clock.advance(days=4000)

    assert world.run.run_once().total() == 0
    del world.projects["riverside"]
    assert world.run.run_once().total() == 0
    assert statuses(world, lead_id) == ["delivered"]
    assert world.run.overdue() == []


def test_a_lead_that_somebody_worked_on_lately_is_kept(world, store, clock):
    discarded, restored = store(suspicions=("burst",)), store(ACCEPTED)
    clock.advance(days=9)
    note = AuditNote(action=AuditAction.DISCARDED, by=None, subject=str(discarded), project="riverside")
    world.log.move(discarded, Event.DISCARDED, notes=[note])
    clock.advance(days=5)

    world.run.run_once()
    assert statuses(world, discarded, restored) == ["discarded", "delivered"]
    clock.advance(days=6)
    world.run.run_once()
    assert statuses(world, discarded, restored) == ["erased", "delivered"]


def test_the_audit_log_says_what_erased_a_lead(world, store, clock):
    lead_id = store(ACCEPTED)
    clock.advance(days=70)

    world.run.run_once()

    [entry] = world.audit.entries(subject=str(lead_id), actions={AuditAction.ERASED})
    assert (entry.by, entry.detail, entry.project) == (None, "retention", "riverside")


def test_a_lead_that_changes_between_the_look_and_the_erasure_is_kept(world, store, clock):
    lead_id = store(ACCEPTED)
    clock.advance(days=70)
    [due] = world.run.due()
    world.log.resubmit(world.log.get(lead_id).lead.version, answers={"name": "Eva"}, payload={"name": "Eva"})

    assert list(world.run.erase(due)) == [False]
    assert statuses(world, lead_id) == ["queued"]


def test_little_is_erased_a_day_by_itself(world, store, clock, monkeypatch, caplog):
    """A clock that runs years ahead would make all leads old."""
    monkeypatch.setattr(retention, "FEW", 2)
    old = [store(ACCEPTED) for _ in range(5)]
    clock.advance(days=70)

    assert [world.run.run_once()[Status.DELIVERED] for _ in range(3)] == [2, 2, 1]
    assert statuses(world, *old) == ["erased"] * 5
    assert "erases the oldest 2 today" in caplog.text


@pytest.mark.parametrize("action", ["discarded again", "revoked", "period"])
def test_what_happens_between_the_look_and_the_erasure_counts(world, store, clock, action):
    lead_id = store(ACCEPTED)
    clock.advance(days=70)
    [due] = world.run.due()
    if action == "period":
        later = world.projects["riverside"].model_copy(update={"retention": Retention(delivered="9 months")})
        world.projects["riverside"] = later
    elif action == "revoked":
        world.audit.record(AuditAction.REVOKED, by=None, subject=str(lead_id))
    else:
        for deed in (AuditAction.DISCARDED, AuditAction.UNDISCARDED):
            world.audit.record(deed, by=None, subject=str(lead_id))

    assert list(world.run.erase(due)) == [False]
    assert statuses(world, lead_id) == ["delivered"]


def test_a_lead_that_cannot_be_read_keeps_no_other(world, store, clock, caplog):
    damaged, kept = store(suspicions=("burst",)), store(suspicions=("burst",))
    with world.log.database.write() as connection:
        connection.execute(update(lead).where(lead.c.id == damaged).values(context="v1.damaged"))
    clock.advance(days=40)

    assert world.run.run_once()[Status.QUARANTINED] == 1

    assert statuses(world, kept) == ["erased"]
    assert f"lead {damaged} cannot be read, and is kept" in caplog.text
