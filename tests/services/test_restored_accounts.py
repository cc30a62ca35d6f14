"""A restored copy does not know to which accounts leads went since: another account's list proves nothing.

Each test lets one lead go to another account after a copy was made, puts everything else back as it was, and
restores the copy. The list of the account that the copy knows lacks the lead, and yet it must not be sent.
"""

from dataclasses import replace

import pytest
from fakes import LOST, REFUSED, new_lead
from restore_world import KEY, OTHER
from restored_world import FIRST, correct, listing_world
from restoring import dump, load

from realpad_form.domain.lead import Route
from realpad_form.domain.restored import Sign

ELSEWHERE = Route(credential=OTHER.credential, account=OTHER.account)
NEXT_LOGIN = replace(KEY, fingerprint="f1b", account="one b")
"""Another login of the same credentials' name."""


@pytest.fixture
def world(sql_log, tmp_path, clock):
    return listing_world(sql_log, tmp_path / "data", clock)


@pytest.fixture
def enquire(world, submission):
    """Store a lead of the customer that all is about, or of somebody else."""

    def append(payload=FIRST, *, key=KEY):
        return world.log.append(
            new_lead(submission(), credential=key.credential, payload=payload, account=key.account)
        ).lead_id

    return append


@pytest.fixture
def others(world, enquire):
    """Let somebody else enquire with both credentials: their entries show that the lists are whole."""
    numbers = iter(range(1000))

    def run():
        for key in world.machine.keys:
            number = next(numbers)
            person = {"name": f"S{number}", "surname": f"X{number}", "phone": f"+42060000{number:04}"}
            enquire({**person, "project": FIRST["project"]}, key=key)

    return run


@pytest.fixture
def use_login(world):
    """Configure another login under the name of the first credentials."""

    def run(key):
        world.machine.keys = [key, OTHER]
        world.log.open_lanes(world.machine.keys)

    return run


@pytest.fixture
def go_back(world, clock):
    """Put a copy in the place of the database, as the relay notices when it starts."""

    def run(copy, *, without=()):
        load(world.machine.database, copy)
        for name in without:
            (world.machine.path.parent / name).unlink()
        clock.advance(minutes=5)
        world.restores.notice()
        world.after.run_once()

    return run


@pytest.fixture
def let_lists_be_read(world, others):
    def run():
        for _ in range(4):
            others()
            world.go_on(3)

    return run


def adopt(world, lead_id, key):
    assert world.log.adopt([world.log.get(lead_id).lead], key.route) == 1


def test_what_was_corrected_for_another_project_and_its_account(
    world, enquire, others, go_back, let_lists_be_read
):
    others()
    world.go_on(1)
    lead_id = enquire()
    copy = dump(world.machine.database)
    world.crm.script.append(REFUSED)
    world.go_on(1)
    correct(world, lead_id, FIRST, ELSEWHERE)
    world.go_on(1)
    assert world.calls() == ["riverside", "jantar"]

    go_back(copy)
    let_lists_be_read()

    assert world.calls() == ["riverside", "jantar"]
    assert [reason.code for reason in world.log.get(lead_id).lead.reasons] == ["other_account"]


@pytest.mark.parametrize(
    "without", [(), ("tombstones.jsonl",), ("calls.json",)], ids=["files", "calls", "tombstones"]
)
def test_what_was_adopted_by_a_login_of_which_the_copy_knows_nothing(
    world, enquire, others, use_login, go_back, let_lists_be_read, without
):
    """Either of the files beside the database is enough to tell."""
    others()
    world.go_on(1)
    lead_id = enquire()
    copy = dump(world.machine.database)
    use_login(NEXT_LOGIN)
    adopt(world, lead_id, NEXT_LOGIN)
    world.go_on(1)
    assert len(world.calls()) == 1

    use_login(KEY)
    go_back(copy, without=without)
    if "calls.json" in without:
        world.restores.doubt(Sign.PERSON)
        world.after.run_once()
    let_lists_be_read()

    assert len(world.calls()) == 1
    assert world.status(lead_id) == "unknown"


def test_what_was_adopted_by_a_login_that_was_used_before_the_copy_too(
    world, enquire, others, use_login, go_back, let_lists_be_read
):
    use_login(NEXT_LOGIN)
    others()
    world.go_on(1)
    use_login(KEY)
    others()
    world.go_on(1)
    lead_id = enquire()
    copy = dump(world.machine.database)
    use_login(NEXT_LOGIN)
    adopt(world, lead_id, NEXT_LOGIN)
    world.go_on(1)

    use_login(KEY)
    go_back(copy, without=["tombstones.jsonl"])
    let_lists_be_read()

    assert len(world.calls()) == 1
    assert world.status(lead_id) == "unknown"


def test_a_lead_that_was_under_way_when_the_copy_was_made(
    world, enquire, others, use_login, go_back, let_lists_be_read
):
    others()
    world.go_on(1)
    lead_id = enquire()
    claim = world.machine.claim()
    copy = dump(world.machine.database)
    world.log.close(claim, REFUSED)
    correct(world, lead_id, FIRST, ELSEWHERE)
    world.go_on(1)
    before = world.calls()

    go_back(copy)
    assert world.status(lead_id) == "sending"
    world.log.close(claim, LOST)
    world.after.run_once()
    let_lists_be_read()

    assert world.calls() == before
    assert world.status(lead_id) == "unknown"
    assert world.restores.unapplied() is None


