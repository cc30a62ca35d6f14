"""Why a lane is held back: what a person has to look at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import BANNED, REFUSED

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.lane import Lane, LaneKey, spread
from realpad_form.domain.lane_cause import cause_of
from realpad_form.domain.reason import Code, Reason

NOW = datetime(2026, 3, 29, tzinfo=UTC)
LANE = Lane(key=LaneKey(credential="a", fingerprint="f", host="https://crm.example"), next_send_at=NOW)


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
