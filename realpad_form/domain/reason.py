"""Why a lead waits for a person, or a lane is held back: a code, what fills its text, and others' own words.

Each part of the program words a code for its own readers; for terminals, logs and exports `str` does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from realpad_form.domain.delivery import Answer
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.spam import SUSPICIONS

LIST_LEADS: Final = "list-leads"
"""The call whose answer holds a lane back, where it is not create-lead."""


class Code(StrEnum):
    """What can be the matter; the suspicions of `domain.spam` are codes, too."""

    ANSWERED = "answered"  # params: status; detail: Realpad's words
    NO_ANSWER = "no_answer"  # detail: what broke on the way
    INTERRUPTED = "interrupted"  # our relay did not live to see the answer
    OUTAGES = "outages"  # for too long; params: hours; detail: the last one
    REFUSED_IN_A_ROW = (
        "refused_in_a_row"  # params: count, and status of the last one; detail: Realpad's words
    )
    ADDRESS_BANNED = "address_banned"  # params: host, and status; detail: Realpad's words
    CLOCKS_APART = "clocks_apart"  # params: difference and direction
    LIST_INCOMPLETE = "list_incomplete"  # it lacks leads that Realpad took
    AMBIGUOUS = "ambiguous"  # params: entries, which may be this lead
    OTHER_ACCOUNT = "other_account"  # it may have been sent to one account, and would go to another
    KEY_MISSING = "key_missing"  # params: key; detail: the error
    ALTERED = "altered"  # what is stored cannot be opened; detail: the error
    INVALID = "invalid"  # params: field, an answer that the form would not take; detail: why
    OTHER = "other"  # detail: a sentence that an older version stored


_SENTENCES: Final[Mapping[str, str]] = {
    Code.INVALID: "{field} has to be corrected",
    Code.INTERRUPTED: "the relay did not come back before its lease ran out",
    Code.OUTAGES: "outages lasted longer than {hours} h, last",
    Code.CLOCKS_APART: (
        "Realpad's clock is {difference} {direction} ours, so its list proves nothing: check our server's"
        " clock, look in Realpad for this lead, then discard or resubmit it"
    ),
    Code.LIST_INCOMPLETE: (
        "Realpad's list lacks leads it took: look there for this one, then discard or resubmit it"
    ),
    Code.OTHER_ACCOUNT: (
        "the database was restored, and this lead may have been sent before to another account than it goes"
        " to now: look for it in both, then discard or resubmit it"
    ),
    Code.AMBIGUOUS: (
        "Realpad lists what may be this lead ({entries}): look there, then discard or resubmit it"
    ),
}

UNREADABLE: Final = frozenset({Code.KEY_MISSING, Code.ALTERED})
"""They say why something stored cannot be opened, in the place of what it says."""

_SAID_BY_DETAIL: Final = frozenset({Code.KEY_MISSING, Code.ALTERED, Code.OTHER})

_IN_FRONT: Final[Mapping[str, str]] = {
    Code.REFUSED_IN_A_ROW: "{count} leads refused in a row, which looks like configuration",
    Code.ADDRESS_BANNED: "{host} refuses several credentials, our address looks banned",
}
"""What stands in front of the answer that it is about."""

_NEEDED: Final[Mapping[str, set[str]]] = {
    Code.ANSWERED: {"status"},
    Code.OUTAGES: {"hours"},
    Code.REFUSED_IN_A_ROW: {"count"},
    Code.ADDRESS_BANNED: {"host"},
    Code.CLOCKS_APART: {"difference", "direction"},
    Code.AMBIGUOUS: {"entries"},
    Code.KEY_MISSING: {"key"},
    Code.INVALID: {"field"},
}
"""Params without which a code has no words."""

_BEHIND: Final = "\x1f"
"""What parts the sentence from the data, in a stored reason: older versions, which may run beside this one on
the same database, read the sentence, and recognise it by its beginning."""


_OF_CALL: Final = r"(?:: (?P<call>list-leads))?(?:: (?P<detail>.*))?"

_OLDER: Final = [
    (re.compile(pattern, re.DOTALL), code)
    for pattern, code in (
        (r"outages lasted longer than (?P<hours>[\d.]+) h, last: (?P<detail>.*)", Code.OUTAGES),
        (r"(?:no answer: )?the relay did not come back.*", Code.INTERRUPTED),
        (r"Realpad lists what may be this lead \((?P<entries>.*)\): look there.*", Code.AMBIGUOUS),
        (r"Realpad's list lacks leads it took.*", Code.LIST_INCOMPLETE),
        (
            r"Realpad's clock is (?P<difference>.+) (?P<direction>ahead of|behind) ours, so.*",
            Code.CLOCKS_APART,
        ),
        (r".* was sealed with data key (?P<key>\w+), which is not set; add it again", Code.KEY_MISSING),
        (r".* was changed or moved since it was sealed", Code.ALTERED),
        (
            r"(?P<host>\S+) refuses several credentials, our address looks banned: "
            r"(?:no answer|HTTP (?P<status>\d{3}))" + _OF_CALL,
            Code.ADDRESS_BANNED,
        ),
        (
            r"(?P<count>\d+) leads refused in a row, which looks like configuration: "
            r"(?:no answer|HTTP (?P<status>\d{3}))" + _OF_CALL,
            Code.REFUSED_IN_A_ROW,
        ),
        (r"HTTP (?P<status>\d{3})" + _OF_CALL, Code.ANSWERED),
        (r"no answer" + _OF_CALL, Code.NO_ANSWER),
    )
]
"""The sentences that versions before codes stored; no other sentence is ever taken apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason, as data."""

    code: str  # a `Code`, or a suspicion of `domain.spam`
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    detail: str = ""  # words of Realpad or of a library; they may quote what a visitor typed

    def __str__(self) -> str:
        """Return it as a sentence in English."""
        if self.code in SUSPICIONS:
            return self.code
        if self.code in _SAID_BY_DETAIL:
            return self.detail
        if self.code in _SENTENCES:
            return _joined(_SENTENCES[self.code].format_map(self.params), self.detail)
        in_front = _IN_FRONT[self.code].format_map(self.params) if self.code in _IN_FRONT else ""
        status = self.params.get("status")
        answer = f"HTTP {status}" if status else "no answer"
        return _joined(in_front, answer, self.params.get("call", ""), self.detail)

    def about_list(self) -> Self:
        """Return this reason as that of the call `list-leads`."""
        return replace(self, params={**self.params, "call": LIST_LEADS})

    @property
    def is_about_list(self) -> bool:
        """Whether the answer to `list-leads` is what holds a lane back."""
        return self.params.get("call") == LIST_LEADS

    @property
    def is_ban(self) -> bool:
        """Whether our address looks banned, rather than one account."""
        return self.code == Code.ADDRESS_BANNED

    def stored(self) -> str:
        """Return it as one text, from which `read_reason` makes it again."""
        if self.code in SUSPICIONS or self.code == Code.OTHER:
            return str(self)
        data = {"code": self.code, "params": dict(self.params), "detail": self.detail}
        return f"{self}{_BEHIND}{json.dumps(data)}"


def read_reason(stored: str) -> Reason:
    """Return the reason that was stored; whatever another version wrote is at least a sentence."""
    sentence, is_data, data = stored.rpartition(_BEHIND)  # JSON has no such character
    if not is_data:
        return _of_sentence(stored)
    told = _of_sentence(sentence)
    reason = _of_data(data)
    # An older version puts its own words in front of the reason that a lane has had before.
    is_replaced = told.is_ban and reason is not None and not reason.is_ban
    return told if reason is None or is_replaced else reason


def _of_data(data: str) -> Reason | None:
    """Return a reason by its data; None for what this version does not know, e.g. the code of a later one."""
    try:
        found = json.loads(data)
        code, params, detail = found["code"], found["params"], found["detail"]
        reason = Reason(code=code, params={**params}, detail=detail)
    except (ValueError, KeyError, TypeError):
        return None
    is_known = code in (*SUSPICIONS, *Code)
    is_text = all(isinstance(text, str) for text in (detail, *params.values()))
    return reason if is_known and is_text and _NEEDED.get(code, set()) <= {*params} else None


def _of_sentence(sentence: str) -> Reason:
    """Return a reason by the sentence that a version before codes stored."""
    if sentence in SUSPICIONS:
        return Reason(code=sentence)
    for pattern, code in _OLDER:
        if found := pattern.fullmatch(sentence):
            params = {name: text for name, text in found.groupdict().items() if text and name != "detail"}
            said = sentence if code in _SAID_BY_DETAIL else found.groupdict().get("detail") or ""
            return Reason(code=code, params=params, detail=said)
    return Reason(code=Code.OTHER, detail=sentence)


def reason_unreadable(error: SealBrokenError) -> Reason:
    """Return why a stored lead or lane cannot be read as a reason."""
    if error.missing_key:
        return Reason(code=Code.KEY_MISSING, params={"key": error.missing_key}, detail=str(error))
    return Reason(code=Code.ALTERED, detail=str(error))


def reason_of(answer: Answer) -> Reason:
    """Return the answer to a call as a reason."""
    detail = " ".join(answer.text.split())[:200]
    if answer.is_interrupted:
        return Reason(code=Code.INTERRUPTED)
    if answer.status is None:
        return Reason(code=Code.NO_ANSWER, detail=detail)
    return Reason(code=Code.ANSWERED, params={"status": str(answer.status)}, detail=detail)


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)
