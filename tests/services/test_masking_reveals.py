"""Leads revealed to people who see them masked: counted for each person, by all processes together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from people_world import PeopleWorld

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import RevealLimitError
from realpad_form.domain.lead import Lead
from realpad_form.domain.people import AuditAction
from realpad_form.services.masking import Reveals


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


@pytest.fixture
def reveals(world):
    return Reveals(world.audit)


@pytest.fixture
def masked(world):
    return world.admit(is_masked=True)


def make_lead():
    now = datetime.now(UTC)
    about = {"project": "riverside", "credential": "riverside", "status": Status.QUEUED}
    return Lead(id=uuid4(), created_at=now, due_at=now, **about)


def outcome(reveals, person):
    """Reveal a lead; return 0, or the seconds to wait."""
    try:
        reveals.permit(make_lead(), by=person)
    except RevealLimitError as error:
        return error.retry_after_s
    return 0


def test_sixty_an_hour_are_permitted_and_no_more(reveals, world, clock, masked):
    assert outcome(reveals, masked) == 0
    clock.advance(minutes=20)
    assert [outcome(reveals, masked) for _ in range(61)] == [0] * 59 + [2400] * 2

    clock.advance(minutes=40)

    assert [outcome(reveals, masked) for _ in range(2)] == [0, 1200]
    assert world.actions(by=masked.id).count(AuditAction.REVEALED) == 61


def test_reveals_at_once_are_no_way_around_the_limit(reveals, world, masked):
    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(lambda _: outcome(reveals, masked), range(70)))

    assert came.count(0) == 60
    assert world.actions(by=masked.id).count(AuditAction.REVEALED) == 60


def test_everybody_has_a_count_of_their_own_and_the_unmasked_none(reveals, world, masked):
    other, unmasked = world.admit("karel@firma.example", is_masked=True), world.admit("boss@firma.example")
    for _ in range(60):
        outcome(reveals, masked)

    assert outcome(reveals, masked) > 0
    assert outcome(reveals, other) == 0
    assert [outcome(reveals, unmasked) for _ in range(70)] == [0] * 70
    assert world.actions(by=unmasked.id).count(AuditAction.REVEALED) == 70


def test_each_is_written_down_with_its_lead_and_project(reveals, world, masked):
    lead = make_lead()

    reveals.permit(lead, by=masked)

    [entry] = [each for each in world.audit.entries(by=masked.id) if each.action is AuditAction.REVEALED]
    assert (entry.subject, entry.project) == (str(lead.id), "riverside")
