"""A lead that was corrected between two calls, of which only the first one arrived."""

import pytest
from fakes import LOST, new_lead
from restore_world import KEY
from restored_world import FIRST, correct, listing_world

from realpad_form.ports import Credential


@pytest.fixture
def world(sql_log, tmp_path, clock):
    return listing_world(sql_log, tmp_path / "data", clock)


@pytest.mark.parametrize("minutes", [2, 4, 20])
@pytest.mark.parametrize("change", [{"phone": "+420777999888"}, {"note": "please call in the evening only"}])
def test_the_entry_of_an_earlier_call_does_not_tell_that_a_correction_arrived(
    world, submission, clock, minutes, change
):
    world.visit(submission)
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
        world.visit(submission)
        world.go_on(1)

    assert world.status(lead_id) == "unknown"
    assert world.log.lead(lead_id).reasons
