"""What a person sees of Realpad's list, and when it is not asked for."""

from datetime import timedelta

import pytest
from fakes import BANNED, BROKEN, LOST, new_lead

from realpad_form.domain.listing import ListEntry
from realpad_form.ports import Credential
from realpad_form.services.lookup import CrmLookup
from realpad_form.services.reconcile import Readings
from realpad_form.services.relay import lane_key

PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}
LATE = timedelta(minutes=10)


@pytest.fixture
def look(log, crm, pairs):
    """Look for a lead, with these credential pairs."""

    def ask(lead_id, pairs=pairs):
        names = {"39264441": ["Riverside Residences"]}
        return CrmLookup(Readings(log, crm, pairs, pace_s=0), lambda: names, late=LATE).find(log.get(lead_id))

    return ask


@pytest.fixture
def lost(log, crm, relay, submission, clock):
    """A lead whose call came to an unknown end."""
    lead_id = log.append(new_lead(submission(), payload=PAYLOAD)).lead_id
    crm.script = [LOST]
    assert relay.run_once()
    clock.advance(seconds=61)
    return lead_id


def test_entries_are_shown_and_nothing_is_changed(log, crm, look, lost, clock):
    crm.listed = [
        ListEntry(
            inquiry_id=1, customer_id=4711, customer_name="Jana Nováková",
            at=clock() - timedelta(seconds=61), projects=("Riverside Residences",),
        )
    ]  # fmt: skip

    seen = look(lost)

    assert [each.agreements for each in seen.sightings] == [4]
    assert log.get(lost).lead.status == "unknown"


def test_an_absence_says_whether_the_call_may_still_arrive(look, lost, clock):
    early = look(lost)
    clock.advance(seconds=LATE.total_seconds())

    late = look(lost)

    assert (early.may_still_arrive, late.may_still_arrive) == (True, False)
    assert (early.sightings, late.sightings) == ((), ())


def test_a_lead_that_was_never_called_needs_no_look(crm, look, store):
    assert look(store()).obstacle == "never-called"
    assert crm.readings == 0


def test_a_call_older_than_the_list_needs_no_look(crm, look, lost, clock):
    clock.advance(days=7)

    assert look(lost).obstacle == "too-old"
    assert crm.readings == 0


def test_the_account_is_asked_with_the_password_of_today(log, crm, look, lost):
    changed = Credential(name="riverside", login="canary-login", password="another")
    key = lane_key(changed, "https://crm.example/ws/v10/")
    log.open_lanes([key])

    assert look(lost, pairs={key: changed}).obstacle is None
    assert crm.readings == 1


def test_another_account_is_not_asked_about_a_call(log, crm, look, lost):
    changed = Credential(name="riverside", login="another-login", password="canary-password")
    key = lane_key(changed, "https://crm.example/ws/v10/")
    log.open_lanes([key])

    assert look(lost, pairs={key: changed}).obstacle == "other-credentials"
    assert crm.readings == 0


def test_a_refusal_stops_the_lane_and_nobody_asks_again(log, crm, look, lost, key):
    crm.listed = BANNED

    first, second = look(lost), look(lost)

    assert (first.obstacle, first.answer) == ("no-list", BANNED)
    assert second.obstacle == "lane-closed"
    assert crm.readings == 1


def test_an_outage_is_told(crm, look, lost):
    crm.listed = BROKEN

    assert look(lost).answer == BROKEN