def test_a_lead_that_had_no_account_yet_when_the_copy_was_made(
    world, enquire, others, use_login, go_back, let_lists_be_read
):
    world.machine.keys = [OTHER]
    lead_id = enquire(key=replace(KEY, account=""))
    copy = dump(world.machine.database)
    use_login(NEXT_LOGIN)
    world.go_on(1)
    assert len(world.calls()) == 1

    use_login(KEY)
    go_back(copy)
    world.log.open_lanes(world.machine.keys)
    let_lists_be_read()

    assert len(world.calls()) == 1
    assert world.status(lead_id) == "unknown"


def test_a_second_restore_does_not_forget_that_two_accounts_may_have_it(
    world, enquire, others, go_back, let_lists_be_read
):
    others()
    world.go_on(1)
    lead_id = enquire()
    world.crm.script.append(REFUSED)
    world.go_on(1)
    copy = dump(world.machine.database)
    others()
    world.go_on(1)
    go_back(copy)
    assert correct(world, lead_id, FIRST, ELSEWHERE).status == "unknown"
    before = world.calls()

    copy = dump(world.machine.database)
    others()
    world.go_on(1)
    go_back(copy)
    let_lists_be_read()

    assert world.calls() == before
    assert world.log.get(lead_id).lead.reasons[0].code == "other_account"


@pytest.mark.parametrize("decided_when", ["rejected", "discarded"])
def test_who_decides_again_about_a_lead_that_was_sent_elsewhere_has_to_look(
    world, enquire, others, go_back, let_lists_be_read, decided_when
):
    others()
    world.go_on(1)
    lead_id = enquire()
    world.crm.script.append(REFUSED)
    world.go_on(1)
    if decided_when == "discarded":
        world.log.move(lead_id, "discarded")
    copy = dump(world.machine.database)
    if decided_when == "discarded":
        world.log.restore(lead_id)
    correct(world, lead_id, FIRST, ELSEWHERE)
    world.go_on(1)
    before = world.calls()

    go_back(copy)
    if decided_when == "discarded":
        assert world.log.restore(lead_id).status == "rejected"
    assert correct(world, lead_id, FIRST).status == "unknown"
    let_lists_be_read()

    assert world.calls() == before
    assert [reason.code for reason in world.log.get(lead_id).lead.reasons] == ["other_account"]


def test_a_lead_that_the_copy_knows_to_go_there_is_settled_by_the_list(
    world, enquire, others, use_login, go_back, let_lists_be_read
):
    others()
    world.go_on(1)
    lead_id = enquire()
    use_login(NEXT_LOGIN)
    adopt(world, lead_id, NEXT_LOGIN)
    copy = dump(world.machine.database)
    others()
    world.go_on(1)
    assert len(world.calls()) == 1

    go_back(copy)
    let_lists_be_read()

    assert (world.status(lead_id), len(world.calls())) == ("delivered", 1)


def test_a_login_used_only_before_the_copy_keeps_no_absence_from_counting(
    world, enquire, others, use_login, go_back, let_lists_be_read, clock
):
    use_login(NEXT_LOGIN)
    others()
    world.go_on(1)
    use_login(KEY)
    clock.advance(hours=1)
    others()
    world.go_on(1)
    lead_id = enquire()
    copy = dump(world.machine.database)
    world.machine.claim()  # made, and nobody knows what became of it: so the copy is noticed

    go_back(copy)
    let_lists_be_read()

    assert (world.status(lead_id), len(world.calls())) == ("delivered", 1)


def test_the_entry_of_a_lead_that_was_adopted_since_is_not_taken_for_one_of_the_same_person(
    world, enquire, use_login, go_back, let_lists_be_read
):
    """The copy knows no lane of the account that the adopted lead was taken in for."""
    world.machine.keys = [OTHER]
    adopted = enquire()
    use_login(NEXT_LOGIN)
    kept = enquire(key=NEXT_LOGIN)
    copy = dump(world.machine.database)
    adopt(world, adopted, NEXT_LOGIN)
    world.log.move(kept, "discarded")  # it was not sent before the copy was restored
    world.go_on(1)
    assert len(world.calls()) == 1

    go_back(copy)
    let_lists_be_read()

    assert len(world.calls()) == 1
    assert (world.status(adopted), world.status(kept)) == ("unknown", "unknown")


def test_the_entry_of_a_lead_that_was_rerouted_since_is_not_taken_for_one_of_the_same_person(
    world, enquire, others, go_back, let_lists_be_read
):
    others()
    world.go_on(1)
    rerouted = enquire()
    world.crm.script.append(REFUSED)
    world.go_on(1)
    kept = enquire(key=OTHER)
    copy = dump(world.machine.database)
    world.log.move(kept, "discarded")
    correct(world, rerouted, FIRST, ELSEWHERE)
    world.go_on(1)
    assert world.calls() == ["riverside", "jantar"]

    go_back(copy)
    let_lists_be_read()

    assert world.calls() == ["riverside", "jantar"]
    assert world.status(kept) == "unknown"


def test_the_call_that_a_rerouted_lead_may_have_made_is_written_down_once_for_each_restore(
    world, enquire, others, go_back, clock
):
    others()
    world.go_on(1)
    rerouted = enquire()
    world.crm.script.append(REFUSED)
    world.go_on(1)
    copy = dump(world.machine.database)
    correct(world, rerouted, FIRST, ELSEWHERE)
    world.go_on(1)

    def presumed():
        return sum(each.is_presumed for each in world.log.get(rerouted).attempts)

    go_back(copy)
    assert presumed() == 2  # through either account
    world.log.suspect_other_account(rerouted, ELSEWHERE)
    assert presumed() == 2
    clock.advance(minutes=5)
    world.restores.doubt(Sign.PERSON)
    world.after.run_once()

    assert presumed() == 4
