"""Visits are counted in memory, added up by and by, and never cost a visitor anything."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest

from realpad_form.adapters.sql import SqlTally
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.statistics import (
    OTHER,
    TEST_CAMPAIGN,
    FormEvent,
    FormEventKey,
    FunnelStep,
    GroupBy,
    StatisticsQuery,
    TallyKey,
    median_s,
    nothing,
    wait_step,
)
from realpad_form.services.statistics import KEPT_FUNNELS, PLACES, Statistics

TODAY = date(2026, 3, 29)
EVER = StatisticsQuery(since=date(2000, 1, 1), until=date(2100, 1, 1))


class MemoryTally:
    """A tally that fails while it is said to be away."""

    def __init__(self):
        self.is_away, self.counts, self.found = False, {}, {}

    def add(self, counts, events=None):
        if self.is_away:
            raise StorageUnavailableError("away")
        for key, number in (events or {}).items():
            self.found[key] = self.found.get(key, 0) + number
        for key, number in counts.items():
            self.counts[key] = self.counts.get(key, 0) + number

    def report(self, query, *, by):
        return []


@pytest.fixture
def tally():
    return MemoryTally()


@pytest.fixture
def statistics(tally, clock):
    return Statistics(tally, clock)


@pytest.fixture
def stored(database):
    return SqlTally(database)


def test_counts_of_many_threads_are_all_added(statistics, tally):
    def visit():
        for _ in range(200):
            statistics.count(FunnelStep.VIEW, "riverside")

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statistics.add_up()

    assert tally.counts == {(TallyKey("riverside", TODAY), "view"): 1600}


def test_what_cannot_be_added_now_is_kept(statistics, tally, caplog):
    tally.is_away = True
    statistics.count(FunnelStep.VIEW, "riverside")
    statistics.add_up()
    statistics.count(FunnelStep.VIEW, "riverside")
    tally.is_away = False

    statistics.add_up()
    statistics.add_up()

    assert tally.counts == {(TallyKey("riverside", TODAY), "view"): 2}
    assert "visits could not be counted yet" in caplog.text


def test_made_up_campaigns_are_counted_together_beyond_a_number(statistics, tally):
    for number in range(PLACES + 50):
        statistics.count(FunnelStep.VIEW, "riverside", campaign=f"c{number}")
    statistics.count(FunnelStep.VIEW, "riverside", campaign="c0")
    statistics.count(FunnelStep.VIEW, "jantar", campaign="c0")

    statistics.add_up()

    assert len(tally.counts) == PLACES + 2
    assert tally.counts[TallyKey("riverside", TODAY, OTHER, OTHER), "view"] == 50
    assert tally.counts[TallyKey("riverside", TODAY, "c0"), "view"] == 2


def test_campaigns_are_told_apart_anew_on_the_next_day(statistics, tally, clock):
    for number in range(PLACES + 1):
        statistics.count(FunnelStep.VIEW, "riverside", campaign=f"c{number}")
    clock.advance(days=1)
    statistics.count(FunnelStep.VIEW, "riverside", campaign="new")

    statistics.add_up()

    assert tally.counts[TallyKey("riverside", TODAY + timedelta(days=1), "new"), "view"] == 1


def test_a_long_name_is_cut(statistics, tally):
    statistics.count(FunnelStep.VIEW, "riverside", campaign="c" * 500, unit="u" * 500)

    statistics.add_up()

    assert tally.counts == {(TallyKey("riverside", TODAY, "c" * 100, "u" * 100), "view"): 1}


def test_counts_are_added_to_those_of_other_machines(stored):
    here = TallyKey("riverside", TODAY, "spring", "A.1")
    for number in (2, 3):
        stored.add({(here, FunnelStep.VIEW): number, (here, FunnelStep.START): 1})

    [row] = stored.report(EVER, by=GroupBy.PROJECT)

    assert row.name == "riverside"
    assert [row.counts[step] for step in (FunnelStep.VIEW, FunnelStep.START, FunnelStep.SEND)] == [5, 2, 0]


def test_machines_that_add_at_the_same_time_lose_nothing(stored):
    places = [TallyKey("riverside", TODAY, f"c{number}") for number in range(20)]

    def add(order):
        for _ in range(5):
            stored.add({(place, FunnelStep.VIEW): 1 for place in places[::order]})

    threads = [threading.Thread(target=add, args=[order]) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [row.counts[FunnelStep.VIEW] for row in stored.report(EVER, by=GroupBy.CAMPAIGN)] == [20] * 20


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (GroupBy.DAY, ["2026-03-29", "2026-03-30"]),
        (GroupBy.CAMPAIGN, ["", "spring"]),
        (GroupBy.UNIT, ["", "A.1"]),
        (GroupBy.CAMPAIGN_AND_UNIT, ["", "spring"]),
        (GroupBy.PROJECT, ["jantar", "riverside"]),
    ],
)
def test_figures_are_listed_by_each_name_in_its_order(stored, by, names):
    stored.add({(TallyKey("riverside", TODAY, "spring"), FunnelStep.VIEW): 1})
    stored.add({(TallyKey("jantar", TODAY + timedelta(days=1), "", "A.1"), FunnelStep.VIEW): 1})

    assert [row.name for row in stored.report(EVER, by=by)] == names


@pytest.mark.parametrize(
    ("narrowed", "views"),
    [
        ({}, 7),
        ({"projects": frozenset()}, 0),
        ({"projects": frozenset({"jantar"})}, 4),
        ({"campaign": "spring"}, 1),
        ({"campaign": ""}, 6),
        ({"unit": "A.1"}, 2),
        ({"until": TODAY}, 3),
        ({"since": TODAY + timedelta(days=1)}, 4),
    ],
    ids=str,
)
def test_figures_are_only_of_what_is_asked_for(stored, narrowed, views):
    stored.add({(TallyKey("riverside", TODAY, "spring"), FunnelStep.VIEW): 1})
    stored.add({(TallyKey("riverside", TODAY, "", "A.1"), FunnelStep.VIEW): 2})
    stored.add({(TallyKey("jantar", TODAY + timedelta(days=1)), FunnelStep.VIEW): 4})

    query = StatisticsQuery(**{"since": EVER.since, "until": EVER.until, **narrowed})

    assert sum(row.counts[FunnelStep.VIEW] for row in stored.report(query, by=GroupBy.DAY)) == views


@pytest.mark.parametrize("seconds", [1, 7, 30, 3600, 400_000])
def test_a_median_is_right_to_a_fifth(stored, seconds):
    here = TallyKey("riverside", TODAY)
    for wait in (0, seconds, 10 * seconds):
        stored.add({(here, wait_step(wait)): 1})

    [row] = stored.report(EVER, by=GroupBy.DAY)

    assert seconds <= row.answered_in_s <= 1.2 * seconds


def test_test_leads_are_counted_only_if_they_are_asked_for(stored):
    stored.add({(TallyKey("riverside", TODAY, TEST_CAMPAIGN), FunnelStep.ACCEPTED): 2})

    assert stored.report(EVER, by=GroupBy.PROJECT) == []
    [row] = stored.report(replace(EVER, campaign=TEST_CAMPAIGN), by=GroupBy.PROJECT)
    assert row.counts[FunnelStep.ACCEPTED] == 2


def test_names_stand_beside_what_they_were_as_many_days_before(stored, clock):
    statistics = Statistics(stored, clock)
    for days, campaign, number in [(0, "a", 3), (1, "a", 1), (2, "a", 2), (3, "b", 7), (4, "a", 100)]:
        stored.add(
            {(TallyKey("riverside", TODAY - timedelta(days=days), campaign), FunnelStep.ACCEPTED): number}
        )
    query = StatisticsQuery(since=TODAY - timedelta(days=1), until=TODAY)

    stopped = statistics.trends(query, by=GroupBy.CAMPAIGN)
    days, whole = statistics.overview(query)

    assert [(each.now.name, each.now.counts[FunnelStep.ACCEPTED]) for each in stopped] == [("a", 4), ("b", 0)]
    assert [each.change(FunnelStep.ACCEPTED) for each in stopped] == [1.0, -1.0]
    assert [each.counts[FunnelStep.ACCEPTED] for each in days] == [1, 3]
    assert whole.change(FunnelStep.ACCEPTED) == 4 / 9 - 1


def test_numbers_of_this_week_are_always_those_of_now(stored, clock):
    statistics = Statistics(stored, clock)
    for _ in range(2):
        stored.add({(TallyKey("riverside", TODAY - timedelta(days=6)), FunnelStep.VIEW): 1})
        [row] = statistics.report(EVER, by=GroupBy.PROJECT)

    assert row.counts[FunnelStep.VIEW] == 2


def test_settled_days_are_read_again_after_ten_minutes_and_join_those_of_this_week(stored, clock):
    statistics = Statistics(stored, clock)
    stored.add({(TallyKey("riverside", TODAY), FunnelStep.VIEW): 1})
    seen = []
    for minutes in (0, 9, 2):
        stored.add({(TallyKey("riverside", TODAY - timedelta(days=7), "spring"), FunnelStep.VIEW): 10})
        clock.advance(minutes=minutes)
        [row] = statistics.report(EVER, by=GroupBy.PROJECT)
        seen.append(row.counts[FunnelStep.VIEW])

    assert seen == [11, 11, 31]


def test_only_so_many_names_are_kept_in_memory(clock):
    class EndlessTally(MemoryTally):
        def report(self, query, *, by):
            self.reads = getattr(self, "reads", 0) + 1
            return [nothing(f"c{number}") for number in range(KEPT_FUNNELS // 2)]

    tally = EndlessTally()
    statistics = Statistics(tally, clock)
    queries = [replace(EVER, until=date(2020, 1, day)) for day in (1, 2, 3)]
    for query in (*queries, queries[2], queries[0]):
        statistics.report(query, by=GroupBy.CAMPAIGN)

    assert tally.reads == 4


def test_what_keeps_visitors_from_sending_is_counted_and_kept_while_the_database_is_away(statistics, tally):
    tally.is_away = True
    statistics.count_event(FormEvent.LEFT, "riverside", "phone")
    statistics.add_up()
    tally.is_away = False
    statistics.count_event(FormEvent.LEFT, "riverside", "phone")

    statistics.add_up()
    statistics.add_up()

    assert tally.found == {FormEventKey("riverside", TODAY, FormEvent.LEFT, "phone"): 2}


def test_obstacles_are_summed_up_over_days_and_machines_of_what_is_asked_for(stored, clock):
    def key(event, name, *, project="riverside", days=0):
        return FormEventKey(project, TODAY - timedelta(days=days), event, name)

    for _ in range(2):
        stored.add({}, {key(FormEvent.LEFT, "phone"): 2, key(FormEvent.LEFT, "email", days=1): 5})
    stored.add({}, {key(FormEvent.REFUSED, "limit"): 1, key(FormEvent.LEFT, "phone", project="jantar"): 9})
    stored.add({}, {key(FormEvent.LEFT, "phone", days=2): 100})
    query = StatisticsQuery(since=TODAY - timedelta(days=1), until=TODAY, projects=frozenset({"riverside"}))

    found = Statistics(stored, clock).obstacles(query)

    assert found == {
        FormEvent.REFUSED: [("limit", 1)],
        FormEvent.MISTAKE: [],
        FormEvent.LEFT: [("email", 10), ("phone", 4)],
    }


def test_without_an_answer_there_is_no_median():
    assert median_s({}) is None
