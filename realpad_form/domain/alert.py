"""What an operator must hear of: no personal data, and what to do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Self, TypeAlias

from realpad_form.domain.restored import Sign


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
    CONFLICT = "a file and a published version were both changed"
    SCHEDULE = "a scheduled version was not published"


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
    Kind.CONFLICT: "Decide in the preview which of them counts; until then the published version is served.",
    Kind.SCHEDULE: "Publish it by hand in the preview, or dismiss it; what is live was not changed.",
}


class AlertCode(StrEnum):
    """What an alert says about its subject; the value is the phrase in English, filled in by its params.

    The names are stored, so none ever changes. What ends in `_at` is a time.
    """

    STOPPED = "stopped after HTTP %(status)s"
    STOPPED_UNANSWERED = "stopped after no answer"
    PAUSED = "paused until %(until_at)s after HTTP %(status)s"
    COUNTED = "%(count)s, the oldest of %(oldest_at)s"
    STRANDED = (
        "%(count)s of %(projects)s, the oldest of %(oldest_at)s, "
        "accepted for another login or address than is set now"
    )
    SPOOLED = "%(count)s wait in the spool of this machine"
    LINE = "line %(line)s is wrong"
    CUSTOMER = "customer %(customer)s of project %(project)s"
    CLOCK_AHEAD = "Realpad's clock is %(difference)s ahead of ours"
    CLOCK_BEHIND = "Realpad's clock is %(difference)s behind ours"
    KEY_MISSING = "data key %(key)s is not set"
    KEYS_BROKEN = "stored leads were changed or moved since they were sealed"
    RESTORED_BACKUP = Sign.BACKUP.describe()
    RESTORED_CALLS = Sign.CALLS.describe()
    RESTORED_JOURNAL = Sign.JOURNAL.describe()
    RESTORED_LIST = Sign.LIST.describe()
    RESTORED_AGE = Sign.AGE.describe()
    RESTORED_PERSON = Sign.PERSON.describe()
    IN_DOUBT = "%(count)s leads may have been sent since"
    FOREIGN_PAGE = "a foreign page posted to this form and was refused"
    CAPTCHA_KEYLESS = "%(captcha)s cannot be asked: its keys are not set"
    CAPTCHA_RESTING = "%(captcha)s did not answer a moment ago"
    CAPTCHA_SILENT = "%(captcha)s did not answer (%(error)s)"
    CAPTCHA_REFUSED = "%(captcha)s refused to tell (%(codes)s); check its keys"
    GIVEN_UP = "%(count)s given up since %(since_at)s"
    WAITING = "%(count)s waiting, the oldest since %(oldest_at)s"
    LAST_ANSWER = "last answer %(protocol)s %(status)s"
    UNANSWERED = "last call without an answer"
    MAIL_UNSET = "REALPAD_FORM_SMTP_URL is not set, so its mails wait"
    UNSET = "REALPAD_FORM_%(setting)s is not set, so its messages wait"
    NOT_CALLED = (
        "its messages wait, since %(why)s; write a public https address, "
        "or allow the host in REALPAD_FORM_WEBHOOK_ALLOW"
    )
    UNNAMED = "its project file no longer names it, so its messages wait"
    CONFLICT = "version %(number)s is served until somebody decides"
    PLANNED = "planned for %(planned_at)s"
    NOT_PUBLISHED_PROBLEMS = "the text has problems by now"
    NOT_PUBLISHED_MEANWHILE = "somebody published another version meanwhile"
    NOT_PUBLISHED_RIGHT = "whoever scheduled it may not publish it any more"
    NOT_PUBLISHED_CONFLICT = "the file in the folder was changed, too"
    NOT_PUBLISHED_GONE = "the file of the project was deleted"
    NOT_PUBLISHED_RESTORED = (
        "the database was restored from a backup, and nobody knows whether it was cancelled"
    )
    NOT_PUBLISHED_OTHER = "why, a newer version of this program knows"


AlertValue: TypeAlias = str | int | datetime


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """One thing that an alert says, as data; `why` among its params is a phrase of ours itself."""

    code: AlertCode
    params: Mapping[str, AlertValue] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: AlertCode, **params: AlertValue) -> Self:
        """Return it with its params by name."""
        return cls(code, params)

    def __str__(self) -> str:
        """Return it in English, with times in UTC."""
        return self.code % {name: _in_english(value) for name, value in self.params.items()}


def _in_english(value: AlertValue) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)


BACKLOG_AFTER: Final = timedelta(hours=1)
SPOOLED_AFTER: Final = timedelta(minutes=5)
"""How long leads may wait in a spool: a database that restarts is back by then."""

LEFT_ALONE_AFTER: Final = timedelta(hours=24)
AGAIN_AFTER: Final = timedelta(hours=24)
"""How often an alert that goes on is told."""

CLOCK_TOLERANCE: Final = timedelta(minutes=1)
"""How far ahead of now a time may lie that was written down before."""

PASSING: Final = frozenset(
    {Kind.MISSING, Kind.ORIGIN, Kind.CAPTCHA, Kind.SPOOL, Kind.CLOCK, Kind.DATA_KEY, Kind.CONFLICT}
)
"""Alerts that one machine knows of; they are over at the latest when none has noted them for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is wrong; kind and subject name it.

    `text` is in English and part of the contract with receivers of webhooks; people read it in their own
    language, made of `details`. Without any, an older version has noted it.
    """

    kind: Kind
    subject: str  # a credential, a project, a lead's id, a machine, a machine and its data key
    text: str
    details: tuple[AlertDetail, ...] = ()
    since: datetime | None = None  # aware; known once it is in the log
    is_over: bool = False

    @classmethod
    def of(cls, kind: Kind, subject: str, *details: AlertDetail) -> Self:
        """Return an alert whose text is what its details say."""
        return cls(kind=kind, subject=subject, text=", ".join(map(str, details)), details=details)

    def __str__(self) -> str:
        since = f" since {_in_english(self.since)}" if self.since else ""
        if self.is_over:
            return f"over: {self.kind} ({self.subject})"
        return f"{self.kind} ({self.subject}){since}: {self.text}. {ADVICE[self.kind]}"

    def stored_details(self) -> str | None:
        """Return the details as one text, from which `read_details` makes them again; None without any."""
        if not self.details:
            return None
        data = [
            [each.code.name, {name: _stored(value) for name, value in each.params.items()}]
            for each in self.details
        ]
        return json.dumps({"text": self.text, "details": data})


def read_details(stored: str | None, *, text: str) -> tuple[AlertDetail, ...]:
    """Return what an alert says; nothing, if another version wrote it since or says what we do not know.

    An older version, which may run beside this one, replaces the `text` and leaves the details.
    """
    try:
        found = json.loads(stored or "{}")
        if found.get("text") != text:
            return ()
        details = tuple(AlertDetail(AlertCode[code], _read(params)) for code, params in found["details"])
        return details if all(map(str, details)) else ()
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def _stored(value: AlertValue) -> str | int:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(params: Mapping[str, str | int]) -> dict[str, AlertValue]:
    return {
        name: datetime.fromisoformat(str(value)) if name.endswith("_at") else value
        for name, value in params.items()
    }
