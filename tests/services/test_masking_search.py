"""Searches by people who see leads masked: counted for each person, by all processes together."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from people_world import PeopleWorld

from realpad_form.domain.errors import PartialSearchError, SearchLimitError
from realpad_form.domain.people import AuditAction, AuditFilter, AuditScope
from realpad_form.domain.search import Facet, FacetMatches, InboxQuery, WholeValue
from realpad_form.services.masking import MaskedSearch

WHOLE = InboxQuery(text="jana@example.com")


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


@pytest.fixture
def search(world):
    return MaskedSearch(world.audit, lambda text: frozenset({text} if text.startswith("+") else ()))


@pytest.fixture
def masked(world):
    return world.admit(is_masked=True)


def outcomes(search, person, *, times):
    """Return what came of so many searches: 0, or the seconds to wait."""
    return [outcome(search, person) for _ in range(times)]


def outcome(search, person):
    try:
        search.permit(WHOLE, by=person)
    except SearchLimitError as error:
        return error.retry_after_s
    return 0


def test_thirty_an_hour_are_permitted_and_no_more(search, world, clock, masked):
    assert outcomes(search, masked, times=1) == [0]
    clock.advance(minutes=20)
    assert outcomes(search, masked, times=31) == [0] * 29 + [2400] * 2

    clock.advance(minutes=39, seconds=59)
    assert outcomes(search, masked, times=1) == [1]
    clock.advance(seconds=1)

    assert outcomes(search, masked, times=2) == [0, 1200]
    assert world.actions(by=masked.id).count(AuditAction.SEARCHED) == 31


def test_searches_at_once_are_no_way_around_the_limit(search, world, masked):
    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(lambda _: outcome(search, masked), range(40)))

    assert came.count(0) == 30
    assert world.actions(by=masked.id).count(AuditAction.SEARCHED) == 30


def test_a_clock_that_was_ahead_holds_nobody_up(search, clock, masked):
    clock.advance(days=2)
    outcomes(search, masked, times=30)

    clock.advance(days=-2)

    assert outcomes(search, masked, times=1) == [0]


def test_everybody_has_a_count_of_their_own_and_the_unmasked_none(search, world, masked):
    other = world.admit("karel@firma.example", is_masked=True)
    unmasked = world.admit("boss@firma.example")
    outcomes(search, masked, times=30)

    assert outcome(search, masked) > 0
    assert outcome(search, other) == 0
    assert outcomes(search, unmasked, times=40) == [0] * 40
    assert AuditAction.SEARCHED not in world.actions(by=unmasked.id)


@pytest.mark.parametrize(
    ("text", "whole", "kind"),
    [
        ("jana@example.com", WholeValue(email="jana@example.com"), "e-mail"),
        ("+420777123456", WholeValue(phones=frozenset({"+420777123456"})), "phone"),
        ("4711", WholeValue(customer_id=4711), "customer id"),
        (
            "f859833551be476f83e7522512104512",
            WholeValue(lead_id=UUID(int=0xF859833551BE476F83E7522512104512)),
            "lead id",
        ),
    ],
)
def test_a_whole_value_is_what_is_looked_for(search, world, masked, text, whole, kind):
    assert search.permit(InboxQuery(text=text), by=masked).whole == whole
    assert world.audit.entries(by=masked.id)[0].detail == kind


@pytest.mark.parametrize("text", ["Jana", "jana@", "@", "?@!.?", "f8598335", "²", "٣٤٥", "1" * 19, "a@b c@d"])
def test_anything_else_is_refused_and_not_counted(search, world, masked, text):
    with pytest.raises(PartialSearchError):
        search.permit(InboxQuery(text=text), by=masked)

    assert AuditAction.SEARCHED not in world.actions(by=masked.id)


def test_lists_without_a_search_are_free(search, world, masked):
    query = InboxQuery(
        units=FacetMatches(Facet.UNIT, "A-101"), campaigns=FacetMatches(Facet.CAMPAIGN, "jar", ("jaro",))
    )

    assert search.permit(query, by=masked) is query
    assert AuditAction.SEARCHED not in world.actions(by=masked.id)


def test_a_scope_holds_entries_of_its_projects_and_of_its_people(world, masked):
    """A search belongs to whoever made it; a lead of another project, or of an unknown one, to neither."""
    other = world.admit("karel@firma.example")
    last = world.audit.entries()[0].number
    for person in (masked, other):
        world.audit.record(AuditAction.SIGNED_IN, by=person.id)
        world.audit.record(AuditAction.SEARCHED, by=person.id)
        world.audit.record(AuditAction.PERSON_RESET, by=None, subject=str(person.id))
        world.audit.record(AuditAction.VIEWED, by=person.id, subject="unknown-project")
        for project in ("riverside", "jantar"):
            world.audit.record(AuditAction.VIEWED, by=person.id, subject="lead", project=project)

    scope = AuditScope(projects=frozenset({"riverside"}), people=frozenset({masked.id}))
    found = [entry for entry in world.audit.page(AuditFilter(), scope=scope) if entry.number > last]

    assert [(each.action, each.by, each.subject, each.project) for each in reversed(found)] == [
        (AuditAction.SIGNED_IN, masked.id, "", None),
        (AuditAction.SEARCHED, masked.id, "", None),
        (AuditAction.PERSON_RESET, None, str(masked.id), None),
        (AuditAction.VIEWED, masked.id, "lead", "riverside"),
        (AuditAction.VIEWED, other.id, "lead", "riverside"),
    ]
    nothing = AuditScope(projects=frozenset(), people=frozenset())
    assert world.audit.page(AuditFilter(), scope=nothing) == []
