"""How much a submission looks like spam: signs → reasons → score. Nothing is ever refused for it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

QUARANTINE_FROM: Final = 50

WEIGHTS: Final[Mapping[str, int]] = {
    "link_in_name": 60,
    "no_script": 50,
    "captcha_failed": 50,
    "honeypot": 50,
    "null_origin": 50,
    "markup_in_note": 40,
    "too_fast": 25,
    "links_in_note": 25,
    "repeated_text": 20,
    "burst": 20,
}
"""What each reason adds. People with a password manager, behind the address of an office or with a
name like none we know meet one of the light ones, or two; it takes three of them, or a heavy one."""

CAPTCHA_REUSED: Final = "captcha_reused"
"""What only the lead log can know, and is enough by itself."""

SUSPICIONS: Final = frozenset({*WEIGHTS, CAPTCHA_REUSED})
"""All names that a lead in quarantine may have as reasons."""

FASTEST: Final = timedelta(seconds=3)
"""Whoever fills a form in sooner lets a program do it; it may be his browser."""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)
_HOST = re.compile(
    r"[^\W_]{2}\.(?:ai|bet|bid|biz|cc|club|com|fun|gg|icu|info|live|loan|ly|net|online|org|pro|ru|shop|site"
    r"|space|su|tk|to|top|tv|website|win|ws|xyz)\b|://",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"\[(?:url|link|img)\b|</?a[\s>]", re.IGNORECASE)
_ONE_LETTER = re.compile(r"(\w)\1{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamSignals:
    """What is known of how a submission came about and what it says."""

    names: tuple[str, ...] = ()
    note: str = ""
    filled_in: timedelta | None = None  # from the first focus to the submit button, if known
    is_trapped: bool = False  # something stands in a field that people do not see
    is_without_script: bool = False
    is_of_null_origin: bool = False
    is_in_burst: bool = False  # its address or project has used up most of a limit
    is_captcha_failed: bool = False


def reasons_of(signals: SpamSignals) -> tuple[str, ...]:
    """Return why a submission looks like spam, the heaviest first; () if it does not."""
    texts = [text.strip().casefold() for text in (*signals.names, signals.note) if text.strip()]
    is_the_same = len(texts) > 1 and len(set(texts)) == 1
    found = {
        "link_in_name": any(_ADDRESS.search(name) or _HOST.search(name) for name in signals.names),
        "no_script": signals.is_without_script,
        "captcha_failed": signals.is_captcha_failed,
        "honeypot": signals.is_trapped,
        "null_origin": signals.is_of_null_origin,
        "markup_in_note": _MARKUP.search(signals.note),
        "too_fast": signals.filled_in is not None and signals.filled_in < FASTEST,
        "links_in_note": len(_ADDRESS.findall(signals.note)) > 1,  # one is an offer the visitor has seen
        "repeated_text": is_the_same or any(_ONE_LETTER.fullmatch(text) for text in texts),
        "burst": signals.is_in_burst,
    }
    return tuple(reason for reason in WEIGHTS if found[reason])


def score(reasons: Iterable[str]) -> int:
    """Return how much reasons weigh together."""
    return sum(WEIGHTS[reason] for reason in reasons)


def is_spam(reasons: Iterable[str]) -> bool:
    """Tell whether reasons weigh enough for a person to look first."""
    return score(reasons) >= QUARANTINE_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a captcha makes of a submission."""

    is_failed: bool = False  # the page is asked once more; then the lead is quarantined
    spent: str | None = (
        None  # id of the solved challenge, used up in the lead's transaction; None if none was
    )
