"""Hides the personal data of a lead from those who see it only after they asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import session

from realpad_form.domain.lead import Answers, Lead, LeadRecord
from realpad_form.services.masking import DOTS, mask, mask_answers
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me

REVEALED_FOR: Final = timedelta(minutes=10)
AT_ONCE: Final = 20
"""Most leads revealed at the same time: they are kept in the cookie, which has little room."""

PLAIN: Final = frozenset(
    {"project", "referral", "salesman", "preferencerooms", "preferencepricemax", "internalid", "unitid"}
    | {"campaign", "language", "tags", "consents", "updateconsents"}
)
"""Parameters of the call that say nothing of a person."""

_KEY: Final = "revealed"


@dataclass(frozen=True, slots=True)
class Masking:
    """What stands between a person and a lead's personal data; nothing, if it is up."""

    is_active: bool

    def name(self, text: str) -> str:
        """Return a name with most of it hidden."""
        return mask(text) if self.is_active else text

    def hide(self, text: str) -> str:
        """Return nothing of a text that may say anything."""
        return DOTS if self.is_active and text else text

    def answers(self, answers: Answers) -> Answers:
        """Return answers with what is personal hidden."""
        return mask_answers(answers) if self.is_active else answers

    def call(self, payload: Mapping[str, str]) -> dict[str, str]:
        """Return the body of a call with what is personal hidden."""
        return {k: value if k in PLAIN or not self.is_active else mask(value) for k, value in payload.items()}


def masking_for(record: LeadRecord) -> Masking:
    """Return how much of a lead who is signed in sees now."""
    return Masking(is_active=me().is_masked and record.lead.id.hex not in _revealed(_now()))


def reveal(lead: Lead) -> None:
    """Let who is signed in see a lead for a while, in this browser. Raises: RevealLimitError."""
    deps().services.reveals.permit(lead, by=me())
    now = _now()
    kept = {**_revealed(now), lead.id.hex: int(now.timestamp())}
    session[_KEY] = dict(sorted(kept.items(), key=lambda each: each[1])[-AT_ONCE:])


def _revealed(now: datetime) -> dict[str, Any]:
    """Return when leads were revealed, as long as it holds."""
    since = (now - REVEALED_FOR).timestamp()
    return {lead: at for lead, at in session.get(_KEY, {}).items() if at > since}


def _now() -> datetime:
    return deps().services.sessions.now()
