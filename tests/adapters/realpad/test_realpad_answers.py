"""What answers mean, and secrets that are taken out of their words."""

import html
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realpad_form.adapters.realpad.answers import LIMIT_CHARS, MASK, YEAR_S, scrub, to_answer
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


SECRET = "pä\"s'<s>&w+o/r d\\😀"


SPELLINGS = {
    "as it is": str,
    "upper case": str.upper,
    "percent": quote,
    "percent, all reserved": lambda s: quote(s, safe=""),
    "percent, every byte": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
    "percent twice": lambda s: quote(quote(s)),
    "percent in lower case": lambda s: quote(s).lower(),
    "form": quote_plus,
    "html": html.escape,
    "html twice": lambda s: html.escape(html.escape(s)),
    "html, decimal": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "html, hexadecimal": lambda s: "".join(f"&#x{ord(c):X};" for c in s),
    "html, named": lambda s: s.replace("+", "&plus;").replace("'", "&apos;"),
    "json": lambda s: json.dumps(s)[1:-1],
    "json, utf-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "json twice": lambda s: json.dumps(json.dumps(s))[3:-3],
    "python": lambda s: repr(s)[1:-1],
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_secret_is_found_in_every_spelling(spell):
    assert scrub(f"wrong password {spell(SECRET)}!", ["login", SECRET]) == f"wrong password {MASK}!"


def test_invisible_characters_do_not_hide_a_secret():
    assert scrub("se\x00cr\u200bet", ["secret"]) == MASK


@pytest.mark.parametrize("gap", ["\t", "\r", "\n", "\x1c", "\u2028", " "])
def test_secret_with_a_gap_is_found_spelled_out_and_as_shown(gap):
    secret = f"se{gap}cret"

    assert scrub(f"{quote(secret)}, {secret}", [secret]) == f"{MASK}, {MASK}"


def test_words_stay_without_control_characters():
    text = scrub("Parameter missing:\r\n\tsurname\x1b[31m\u202e \ud800end", [""])

    assert text == "Parameter missing:   surname[31m end"


def test_long_text_is_cut():
    assert len(scrub("x" * 99_999, ["y"])) == LIMIT_CHARS


@pytest.mark.parametrize("escape", ["\\", "%25", "&amp;", "&#0", "s\\", "%", "&"])
def test_a_long_answer_of_escapes_is_scrubbed_in_no_time(escape):
    began = time.monotonic()

    scrub(escape * (64 * 1024 // len(escape)), ["riverside", "riverside-Secret9", "a\\b"])

    assert time.monotonic() - began < 5


@given(st.text(min_size=3), st.text(), st.text())
def test_secret_never_survives(secret, before, after):
    text = scrub(f"{before}{quote(secret, errors='replace')}{secret}{after}", [secret])

    assert text.isprintable()
    visible = scrub(secret, [])
    assert len(visible) < 3 or visible in MASK or visible not in text.replace(MASK, "")
