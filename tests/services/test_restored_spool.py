"""A spool that was restored together with the database, and is looked into only afterwards."""

import pytest
from fakes import LOST, new_lead
from restore_world import KEY, OTHER
from restored_world import FIRST, JANTAR, RIVERSIDE, correct, listing_world
from restoring import dump, load

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.lead import Route
from realpad_form.ports import Credential
from realpad_form.services.intake import Intake

ELSEWHERE = Route(credential=OTHER.credential, account=OTHER.account)


@pytest.fixture
def world(sql_log, tmp_path, clock):
    return listing_world(sql_log, tmp_path / "data", clock)


@pytest.fixture
def visitors(world, submission):
    """Let others enquire at all projects, of both accounts; they show that a list is whole."""
    numbers = iter(range(1000))

    def enquire():
        for key, project in ((KEY, RIVERSIDE), (KEY, JANTAR), (OTHER, JANTAR)):
            number = next(numbers)
            person = {"name": f"S{number}", "surname": f"X{number}", "phone": f"+42060000{number:04}"}
            new = new_lead(
                submission(),
                credential=key.credential,
                payload={**person, "project": project},
                account=key.account,
            )
            world.log.append(new)

    return enquire


@pytest.fixture
def take_in(world, tmp_path):
    """Take a submission in that waits in a spool; it may be there again later, as a restored spool has it."""
    spool = FileSpool(tmp_path / "spool", Vault())
    intake = Intake(world.log, spool, redo_after_restore=world.after.of_spooled)

    def take(new):
        spool.keep(new)
        assert intake.take_in() == 1
        assert not spool.waiting()
        return world.log.lead(new.lead_id).id

    return take


@pytest.fixture
def go_on(world, visitors):
    def some_time():
        for _ in range(3):
            visitors()
            world.go_on(3)

    return some_time


def test_a_corrected_lead_of_it_is_sent_only_once_the_list_lacks_it(
    world, submission, visitors, take_in, go_on, clock
):
    visitors()
    world.go_on(1)
    copy = dump(world.machine.database)
    spooled = new_lead(submission(mistakes={"phone": "wrong"}), payload=FIRST, account=KEY.account)
    clock.advance(minutes=1)
    lead_id = take_in(spooled)
    assert world.status(lead_id) == "rejected"
    correct(world, lead_id, FIRST)
    world.go_on(1)
    assert world.status(lead_id) == "delivered"

    load(world.machine.database, copy)
    clock.advance(minutes=5)
    world.restores.notice()
    take_in(spooled)
    correct(world, lead_id, FIRST)
    go_on()

    assert (world.status(lead_id), world.calls()) == ("delivered", ["riverside"])


def test_a_lead_of_it_that_was_sent_elsewhere_is_sent_nowhere_else(
    world, submission, visitors, take_in, go_on, clock
):
    visitors()
    world.go_on(1)
    copy = dump(world.machine.database)
    spooled = new_lead(submission(), payload=FIRST, account=KEY.account)
    clock.advance(minutes=1)
    lead_id = take_in(spooled)
    seen = world.log.lead(lead_id).version
    world.log.resubmit(seen, answers={}, payload={**FIRST, "project": JANTAR}, route=ELSEWHERE)
    world.go_on(1)
    assert (world.status(lead_id), world.calls()) == ("delivered", ["jantar"])

    load(world.machine.database, copy)
    clock.advance(minutes=5)
    world.restores.notice()
    world.after.run_once()
    take_in(spooled)
    go_on()

    assert (world.status(lead_id), world.calls()) == ("unknown", ["jantar"])


def test_a_person_of_it_who_was_forgotten_stays_so(world, submission, visitors, take_in, go_on, clock):
    visitors()
    world.go_on(1)
    copy = dump(world.machine.database)
    spooled = new_lead(submission(), payload=FIRST, account=KEY.account)
    clock.advance(minutes=1)
    lead_id = take_in(spooled)
    world.go_on(1)
    assert world.status(lead_id) == "delivered"
    world.log.erase(lead_id)
    for entries in world.lists.values():  # erased in Realpad, too
        entries[:] = [each for each in entries if "Nov" not in each.customer_name]

    load(world.machine.database, copy)
    clock.advance(minutes=5)
    world.restores.notice()
    world.after.run_once()
    take_in(spooled)
    go_on()

    assert (world.status(lead_id), world.calls()) == ("erased", ["riverside"])


@pytest.mark.parametrize("minutes", [2, 4, 20])
@pytest.mark.parametrize("change", [{"phone": "+420777999888"}, {"note": "please call in the evening only"}])
def test_the_entry_of_an_earlier_call_does_not_tell_that_a_correction_arrived(
    world, submission, visitors, clock, minutes, change
):
    visitors()
    world.go_on(1)
    clock.advance(minutes=10)
    lead_id = world.log.append(new_lead(submission(), payload=FIRST, account=KEY.account)).lead_id
    world.crm.script.append(LOST)
    world.relay().run_once()
    world._take(Credential(name="riverside", login="one", password="p"), FIRST)  # it arrived all the same
    clock.advance(minutes=minutes)
    correct(world, lead_id, {**FIRST, **change})
    world.crm.script.append(LOST)  # and this never arrives
    assert world.relay().run_once()

    for _ in range(3):
        clock.advance(minutes=10)
        visitors()
        world.go_on(1)

    assert world.status(lead_id) == "unknown"
    assert world.log.lead(lead_id).reasons
