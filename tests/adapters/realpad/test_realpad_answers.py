from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from realpad_form.adapters.realpad.answers import YEAR_S, to_answer
from realpad_form.adapters.realpad.transport import Reply
from realpad_form.domain.delivery import Outcome

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def throttled(retry_after, **headers):
    named = {"Retry-After": retry_after} if retry_after is not None else {}
    return to_answer(Reply(429, {**named, **headers}, b"later", True), clean=str)


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [
        ("0", 0), ("120", 120), (" 30 ", 30), ("86400", 86_400), ("9" * 40, YEAR_S),
        (None, None), ("", None), ("soon", None), ("-5", None), ("1e3", None), ("12 s", None), ("٣", None),
        ("Mon, 99 Foo 2026 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_429_waits_as_long_as_asked(retry_after, wait_s):
    answer = throttled(retry_after)

    assert (answer.outcome, answer.status, answer.text) == (Outcome.UNAVAILABLE, 429, "later")
    assert answer.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("later", "wait_s"),
    [
        (timedelta(minutes=2), 120),
        (timedelta(days=10), 864_000),
        (timedelta(hours=-1), 0),
        (timedelta(days=9999), YEAR_S),
    ],
)
def test_date_counts_from_the_answers_own_date(later, wait_s):
    until = format_datetime(NOON + later, usegmt=True)

    assert throttled(until, Date=format_datetime(NOON, usegmt=True)).retry_after_s == wait_s


def test_date_counts_from_now_if_the_answer_has_none():
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)

    assert throttled(until).retry_after_s == pytest.approx(120, abs=2)


@pytest.mark.parametrize("status", [400, 500, 503])
def test_only_a_429_may_ask_for_a_wait(status):
    answer = to_answer(Reply(status, {"Retry-After": "120"}, b"", True), clean=str)

    assert answer.retry_after_s is None


def test_largest_customer_id_is_taken():
    answer = to_answer(Reply(200, {}, b"9223372036854775807", True), clean=str)

    assert answer.customer_id == 2**63 - 1
