"""What the list tells: never more than it can."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from uuid import UUID

import pytest

from realpad_form.domain.listing import CLOCKS_APART, Call, ListEntry
from realpad_form.domain.reconcile import Presence, compare, describe_duration, sightings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = {"1": ["Riverside Residences"], "2": ["Jantar"]}


def call(number, *, name="Jana Nováková", project="1", campaign="", at=NOON, lasted_s=15, **more):
    return Call(
        lead_id=UUID(int=number), name=name, project=project, campaign=campaign,
        started_at=at, ended_at=at + timedelta(seconds=lasted_s), **more,
    )  # fmt: skip


def listed(number, *, name="Jana Nováková", projects=("Riverside Residences",), campaign="", at=NOON):
    return ListEntry(
        inquiry_id=number, customer_id=1000 + number, customer_name=name, at=at,
        projects=projects, campaign=campaign,
    )  # fmt: skip


def other_lead(number, at, *, project="1"):
    """A delivered lead of somebody else."""
    return call(number, name=f"Petr {number}", project=project, at=at, customer_id=1000 + number)


def its_entry(number, at, **more):
    return listed(number, name=f"Petr {number}", at=at, **more)


BEFORE, AFTER = other_lead(101, NOON - HOUR), other_lead(102, NOON + HOUR)
AROUND = [its_entry(102, NOON + HOUR), its_entry(101, NOON - HOUR)]


def presences(unknown, entries, delivered=(), **more):
    told = compare(unknown, delivered, entries, **more)
    return [told.results[each.lead_id].presence for each in unknown]


def presence_among_others(unknown, *entries, delivered=(), **more):
    """Look for a lead in a list that shows others from before and after it."""
    return presences([unknown], [*entries, *AROUND], [BEFORE, AFTER, *delivered], **more)[0]


def test_an_entry_with_name_project_campaign_and_time_is_the_lead():
    told = compare([call(1, campaign="spring")], [], [listed(7, campaign="spring"), listed(8)])

    [finding] = told.results.values()
    assert (finding.presence, finding.entries[0].customer_id) == (Presence.THERE, 1007)


def test_a_list_with_leads_from_before_and_after_that_lacks_one_proves_its_absence():
    assert presence_among_others(call(1)) == "absent"


@pytest.mark.parametrize(
    ("delivered", "entries"),
    [([], []), ([BEFORE], AROUND[1:]), ([AFTER], AROUND[:1])],
    ids=["nothing else", "nothing from after", "nothing from before"],
)
def test_a_list_that_may_end_before_the_lead_proves_no_absence(delivered, entries):
    assert presences([call(1)], entries, delivered) == ["not listed"]


def test_a_lead_delivered_while_the_call_could_still_arrive_shows_nothing_about_it():
    late = call(1, late=2 * HOUR)

    assert presences([late], AROUND, [BEFORE, AFTER]) == ["not listed"]


@pytest.mark.parametrize(
    ("delivered", "entries"),
    [([BEFORE], []), ([BEFORE, AFTER], AROUND[:1]), ([BEFORE, AFTER], AROUND[1:])],
    ids=["empty", "cut", "standing still"],
)
def test_a_list_that_lacks_a_delivered_lead_proves_nothing(delivered, entries):
    told = compare([call(1)], delivered, entries)

    finding = told.results[UUID(int=1)]
    assert finding.presence == "unclear"
    assert "lacks leads it took" in str(finding.reason)


@pytest.mark.parametrize(("project", "presence"), [("1", "unclear"), ("2", "absent")])
def test_a_list_with_a_hole_proves_no_absence_in_the_project_that_has_it(project, presence):
    gone = call(2, name="Eva Malá", project=project, at=NOON - 2 * HOUR, customer_id=4)

    assert presence_among_others(call(1), delivered=[gone]) == presence


def test_leads_of_another_project_do_not_show_that_the_list_is_complete():
    assert presence_among_others(call(1, project="2")) == "not listed"


@pytest.mark.parametrize(
    "entry",
    [
        listed(7, campaign="spring"),
        listed(7, at=NOON - CLOCKS_APART - timedelta(seconds=1)),
        listed(7, at=NOON + HOUR),
        listed(7, at=NOON - timedelta(days=2)),
        listed(7, at=NOON + timedelta(days=2)),
        listed(7, projects=("Jantar",)),
    ],
    ids=["another campaign", "too early", "an hour late", "days early", "days late", "another project"],
)
def test_an_entry_of_the_same_name_that_is_no_other_leads_leaves_a_lead_in_doubt(entry):
    assert presence_among_others(call(1), entry) == "unclear"


def test_an_entry_of_the_time_under_another_name_leaves_a_lead_in_doubt():
    entry = listed(7, name="J. Novak")

    assert presence_among_others(call(1, campaign="spring"), entry) == "unclear"


@pytest.mark.parametrize(
    "entry",
    [
        listed(7, name="J. Novak", campaign="summer"),
        listed(7, name="J. Novak", at=NOON + HOUR),
        listed(7, name="J. Novak", at=NOON - HOUR),
    ],
    ids=["another campaign", "too late", "too early"],
)
def test_an_entry_under_another_name_and_of_another_campaign_or_time_is_not_the_lead(entry):
    assert presence_among_others(call(1, campaign="spring"), entry) == "absent"


def test_times_exclude_nothing_before_any_entry_has_shown_that_the_clocks_agree():
    entry = listed(7, name="J. Novak", at=NOON - timedelta(days=2))

    assert presences([call(1)], [entry]) == ["unclear"]


@pytest.mark.parametrize("name", ["nováková  JANA", "Jana Nova\u0301kova\u0301"])
def test_names_are_compared_as_people_read_them(name):
    assert presences([call(1)], [listed(7, name=name)]) == ["there"]


def test_an_entry_of_a_project_nobody_has_named_yet_may_be_ours():
    assert presences([call(1)], [listed(7, projects=("Řeka – 1. etapa",))]) == ["there"]


def test_an_entry_that_files_give_to_another_project_is_not_taken_for_the_lead_nor_proves_its_absence():
    entry = listed(7, projects=("Jantar",))

    assert presences([call(1, project="1")], [entry], names=NAMES) == ["unclear"]
    assert presences([call(1, project="2")], [entry], names=NAMES) == ["there"]


def test_the_name_of_a_project_is_learned_from_delivered_leads():
    taught = [other_lead(number, NOON - HOUR, project="2") for number in (103, 104)]
    theirs = [its_entry(number, NOON - HOUR, projects=("Jantar II",)) for number in (103, 104)]
    other_time, own_time = (listed(7, projects=("Jantar II",), at=at) for at in (NOON - HOUR, NOON))

    assert presence_among_others(call(1, project="1"), *theirs, other_time, delivered=taught) == "absent"
    assert presence_among_others(call(1, project="1"), *theirs, own_time, delivered=taught) == "unclear"
    assert presence_among_others(call(1, project="2"), *theirs, own_time, delivered=taught) == "there"


@pytest.mark.parametrize("names", [("Jantar",), ("Riverside Residences", "Jantar")])
def test_one_enquiry_that_was_moved_or_names_two_projects_teaches_nothing(names):
    """Somebody else's lead of river, which sales moved to Jantar, where the unknown lead is listed, too."""
    moved = its_entry(101, NOON - HOUR, projects=names)
    entries = [listed(7, projects=("Jantar",)), moved, AROUND[0]]

    assert presences([call(1, project="2")], entries, [BEFORE, AFTER]) == ["there"]


