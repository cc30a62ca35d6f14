"""A restored copy does not know what people corrected and sent since: it never sends that a second time."""

from dataclasses import replace
from itertools import product

import pytest
from fakes import LOST, REFUSED, UNREACHABLE, new_lead
from restore_world import KEY, OTHER
from restored_world import FIRST, JANTAR, correct, listing_world
from restoring import dump, load

from realpad_form.domain.delivery import Event
from realpad_form.domain.lead import Route
from realpad_form.domain.restored import Sign

ELSEWHERE = Route(credential=OTHER.credential, account=OTHER.account)
OTHER_ACCOUNT = "another account than it goes to now"


@pytest.fixture
def world(sql_log, tmp_path, clock):
    return listing_world(sql_log, tmp_path / "data", clock)


@pytest.fixture
def store(world, submission):
    def append(key=KEY, payload=FIRST, **changes):
        new = new_lead(submission(**changes), credential=key.credential, payload=payload, account=key.account)
        return world.log.append(new).lead_id

    return append


@pytest.fixture
def visitors(world, submission):
    return lambda: world.visit(submission)


def told_there(world, lead_id):
    return world.status(lead_id) == "delivered" or world.reasons(lead_id)


CORRECTIONS = {
    "nothing": ({}, None, None),
    "name": ({"name": "Johana"}, None, None),
    "campaign": ({"campaign": "summer"}, None, None),
    "phone": ({"phone": "+420777999888"}, None, None),
    "project": ({"project": JANTAR}, None, None),
    "name and campaign": ({"name": "Johana", "campaign": "summer"}, None, None),
    "name and project": ({"name": "Johana", "project": JANTAR}, None, None),
    "campaign of somebody known otherwise": ({"campaign": "summer"}, None, "Jana Svobodová"),
    "project of somebody known otherwise": ({"project": JANTAR}, None, "Jana Svobodová"),
    "account": ({"project": JANTAR}, ELSEWHERE, None),
}


QUICK_ON_POSTGRESQL = [
    ("rejected", "name"),
    ("rejected", "account"),
    ("queued", "project"),
    ("queued", "account"),
]
"""What the quick lane tries on PostgreSQL, too: the rules are the same there, and each takes seconds."""


def cases():
    """Yield everything on both engines."""
    for engine, *case in product(["sqlite", "postgresql"], ["rejected", "queued"], CORRECTIONS):
        is_quick = engine == "sqlite" or tuple(case) in QUICK_ON_POSTGRESQL
        yield pytest.param(engine, *case, marks=[] if is_quick else pytest.mark.long)


@pytest.mark.parametrize(
    ("database_url", "copied_when", "corrected"), list(cases()), indirect=["database_url"]
)
def test_what_was_corrected_and_sent_since_the_copy_is_not_sent_again(
    world, store, visitors, clock, corrected, copied_when
):
    changes, route, known_as = CORRECTIONS[corrected]
    for _ in range(3):
        visitors()
        clock.advance(minutes=1)
        world.go_on(1)
    lead_id = store()
    copies = {"queued": dump(world.machine.database)}
    world.crm.script.append(REFUSED)
    world.go_on(1)
    copies["rejected"] = dump(world.machine.database)
    correct(world, lead_id, {**FIRST, **changes}, route)
    world.go_on(2)
    assert world.status(lead_id) == "delivered"
    if known_as:
        world.rename("Nováková", known_as=known_as)
    before = world.calls()

    load(world.machine.database, copies[copied_when])
    if route:
        world.routes = {"riverside": route}  # the project file has changed, too
    clock.advance(minutes=5)
    assert world.restores.notice().sign is Sign.CALLS
    if copied_when == "rejected":
        assert correct(world, lead_id, {**FIRST, **changes}, route).status == "unknown"
    if route:  # the list of the account before is read on because of another lead
        store(payload={**FIRST, "surname": "Malá", "phone": "+420600999999"})
        world.crm.script.append(LOST)
    for _ in range(4):
        visitors()
        world.go_on(3)

    assert world.calls() == before
    assert told_there(world, lead_id)


