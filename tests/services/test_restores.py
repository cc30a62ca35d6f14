"""A relay looks at Realpad's list where its log may be a restored copy; what was erased since is so again."""

import threading
from dataclasses import replace
from uuid import uuid4

import pytest
from fakes import BANNED, BROKEN, LOST, RETIRED, new_lead, throttled
from people_world import make_passkey
from restore_world import KEY, OTHER, PAYLOAD, World
from restoring import dump, load

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.people import AuditAction, Person, Role, Session
from realpad_form.domain.restored import Sign


@pytest.fixture
def world(sql_log, tmp_path, clock):
    made = World(sql_log, tmp_path / "data", clock)
    made.restores.notice()
    made.log.open_lanes(made.machine.keys)
    return made


@pytest.fixture
def store(world, submission):
    def append(credential="riverside", payload=PAYLOAD, **changes):
        return world.log.append(
            new_lead(submission(**changes), credential=credential, payload=payload)
        ).lead_id

    return append


@pytest.fixture
def suspected(world, store):
    """A log with a lead that waits, beside which no count of its calls is left."""
    lead_id = store()
    world.machine.path.unlink()
    return lead_id


def test_a_start_as_usual_reads_no_list(world, store):
    store()
    world.relay().drain()
    store(answers={"name": "Petr"})

    world.relay().drain()

    assert (world.crm.readings, len(world.crm.sent), world.taken_in) == (0, 2, 0)


def test_a_list_that_shows_nothing_new_lets_the_leads_go(world, suspected, caplog):
    world.list_entry("Petr Svoboda")

    world.relay().drain()

    assert (world.crm.readings, world.statuses(), len(world.crm.sent)) == (1, ["delivered"], 1)
    assert world.taken_in == 1
    assert "there is no calls.json beside it" in caplog.text
    assert world.restores.state() is None


def test_a_look_is_made_once(world, suspected, store):
    relay = world.relay()
    relay.drain()
    store(answers={"name": "Petr"})

    relay.drain()
    world.relay().drain()

    assert (world.crm.readings, len(world.crm.sent)) == (1, 2)


def test_a_list_that_shows_the_lead_makes_it_a_restored_copy(world, suspected, clock, caplog):
    clock.advance(minutes=5)
    world.list_entry()
    clock.advance(minutes=5)

    world.settle()

    assert (world.statuses(), world.crm.sent) == (["delivered"], [])
    assert "4711" in caplog.text
    assert "Nováková" not in caplog.text


def test_what_waits_in_a_spool_that_was_restored_too_is_compared_as_well(world, store, clock):
    world.machine.path.unlink()
    world.spooled.append(store)
    clock.advance(minutes=5)
    world.list_entry()

    world.settle()

    assert (world.statuses(), world.crm.sent) == (["delivered"], [])


def test_a_spool_that_is_broken_keeps_no_lead_back(world, suspected, caplog):
    world.spooled.append(lambda: 1 / 0)

    world.relay().drain()

    assert world.statuses() == ["delivered"]
    assert "ZeroDivisionError" in caplog.text


def test_leads_of_all_lanes_are_in_doubt_then(world, suspected, store, clock):
    store(OTHER.credential, payload={**PAYLOAD, "surname": "Malá"})
    clock.advance(minutes=5)
    world.list_entry()

    relay = world.relay()
    relay._begin()
    relay.restores.check()

    assert world.statuses() == ["unknown", "unknown"]
    assert world.restores.state().sign is Sign.LIST
    world.crm.listed = []
    assert world.crm.sent == []


@pytest.mark.parametrize(
    "answer", [BANNED, RETIRED, Answer(outcome=Outcome.REFUSED, status=404, text="no such thing")]
)
def test_a_list_that_may_not_be_seen_stops_no_lane_and_holds_no_lead(world, suspected, answer, caplog):
    world.crm.listed = answer

    world.relay().drain()

    assert (world.crm.readings, world.statuses()) == (1, ["delivered"])
    assert [lane.is_stopped for lane in world.log.lanes()] == [False, False]
    assert "it sends unchecked" in caplog.text


@pytest.mark.parametrize("answer", [BROKEN, LOST, throttled(60)])
def test_a_list_that_cannot_be_had_is_tried_three_times_at_most(world, suspected, clock, answer):
    world.crm.listed = answer

    relay = world.relay()
    for looks in (1, 2):
        relay.drain()
        assert (world.crm.readings, world.statuses()) == (looks, ["queued"])
        clock.advance(minutes=2)
    relay.drain()
    clock.advance(minutes=10)
    relay.drain()

    assert (world.crm.readings, world.statuses()) == (3, ["delivered"])


def test_what_came_instead_of_a_list_is_in_no_log(world, suspected, caplog):
    begun = '[{"inquiry_id": 1, "customer_name": "Jana Nováková"'
    world.crm.listed = Answer(outcome=Outcome.UNKNOWN, status=200, text=begun)

    world.relay().drain()

    assert "cannot be looked at" in caplog.text
    assert "Jana" not in caplog.text


