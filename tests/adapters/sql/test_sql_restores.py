"""A lead log that has gone back: it is noticed by whatever knows more, and nothing of it is sent blindly."""

import json
import shutil
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from fakes import new_lead
from opened import closing_database
from restoring import Machine, dump, load

from realpad_form.adapters.sidecar_files import CallFile
from realpad_form.adapters.sql import SqlAuditLog, SqlScheduledPublications
from realpad_form.adapters.sql.restores import LEAP
from realpad_form.adapters.sql.schema import lane, log_state
from realpad_form.adapters.sql.schema_people import person, session, ticket
from realpad_form.domain.delivery import Answer, Event, Outcome
from realpad_form.domain.errors import IllegalTransitionError
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Route
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.publishing import ScheduledPublication, ScheduleFailure
from realpad_form.domain.reconcile import ListMatch, Presence
from realpad_form.domain.restored import Hint, Restored, Sign
from realpad_form.ports import LeadFilter

PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}
ACCEPTED = Answer(outcome=Outcome.ACCEPTED, status=201, customer_id=4711)
ABSENT = ListMatch(presence=Presence.ABSENT)
OTHER = LaneKey(credential="jantar", fingerprint="f2", host="https://crm.example", account="two")


@pytest.fixture
def here(sql_log, tmp_path, key):
    """The machine on which the log was always used."""
    machine = Machine(sql_log, tmp_path / "here", [replace(key, account="one"), OTHER])
    machine.restores.notice()
    machine.log.open_lanes(machine.keys)
    return machine


@pytest.fixture
def elsewhere(sql_log, tmp_path, here):
    """Another machine that shares the database."""
    return Machine(sql_log, tmp_path / "elsewhere", here.keys)


@pytest.fixture
def store(here, submission):
    def append(credential="riverside", **changes):
        return here.log.append(
            new_lead(submission(**changes), credential=credential, payload=PAYLOAD)
        ).lead_id

    return append


@pytest.fixture
def send(here):
    """Send every lead that is due."""

    def run():
        while claim := here.claim():
            assert here.log.close(claim, ACCEPTED)

    return run


def statuses(machine):
    return sorted(lead.status for lead in machine.log.leads(LeadFilter()))


def calls_of(machine):
    return {each.key.credential: each.calls for each in machine.log.lanes()}


def test_each_claim_is_counted_in_the_lane_and_beside_the_database_before_its_call_leaves(here, store):
    for number in (1, 2):
        store()
        here.log.close(here.claim(), ACCEPTED)

        assert calls_of(here) == {"riverside": number, "jantar": 0}
        assert f'"riverside/f1":{number}' in here.path.read_text()


def test_a_log_that_goes_on_is_no_copy(here, store, send, caplog):
    store()
    send()
    store()

    assert here.restores.notice() is None
    assert here.restores.suspect() is None
    assert here.restores.state() is None
    assert here.claim()
    assert caplog.records == []


def test_a_log_that_knows_of_fewer_calls_is_a_copy_and_all_that_waits_is_in_doubt(
    here, store, send, clock, caplog
):
    store(), store(OTHER.credential)
    before = dump(here.database)
    send()
    load(here.database, before)
    clock.advance(hours=1)

    assert here.restores.notice() == Restored(at=clock(), sign=Sign.CALLS, in_doubt=2)

    assert statuses(here) == ["unknown", "unknown"]
    assert here.claim() is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "more calls were made than it has on record" in caplog.text


def test_it_is_noticed_once_and_shown_until_it_is_settled(here, store, send, clock):
    store()
    before = dump(here.database)
    send()
    load(here.database, before)
    noticed = here.restores.notice()

    for _ in range(3):
        clock.advance(minutes=1)
        assert here.restores.notice() is None
        assert here.restores.state() == noticed
    [lead] = here.log.leads(LeadFilter())
    here.log.move(lead.id, "called delivered", customer_id=4711)

    assert here.restores.state() is None


