"""What Realpad's list shows of calls that the log does not know."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from realpad_form.domain.listing import ListEntry
from realpad_form.domain.restored import KnownCall, Sign, Unsent, sent_since

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LATE = timedelta(minutes=10)
numbers = count(1)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def entry(name, minutes, customer_id=None):
    number = next(numbers)
    return ListEntry(
        inquiry_id=number, customer_id=customer_id or 1000 + number, customer_name=name, at=at(minutes)
    )


def call(name, minutes, customer_id=None, contacts=()):
    return KnownCall(
        name=name,
        contacts=frozenset(contacts),
        started_at=at(minutes),
        ended_at=at(minutes),
        customer_id=customer_id,
    )


def unsent(name, *, contacts=(), is_due=True):
    return Unsent(name=name, contacts=frozenset(contacts), is_due=is_due)


def found(leads, calls, entries):
    return sent_since(leads, calls, entries, late=LATE)


def test_an_entry_under_the_name_of_a_queued_lead_that_no_call_made_shows_a_restore():
    mine = entry("Nováková Jana", 5)

    assert found([unsent("Jana Nováková")], [], [entry("Petr Svoboda", 5), mine]) == (mine,)


def test_an_empty_list_and_strangers_show_nothing():
    assert found([unsent("Jana Nováková")], [], []) == ()
    assert found([unsent("Jana Nováková")], [], [entry("Petr Svoboda", 5)]) == ()


def test_the_clocks_do_not_matter_for_a_queued_lead():
    mine = entry("Jana Nováková", -3 * 24 * 60)

    assert found([unsent("Jana Nováková")], [call("Petr Svoboda", 0, 7)], [mine]) == (mine,)


def test_an_entry_that_a_call_of_the_same_person_accounts_for_shows_nothing():
    before = entry("Jana Nováková", -60, customer_id=7)

    assert found([unsent("Jana Nováková")], [call("Jana Nováková", -60, 7)], [before]) == ()


def test_one_more_entry_of_a_person_than_calls_shows_a_restore():
    before, since = entry("Jana Nováková", -60, customer_id=7), entry("Jana Nováková", 5, customer_id=7)

    assert found([unsent("Jana Nováková")], [call("Jana Nováková", -60, 7)], [since, before]) == (since,)


@pytest.mark.parametrize(("minutes", "is_found"), [(9, False), (31, True)])
def test_a_call_of_unknown_end_accounts_for_an_entry_of_its_time_only(minutes, is_found):
    seen = entry("Jana Nováková", minutes)

    assert bool(found([unsent("Jana Nováková")], [call("Jana Nováková", 0)], [seen])) is is_found


def test_a_lead_that_realpad_lists_under_another_name_is_known_by_its_customer():
    before = call("J. Nováková", -60, 7, contacts=["+420777123456"])
    seen = [entry("J. Nováková", -60, customer_id=7), entry("J. Nováková", 5, customer_id=7)]

    assert found([unsent("Jana Nováková", contacts=["+420777123456"])], [before], seen) == (seen[1],)
    assert found([unsent("Jana Nováková", contacts=["+420777999999"])], [before], seen) == ()


def test_a_lead_that_waits_for_a_person_counts_once_its_entry_is_later_than_every_call():
    waits = unsent("Jana Nováková", is_due=False)
    calls = [call("Petr Svoboda", 0, 7)]
    listed = entry("Petr Svoboda", 0, customer_id=7)

    assert found([waits], calls, [listed, entry("Jana Nováková", 9)]) == ()
    [later] = found([waits], calls, [listed, entry("Jana Nováková", 11)])
    assert later.customer_name == "Jana Nováková"


def test_an_erased_call_accounts_for_the_entry_of_its_time():
    assert found([unsent("Jana Nováková")], [call(" ", 0)], [entry("Jana Nováková", 1)]) == ()


def test_an_erased_call_takes_no_entry_from_one_that_has_a_name():
    calls = [call(" ", 0), call("Jana Nováková", 0, 7)]

    assert found([unsent("Jana Nováková")], calls, [entry("Jana Nováková", 0, customer_id=7)]) == ()


@pytest.mark.parametrize("sign", Sign)
def test_every_sign_has_words(sign):
    assert sign.describe()