def test_an_entry_in_the_calls_own_time_is_not_an_earlier_lead_of_the_same_customer():
    """Sales deleted the earlier enquiry; what is listed is the unknown one."""
    earlier = call(9, at=NOON - timedelta(days=3), customer_id=1007)
    long_before = other_lead(103, NOON - timedelta(days=4))

    entries = [listed(7), its_entry(103, NOON - timedelta(days=4))]
    assert presence_among_others(call(1), *entries, delivered=[earlier, long_before]) != "absent"


def test_an_erased_call_may_have_made_the_entry_whatever_its_project_is_called():
    erased = call(9, name=" ", project="", at=NOON - timedelta(minutes=1))
    taught = [other_lead(number, NOON - HOUR) for number in (103, 104)]
    theirs = [its_entry(number, NOON - HOUR) for number in (103, 104)]

    assert presence_among_others(call(1), listed(7), *theirs, delivered=taught, others=[erased]) == "unclear"


def test_hundreds_of_leads_of_one_person_are_for_a_person_and_take_no_time():
    leads = [call(n, at=NOON - n * timedelta(minutes=30), customer_id=1007) for n in range(10, 310)]
    entries = [listed(7, at=each.started_at) for each in leads]

    began_at = process_time()
    assert presence_among_others(call(1), listed(7), *entries, delivered=leads) == "unclear"

    assert process_time() - began_at < 5