@pytest.fixture
def gone_back(here, store, send):
    """A restored copy that nobody has noticed yet, and its lead, which was sent since."""
    store()
    before = dump(here.database)
    send()
    load(here.database, before)
    [lead] = here.log.leads(LeadFilter())
    assert lead.status == "queued"
    return lead


ELSEWHERE = Route(credential="jantar", account="two")


def test_no_lead_gets_another_login_before_a_copy_is_noticed(here, gone_back):
    """Only the list of the account that it had can tell whether it was sent since."""
    assert here.log.adopt([gone_back], ELSEWHERE) == 0

    assert statuses(here) == ["unknown"]
    assert here.log.get(gone_back.id).lead.route == gone_back.route


@pytest.mark.parametrize("route", [None, ELSEWHERE])
def test_no_lead_is_sent_again_by_a_person_who_was_shown_an_unnoticed_copy(here, gone_back, route):
    with pytest.raises(IllegalTransitionError):
        here.log.resubmit(gone_back.version, answers={}, payload=PAYLOAD, route=route)

    assert statuses(here) == ["unknown"]


def test_who_discards_a_lead_of_an_unnoticed_copy_was_shown_another_one(here, gone_back):
    with pytest.raises(IllegalTransitionError):
        here.log.move(gone_back.id, Event.DISCARDED, seen=gone_back.version)

    assert statuses(here) == ["unknown"]


def test_a_lead_of_an_unnoticed_copy_keeps_that_it_may_have_been_sent_when_discarded_or_erased(
    here, gone_back
):
    here.log.move(gone_back.id, Event.DISCARDED)
    assert len(here.log.get(gone_back.id).attempts) == 1

    here.log.erase(gone_back.id)
    assert len(here.log.get(gone_back.id).attempts) == 1


def test_a_person_may_dismiss_it(here, store, send):
    store()
    before = dump(here.database)
    send()
    load(here.database, before)
    here.restores.notice()

    here.restores.dismiss()

    assert here.restores.state() is None
    assert statuses(here) == ["unknown"]


def test_a_claim_notices_by_itself_that_the_database_has_lost_commits(here, store, send):
    store()
    before = dump(here.database)
    send()
    load(here.database, before)  # as a fail-over to a standby that lags behind

    assert here.claim() is None

    assert statuses(here) == ["unknown"]
    assert here.restores.state().sign is Sign.CALLS


def test_another_machine_learns_of_the_calls_and_notices_too(here, elsewhere, store, send):
    store()
    before = dump(here.database)
    send()
    elsewhere.restores.keep()
    load(here.database, before)

    assert elsewhere.claim() is None

    assert elsewhere.restores.state().sign is Sign.CALLS
    assert here.restores.notice() is None


def test_a_machine_that_knows_of_still_more_calls_has_nothing_left_to_notice(here, elsewhere, store, send):
    store()
    before = dump(here.database)
    send()
    elsewhere.restores.keep()
    store()
    send()
    load(here.database, before)

    noticed = elsewhere.restores.notice()

    assert here.restores.notice() is None
    assert here.restores.state() == noticed


def test_two_machines_that_notice_at_once_do_it_once(here, elsewhere, store, send, monkeypatch):
    store()
    before = dump(here.database)
    send()
    elsewhere.restores.keep()
    load(here.database, before)
    # The other machine comes between this one's look and its transaction.
    restore = here.restores._restore

    def after_the_other(proof):
        assert elsewhere.restores.notice()
        return restore(proof)

    monkeypatch.setattr(here.restores, "_restore", after_the_other)

    assert here.restores.notice() is None

    [lead] = here.log.leads(LeadFilter())
    assert lead.attempts == 1


def test_the_original_that_is_put_back_later_is_noticed_too(here, store, send):
    store()
    copy = dump(here.database)
    send()
    store()
    original = dump(here.database)
    load(here.database, copy)
    here.restores.notice()

    load(here.database, original)

    assert here.restores.notice().sign is Sign.CALLS
    assert statuses(here) == ["delivered", "unknown"]


