"""What a person does with a lead: once, as they saw it, and written down with who did it."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest
from fakes import ACCEPTED, BROKEN, LOST, REFUSED, new_lead

from realpad_form.adapters.sql import SqlAuditLog
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import (
    CrmError,
    IllegalTransitionError,
    ProjectNotFoundError,
    RepeatNotConfirmedError,
    RerouteNotConfirmedError,
    StorageUnavailableError,
)
from realpad_form.domain.people import COMMAND, Actor
from realpad_form.domain.reconcile import ListMatch, Presence
from realpad_form.services.lead_actions import Customer, LeadActions, LeadProjects, Revocation

ABSENT = ListMatch(presence=Presence.ABSENT)
JANA = Actor(uuid4())
"""A person on the page of a lead."""


class Registry:
    """Realpad's consents: remembers what it was asked, and answers as it is told."""

    def __init__(self):
        self.asked, self.problem, self.then = [], None, lambda: None

    def revoke_consent(self, credential, consent_id, *, email, customer_id, notes):
        self.asked.append((credential, consent_id, email, customer_id, notes))
        self.then()
        if self.problem:
            raise self.problem


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def audit(sql_log):
    return SqlAuditLog(sql_log.database)


@pytest.fixture
def files(project):
    """The project files as they are now; a test may take one away."""
    return {"riverside": project}


@pytest.fixture
def actions(sql_log, audit, registry, files, key):
    projects = LeadProjects(lambda: files, SimpleNamespace(latest=lambda slug: []), lambda version: None)
    return LeadActions(
        notes=None,  # kept in SQL only
        log=sql_log,
        audit=audit,
        projects=projects,
        accounts={"riverside": key.account},
        crm=registry,
        credential=lambda name: f"the pair {name}",
        empty_journal=sql_log.database.clear_journal,
    )


@pytest.fixture
def send(sql_log, key):
    """Make one call, which ends as it is told."""

    def call(answer):
        sql_log.open_lanes([key])
        assert sql_log.close(sql_log.claim([key], lease_s=45, pace_s=0, width=1), answer)
        sql_log.resume(key)

    return call


@pytest.fixture
def keep(sql_log, submission, send):
    """Store a lead, let its calls end as told, and return it."""

    def append(*answers, number="39264441", **changes):
        made = submission(**changes)
        receipt = sql_log.append(new_lead(made, payload={"project": number}))
        for answer in answers:
            send(answer)
        return sql_log.get(receipt.lead_id)

    return append


@pytest.fixture
def written(audit):
    """Return what the audit log holds about a lead, oldest first."""
    return lambda record: [
        (str(each.action), each.by, each.detail, each.project)
        for each in audit.entries(subject=str(record.lead.id))[::-1]
    ]


def test_a_correction_is_queued_with_the_call_that_was_prepared(actions, sql_log, keep, written):
    record = keep(REFUSED)
    prepared = actions.prepare(record, {**record.current.answers, "phone": "+420777999888"})

    queued = actions.resubmit(prepared, seen=record.lead.version, by=JANA)

    stored = sql_log.get(record.lead.id)
    assert (queued.status, queued.revision) == (Status.QUEUED, 2)
    assert stored.current.answers["phone"] == "+420777999888"
    assert stored.current.payload == prepared.payload
    assert prepared.payload["phone"] == "+420777999888"
    assert written(record) == [
        ("corrected", JANA.person_id, "phone", "riverside"),
        ("resubmitted", JANA.person_id, "revision 2", "riverside"),
    ]