def test_a_lead_that_goes_to_another_account_since_is_at_once_a_persons(world, store, visitors, clock):
    """No list is read for it by itself: the one of the account before would not show where it may be."""
    visitors()
    world.go_on(1)
    lead_id = store()
    world.crm.script.append(REFUSED)
    world.go_on(1)
    copy = dump(world.machine.database)
    correct(world, lead_id, FIRST, ELSEWHERE)
    world.go_on(1)
    load(world.machine.database, copy)
    clock.advance(minutes=5)
    world.restores.notice()

    decided = correct(world, lead_id, FIRST, ELSEWHERE)
    world.go_on(10)

    assert decided.status == world.status(lead_id) == "unknown"
    assert OTHER_ACCOUNT in world.reasons(lead_id)
    assert world.calls() == ["riverside", "jantar"]


def test_a_lead_whose_project_goes_where_it_went_is_sent_once_the_list_lacks_it(
    world, store, visitors, clock
):
    world.routes = {"riverside": KEY.route}
    visitors()
    world.go_on(1)
    lead_id = store()
    clock.advance(minutes=5)
    world.restores.doubt(Sign.PERSON)
    assert world.status(lead_id) == "unknown"

    for _ in range(3):
        visitors()
        world.go_on(3)

    assert (world.status(lead_id), world.calls()) == ("delivered", ["riverside"])


def test_a_quarantined_submission_of_a_spool_that_was_restored_too_is_sent_once(
    world, submission, visitors, clock
):
    visitors()
    world.go_on(1)
    copy = dump(world.machine.database)
    spooled = new_lead(submission(suspicions=("burst",)), payload=FIRST, account=KEY.account)
    clock.advance(minutes=1)
    lead_id = world.log.append(spooled).lead_id
    world.log.move(lead_id, Event.RELEASED)
    world.go_on(1)
    load(world.machine.database, copy)
    clock.advance(minutes=5)
    world.restores.notice()
    world.log.append(spooled)
    assert world.status(lead_id) == "quarantined"

    released = world.log.move(lead_id, Event.RELEASED)
    for _ in range(3):
        visitors()
        world.go_on(3)

    assert released.status == "unknown"
    assert (world.status(lead_id), world.calls()) == ("delivered", ["riverside"])


@pytest.mark.parametrize(
    ("suspicions", "answers", "stood"),
    [(("burst",), [], "quarantined"), ((), [REFUSED], "rejected"), ((), [], "unknown")],
)
def test_a_lead_discarded_before_the_copy_goes_back_to_where_it_stood(
    world, store, visitors, clock, suspicions, answers, stood
):
    """What was queued may have been restored and sent since: it is sent if Realpad's list lacks it."""
    visitors()
    world.go_on(1)
    lead_id = store(suspicions=suspicions)
    if answers:
        world.crm.script.extend(answers)
        world.go_on(1)
    world.log.move(lead_id, Event.DISCARDED)
    before = world.calls()
    world.restores.doubt(Sign.PERSON)
    clock.advance(minutes=30)

    restored = world.log.restore(lead_id)
    for _ in range(3):
        visitors()
        world.go_on(3)

    assert restored.status == stood
    if stood == "unknown":
        assert (world.status(lead_id), world.calls()) == ("delivered", [*before, "riverside"])
    else:
        assert (world.status(lead_id), world.calls()) == (stood, before)


def test_a_repeat_that_was_discarded_before_it_was_sent_is_not_queued_by_restoring_it(world, store, visitors):
    visitors()
    world.go_on(1)
    lead_id = store()
    world.crm.script.append(lambda *call: (world.crm.answer(*call), LOST)[1])
    world.relay().drain()
    correct(world, lead_id, FIRST)
    world.crm.script.append(UNREACHABLE)
    world.relay().drain()
    assert world.status(lead_id) == "queued"
    world.log.move(lead_id, Event.DISCARDED)

    restored = world.log.restore(lead_id)
    for _ in range(3):
        visitors()
        world.go_on(3)

    assert restored.status == "unknown"
    assert [each.customer_name for each in world.lists[KEY.account]].count("Jana Nováková") == 1


@pytest.mark.parametrize("is_released_first", [True, False])
def test_a_login_that_is_set_after_the_restore_can_tell_about_what_was_released(
    world, store, is_released_first
):
    keys, world.machine.keys = world.machine.keys, []
    lead_id = store(replace(KEY, account=""), suspicions=("burst",))
    world.restores.doubt(Sign.PERSON)

    if is_released_first:
        world.log.move(lead_id, Event.RELEASED)
    world.machine.keys = keys
    world.log.open_lanes(keys)
    if not is_released_first:
        world.log.move(lead_id, Event.RELEASED)
    world.go_on(12)

    assert (world.status(lead_id), len(world.crm.sent)) == ("delivered", 1)