def test_another_database_in_the_same_folder_is_none_of_its_business(here, store, send, submission):
    store()
    send()
    other = dump(here.database)
    other[log_state] = [{**row, "log_id": uuid4()} for row in other[log_state]]
    other[lane] = [{**row, "calls": 0} for row in other[lane]]
    load(here.database, other)

    assert here.restores.notice() is None


def test_a_lane_that_the_copy_does_not_know_yet_gives_it_away(here, store, send):
    before = {**dump(here.database), lane: []}
    store()
    send()
    load(here.database, before)

    assert here.restores.notice().sign is Sign.CALLS
    assert here.restores.notice() is None
    here.log.open_lanes(here.keys)
    assert calls_of(here)["riverside"] == 1 + LEAP
    assert [each.key.host for each in here.log.lanes()] == ["https://crm.example"] * 2


def test_what_is_being_sent_is_left_to_its_relay(here, store, clock):
    store()
    claim = here.claim()
    here.restores.doubt(Sign.PERSON)

    assert statuses(here) == ["sending"]
    assert here.log.close(claim, ACCEPTED)


def test_nobody_is_signed_in_any_more(here, clock):
    who = {"id": uuid4(), "email": "a@example.com", "name": "A", "role": "admin", "is_masked": False,
           "created_at": clock()}  # fmt: skip
    with here.database.write() as connection:
        connection.execute(person.insert(), who)
        connection.execute(session.insert(), {
            "id": uuid4(), "hash": "h", "person_id": who["id"], "address": "", "created_at": clock(),
            "last_seen_at": clock(), "reauthenticated_at": clock()})  # fmt: skip
        connection.execute(ticket.insert(), {
            "hash": "t", "purpose": "set-password", "person_id": who["id"], "content": "",
            "expires_at": clock()})  # fmt: skip

    here.restores.doubt(Sign.PERSON)

    rows = dump(here.database)
    assert (rows[session], rows[ticket], len(rows[person])) == ([], [], 1)


def test_what_was_scheduled_does_not_go_live_by_itself(here, clock):
    """It may have been cancelled, replaced or published since the copy was made."""
    schedules = SqlScheduledPublications(here.database)
    about = {"text": "", "began_with": "", "note": "", "by": uuid4(), "scheduled_at": clock()}
    by_hand = AuditNote(action=AuditAction.SCHEDULED, by=None)
    planned, failed = (ScheduledPublication(slug=slug, at=clock(), **about) for slug in ("amber", "jantar"))
    for each in (planned, failed):
        schedules.put(each, replaces=None, note=by_hand)
    schedules.fail(failed, ScheduleFailure.CONFLICT, by_hand)

    here.restores.doubt(Sign.PERSON)

    assert schedules.pending() == {}
    assert [each.failure for each in schedules.all()] == [ScheduleFailure.RESTORED, ScheduleFailure.CONFLICT]
    [entry] = [
        entry for entry in SqlAuditLog(here.database).entries() if entry.action is AuditAction.SCHEDULE_FAILED
    ]
    assert (entry.by, entry.subject, entry.project, entry.detail) == (None, "amber", "amber", "restored")


def test_a_second_run_by_hand_changes_nothing(here, store, clock):
    lead_id = store()
    clock.advance(hours=1)
    first = here.restores.by_hand()
    before = here.log.get(lead_id)
    clock.advance(minutes=1)
    store()

    assert here.restores.by_hand() == first

    assert here.log.get(lead_id) == before
    assert statuses(here) == ["queued", "unknown"]


def test_a_run_by_hand_that_is_told_to_puts_everything_in_doubt_and_keeps_the_first_window(
    here, store, clock
):
    lead_id, created_at = store(), clock()
    clock.advance(hours=1)
    here.restores.by_hand()
    clock.advance(minutes=1)
    store()

    assert here.restores.by_hand(again=True).in_doubt == 2

    last = here.log.get(lead_id).attempts[-1]
    assert (last.started_at, last.ended_at) == (created_at, clock())


