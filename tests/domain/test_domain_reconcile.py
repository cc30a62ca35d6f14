"""What the list tells: never more than it can."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from realpad_form.domain.reconcile import (
    CLOCKS_APART,
    NAMESAKES_APART,
    Call,
    Listed,
    Presence,
    compare,
    sightings,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = {"1": ["Riverside Residences"], "2": ["Jantar"]}


def call(number, *, name="Jana Nováková", project="1", campaign="", at=NOON, lasted_s=15, customer_id=None):
    return Call(
        lead_id=UUID(int=number), name=name, project=project, campaign=campaign,
        started_at=at, ended_at=at + timedelta(seconds=lasted_s), customer_id=customer_id,
    )  # fmt: skip


def listed(number, *, name="Jana Nováková", projects=("Riverside Residences",), campaign="", at=NOON):
    return Listed(
        inquiry_id=number, customer_id=1000 + number, customer_name=name, at=at,
        projects=projects, campaign=campaign,
    )  # fmt: skip


def presences(unknown, entries, delivered=()):
    told = compare(unknown, delivered, entries, names=NAMES)
    return [told.findings[each.lead_id].presence for each in unknown]


def test_an_entry_with_name_project_campaign_and_time_is_the_lead():
    told = compare([call(1, campaign="spring")], [], [listed(7, campaign="spring"), listed(8)], names=NAMES)

    [finding] = told.findings.values()
    assert (finding.presence, finding.entries[0].customer_id) == (Presence.THERE, 1007)


def test_an_empty_list_lacks_the_lead():
    assert presences([call(1)], []) == ["absent"]


@pytest.mark.parametrize(
    "entry",
    [
        listed(7, projects=("Jantar",)),
        listed(7, at=NOON - NAMESAKES_APART - timedelta(seconds=1)),
        listed(7, at=NOON + timedelta(seconds=16) + NAMESAKES_APART),
    ],
    ids=["another project", "days before the call", "days after the call"],
)
def test_an_entry_that_cannot_be_the_lead_does_not_hide_its_absence(entry):
    assert presences([call(1)], [entry]) == ["absent"]


@pytest.mark.parametrize(
    "entry",
    [
        listed(7, campaign="spring"),
        listed(7, at=NOON - CLOCKS_APART - timedelta(seconds=1)),
        listed(7, at=NOON - timedelta(hours=1)),
        listed(7, at=NOON + timedelta(hours=1)),
    ],
    ids=["another campaign", "too early", "an hour early", "an hour late"],
)
def test_a_namesake_of_the_same_day_that_is_nobodys_leaves_a_lead_in_doubt(entry):
    assert presences([call(1)], [entry]) == ["unclear"]


def test_an_entry_of_the_time_under_another_name_and_no_campaign_leaves_a_lead_in_doubt():
    assert presences([call(1, campaign="spring")], [listed(7, name="Jana Malá")]) == ["unclear"]


def test_an_entry_of_the_time_under_another_name_and_campaign_is_not_the_lead():
    entry = listed(7, name="Jana Malá", campaign="summer")

    assert presences([call(1, campaign="spring")], [entry]) == ["absent"]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("lacked", "entries"),
    [
        (NOON - HOUR, []),
        (NOON - HOUR, [listed(7, name="Petr Malý", at=NOON + HOUR)]),
        (NOON + HOUR, [listed(7, name="Petr Malý", at=NOON - HOUR)]),
    ],
    ids=["empty", "cut", "standing still"],
)
def test_a_list_that_lacks_a_delivered_lead_on_that_side_proves_no_absence(lacked, entries):
    told = compare([call(1)], [call(2, name="Eva Malá", at=lacked, customer_id=4)], entries, names=NAMES)

    finding = told.findings[UUID(int=1)]
    assert finding.presence == "unclear"
    assert "lacks leads it took" in finding.describe()


def test_a_list_that_lacks_a_delivered_lead_and_shows_both_sides_of_the_call_proves_its_absence():
    around = [listed(7, name="Petr Malý", at=NOON - HOUR), listed(8, name="Ota Malý", at=NOON + HOUR)]
    gone = call(2, name="Eva Malá", at=NOON - 2 * HOUR, customer_id=4)

    assert presences([call(1)], around, [gone]) == ["absent"]


@pytest.mark.parametrize("name", ["nováková  JANA", "Jana Nova\u0301kova\u0301"])
def test_names_are_compared_as_people_read_them(name):
    assert presences([call(1)], [listed(7, name=name)]) == ["there"]


def test_an_entry_under_another_name_may_be_a_customer_known_before():
    assert presences([call(1)], [listed(7, name="J. Novak")]) == ["unclear"]


def test_an_entry_of_a_project_nobody_has_named_yet_may_be_ours():
    assert presences([call(1)], [listed(7, projects=("Řeka – 1. etapa",))]) == ["there"]


def test_an_entry_of_a_project_whose_file_has_another_number_by_now_may_be_ours():
    assert presences([call(1, project="3")], [listed(7)]) == ["there"]


def test_the_name_of_a_project_is_learned_from_delivered_leads():
    delivered = [call(9, name="Petr Malý", project="2", customer_id=1009)]
    entries = [listed(9, name="Petr Malý", projects=("Jantar II",)), listed(7, projects=("Jantar II",))]

    assert presences([call(1, project="1")], entries, delivered) == ["absent"]
    assert presences([call(1, project="2")], entries, delivered) == ["there"]


def test_the_entry_of_a_delivered_lead_is_nobody_elses():
    delivered = [call(9, customer_id=1007)]

    assert presences([call(1)], [listed(7)], delivered) == ["absent"]


def test_the_entry_of_a_lead_that_was_called_several_times_may_be_anybodys():
    delivered, before = [call(9, customer_id=1007)], [call(9, at=NOON - timedelta(hours=1))]

    told = compare([call(1)], delivered, [listed(7)], names=NAMES, others=before)

    assert told.findings[UUID(int=1)].presence == "unclear"


def test_two_alike_that_are_both_listed_are_both_there():
    calls = [call(1), call(2, at=NOON + timedelta(seconds=20))]
    entries = [listed(8, at=NOON + timedelta(seconds=21)), listed(7, at=NOON + timedelta(seconds=1))]

    told = compare(calls, [], entries, names=NAMES)

    customers = [told.findings[each.lead_id].entries[0].customer_id for each in calls]
    assert customers == [1007, 1008]


def test_one_entry_for_two_alike_is_for_a_person():
    assert presences([call(1), call(2)], [listed(7)]) == ["unclear", "unclear"]


def test_two_entries_for_one_lead_are_for_a_person():
    assert presences([call(1)], [listed(7), listed(8)]) == ["unclear"]


def test_what_a_person_reads_holds_no_name():
    told = compare([call(1)], [], [listed(7, name="Jan Novák")], names=NAMES)

    words = told.findings[UUID(int=1)].describe()

    assert "customer 1007" in words
    assert "Nov" not in words


def test_a_delivered_lead_that_is_not_listed_is_missing():
    delivered = [call(1, customer_id=1001), call(2, customer_id=1002)]

    told = compare([], delivered, [listed(1)], names=NAMES)

    assert [each.lead_id for each in told.missing] == [UUID(int=2)]


def test_a_customer_with_two_leads_needs_two_entries():
    delivered = [call(1, customer_id=1001), call(2, customer_id=1001)]

    told = compare([], delivered, [listed(1)], names=NAMES)

    assert len(told.missing) == 1


def test_a_person_sees_who_has_the_name_or_the_time_the_likeliest_first():
    entries = [
        listed(1, at=NOON + timedelta(days=1)),
        listed(2, name="Petr Malý"),
        listed(3),
        listed(4, name="Petr Malý", at=NOON + timedelta(days=1)),
    ]

    seen = sightings(call(9), [], entries, names=NAMES)

    assert [each.entry.inquiry_id for each in seen] == [3, 1, 2]
    assert [each.agreements for each in seen] == [4, 3, 3]


def test_a_person_sees_which_entry_is_another_leads():
    seen = sightings(call(9), [call(1, customer_id=1003)], [listed(3), listed(5)], names=NAMES)

    assert [(each.entry.inquiry_id, each.taken_by) for each in seen] == [(5, None), (3, UUID(int=1))]
