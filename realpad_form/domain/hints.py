"""What Realpad's answers mean for whoever has to fix something: status and words → a meaning.

Realpad publishes no list of its messages, so the words are looked for loosely, and what is not recognised
is said to be just that. Source: Realpad docs, "Sending leads" and "Authentication and Error Handling".
"""

import re
from enum import StrEnum
from typing import Final

from realpad_form.domain.delivery import Outcome


class Meaning(StrEnum):
    """What one answer says about the lead, the project file, the account or the connection to Realpad."""

    ACCEPTED = "accepted"
    OPEN = "open"
    # About this lead
    BAD_PHONE = "bad-phone"
    BAD_EMAIL = "bad-email"
    MISSING_CONTACT = "missing-contact"
    MISSING = "missing"
    TOO_LONG = "too-long"
    UNKNOWN_UNIT = "unknown-unit"
    BAD_LANGUAGE = "bad-language"
    BAD_FORMAT = "bad-format"
    # About the project file
    UNKNOWN_PROJECT = "unknown-project"
    UNKNOWN_CONSENT = "unknown-consent"
    UNKNOWN_REFERRAL = "unknown-referral"
    UNKNOWN_SALESMAN = "unknown-salesman"
    UNKNOWN_ID = "unknown-id"
    UNEXPECTED = "unexpected"
    CONTRADICTION = "contradiction"
    BAD_ATTRIBUTE = "bad-attribute"
    REFUSED = "refused"
    # About the account or the set-up
    LOGIN = "login"
    CONSENT_IN_WEB = "consent-in-web"
    ADDRESS = "address"
    CONTENT_TYPE = "content-type"
    OUTDATED = "outdated"
    REDIRECTED = "redirected"
    THROTTLED = "throttled"
    # About the way
    BROKEN = "broken"
    GATEWAY = "gateway"
    NEVER_LEFT = "never-left"
    NO_ANSWER = "no-answer"
    RESTORED = "restored"  # no call is known: the database was restored from a backup
    HTML = "html"
    EMPTY = "empty"
    NO_NUMBER = "no-number"


_BY_STATUS: Final = {
    401: Meaning.LOGIN,
    403: Meaning.CONSENT_IN_WEB,
    404: Meaning.ADDRESS,
    405: Meaning.ADDRESS,
    413: Meaning.TOO_LONG,
    415: Meaning.CONTENT_TYPE,
    418: Meaning.OUTDATED,
    429: Meaning.THROTTLED,
    502: Meaning.GATEWAY,
    504: Meaning.GATEWAY,
}

_ABOUT_AN_ID: Final = re.compile(r"valid object|not (?:exist|found)|unknown|no such|does not refer", re.I)
_IDS: Final = (
    (re.compile(r"consent", re.I), Meaning.UNKNOWN_CONSENT),
    (re.compile(r"unit|internal.?id", re.I), Meaning.UNKNOWN_UNIT),
    (re.compile(r"referral|source", re.I), Meaning.UNKNOWN_REFERRAL),
    (re.compile(r"salesman|agent", re.I), Meaning.UNKNOWN_SALESMAN),
    (re.compile(r"project", re.I), Meaning.UNKNOWN_PROJECT),
)
_WORDS: Final = (
    (re.compile(r"exclu|both\b|mutual", re.I), Meaning.CONTRADICTION),
    (re.compile(r"unexpected", re.I), Meaning.UNEXPECTED),
    (re.compile(r"missing.*(?:e-?mail|phone)|(?:e-?mail|phone).*(?:missing|required)", re.I),
     Meaning.MISSING_CONTACT),
    (re.compile(r"missing|required|mandatory", re.I), Meaning.MISSING),
    (re.compile(r"too long|\b5000\b|5,000|exceed|length", re.I), Meaning.TOO_LONG),
    (re.compile(r"phone", re.I), Meaning.BAD_PHONE),
    (re.compile(r"e-?mail", re.I), Meaning.BAD_EMAIL),
    (re.compile(r"customer_\w", re.I), Meaning.BAD_ATTRIBUTE),
    (re.compile(r"language", re.I), Meaning.BAD_LANGUAGE),
    (re.compile(r"consent", re.I), Meaning.UNKNOWN_CONSENT),
    (re.compile(r"format|invalid|integer|number", re.I), Meaning.BAD_FORMAT),
)  # fmt: skip
_HTML: Final = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)|<title", re.I)


RESTORED_FROM_BACKUP: Final = "restored from a backup; it may have been sent since"
"""What stands instead of an answer where a call is only presumed."""


def meaning_of(status: int | None, text: str, *, outcome: str | None) -> Meaning:
    """Return what an answer means; `outcome` is that of the attempt, None while it is open."""
    if outcome is None:
        return Meaning.OPEN
    if outcome == Outcome.ACCEPTED:
        return Meaning.ACCEPTED
    if text == RESTORED_FROM_BACKUP:
        return Meaning.RESTORED
    if status is None:
        return Meaning.NO_ANSWER if outcome == Outcome.UNKNOWN else Meaning.NEVER_LEFT
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return _about_the_lead(text) if 400 <= status < 500 else _by_kind(status, text)


def _about_the_lead(text: str) -> Meaning:
    """Return what a refusal complains of."""
    if _HTML.search(text):
        return Meaning.HTML
    if _ABOUT_AN_ID.search(text) and "unexpected" not in text.casefold():
        return next((meaning for words, meaning in _IDS if words.search(text)), Meaning.UNKNOWN_ID)
    return next((meaning for words, meaning in _WORDS if words.search(text)), Meaning.REFUSED)


def _by_kind(status: int, text: str) -> Meaning:
    """Return what an answer means that is neither about the lead nor known by its number."""
    if 300 <= status < 400:
        return Meaning.REDIRECTED
    if status >= 500:
        return Meaning.BROKEN
    if not text.strip():
        return Meaning.EMPTY
    return Meaning.HTML if _HTML.search(text) else Meaning.NO_NUMBER
