"""The answer → action table of docs/architecture.md, row by row, and what a lane makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fakes import ACCEPTED, BANNED, BROKEN, FORBIDDEN, LOST, REFUSED, RETIRED, SETTLED, UNREACHABLE, throttled

from realpad_form.domain.delivery import Answer, Outcome, Status
from realpad_form.domain.lane import Lane, LaneKey, LaneState, cause_of, settle, spread
from realpad_form.domain.lead import Lead
from realpad_form.domain.reason import Code, Reason

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
RETRY_FOR = timedelta(hours=120)
LANE = Lane(
    key=LaneKey(credential="riverside", fingerprint="f1", host="https://crm.example"), next_send_at=NOW
)
LEAD = Lead(
    id=UUID(int=1), project="riverside", credential="riverside", status=Status.SENDING,
    created_at=NOW, due_at=NOW, attempts=1,
)  # fmt: skip


def in_minutes(minutes):
    return NOW + timedelta(minutes=minutes)


def after(lane, *answers, now=NOW, jitter=0.0):
    """Return the lane after answers that each came once its pause was over."""
    for answer in answers:
        now = max(now, lane.paused_until or now)
        lane = lane.after(answer, now=now, jitter=jitter)
    return lane


def settled(answer, lead=LEAD, *, now=NOW):
    return settle(lead, answer, now=now, jitter=0.0, retry_for=RETRY_FOR)


@pytest.mark.parametrize(
    ("answer", "status", "state"),
    SETTLED,
)
def test_answer_decides_what_becomes_of_lead_and_lane(answer, status, state):
    assert settled(answer).status == status
    assert after(LANE, answer).state(NOW) == state


def test_accepted_lead_keeps_its_customer_id():
    assert settled(ACCEPTED).customer_id == 4711


def test_refused_lead_says_why():
    assert list(map(str, settled(REFUSED).reasons)) == ["HTTP 400: bad phone"]


@pytest.mark.parametrize("answer", [BANNED, throttled(90), UNREACHABLE])
def test_lead_that_is_not_to_blame_keeps_its_place(answer):
    lead = settled(answer)

    assert (lead.due_at, lead.failures) == (NOW, 0)


def test_lead_that_realpad_failed_on_waits_longer_each_time():
    lead, waits = LEAD, []
    for _ in range(9):
        lead = replace(settled(BROKEN, lead), status=Status.SENDING)
        waits.append((lead.due_at - NOW).total_seconds())

    assert waits == [10, 60, 300, 900, 3_600, 10_800, 21_600, 21_600, 21_600]


@pytest.mark.parametrize("answer", [BROKEN, UNREACHABLE])
def test_lead_that_only_met_outages_goes_to_a_person(answer):
    since = NOW - RETRY_FOR

    lead = settled(answer, replace(LEAD, first_failed_at=since))

    assert lead.status is Status.REJECTED
    assert "outages lasted longer than 120 h" in str(lead.reasons[0])


def test_lane_backs_off_longer_each_time():
    waits, lane, now = [], LANE, NOW
    for _ in range(8):
        lane = lane.after(UNREACHABLE, now=now, jitter=0.0)
        waits.append((lane.paused_until - now).total_seconds())
        now = lane.paused_until

    assert waits == [10, 60, 300, 900, 3_600, 10_800, 21_600, 21_600]


@pytest.mark.parametrize(("jitter", "seconds"), [(-1, 8), (1, 12)])
def test_back_off_varies_by_a_fifth(jitter, seconds):
    assert after(LANE, UNREACHABLE, jitter=jitter).paused_until == NOW + timedelta(seconds=seconds)


def test_lane_in_doubt_takes_one_call_at_a_time():
    assert LANE.width(4) == 4
    assert after(LANE, UNREACHABLE).width(4) == 1
    assert after(LANE, throttled(90)).width(4) == 1
    assert LANE.resumed(now=NOW).width(4) == 1
    assert after(LANE, UNREACHABLE, ACCEPTED).width(4) == 4


def test_throttled_lane_waits_for_all_that_was_asked():
    ten_days_s = 864_000

    assert after(LANE, throttled(ten_days_s)).paused_until == NOW + timedelta(days=10)
    assert after(LANE, throttled(90), jitter=-1).paused_until >= NOW + timedelta(seconds=90)


def test_throttled_lane_that_is_not_told_how_long_doubles_its_wait():
    once = after(LANE, throttled())
    twice = after(LANE, throttled(), throttled())

    assert once.paused_until == in_minutes(15)
    assert twice.paused_until == in_minutes(15 + 30)


def test_throttled_lane_that_may_come_back_at_once_waits_as_if_untold():
    assert after(LANE, throttled(0)).paused_until == in_minutes(15)
    assert after(LANE, throttled(0), throttled(0)).paused_until == in_minutes(15 + 30)


def test_five_refused_leads_in_a_row_stop_the_lane():
    assert after(LANE, *[REFUSED] * 4).state(NOW) is LaneState.OPEN
    assert after(LANE, *[REFUSED] * 5).state(NOW) is LaneState.STOPPED
    assert "looks like configuration" in str(after(LANE, *[REFUSED] * 5).reason)


def test_accepted_lead_between_refused_ones_keeps_the_lane_open():
    assert after(LANE, *[REFUSED] * 4, ACCEPTED, *[REFUSED] * 4).state(NOW) is LaneState.OPEN


def test_lane_that_refusals_stopped_stops_again_at_the_first_one():
    resumed = after(LANE, *[REFUSED] * 5).resumed(now=NOW)

    assert resumed.state(NOW) is LaneState.OPEN
    assert after(resumed, REFUSED).state(NOW) is LaneState.STOPPED
    assert after(resumed, ACCEPTED, REFUSED).state(NOW) is LaneState.OPEN


def test_resumed_lane_is_not_held_by_a_clock_that_was_ahead():
    held = replace(LANE, next_send_at=NOW + timedelta(hours=1))

    assert held.resumed(now=NOW).next_send_at == NOW
    assert LANE.resumed(now=NOW).next_send_at == LANE.next_send_at


def test_lane_after_an_outage_may_be_tried_at_once_by_one_lead_and_remembers_its_failures():
    lane = after(LANE, UNREACHABLE, BROKEN)

    tried = lane.tried(now=NOW)

    assert tried.state(NOW) is LaneState.OPEN
    assert tried.width(4) == 1
    assert tried.after(BROKEN, now=NOW, jitter=0).paused_until == in_minutes(5)
    assert tried.after(ACCEPTED, now=NOW, jitter=0).failures == 0


@pytest.mark.parametrize("answer", [throttled(900), BANNED, ACCEPTED])
def test_lane_that_is_banned_or_not_paused_is_not_tried(answer):
    lane = after(LANE, answer)

    assert lane.tried(now=NOW) is lane


def test_refused_lead_after_a_resume_shows_that_the_login_works():
    lane = after(after(LANE, BANNED).resumed(now=NOW), REFUSED)

    assert lane.state(NOW) is LaneState.OPEN
    assert lane.width(4) == 4


@pytest.mark.parametrize("late", [ACCEPTED, REFUSED, LOST, throttled(1)])
def test_stopped_lane_stays_as_it_is_whatever_a_call_begun_before_comes_to(late):
    stopped = after(LANE, BANNED)

    assert stopped.after(late, now=NOW, jitter=0.0) == stopped


@pytest.mark.parametrize("late", [ACCEPTED, REFUSED, LOST, throttled(1)])
def test_pause_is_not_shortened_by_a_call_begun_before(late):
    paused = after(LANE, throttled(600))

    assert paused.after(late, now=NOW, jitter=0.0).paused_until == paused.paused_until


def test_call_begun_before_a_pause_can_still_stop_the_lane():
    paused = after(LANE, throttled(600))

    assert paused.after(BANNED, now=NOW, jitter=0.0).is_stopped


def other_lane(name, *answers, now=NOW):
    return after(replace(LANE, key=replace(LANE.key, credential=name)), *answers, now=now)


def test_second_credential_refused_within_minutes_stops_every_lane_of_the_host():
    first, idle = other_lane("first", BANNED, now=in_minutes(-9)), other_lane("idle")

    lanes = spread(after(LANE, BANNED), [first, idle], now=NOW)

    assert [lane.key.credential for lane in lanes] == ["riverside", "first", "idle"]
    assert all(lane.is_stopped and "our address looks banned" in str(lane.reason) for lane in lanes)


def test_second_credential_throttled_within_minutes_pauses_every_lane_as_long():
    first, idle = other_lane("first", throttled(60), now=in_minutes(-9)), other_lane("idle")

    lanes = spread(after(LANE, throttled(3_600)), [first, idle], now=NOW)

    assert {lane.state(in_minutes(59)) for lane in lanes} == {LaneState.PAUSED}
    assert {lane.state(in_minutes(61)) for lane in lanes} == {LaneState.OPEN}
    assert "our address looks banned" in str(lanes[2].reason)


@pytest.mark.parametrize(
    "other",
    [
        other_lane("long ago", BANNED, now=in_minutes(-11)),
        other_lane("for another reason", RETIRED),
        other_lane("throttled", throttled(60)),
        other_lane("to agree to something", FORBIDDEN),
        other_lane("may not list").unlisted(BANNED, now=NOW, jitter=0.0),
        replace(after(LANE, BANNED), key=replace(LANE.key, fingerprint="old password")),
    ],
    ids=lambda lane: f"{lane.key.credential}-{lane.key.fingerprint}",
)
def test_refusal_of_one_credential_leaves_the_others_alone(other):
    refused = after(LANE, BANNED)

    assert spread(refused, [other, other_lane("idle")], now=NOW) == [refused]


def test_accounts_that_may_not_list_their_leads_are_no_ban():
    unlisted = LANE.unlisted(BANNED, now=NOW, jitter=0.0)

    assert spread(unlisted, [other_lane("first", BANNED)], now=NOW) == [unlisted]


def test_list_that_is_refused_stops_the_lane_once_and_says_which_call_it_was():
    unlisted = LANE.unlisted(BANNED, now=NOW, jitter=0.0)
    resumed = unlisted.resumed(now=NOW)

    assert (unlisted.is_stopped, str(unlisted.reason)) == (True, "HTTP 401: list-leads: login")
    assert resumed.state(NOW) is LaneState.OPEN
    assert not resumed.may_list(NOW, on_demand=False)
    assert resumed.may_list(NOW, on_demand=True)


def test_one_account_under_two_names_is_no_ban_of_our_address():
    alone = replace(LANE, key=replace(LANE.key, account="a"))
    twin = after(replace(alone, key=replace(alone.key, credential="twin")), BANNED)

    assert spread(after(alone, BANNED), [twin, other_lane("idle")], now=NOW) == [after(alone, BANNED)]


def test_banned_address_does_not_hide_why_another_lane_was_stopped():
    first, retired = other_lane("first", BANNED), other_lane("retired", RETIRED)

    lanes = spread(after(LANE, BANNED), [first, retired], now=NOW)

    assert lanes[2] == retired


def test_pause_of_the_future_keeps_its_length_from_now():
    held = after(LANE, throttled(864_000))
    earlier = NOW - timedelta(days=2)

    repaired = held.repaired(now=earlier)

    assert repaired.paused_until == earlier + timedelta(days=10)
    assert repaired.since == earlier
    assert repaired.repaired(now=earlier) == repaired


def test_pause_that_began_before_now_is_believed_however_long_it_lasts():
    held = after(LANE, throttled(366 * 86_400))

    assert held.repaired(now=NOW) == held
    assert held.repaired(now=NOW + timedelta(days=100)) == held


def test_back_off_of_the_future_becomes_a_step_from_now():
    held = after(LANE, UNREACHABLE, UNREACHABLE)
    earlier = NOW - timedelta(days=2)

    assert held.repaired(now=earlier).paused_until == earlier + timedelta(seconds=60)
    assert held.repaired(now=NOW) == held


def test_call_under_a_pause_of_the_future_does_not_keep_it():
    """A call was under way while the clock was set back, and Realpad asks for a minute."""
    held = after(LANE, throttled(60))
    earlier = NOW - timedelta(days=2)

    again = held.after(throttled(60), now=earlier, jitter=0)

    assert again.paused_until == earlier + timedelta(seconds=60)


def test_pace_is_believed_as_long_as_it_can_be():
    paced = replace(LANE, next_send_at=NOW + timedelta(hours=1))

    assert paced.repaired(now=NOW, pace=timedelta(hours=1)) == paced
    assert paced.repaired(now=NOW).next_send_at == NOW


def test_list_read_in_the_future_was_not_read():
    assert replace(LANE, listed_at=NOW + timedelta(hours=1)).repaired(now=NOW).listed_at is None


def test_next_call_is_due_when_pause_and_pace_are_over():
    paused = after(LANE, throttled(90))

    assert paused.next_call_at(NOW) == NOW + timedelta(seconds=90)
    assert replace(LANE, next_send_at=in_minutes(5)).next_call_at(NOW) == in_minutes(5)
    assert LANE.next_call_at(NOW) is None
    assert after(LANE, BANNED).next_call_at(NOW) is None


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, "login"), (403, "consent"), (404, "place"), (405, "place"), (301, "place"), (415, "format"),
        (418, "version"), (429, "rate"), (500, "outage"), (503, "outage"), (None, "silence"),
    ],
)  # fmt: skip
def test_status_says_what_to_look_at(status, cause):
    paused = LANE.paused(
        Reason(code=Code.NO_ANSWER), now=NOW, until=NOW + timedelta(minutes=1), status=status
    )

    assert cause_of(paused) == cause


def test_refusals_in_a_row_look_like_configuration():
    lane = LANE
    for _ in range(5):
        lane = lane.after(REFUSED, now=NOW, jitter=0)

    assert lane.is_stopped
    assert cause_of(lane) == "configuration"


def test_refused_login_after_refused_leads_is_about_the_login():
    lane = replace(LANE, refusals=3).after(BANNED, now=NOW, jitter=0)

    assert cause_of(lane) == "login"


def test_list_that_is_refused_is_about_the_list_until_a_lead_is_refused_too():
    unlisted = LANE.unlisted(BANNED, now=NOW, jitter=0)

    assert cause_of(unlisted) == "listing"
    assert cause_of(unlisted.resumed(now=NOW).after(BANNED, now=NOW, jitter=0)) == "login"


def test_several_refused_credentials_are_about_our_address():
    other = replace(LANE, key=replace(LANE.key, credential="b"))
    stopped, also = (lane.after(BANNED, now=NOW, jitter=0) for lane in (LANE, other))

    assert {cause_of(lane) for lane in spread(stopped, [also], now=NOW)} == {"address"}


def test_lost_answer_is_silence():
    lost = Answer(outcome=Outcome.UNKNOWN, text="timed out")

    assert cause_of(LANE.after(lost, now=NOW, jitter=0)) == "silence"