@pytest.mark.parametrize(
    ("delivered", "others"),
    [
        ([call(9, project="2", customer_id=1007)], []),
        ([call(9, name="Petr", project="2", customer_id=1007)], [call(10, name="Petr", project="1")]),
        ([call(9, name="Petr", project="2", customer_id=1007, at=NOON - HOUR)], []),
    ],
    ids=["the same person as the unknown lead", "a person called twice", "another time"],
)
def test_no_name_is_learned_from_an_entry_that_may_be_another_calls(delivered, others):
    entries = [listed(7, projects=("Jantar",)), listed(8, projects=("Jantar",))]

    assert "absent" not in presences(
        [call(1)], [*entries, *AROUND], [*delivered, BEFORE, AFTER], others=others
    )


def test_two_projects_of_one_account_one_person_and_a_call_that_is_stored_late_are_two_entries():
    """The delivered lead is paired by its customer alone: by time, the other entry is the nearer one."""
    delivered = call(9, project="1", at=NOON - timedelta(seconds=8), customer_id=1007)
    first, second = listed(7), listed(7, projects=("Jantar",), at=NOON - timedelta(seconds=37))
    shifted = [listed(7, at=NOON - timedelta(seconds=53)), second]

    for entries in ([first, second], shifted):
        assert presence_among_others(call(1, project="2"), *entries, delivered=[delivered]) == "there"


def test_the_entry_that_a_delivered_lead_needs_is_nobody_elses():
    delivered = [call(9, at=NOON - timedelta(minutes=1), customer_id=1007)]

    assert presence_among_others(call(1), listed(7, at=NOON), delivered=delivered) == "absent"


def test_the_only_entry_of_a_person_may_be_the_unknown_lead_if_the_list_may_be_cut_before_it():
    delivered = [call(9, at=NOON - timedelta(minutes=1), customer_id=1007)]

    assert presences([call(1)], [listed(7, at=NOON)], delivered) == ["unclear"]


def test_an_earlier_lead_of_the_same_person_explains_its_own_entry_by_its_time():
    earlier = call(9, at=NOON - 5 * HOUR, customer_id=1007)
    entry = listed(7, at=NOON - 5 * HOUR)

    assert presence_among_others(call(1), entry, delivered=[earlier]) == "absent"


def test_an_earlier_lead_explains_one_entry_of_its_time_and_not_two():
    """The unknown call may have been made while our clock was five hours wrong."""
    earlier = call(9, at=NOON - 5 * HOUR, customer_id=1007)
    entries = [listed(7, at=NOON - 5 * HOUR), listed(7, at=NOON - 5 * HOUR + timedelta(minutes=1))]

    assert presence_among_others(call(1), *entries, delivered=[earlier]) == "unclear"


def test_the_entry_of_a_lead_that_was_called_several_times_may_be_anybodys():
    delivered, before = [call(9, customer_id=1007)], [call(9, at=NOON - HOUR)]

    entries = [listed(7), listed(7, at=NOON - HOUR)]
    assert presence_among_others(call(1), *entries, delivered=delivered, others=before) == "unclear"


def test_people_who_share_an_email_may_be_one_customer():
    petr = call(2, name="Petr Novák", contacts=frozenset(["novakovi@example.com"]))
    jana = call(1, contacts=frozenset(["novakovi@example.com"]))

    assert presences([jana, petr], [listed(7, name="Petr Novák")]) == ["unclear", "unclear"]


def test_of_two_unknown_leads_the_one_that_is_listed_is_there_and_the_other_is_not():
    petr = call(2, name="Petr Novák")

    assert presences([call(1), petr], [listed(7, name="Petr Novák")]) == ["not listed", "there"]


