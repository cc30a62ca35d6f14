"""What an answer of create-lead means. Source: docs/architecture.md, "Answer → action"."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from realpad_form.adapters.realpad.transport import Reply, Silence
from realpad_form.domain.delivery import Answer, Outcome

YEAR_S: Final = 366 * 86_400.0
"""The longest wait we believe; a longer one would leave the calendar."""

_LARGEST_ID: Final = 2**63 - 1
_ABOUT_THE_ACCOUNT: Final = frozenset({401, 403, 404, 405, 415, 418})
_ABOUT_THE_WAY: Final = frozenset({502, 504})


def to_answer(reply: Reply | Silence, *, clean: Callable[[str], str]) -> Answer:
    """Return what one call of create-lead came to, with its words cleaned."""
    if isinstance(reply, Silence):
        outcome = Outcome.UNKNOWN if reply.has_left else Outcome.UNAVAILABLE
        return Answer(outcome=outcome, text=clean(reply.why))
    customer_id = customer_id_in(reply)
    outcome = Outcome.ACCEPTED if customer_id else outcome_of(reply.status)
    return Answer(
        outcome=outcome,
        status=reply.status,
        text=clean(reply.body.decode(errors="replace")),
        customer_id=customer_id,
        retry_after_s=retry_after_s(reply) if reply.status == 429 else None,
    )


def outcome_of(status: int) -> Outcome:
    """Return what a status means that came without a customer id.

    A gateway's 502 or 504 does not say whether the lead arrived behind it.
    """
    if status in _ABOUT_THE_ACCOUNT or 300 <= status < 400:
        return Outcome.ACCOUNT_REFUSED
    if status == 429 or (500 <= status < 600 and status not in _ABOUT_THE_WAY):
        return Outcome.UNAVAILABLE
    return Outcome.REFUSED if 400 <= status < 500 else Outcome.UNKNOWN


def customer_id_in(reply: Reply) -> int | None:
    """Return the customer id of an accepted lead; None if the answer is no whole, positive integer."""
    if not (200 <= reply.status < 300 and reply.is_whole):
        return None
    digits = re.fullmatch(rb"\s*([0-9]{1,19})\s*", reply.body)
    customer_id = int(digits[1]) if digits else 0
    return customer_id if 0 < customer_id <= _LARGEST_ID else None


def retry_after_s(reply: Reply) -> float | None:
    """Return the wait that was asked for, in seconds or until a date; None if missing or garbled.

    A date counts from the answer's own date, so that neither clock has to be right.
    """
    wanted = reply.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+", wanted):
        return min(float(wanted), YEAR_S)
    until = _parse_date(wanted)
    if until is None:
        return None
    since = date_of(reply) or datetime.now(UTC)
    return min(max((until - since).total_seconds(), 0.0), YEAR_S)


def date_of(reply: Reply) -> datetime | None:
    """Return the server's own time of its answer, aware, to the second; None if it did not tell."""
    return _parse_date(reply.headers.get("Date", ""))


def _parse_date(text: str) -> datetime | None:
    """Return an HTTP date, aware; None if it is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