def test_a_lead_that_has_changed_since_it_was_seen_is_left_alone(actions, sql_log, keep, written):
    record = keep(suspicions=("burst",))
    actions.discard(record.lead.version, by=JANA)
    before = sql_log.get(record.lead.id)

    stale = record.lead.version
    for act in (
        lambda: actions.release(stale, by=COMMAND),
        lambda: actions.discard(stale, by=COMMAND),
        lambda: actions.restore(stale, by=COMMAND),
        lambda: actions.settle(stale, by=COMMAND),
        lambda: actions.erase(stale.lead_id, seen=stale, by=COMMAND),
        lambda: actions.resubmit(actions.prepare(record), seen=stale, by=COMMAND),
        lambda: actions.resubmit(actions.prepare(before), seen=stale, by=COMMAND),
    ):
        with pytest.raises(IllegalTransitionError):
            act()

    assert sql_log.get(record.lead.id) == before
    assert [action for action, *_ in written(record)] == ["discarded"]


def test_what_may_be_at_realpad_is_sent_again_only_if_a_person_says_so(actions, keep):
    record = keep(LOST)
    prepared = actions.prepare(record)

    with pytest.raises(RepeatNotConfirmedError):
        actions.resubmit(prepared, seen=record.lead.version, by=JANA)

    again = actions.resubmit(prepared, seen=record.lead.version, by=JANA, may_repeat=True)
    assert again.status is Status.QUEUED


def test_another_project_at_realpad_needs_a_word(actions, keep):
    record = keep(REFUSED, number="7")
    prepared = actions.prepare(record)

    with pytest.raises(RerouteNotConfirmedError, match="accepted for project 7 "):
        actions.resubmit(prepared, seen=record.lead.version, by=JANA)

    assert prepared.reroute.is_other_project
    assert not prepared.reroute.is_other_account
    assert actions.resubmit(prepared, seen=record.lead.version, by=JANA, may_reroute=True).revision == 2


def test_without_its_project_file_the_stored_call_is_what_is_sent(actions, keep, files, written):
    record = keep(REFUSED)
    files.clear()

    prepared = actions.prepare(record)
    actions.resubmit(prepared, seen=record.lead.version, by=COMMAND)

    assert (prepared.is_without_file, prepared.reroute) == (True, None)
    assert prepared.payload == record.current.payload
    assert written(record)[-1][2] == "command, revision 2, without project file"


def test_a_lead_of_whose_call_nothing_is_left_cannot_be_sent(actions, sql_log, submission, files):
    lead_id = sql_log.append(new_lead(submission(), payload={})).lead_id
    files.clear()

    with pytest.raises(ProjectNotFoundError):
        actions.prepare(sql_log.get(lead_id))


# --- what is discarded can be restored


def discarded(actions, record):
    return actions.discard(record.lead.version, by=JANA)


@pytest.mark.parametrize(
    ("answers", "suspicions", "status"),
    [
        ([], ["burst"], "quarantined"),
        ([], [], "queued"),
        ([BROKEN], [], "queued"),
        ([REFUSED], [], "rejected"),
        ([LOST], [], "unknown"),
    ],
)
def test_a_discarded_lead_goes_back_to_where_it_stood(
    actions, sql_log, keep, written, clock, answers, suspicions, status
):
    record = keep(*answers, suspicions=tuple(suspicions))
    assert record.lead.status == status
    away = discarded(actions, record)
    clock.advance(hours=1)

    back = actions.restore(away.version, by=JANA)

    assert back == sql_log.get(record.lead.id).lead
    assert (back.status, back.reasons, back.revision) == (status, record.lead.reasons, 1)
    assert written(record)[-1] == ("undiscarded", JANA.person_id, "", "riverside")


def test_a_restored_lead_that_was_queued_is_sent(actions, keep, send, sql_log):
    record = keep()
    actions.restore(discarded(actions, record).version, by=JANA)

    send(ACCEPTED)

    assert sql_log.get(record.lead.id).lead.status == "delivered"


def test_a_lead_that_realpad_has_is_not_sent_again_by_restoring_it(actions, keep, sql_log):
    record = keep(ACCEPTED)
    prepared = actions.prepare(record)
    again = actions.resubmit(prepared, seen=record.lead.version, by=JANA, may_repeat=True)
    away = actions.discard(again.version, by=JANA)

    assert actions.restore(away.version, by=JANA).status == "delivered"