def test_two_alike_of_one_customer_that_are_both_listed_are_both_there():
    calls = [call(1), call(2, at=NOON + timedelta(seconds=20))]
    entries = [listed(7, at=NOON + timedelta(seconds=21)), listed(7, at=NOON + timedelta(seconds=1))]

    told = compare(calls, [], entries)

    times = {told.results[each.lead_id].entries[0].at for each in calls}
    assert times == {each.at for each in entries}


def test_two_namesakes_of_two_customers_are_for_a_person():
    calls = [call(1), call(2, at=NOON + timedelta(seconds=20))]

    assert presences(calls, [listed(7), listed(8)]) == ["unclear", "unclear"]


def test_one_entry_for_two_alike_is_for_a_person():
    assert presences([call(1), call(2)], [listed(7)]) == ["unclear", "unclear"]


def test_two_entries_of_two_customers_for_one_lead_are_for_a_person():
    assert presences([call(1)], [listed(7), listed(8)]) == ["unclear"]


@pytest.mark.parametrize("offset", [timedelta(days=2), -timedelta(days=2), HOUR, -HOUR])
def test_a_clock_that_is_wrong_by_the_date_of_the_answer_proves_nothing_and_is_told(offset):
    told = compare([call(1)], [], [], clock_offset=offset)

    finding = told.results[UUID(int=1)]
    assert (finding.presence, told.clocks_apart) == ("unclear", offset)
    assert describe_duration(abs(offset)) in str(finding.reason)
    assert ("ahead of" if offset > timedelta(0) else "behind") in str(finding.reason)


@pytest.mark.parametrize("offset", [timedelta(days=2), -timedelta(days=2), HOUR, -HOUR])
def test_a_clock_that_is_wrong_by_the_entries_of_delivered_leads_proves_nothing(offset):
    shifted = [its_entry(101, NOON - HOUR + offset), its_entry(102, NOON + HOUR + offset)]

    told = compare([call(1)], [BEFORE, AFTER], shifted, clock_offset=timedelta(0))

    assert told.results[UUID(int=1)].presence == "unclear"
    assert abs(told.clocks_apart - offset) < timedelta(minutes=1)


@pytest.mark.parametrize("offset", [timedelta(minutes=5), -timedelta(minutes=5)])
def test_clocks_up_to_five_minutes_apart_agree(offset):
    shifted = [its_entry(101, NOON - HOUR + offset), its_entry(102, NOON + HOUR + offset)]

    assert presences([call(1)], shifted, [BEFORE, AFTER], clock_offset=offset) == ["absent"]


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(seconds=0), "0 s"),
        (timedelta(seconds=425), "7 min 5 s"),
        (timedelta(hours=1), "1 h"),
        (timedelta(days=2, hours=3, minutes=9), "2 d 3 h"),
        (timedelta(days=1, minutes=9), "1 d"),
    ],
)
def test_durations_are_told_in_their_two_largest_units(duration, words):
    assert describe_duration(duration) == words


def test_what_a_person_reads_holds_no_name():
    told = compare([call(1)], [], [listed(7, name="Jan Novák")])

    words = str(told.results[UUID(int=1)].reason)

    assert "customer 1007" in words
    assert "Nov" not in words


def test_a_delivered_lead_that_is_not_listed_is_missing():
    delivered = [call(1, customer_id=1001), call(2, customer_id=1002)]

    told = compare([], delivered, [listed(1)])

    assert [each.lead_id for each in told.missing] == [UUID(int=2)]


def test_a_customer_with_two_leads_needs_two_entries():
    delivered = [call(1, customer_id=1001), call(2, customer_id=1001)]

    told = compare([], delivered, [listed(1)])

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


def test_an_entry_is_not_given_to_two_leads_since_their_customer_has_one_more():
    """The one more may be a call's that the log lacks, since it was restored."""
    first, second = call(1, customer_id=1001), call(2, at=NOON + timedelta(seconds=20))
    entry = listed(1, at=NOON + timedelta(seconds=25))
    of_a_lost_lead = replace(listed(2, projects=("Jantar",), at=NOON - HOUR), customer_id=entry.customer_id)

    [presence] = presences([second], [entry, of_a_lost_lead], [first], names=NAMES)

    assert presence is Presence.UNCLEAR


