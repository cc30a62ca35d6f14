"""A spool that was restored together with the database, and is looked into only afterwards."""

import pytest
from fakes import new_lead
from restore_world import KEY, OTHER
from restored_world import FIRST, JANTAR, correct, listing_world
from restoring import dump, load

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.lead import Route
from realpad_form.services.intake import Intake

ELSEWHERE = Route(credential=OTHER.credential, account=OTHER.account)


@pytest.fixture
def world(sql_log, tmp_path, clock):
    return listing_world(sql_log, tmp_path / "data", clock)


@pytest.fixture
def restore(world, submission, clock):
    """Make a copy of the database; return what puts it back, and lets the copy be noticed."""
    world.visit(submission)
    world.go_on(1)
    copy = dump(world.machine.database)
    clock.advance(minutes=1)

    def put_back():
        load(world.machine.database, copy)
        clock.advance(minutes=5)
        world.restores.notice()
        world.after.run_once()

    return put_back


@pytest.fixture
def take_in(world, tmp_path):
    """Take a submission in that waits in a spool; it may be there again later, as a restored spool has it."""
    spool = FileSpool(tmp_path / "spool", Vault())
    intake = Intake(world.log, spool, redo_after_restore=world.after.redo_for_spooled)

    def take(new):
        spool.keep(new)
        assert intake.take_in() == 1
        assert not spool.waiting()
        return world.log.lead(new.lead_id).id

    return take


@pytest.fixture
def go_on(world, submission):
    """Let others enquire and the list be read, as often as it takes to settle a lead."""

    def some_time():
        for _ in range(3):
            world.visit(submission)
            world.go_on(3)

    return some_time


def test_a_corrected_lead_of_it_is_sent_only_once_the_list_lacks_it(
    world, submission, restore, take_in, go_on
):
    spooled = new_lead(submission(mistakes={"phone": "wrong"}), payload=FIRST, account=KEY.account)
    lead_id = take_in(spooled)
    assert world.status(lead_id) == "rejected"
    correct(world, lead_id, FIRST)
    world.go_on(1)
    assert world.status(lead_id) == "delivered"

    restore()
    take_in(spooled)
    correct(world, lead_id, FIRST)
    go_on()

    assert (world.status(lead_id), world.calls()) == ("delivered", ["riverside"])


def test_a_lead_of_it_that_was_sent_elsewhere_is_sent_nowhere_else(
    world, submission, restore, take_in, go_on
):
    spooled = new_lead(submission(), payload=FIRST, account=KEY.account)
    lead_id = take_in(spooled)
    correct(world, lead_id, {**FIRST, "project": JANTAR}, ELSEWHERE)
    world.go_on(1)
    assert (world.status(lead_id), world.calls()) == ("delivered", ["jantar"])

    restore()
    take_in(spooled)
    go_on()

    assert (world.status(lead_id), world.calls()) == ("unknown", ["jantar"])


def test_a_person_of_it_who_was_forgotten_stays_so(world, submission, restore, take_in, go_on):
    spooled = new_lead(submission(), payload=FIRST, account=KEY.account)
    lead_id = take_in(spooled)
    world.go_on(1)
    assert world.status(lead_id) == "delivered"
    world.log.erase(lead_id)
    for entries in world.lists.values():  # erased in Realpad, too
        entries[:] = [each for each in entries if "Nov" not in each.customer_name]

    restore()
    take_in(spooled)
    go_on()

    assert (world.status(lead_id), world.calls()) == ("erased", ["riverside"])