def test_a_run_by_hand_after_another_restore_puts_everything_in_doubt(here, store, send, clock):
    store()
    here.restores.by_hand()
    before = dump(here.database)
    [lead] = here.log.leads(LeadFilter())
    here.log.resubmit(lead.version, answers={}, payload=PAYLOAD)
    send()
    load(here.database, before)
    clock.advance(hours=1)

    assert here.restores.by_hand() == Restored(at=clock(), sign=Sign.CALLS, in_doubt=1)


def test_a_submission_that_waited_in_a_spool_over_a_restore_may_have_been_sent(here, submission, clock):
    made = submission()
    clock.advance(hours=1)
    restored = here.restores.doubt(Sign.PERSON)
    clock.advance(minutes=1)

    here.log.append(new_lead(made, payload=PAYLOAD, lead_id=uuid4()))
    here.log.append(new_lead(submission(), payload=PAYLOAD))

    assert statuses(here) == ["queued", "unknown"]
    assert here.restores.state().in_doubt == 1
    [lead] = [each for each in here.log.leads(LeadFilter()) if each.status == "unknown"]
    [attempt] = here.log.get(lead.id).attempts
    assert (attempt.started_at, attempt.ended_at) == (made.context.submitted_at, restored.at)


REFUSED = Answer(outcome=Outcome.REFUSED, status=400, text="bad phone")


@pytest.fixture
def decide(here):
    """Have a lead that waits for a person sent, as a person does."""

    def run(lead_id):
        lead = here.log.get(lead_id).lead
        if lead.status == "quarantined":
            return here.log.move(lead_id, Event.RELEASED, seen=lead.version)
        return here.log.resubmit(lead.version, answers={}, payload=PAYLOAD)

    return run


@pytest.fixture(params=["quarantined", "rejected"])
def decided_before(here, request, store, send, decide, clock):
    """A lead of a restored copy in which it waits for the decision that a person has made since."""
    lead_id = store(suspicions=("burst",) if request.param == "quarantined" else ())
    if request.param == "rejected":
        here.log.close(here.claim(), REFUSED)
    copy = dump(here.database)
    clock.advance(minutes=5)
    decide(lead_id)
    send()
    load(here.database, copy)
    clock.advance(minutes=5)
    assert here.log.get(lead_id).lead.status == request.param
    return lead_id


def test_a_decision_that_the_copy_lost_is_not_carried_out_twice(here, decided_before, decide, clock):
    before = here.log.get(decided_before)
    restored = here.restores.notice() or here.restores.doubt(Sign.PERSON)
    clock.advance(minutes=1)

    assert decide(decided_before).status == "unknown"

    assert here.claim() is None
    attempt = here.log.get(decided_before).attempts[-1]
    known = before.attempts[-1].ended_at if before.attempts else before.context.submitted_at
    assert (attempt.started_at, attempt.ended_at) == (known, restored.at)
    assert (attempt.revision, attempt.outcome) == (1, "unknown")


@pytest.mark.parametrize("days", [-2, 2])
def test_a_decision_that_the_copy_lost_is_not_carried_out_twice_by_another_clock(
    here, decided_before, decide, clock, days
):
    clock.advance(days=days)
    assert here.restores.notice() or here.restores.doubt(Sign.PERSON)

    assert decide(decided_before).status == "unknown"


def test_a_decision_on_a_copy_since_which_nothing_was_sent_is_carried_out_at_once(here, store, decide, clock):
    lead_id = store(suspicions=("burst",))
    with here.database.write() as connection:
        connection.execute(log_state.update().values(copied_at=clock()))
    assert here.restores.notice().sign is Sign.BACKUP

    assert decide(lead_id).status == "queued"


def test_a_decision_over_what_came_after_the_restore_is_carried_out_at_once(here, store, decide, clock):
    here.restores.doubt(Sign.PERSON)
    clock.advance(minutes=1)
    quarantined, refused = store(suspicions=("burst",)), store()
    here.log.close(here.claim(), REFUSED)

    assert [decide(each).status for each in (quarantined, refused)] == ["queued", "queued"]