def test_an_erased_call_may_have_made_an_entry_of_another_time_unless_the_clocks_are_known_to_agree():
    """It was written down while our clock was an hour ahead; nothing else is left of it."""
    erased = call(9, name=" ", project="", at=NOON + HOUR)
    mine = call(1, at=NOON - timedelta(minutes=1), lasted_s=7200)

    assert presences([mine], [listed(7)], others=[erased]) == ["unclear"]
    assert presence_among_others(mine, listed(7), others=[erased]) == "there"


def test_an_entry_of_a_housemates_lead_is_not_taken_for_a_lead_since_the_log_lacks_an_earlier_one():
    # The restored log lacks the call that made the other entry, and the customer has Jana's name.
    unknown = call(1, contacts=frozenset({"our@example.com"}))
    of_housemate = call(
        2,
        name="Karel Novák",
        at=NOON + timedelta(minutes=1),
        customer_id=1007,
        contacts=frozenset({"our@example.com"}),
    )
    own = replace(listed(7), at=NOON + timedelta(minutes=1))
    of_unknown_call = replace(
        listed(8, projects=("Jantar",)), customer_id=1007, at=NOON + timedelta(minutes=3)
    )

    assert presences([unknown], [own, of_unknown_call], [of_housemate], names=NAMES) == [Presence.UNCLEAR]


@pytest.mark.parametrize("wrong_by", [-HOUR, HOUR, -2 * HOUR])
def test_a_presumed_call_may_have_made_an_entry_of_any_time(wrong_by):
    # The log's clock was wrong when the copy was restored, and the name was corrected since the copy.
    presumed = call(1, at=NOON, is_presumed=True)
    entry = listed(7, name="Karla Nováková", at=NOON + wrong_by + timedelta(minutes=20))

    assert presence_among_others(presumed, entry) is Presence.UNCLEAR
    assert presence_among_others(replace(presumed, is_presumed=False), entry) is Presence.ABSENT


def test_an_erased_call_that_need_not_have_arrived_explains_no_entry():
    # The entry is the presumed call's, whose name was corrected since the copy that was restored.
    presumed = call(1, name="Eva Malá", is_presumed=True)
    erased = call(2, name=" ", project="", at=NOON)
    entry = listed(7, name="Johana Malá", at=NOON + timedelta(minutes=1))

    assert presence_among_others(presumed, entry, others=[erased]) is Presence.UNCLEAR


def test_an_entry_that_an_erased_call_may_have_made_is_no_presumed_calls():
    presumed = call(1, is_presumed=True)
    erased = call(2, name=" ", project="", at=NOON)
    strangers = listed(7, name="Johana Malá", at=NOON + timedelta(minutes=1))

    assert presence_among_others(presumed, listed(8), strangers, others=[erased]) is Presence.UNCLEAR


@pytest.mark.parametrize(
    ("changes", "about_the_erased", "presence"),
    [
        ({}, {"is_accepted": True}, "unclear"),
        ({}, {"is_accepted": False}, "there"),  # it need not have arrived at all
        ({"is_presumed": True}, {"is_accepted": False}, "unclear"),
    ],
)
def test_an_erased_call_of_another_clock_may_have_made_any_entry(changes, about_the_erased, presence):
    """Our clock was two days behind when it was made, and was put right since: random history 1,010,762."""
    erased = call(9, name=" ", project="", at=NOON - timedelta(days=2), **about_the_erased)

    assert presence_among_others(call(1, **changes), listed(7), others=[erased]) == presence


def test_an_erased_call_whose_clock_is_known_to_have_been_right_made_no_entry_of_another_time():
    """Sales have deleted its entry, too."""
    then = NOON - timedelta(days=2)
    erased = call(9, name=" ", project="", at=then, is_accepted=True)
    near = other_lead(103, then - timedelta(minutes=20))
    entries = [listed(7), its_entry(103, then - timedelta(minutes=20))]

    assert presence_among_others(call(1), *entries, delivered=[near], others=[erased]) == "there"