def test_a_look_that_failed_once_may_still_show_it(world, suspected, clock):
    clock.advance(minutes=5)
    world.list_entry()
    listed, world.crm.listed = world.crm.listed, BROKEN
    relay = world.relay()
    relay.drain()
    world.crm.listed = listed
    clock.advance(minutes=2)

    world.settle()

    assert (world.statuses(), world.crm.sent) == (["delivered"], [])


def test_an_account_that_may_not_list_its_leads_is_not_asked(world, suspected):
    world.crm.listed = BANNED
    world.log.begin_listing(KEY, every_s=0, lease_s=0)
    world.log.end_listing(KEY, pace_s=0, instead=BANNED)
    world.log.resume(KEY)

    world.relay().drain()

    assert (world.crm.readings, world.statuses()) == (0, ["delivered"])


def test_a_lane_that_is_stopped_is_looked_at_once_it_is_resumed(world, suspected, clock):
    world.log.close(_claim_unchecked(world), BANNED)
    world.restores._check_list_first()
    clock.advance(minutes=5)
    world.list_entry()

    world.relay().drain()
    assert (world.crm.readings, world.statuses()) == (0, ["queued"])
    world.log.resume(KEY)
    world.settle()

    assert (world.statuses(), world.crm.sent) == (["delivered"], [])


def _claim_unchecked(world):
    world.machine.restores._sign()
    return world.machine.claim()


def test_a_relay_that_runs_sends_nothing_before_the_look(world, suspected, clock):
    """Its threads begin only then, whatever they find due."""
    clock.advance(minutes=5)
    world.list_entry()
    stop, relay = threading.Event(), world.relay()
    thread = threading.Thread(target=relay.run, args=[stop])
    thread.start()

    for _ in range(200):
        if world.statuses() == ["unknown"]:
            break
        stop.wait(0.05)
    stop.set()
    thread.join()

    assert (world.statuses(), world.crm.sent) == (["unknown"], [])


def test_a_database_that_loses_commits_under_a_relay_is_noticed_at_the_next_claim(world, store, clock):
    store()
    before = dump(world.machine.database)
    relay = world.relay()
    relay.drain()
    load(world.machine.database, before)
    world.list_entry()

    assert not relay._send_next()

    assert (world.statuses(), len(world.crm.sent)) == (["unknown"], 1)
    world.settle()
    assert (world.statuses(), len(world.crm.sent)) == (["delivered"], 1)


def test_a_call_in_flight_while_another_machine_notices_is_settled_by_its_own_relay(world, store):
    store()
    world.crm.gate.clear()
    relay = world.relay()
    sending = threading.Thread(target=relay.run_once)
    sending.start()
    assert world.crm.entered.wait(10)

    world.restores.doubt(Sign.PERSON)
    world.crm.gate.set()
    sending.join()

    assert (world.statuses(), len(world.crm.sent)) == (["delivered"], 1)


def test_a_copy_whose_leads_were_unknown_and_sent_since_does_not_send_them_a_second_time(world, store, clock):
    """In the copy its call of unknown end is all there is; since then it was proved absent and sent."""
    store()
    world.log.close(world.machine.claim(), LOST)
    world.machine.path.unlink()
    clock.advance(days=2)
    world.list_entry()
    clock.advance(hours=1)

    world.settle()

    assert (world.statuses(), world.crm.sent) == (["delivered"], [])


# --- what is known outside the database


@pytest.fixture
def somebody(world, clock):
    def add(role=Role.ADMIN, **more):
        new = Person(
            id=uuid4(), email=f"{uuid4()}@example.com", name="A", role=role, created_at=clock(), **more
        )
        world.roster.add(new)
        return new

    return add


@pytest.fixture
def restore(world):
    """Go back to an earlier state, and notice it."""

    def run(rows):
        load(world.machine.database, rows)
        world.restores.doubt(Sign.PERSON)
        world.after.run_once()

    return run


def test_leads_erased_since_the_copy_are_erased_again(world, store, restore):
    gone, kept = store(), store(answers={"name": "Petr"})
    before = dump(world.machine.database)
    world.log.erase(gone)

    restore(before)

    assert (world.log.get(gone).lead.status, dict(world.log.get(gone).current.answers)) == ("erased", {})
    assert world.log.get(kept).lead.status == "unknown"


def test_a_lead_that_is_being_sent_is_erased_again_afterwards(world, store, restore):
    gone = store()
    claim = world.machine.claim()
    before = dump(world.machine.database)
    world.log.close(claim, LOST)
    world.log.erase(gone)

    restore(before)
    assert world.log.get(gone).lead.status == "sending"
    world.log.close(claim, LOST)
    world.after.run_once()

    assert world.log.get(gone).lead.status == "erased"
    assert world.restores.unapplied() is None


def test_it_is_done_once_for_each_restore(world, store, restore):
    store()
    restore(dump(world.machine.database))

    assert world.restores.unapplied() is None


