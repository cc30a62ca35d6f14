"""Reasons are data: what they say is made of them, and nothing is read out of sentences."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import BANNED, LOST, REFUSED
from reasons import HOSTILE, REASONS

from realpad_form.adapters.sql.relay import GONE
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.lane import Cause, Lane, LaneKey, cause_of
from realpad_form.domain.reason import Code, Reason, read_reason, reason_of
from realpad_form.domain.spam import SUSPICIONS

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LANE = Lane(key=LaneKey(credential="c", fingerprint="f", host="https://cms.example"), next_send_at=NOW)


def test_no_code_is_left_out_here():
    assert {reason.code for reason in REASONS} == {*Code, *SUSPICIONS} - {Code.OTHER}


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_what_is_stored_is_read_again(reason):
    assert read_reason(reason.stored()) == reason


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_every_reason_is_a_sentence_for_terminals(reason):
    assert str(reason)
    assert not re.search(r"\{(?!\w*\} %)", str(reason).replace(HOSTILE, ""))


@pytest.mark.parametrize(
    "reason",
    [each for each in REASONS if each.code not in (Code.OTHER_ACCOUNT, Code.INVALID)],
    ids=lambda reason: reason.code,
)
def test_sentence_that_a_version_before_codes_stored_is_the_same_reason(reason):
    plain = replace(reason, detail=reason.detail.replace(HOSTILE, "bad phone"))

    assert read_reason(str(plain)) == plain


def test_sentence_that_nobody_knows_is_words_of_others():
    assert read_reason("Jana is no customer") == Reason(code=Code.OTHER, detail="Jana is no customer")


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", "null", '{"code": "answered"}', '{"code": 1, "params": {}, "detail": ""}',
     '{"code": "answered", "params": {}, "detail": "x"}', '{"code": "outages", "params": {}, "detail": ""}',
     '{"code": "of-later", "params": {}, "detail": ""}', '{"code": "outages", "params": [], "detail": ""}',
     '{"code": "altered", "params": {"a": 1}, "detail": ""}', '{"code": [], "params": {}, "detail": ""}'],
)  # fmt: skip
def test_what_another_version_may_write_is_read_as_its_sentence(data):
    reason = read_reason(f"something new\x1f{data}")

    assert (reason.code, str(reason)) == (Code.OTHER, "something new")


def test_more_than_this_version_knows_does_no_harm():
    stored = 'HTTP 400: bad\x1f{"code": "answered", "params": {"status": "400"}, "detail": "bad", "who": 1}'

    assert read_reason(stored) == Reason(code=Code.ANSWERED, params={"status": "400"}, detail="bad")


def test_ban_that_an_older_version_wrote_in_front_of_a_reason_is_a_ban():
    before = Reason(code=Code.ANSWERED, params={"status": "403"}, detail="no").stored()

    reason = read_reason(f"https://h refuses several credentials, our address looks banned: {before}")

    assert reason == Reason(
        code=Code.ADDRESS_BANNED, params={"host": "https://h", "status": "403"}, detail="no"
    )


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_older_version_beside_this_one_reads_the_sentence_first(reason):
    """It recognises a sentence by its beginning, and a lane by words in it."""
    assert reason.stored().startswith(str(reason))


def test_answers_are_told_apart():
    assert reason_of(REFUSED) == Reason(code=Code.ANSWERED, params={"status": "400"}, detail="bad phone")
    assert reason_of(LOST) == Reason(code=Code.NO_ANSWER, detail="timed out")
    assert reason_of(GONE) == Reason(code=Code.INTERRUPTED)
    silent = Answer(outcome=Outcome.UNAVAILABLE, status=503)
    assert str(reason_of(silent)) == "HTTP 503"


def stopped(text):
    return replace(LANE, is_stopped=True, is_list_refused=True, last_status=401, reason=read_reason(text))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "https://cms.example refuses several credentials, our address looks banned: HTTP 401",
            Cause.ADDRESS,
        ),
        ("HTTP 401: list-leads: login", Cause.LISTING),
        ("HTTP 401: login", Cause.LOGIN),
    ],
)
def test_a_lane_that_an_older_version_stopped_is_understood(text, cause):
    assert cause_of(stopped(text)) is cause


def test_what_realpad_says_does_not_make_a_ban_or_a_refused_list_of_an_answer():
    said = replace(BANNED, text="our address looks banned, list-leads")

    lane = LANE.after(said, now=NOW + timedelta(seconds=1), jitter=0)

    assert cause_of(lane) is Cause.LOGIN
    assert not replace(lane, is_list_refused=True).is_stopped_by_list
