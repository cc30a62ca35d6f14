"""Statuses and reasons of leads, in the words of the desk; untranslated, `frame.gettext` speaks them."""

from collections.abc import Mapping
from typing import Final

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Lead
from realpad_form.domain.masking import DOTS
from realpad_form.domain.reason import Code, Reason
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

REASONS: Final[Mapping[str, str]] = {
    Code.OUTAGES: _("outages for more than %(hours)s h"),
    Code.INTERRUPTED: _("our relay was interrupted during the call"),
    Code.AMBIGUOUS: _("Realpad lists similar entries: compare them"),
    Code.OTHER_ACCOUNT: _("may be in Realpad under another login than today’s: look there, too"),
    Code.LIST_INCOMPLETE: _("Realpad’s list has gaps: look for the lead there"),
    Code.CLOCKS_APART: _(
        "Realpad’s clock and ours differ by %(difference)s: check our clock, then look in Realpad"
    ),
    Code.KEY_MISSING: _("cannot be opened: its data key %(key)s is not set"),
    Code.ALTERED: _("cannot be opened: its stored data was altered"),
    Code.NO_ANSWER: _("Realpad did not answer"),
}
"""Why a lead needs a person, where the desk has words of its own for it."""


def short_reason(lead: Lead, *, is_masked: bool) -> str:
    """Return in one line why a lead needs a person.

    Others' words, which may quote what the visitor typed, are for whoever may see that.
    """
    return ", ".join(_said(reason, is_masked) for reason in lead.reasons)


def _said(reason: Reason, is_masked: bool) -> str:
    if text := SUSPICIONS.get(reason.code) or REASONS.get(reason.code):
        return gettext(text) % reason.params
    if not is_masked:
        return str(reason)
    return f"HTTP {reason.params['status']}" if reason.code == Code.ANSWERED else DOTS
