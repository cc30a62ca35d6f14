"""A lead that may have gone to another account than its own: no list settles that, so a person does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from realpad_form.domain.delivery import Outcome, Status
from realpad_form.domain.errors import IllegalTransitionError
from realpad_form.domain.lead import CallEnd, Lead, Route
from realpad_form.domain.listing import ListEntry
from realpad_form.domain.reason import Code, Reason
from realpad_form.domain.reconcile import ListMatch, Presence

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
APART = timedelta(minutes=10)
PRESUMED = CallEnd(outcome=Outcome.UNKNOWN, is_presumed=True)
MADE = CallEnd(outcome=Outcome.UNKNOWN, is_presumed=False)
SEEN = ListEntry(inquiry_id=1, customer_id=4711, customer_name="Jana Nováková", at=NOON)
ELSEWHERE = Reason(code=Code.OTHER_ACCOUNT)
LEAD = Lead(
    id=uuid4(), project="riverside", credential="north", account="one", status=Status.UNKNOWN,
    created_at=NOON, due_at=NOON,
)  # fmt: skip


def reconciled(lead, presence, *entries, rounds=10):
    for number in range(rounds):
        asked_at = NOON + number * APART
        result = ListMatch(presence=presence, entries=entries)
        lead = lead.reconciled(result, asked_at=asked_at, now=asked_at, apart=APART)
    return lead


@pytest.mark.parametrize("presence", [Presence.ABSENT, Presence.NOT_LISTED])
@pytest.mark.parametrize("code", [Code.OTHER_ACCOUNT, Code.ALTERED, Code.KEY_MISSING])
def test_no_absence_from_one_list_sends_it(presence, code):
    lead = replace(LEAD, reasons=(Reason(code=code),))

    assert reconciled(lead, presence) == lead


def test_what_a_list_shows_is_told_beside_it():
    lead = reconciled(replace(LEAD, reasons=(ELSEWHERE,)), Presence.UNCLEAR, SEEN)

    assert [reason.code for reason in lead.reasons] == [Code.OTHER_ACCOUNT, Code.AMBIGUOUS]
    assert reconciled(lead, Presence.ABSENT) == lead


def test_found_in_its_own_list_it_is_delivered():
    lead = reconciled(replace(LEAD, reasons=(ELSEWHERE,)), Presence.THERE, SEEN, rounds=1)

    assert (lead.status, lead.customer_id, lead.reasons) == (Status.DELIVERED, 4711, ())


@pytest.mark.parametrize(
    ("status", "calls", "after"),
    [
        (Status.UNKNOWN, [PRESUMED], Status.UNKNOWN),
        (Status.UNKNOWN, [MADE], Status.UNKNOWN),  # under way when the copy was made
        (Status.REJECTED, [MADE, PRESUMED], Status.REJECTED),
        (Status.QUARANTINED, [PRESUMED], Status.QUARANTINED),
        (Status.DISCARDED, [PRESUMED], Status.DISCARDED),
        (Status.QUEUED, [PRESUMED], Status.UNKNOWN),  # another machine has found it absent already
    ],
)
@pytest.mark.parametrize("account", ["two", ""], ids=["another account", "one not known yet"])
def test_after_a_restore_it_waits_for_a_person(status, calls, after, account):
    lead = replace(LEAD, status=status, absent_at=NOON)

    suspected = lead.after_reroute(Route(credential="north", account=account), calls)

    assert (suspected.status, suspected.reasons, suspected.absent_at) == (after, (ELSEWHERE,), None)


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ({"account": "two"}, [PRESUMED]),  # the copy knows it
        ({"status": Status.DELIVERED}, [MADE]),
        ({"status": Status.ERASED}, []),
        ({"status": Status.QUEUED}, []),  # nothing was sent since the copy was made
        ({"status": Status.QUEUED}, [MADE]),
        ({"reasons": (ELSEWHERE,)}, [PRESUMED]),
    ],
)
def test_after_a_restore_it_stays_as_it_is_if_that_is_known_or_does_not_matter(changes, calls):
    lead = replace(LEAD, **changes)

    assert lead.after_reroute(Route(credential="north", account="two"), calls) is lead


def test_after_a_restore_the_end_of_its_call_is_waited_for():
    with pytest.raises(IllegalTransitionError):
        replace(LEAD, status=Status.SENDING).after_reroute(Route(credential="south", account="two"), [])