def test_people_shut_out_since_the_copy_stay_so(world, somebody, restore, clock):
    gone, back, untouched = somebody(), somebody(), somebody()
    before = dump(world.machine.database)
    world.roster.change(replace(gone, disabled_at=clock()))
    world.roster.change(replace(back, disabled_at=clock()))
    world.roster.change(back)

    restore(before)

    assert world.roster.get(gone.id).disabled_at is not None
    assert world.roster.get(back.id).disabled_at is None
    assert world.roster.get(untouched.id) == untouched
    [entry] = world.audit.entries(subject=str(gone.id))
    assert (entry.action, entry.by, entry.detail) == (AuditAction.PERSON_DISABLED, None, "restored")


def test_rights_taken_since_the_copy_stay_so_and_none_is_given(world, somebody, restore):
    lowered, raised = somebody(), somebody(Role.MARKETER, projects=frozenset({"a", "b"}))
    before = dump(world.machine.database)
    world.roster.change(replace(lowered, role=Role.OPERATOR, projects=frozenset({"a"}), is_masked=True))
    world.roster.change(replace(raised, role=Role.ADMIN, projects=None))

    restore(before)

    after = world.roster.get(lowered.id)
    assert (after.role, after.projects, after.is_masked) == (Role.OPERATOR, frozenset({"a"}), True)
    assert world.roster.get(raised.id) == raised


def test_a_password_that_was_reset_since_the_copy_lets_nobody_in(world, somebody, restore):
    known, lost = somebody(), somebody()
    for each in (known, lost):
        world.roster.set_password(each.id, "hash")
    world.roster.reset(known.id)
    world.audit.record(AuditAction.PERSON_RESET, by=None, subject=str(known.id))
    world.roster.set_password(known.id, "newer hash")
    before = dump(world.machine.database)
    world.roster.reset(lost.id)

    restore(before)

    # The copy knows of the reset of the first one, so that his password is the one of today.
    assert (world.roster.password(known.id), world.roster.password(lost.id)) == ("newer hash", None)
    [entry] = world.audit.entries(subject=str(lost.id))
    assert (entry.action, entry.detail) == (AuditAction.PERSON_RESET, "restored")


def test_passkeys_are_taken_again_only_by_a_reset_that_took_them(world, somebody, restore, clock):
    kept, taken, both = somebody(), somebody(), somebody()
    for number, each in enumerate((kept, taken, both)):
        world.roster.set_password(each.id, "hash")
        world.roster.add_passkey(make_passkey(each.id, id=bytes([number])))
    before = dump(world.machine.database)
    world.roster.reset(kept.id, keeps_passkeys=True)
    world.roster.reset(taken.id)
    world.roster.reset(both.id)
    world.roster.reset(both.id, keeps_passkeys=True)

    restore(before)

    assert [world.roster.password(each.id) for each in (kept, taken, both)] == [None] * 3
    assert [len(world.roster.passkeys(each.id)) for each in (kept, taken, both)] == [1, 0, 0]


def test_reset_of_the_password_alone_is_not_taken_for_the_whole_one(world, somebody, restore):
    lost = somebody()
    world.roster.add_passkey(make_passkey(lost.id, id=b"lost"))
    detail = "password, user forms"
    world.audit.record(AuditAction.PERSON_RESET, by=None, subject=str(lost.id), detail=detail)
    before = dump(world.machine.database)
    world.roster.reset(lost.id)

    restore(before)

    assert world.roster.passkeys(lost.id) == []


def test_session_of_a_password_that_came_back_ends_with_it(world, somebody, restore, clock):
    lost = somebody()
    world.roster.set_password(lost.id, "hash")
    before = dump(world.machine.database)
    world.roster.reset(lost.id)
    load(world.machine.database, before)
    world.restores.doubt(Sign.PERSON)
    times = dict.fromkeys(("created_at", "last_seen_at", "reauthenticated_at"), clock())
    world.after.sessions.open(Session(id=uuid4(), person=lost, address="", **times), hashed="h")

    world.after.run_once()

    assert world.after.sessions.find("h") is None


def test_who_and_what_is_not_in_the_copy_does_not_matter(world, store, somebody, restore):
    before = dump(world.machine.database)
    world.log.erase(store())
    new = somebody()
    world.roster.change(replace(new, role=Role.MARKETER))
    world.roster.reset(new.id)

    restore(before)

    assert world.restores.unapplied() is None


def test_a_restore_that_was_noticed_by_itself_is_in_the_audit_log(world, store):
    world.relay().drain()
    copy = dump(world.machine.database)
    store()
    world.relay().drain()
    load(world.machine.database, copy)

    world.restores.notice()
    world.restores.notice()

    written = [each for each in world.audit.entries() if each.action is AuditAction.RESTORED]
    assert [(each.by, each.detail) for each in written] == [(None, "found by calls, 0 leads in doubt")]