def test_a_lead_whose_absence_was_proved_is_asked_about_anew_after_it_was_put_aside(
    actions, keep, sql_log, clock
):
    """The log does not keep that it was absent, and Realpad's list can be asked again."""
    record = keep(LOST)
    for _ in range(2):
        clock.advance(minutes=11)
        sql_log.reconcile(sql_log.get(record.lead.id).lead, ABSENT, asked_at=clock(), apart_s=600)
    queued = sql_log.get(record.lead.id).lead
    assert queued.status == "queued"

    restored = actions.restore(actions.discard(queued.version, by=JANA).version, by=JANA)

    assert (restored.status, restored.absent_at) == ("unknown", None)


@pytest.mark.parametrize("answer", [None, LOST, REFUSED, ACCEPTED])
def test_only_a_discarded_lead_can_be_restored(actions, keep, answer):
    record = keep(*filter(None, [answer]))

    with pytest.raises(IllegalTransitionError, match="cannot be restored"):
        actions.restore(record.lead.version, by=JANA)


# --- erasing


def test_a_lead_is_erased_whatever_became_of_it_since(actions, keep, sql_log, written):
    record = keep(REFUSED)
    actions.discard(record.lead.version, by=JANA)

    assert actions.erase(record.lead.id, by=COMMAND).status == "erased"
    assert written(record)[-1] == ("erased", None, "command", "riverside")


def test_a_journal_in_use_is_told_and_undoes_nothing(actions, keep, sql_log, caplog):
    record = keep(REFUSED)

    def is_in_use():
        raise StorageUnavailableError("the journal is in use")

    busy = replace(actions, empty_journal=is_in_use)
    busy.erase(record.lead.id, by=JANA)

    assert not busy.clear_journal()
    assert "the journal is in use" in caplog.text
    assert sql_log.get(record.lead.id).lead.status == "erased"
    assert actions.clear_journal()


# --- consents


def test_a_revocation_is_written_down_before_realpad_is_asked_and_its_outcome_after(
    actions, registry, keep, written
):
    record = keep()
    before = []
    registry.then = lambda: before.extend(written(record))

    revocation = actions.revoke(record, 5, customer=Customer(email="jana@example.com"), by=JANA, why="phoned")

    assert revocation == Revocation()
    assert registry.asked == [("the pair riverside", 5, "jana@example.com", None, "phoned")]
    detail = "5, a customer named by e-mail"
    assert before == [("revocation-asked", JANA.person_id, detail, "riverside")]
    assert written(record) == [*before, ("revoked", JANA.person_id, detail, "riverside")]


@pytest.mark.parametrize("status", [400, 409, None])
def test_a_revocation_that_realpad_refuses_is_written_down_as_such(actions, registry, keep, written, status):
    record = keep()
    registry.problem = CrmError(status, "no")

    revocation = actions.revoke(record, 5, customer=Customer(number=4711), by=JANA)

    assert (revocation.problem, revocation.needs_customer) == (registry.problem, status == 409)
    assert [action for action, *_ in written(record)] == ["revocation-asked", "revocation-failed"]


def test_nothing_is_asked_of_realpad_that_cannot_be_written_down(actions, registry, keep, monkeypatch):
    record = keep()
    monkeypatch.setattr(SqlAuditLog, "record_all", away)

    with pytest.raises(StorageUnavailableError):
        actions.revoke(record, 5, customer=Customer(number=4711), by=JANA)

    assert registry.asked == []


def test_an_outcome_that_cannot_be_written_down_is_told_and_not_called_a_failure(
    actions, registry, keep, written, monkeypatch, caplog
):
    record = keep()
    registry.then = lambda: monkeypatch.setattr(SqlAuditLog, "record_all", away)

    revocation = actions.revoke(record, 5, customer=Customer(number=4711), by=JANA)

    assert (revocation.problem, revocation.is_recorded) == (None, False)
    assert [action for action, *_ in written(record)] == ["revocation-asked"]
    assert "is not in the audit log" in caplog.text


def away(*_):
    raise StorageUnavailableError("the database is away")
