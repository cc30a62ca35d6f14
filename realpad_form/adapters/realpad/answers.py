"""What an answer of create-lead means, and what of its words may be kept.

Source: docs/architecture.md, "Answer → action".
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from html.entities import html5
from typing import Final

from realpad_form.adapters.realpad.transport import NoReply, Reply
from realpad_form.domain.delivery import Answer, Outcome

YEAR_S: Final = 366 * 86_400.0
"""The longest wait we believe; a longer one would leave the calendar."""

_LARGEST_ID: Final = 2**63 - 1
_ABOUT_THE_ACCOUNT: Final = frozenset({401, 403, 404, 405, 415, 418})
_ABOUT_THE_WAY: Final = frozenset({502, 504})

LIMIT_CHARS: Final = 2000
"""As much of an answer is kept."""

MASK: Final = "[…]"


def to_answer(reply: Reply | NoReply, *, clean: Callable[[str], str]) -> Answer:
    """Return what one call of create-lead came to, with its words cleaned."""
    if isinstance(reply, NoReply):
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


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, in whatever spelling, and without control characters."""
    plain = "".join(" " if c.isspace() else c for c in _visible(text))
    for secret in sorted(filter(None, map(_visible, secrets)), key=len, reverse=True):
        plain = re.sub("".join(map(_spellings, secret)), MASK, plain, flags=re.IGNORECASE)
    return plain.strip()[:LIMIT_CHARS]


def _visible(text: str) -> str:
    """Return a text without what leaves no trace, neither a mark nor a gap."""
    return "".join(c for c in text if c.isprintable() or c.isspace())


@cache
def _spellings(character: str) -> str:
    r"""Return a pattern of one character as itself, `%2B`, `\u002b`, `&#43;`, `&#x2b;`, `&plus;` or `\+`.

    Escapes may be escaped again, a few times: without a bound, a long run of them would take hours.
    """
    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
    names = [re.escape(name) for name, meant in html5.items() if meant == character]
    forms = [
        "".join(f"%(?:25){{0,4}}{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")),
        "".join(rf"\\{{1,8}}u{unit}" for unit in units),
        rf"&(?:amp;){{0,4}}(?:{'|'.join([f'#0{{0,8}}{code};', f'#x0{{0,8}}{code:x};', *names])})",
        r"\\{0,8}" + (r"[ +]" if character.isspace() else re.escape(character)),
    ]
    return f"(?:{'|'.join(forms)})"