def test_a_lead_that_was_refused_after_the_restore_was_not_sent_before(here, store, decide, clock, send):
    lead_id = store()
    here.restores.doubt(Sign.PERSON)
    clock.advance(minutes=1)
    here.log.reconcile(here.log.get(lead_id).lead, ABSENT, asked_at=clock(), apart_s=0)
    clock.advance(minutes=1)
    here.log.reconcile(here.log.get(lead_id).lead, ABSENT, asked_at=clock(), apart_s=0)
    here.log.close(here.claim(), REFUSED)

    assert decide(lead_id).status == "queued"


# --- hints: a list is looked at first


@pytest.fixture
def hinted(here, store):
    """A log with a lead that waits, beside which no count of calls is left."""
    store()
    here.path.unlink()
    return here


def test_where_something_hints_at_a_copy_nothing_is_sent_before_a_look(hinted, key):
    assert hinted.restores.suspect() is Hint.NO_RECORD

    assert hinted.claim() is None
    assert hinted.restores.to_check(hinted.keys) == [key]
    hinted.restores.looked(key, is_over=True)
    assert hinted.claim()


def test_it_is_suspected_once(hinted):
    hinted.restores.suspect()

    assert hinted.restores.suspect() is None


def test_looks_that_fail_do_not_hold_a_lane_for_ever(hinted, key):
    hinted.restores.suspect()

    for _ in range(3):
        assert hinted.claim() is None
        hinted.restores.looked(key, is_over=False)

    assert hinted.claim()


def test_other_machines_wait_for_the_look_too(hinted, elsewhere):
    hinted.restores.suspect()

    assert elsewhere.claim() is None


def test_without_leads_that_wait_there_is_nothing_to_look_at(here):
    here.path.unlink()

    assert here.restores.suspect() is None
    assert here.restores.to_check(here.keys) == []


def test_a_lane_that_is_new_after_a_suspicion_looks_first_if_leads_wait_for_it(hinted, store, clock):
    store("later")
    hinted.restores.suspect()
    later, fresh = (LaneKey(credential=name, fingerprint="f9", host="h") for name in ("later", "fresh"))
    hinted.keys = [later, fresh]
    clock.advance(seconds=1)
    store("fresh")

    hinted.log.open_lanes(hinted.keys)

    assert hinted.restores.to_check(hinted.keys) == [later]


def test_a_log_that_was_not_used_for_longer_than_the_list_goes_back_is_taken_for_a_copy(hinted, clock):
    clock.advance(days=7)

    hinted.restores.suspect()

    assert hinted.restores.state() == Restored(at=clock(), sign=Sign.AGE, in_doubt=1)


def test_a_server_that_takes_over_while_a_relay_runs_is_looked_at(here, store, key):
    """PostgreSQL's timeline is another one after each fail-over."""
    here.restores.keep()
    store()
    log_id = dump(here.database)[log_state][0]["log_id"]
    CallFile(here.path).raise_to(log_id, {}, place="another cluster, timeline or file")

    here.restores.keep()

    assert here.claim() is None
    assert here.restores.to_check([key]) == [key]


def test_a_place_is_the_same_each_time_and_another_for_another_database(here, sqlite_url, tmp_path):
    shutil.copy(sqlite_url.removeprefix("sqlite:///"), tmp_path / "other.db")
    with closing_database(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert here.database.place().name == here.database.place().name != ""
        assert other.place().name != here.database.place().name


def test_after_a_start_of_the_machine_the_list_is_looked_at(here, store):
    store()
    content = json.loads(here.path.read_text())
    here.path.write_text(json.dumps({**content, "boot": "another"}))

    assert here.restores.suspect() is Hint.REBOOTED
    assert here.claim() is None


@pytest.mark.parametrize(("hours", "hint"), [(0.9, None), (1.1, Hint.IDLE)])
def test_a_log_that_was_not_used_for_an_hour_is_looked_at(here, store, clock, hours, hint, monkeypatch):
    store()
    clock.advance(hours=hours)
    now = time.time()
    monkeypatch.setattr("realpad_form.adapters.sql.restores.time.time", lambda: now + hours * 3600)

    assert here.restores.suspect() is hint
