"""No comparison says anything false, in any small history; see `reconcile_model`."""

from datetime import timedelta
from itertools import islice

import pytest
from reconcile_model import CLOCKS, GAPS, HOLES, PEOPLE, count, histories, sample

from realpad_form.domain import reconcile


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.long)])
def test_no_history_of_two_calls_is_misread(step):
    """A fifth of them, with every kind of people, clock and list among them, and all of them at length."""
    counted = count(islice(histories(2), None, None, step))

    assert counted["stored", "there"] > 0
    assert counted["never stored", "not listed"] > 0


@pytest.mark.parametrize("step", [7, pytest.param(3, marks=pytest.mark.long)])
def test_no_sampled_history_of_three_calls_seconds_or_hours_apart_is_misread(step):
    chosen = histories(3, gaps=GAPS[::2], clocks=CLOCKS[::4], who=["strangers"], holes=HOLES[:1])

    counted = count(islice((each for each in chosen if not each.has_date), None, None, step))

    assert counted["never stored", "absent"] > 0
    assert counted["stored late", "there"] > 0


def test_no_sampled_history_of_four_calls_is_misread():
    assert count(sample(10_000, calls=4, seed=1)).total() > 10_000


def test_the_model_notices_a_comparison_that_pairs_by_time_alone(monkeypatch):
    monkeypatch.setattr(reconcile._Verdicts, "_is_needed", lambda evidence, entry, calls: True)

    with pytest.raises(AssertionError, match="but there"):
        count(histories(3, gaps=GAPS[::2], clocks=[timedelta(0)], who=["strangers"], holes=HOLES[:1]))


@pytest.mark.long
@pytest.mark.parametrize("who", PEOPLE)
def test_no_history_of_three_calls_is_misread(who):
    """Without the answer's `Date`, which can only make a comparison more careful."""
    count(each for each in histories(3, who=[who], holes=HOLES[:2]) if not each.has_date)


@pytest.mark.long
@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_no_history_of_four_calls_of_strangers_is_misread(gap):
    chosen = histories(4, gaps=[gap], who=["strangers"], holes=HOLES[:1])

    count(each for each in chosen if not each.has_date)


@pytest.mark.long
def test_no_history_of_many_sampled_ones_of_four_calls_is_misread():
    count(sample(1_000_000, calls=4, seed=2))
