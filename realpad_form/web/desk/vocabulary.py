"""Statuses and reasons of leads, in the words of the desk; untranslated, `frame.gettext` speaks them."""

import re
from collections.abc import Mapping
from typing import Final

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Lead
from realpad_form.domain.masking import DOTS
from realpad_form.forms.messages import _
from realpad_form.web.desk.frame import gettext

STATUSES: Final[Mapping[Status, str]] = {
    Status.QUARANTINED: _("Quarantined"),
    Status.QUEUED: _("Waiting"),
    Status.SENDING: _("Being sent"),
    Status.DELIVERED: _("Delivered"),
    Status.UNKNOWN: _("To decide"),
    Status.REJECTED: _("Rejected"),
    Status.DISCARDED: _("Discarded"),
    Status.ERASED: _("Erased"),
}

SUSPICIONS: Final[Mapping[str, str]] = {
    "link_in_name": _("a web address in the name"),
    "no_script": _("sent without JavaScript"),
    "captcha_failed": _("the captcha was not solved"),
    "captcha_reused": _("the captcha was used before"),
    "honeypot": _("a field was filled in that people do not see"),
    "null_origin": _("the page it came from is hidden"),
    "markup_in_note": _("links written as code in the note"),
    "too_fast": _("filled in within 3 seconds"),
    "links_in_note": _("several web addresses in the note"),
    "repeated_text": _("the same text everywhere"),
    "burst": _("many leads at once"),
}
"""Why a lead was quarantined, by the reasons of `domain.spam`."""


_KNOWN: Final = (
    (
        re.compile(r"outages lasted longer than (?P<hours>[\d.]+) h.*", re.S),
        _("outages for more than %(hours)s h"),
    ),
    (re.compile(r"the relay did not come back.*", re.S), _("our relay was interrupted during the call")),
    (
        re.compile(r"Realpad lists what may be this lead.*", re.S),
        _("Realpad lists similar entries: compare them"),
    ),
    (
        re.compile(r"Realpad's list lacks leads it took.*", re.S),
        _("Realpad’s list has gaps: look for the lead there"),
    ),
    (
        re.compile(r"Realpad's clock is (?P<difference>.+) (ahead of|behind) ours, so.*", re.S),
        _("Realpad’s clock and ours differ by %(difference)s: check our clock, then look in Realpad"),
    ),
    (
        re.compile(r".* was sealed with data key (?P<key>\w+), which is not set; add it again", re.S),
        _("cannot be opened: its data key %(key)s is not set"),
    ),
    (
        re.compile(r".* was changed or moved since it was sealed", re.S),
        _("cannot be opened: its stored data was altered"),
    ),
    (re.compile(r"no answer(?P<rest>:.*)?", re.S), _("Realpad did not answer")),
)
"""What the relay writes down, and how the desk says it; everything else is Realpad’s own words."""

_ANSWER: Final = re.compile(r"(HTTP \d{3}):.*", re.S)


def short_reason(lead: Lead, *, is_masked: bool) -> str:
    """Return in one line why a lead needs a person.

    Of Realpad’s answer, which may quote what the visitor typed, the status alone is for everybody; of what is
    not known here, nothing.
    """
    return ", ".join(_said(reason, is_masked) for reason in lead.reasons)


def _said(reason: str, is_masked: bool) -> str:
    if reason in SUSPICIONS:
        return gettext(SUSPICIONS[reason])
    for pattern, text in _KNOWN:
        if found := pattern.fullmatch(reason):
            return gettext(text) % found.groupdict()
    if not is_masked:
        return reason
    answered = _ANSWER.fullmatch(reason)
    return answered[1] if answered else DOTS
