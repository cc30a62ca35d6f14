"""What an operator must hear of: no personal data, and what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an alert is about; the value is its heading."""

    LANE = "leads are held back"
    REJECTED = "leads were rejected"
    BACKLOG = "leads have been waiting"
    UNKNOWN = "leads may or may not have arrived"
    QUARANTINE = "quarantined leads have not been looked at"
    MISSING = "Realpad does not list a delivered lead"
    PROJECT = "a project file is broken"
    ORIGIN = "a page that is not listed sends leads"
    CAPTCHA = "a captcha lets everybody pass"
    SPOOL = "leads wait outside the database"
    CLOCK = "Realpad's clock and ours do not agree"
    DATA_KEY = "leads are refused, as the data key is wrong"
    STRANDED = "leads wait for another login"
    WEBHOOK = "webhook failed"
    RESTORED = "the database was restored from a backup"


ADVICE: Final = {
    Kind.LANE: "Fix the login or the set-up in Realpad, then resume it in the inbox.",
    Kind.REJECTED: "See in the inbox what is wrong with the lead, correct it and resubmit it.",
    Kind.BACKLOG: "Look into the inbox: is Realpad down, a lane stopped, or is no relay running?",
    Kind.UNKNOWN: "Look for them in Realpad and say in the inbox which are there and which are not.",
    Kind.QUARANTINE: "Release the real ones in the inbox, discard the rest.",
    Kind.MISSING: "Look for the customer in Realpad; if the enquiry is not there, resubmit the lead.",
    Kind.PROJECT: "Run `realpad-form check`; until then its last good version is used, if there is one.",
    Kind.ORIGIN: "If the page is yours, add its address to `origins` of the project file.",
    Kind.CAPTCHA: "Leads pass unchecked. If the service is not just down, fix `REALPAD_FORM_CAPTCHA_…`.",
    Kind.RESTORED: "Realpad's list decides about its leads; those that it cannot tell wait in the inbox.",
    Kind.WEBHOOK: "Look at the receiver, then send them again (`realpad-form webhooks`, or at the desk).",
    Kind.SPOOL: "Fix the database (`realpad-form doctor`); they move into it by themselves.",
    Kind.CLOCK: "Set the database's clock by NTP; until they agree, unknown leads wait for a person.",
    Kind.DATA_KEY: "Set `REALPAD_FORM_DATA_KEY` to what the leads were sealed with, and start it again.",
    Kind.STRANDED: "See in the inbox whether the login of today is right for them, and send them with it.",
}

BACKLOG_AFTER: Final = timedelta(hours=1)
SPOOLED_AFTER: Final = timedelta(minutes=5)
"""How long leads may wait in a spool: a database that restarts is back by then."""

LEFT_ALONE_AFTER: Final = timedelta(hours=24)
AGAIN_AFTER: Final = timedelta(hours=24)
"""How often an alert that goes on is told."""

CLOCK_TOLERANCE: Final = timedelta(minutes=1)
"""How far ahead of now a time may lie that was written down before."""

PASSING: Final = frozenset({Kind.MISSING, Kind.ORIGIN, Kind.CAPTCHA, Kind.SPOOL, Kind.CLOCK, Kind.DATA_KEY})
"""Alerts that one machine knows of; they are over at the latest when none has noted them for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is wrong; kind and subject name it."""

    kind: Kind
    subject: str  # a credential, a project, a lead's id, a machine, a machine and its data key
    text: str
    since: datetime | None = None  # aware; known once it is in the log
    is_over: bool = False

    def __str__(self) -> str:
        since = f" since {self.since:%Y-%m-%d %H:%M} UTC" if self.since else ""
        if self.is_over:
            return f"over: {self.kind} ({self.subject})"
        return f"{self.kind} ({self.subject}){since}: {self.text}. {ADVICE[self.kind]}"
