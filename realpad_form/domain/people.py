"""People who sign in: what they may do, how long a session lasts, what is recorded of their actions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

IDLE: Final = timedelta(minutes=30)
"""A session ends when nothing was asked for that long."""

ABSOLUTE: Final = timedelta(hours=12)
"""A session ends that long after the sign-in, whatever happens."""

SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly it is known when a session was last used."""

FRESH: Final = timedelta(minutes=10)
"""How long ago a person must have proved who it is, for what cannot be undone."""

KNOWN_FOR: Final = timedelta(days=90)
"""How long an address counts as one where a person signed in before."""

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""What was written farther ahead of now than this is of a clock that was ahead: it proves nothing."""

LANGUAGES: Final = ("cs", "sk", "en")
"""The languages that people who sign in may choose from."""


EMAIL_CHARS: Final = 254
_EMAIL: Final = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")


def is_email(text: str) -> bool:
    """Tell whether a text can be somebody's e-mail: ASCII, so that no two look alike."""
    return len(text) <= EMAIL_CHARS and bool(_EMAIL.fullmatch(text))


class Role(StrEnum):
    """What a person is here for."""

    MARKETER = "marketer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing that a role allows."""

    PREVIEW = "preview"
    PUBLISH = "publish"  # what visitors read and answer
    ROUTING = "routing"  # publish also where leads go, who is told, and which sites may show the form
    STATISTICS = "statistics"
    LEADS = "leads"  # see them
    WORK = "work"  # correct, resubmit, release, discard, resume a lane, revoke a consent
    EXPORT = "export"
    ERASE = "erase"
    PEOPLE = "people"
    SETTINGS = "settings"


_MARKETER: Final = frozenset({Right.PREVIEW, Right.PUBLISH, Right.STATISTICS})

RIGHTS: Final = {
    Role.MARKETER: _MARKETER,
    Role.OPERATOR: _MARKETER | {Right.LEADS, Right.WORK},
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in."""

    id: UUID
    email: str  # lower case; unique
    name: str
    role: Role
    projects: frozenset[str] | None = None  # slugs; None for all
    language: str | None = None  # None for the browser's
    is_masked: bool = False  # sees personal data of a lead only after an explicit, audited reveal
    may_publish: bool = True  # what the role allows of it
    created_at: datetime
    disabled_at: datetime | None = None
    summary_since: datetime | None = None  # when they asked for the weekly summary; None without

    def may(self, right: Right) -> bool:
        """Tell whether this person has a right."""
        is_withheld = right in (Right.PUBLISH, Right.ROUTING) and not self.may_publish
        return self.disabled_at is None and right in RIGHTS[self.role] and not is_withheld

    @property
    def sees_everything(self) -> bool:
        """Whether the person sees the leads of every project, and nothing of them masked."""
        return self.projects is None and not self.is_masked

    def sees(self, slug: str) -> bool:
        """Tell whether this person may see what belongs to a project."""
        return self.projects is None or slug in self.projects

    def sees_all_of(self, other: "Person | Particulars") -> bool:
        """Tell whether every project of somebody is this person's, too; nobody else is shown to them."""
        if self.projects is None:
            return True
        return other.projects is not None and other.projects <= self.projects

    def excess_of(self, other: "Person | Particulars") -> str | None:
        """Return the first thing that somebody has and this person lacks, by its name as a field; or None.

        Whoever sees personal data unmasked has more than whoever sees it masked.
        """
        if not RIGHTS[other.role] <= RIGHTS[self.role]:
            return "role"
        if not self.sees_all_of(other):
            return "projects"
        if self.is_masked and not other.is_masked:
            return "masked"
        return "may_publish" if other.may_publish and not self.may_publish else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A filtered list that a person has given a name, for themselves."""

    id: UUID
    name: str
    query: str  # as in an address; what was typed is sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What an admin says of a person, and may change."""

    name: str
    role: Role
    projects: frozenset[str] | None = None
    is_masked: bool = False
    may_publish: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that a person has signed in with."""

    id: UUID
    person: Person
    address: str
    created_at: datetime
    last_seen_at: datetime  # exact to SEEN_EVERY
    reauthenticated_at: datetime
    passkey_at: datetime | None = None  # when the person showed a passkey for it
    provider_at: datetime | None = None  # when the OpenID provider asked for two factors, and that is enough

    def is_alive(self, now: datetime) -> bool:
        """Tell whether this session may still be used."""
        is_recent = now - self.last_seen_at < IDLE and now - self.created_at < ABSOLUTE
        is_past = max(self.last_seen_at, self.created_at) <= now + CLOCK_TOLERANCE
        return is_recent and is_past and self.person.disabled_at is None

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the person has proved lately who they are, by whatever means."""
        return _is_recent(self.reauthenticated_at, now)

    def is_fresh_by_passkey(self, now: datetime) -> bool:
        """Tell whether the person has lately shown a passkey."""
        return _is_recent(self.passkey_at, now)

    def is_fresh_by_provider(self, now: datetime) -> bool:
        """Tell whether the OpenID provider has lately asked for two factors."""
        return _is_recent(self.provider_at, now)


def _is_recent(proved_at: datetime | None, now: datetime) -> bool:
    return proved_at is not None and -CLOCK_TOLERANCE <= now - proved_at <= FRESH


class Purpose(StrEnum):
    """What a ticket is good for."""

    SET_PASSWORD = "set-password"  # noqa: S105 - the link in somebody's mail
    REGISTER = "register-passkey"
    PASSKEY = "sign-in-with-passkey"
    OIDC = "sign-in-elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Something that is good once and for a while; who holds its secret may use it."""

    purpose: Purpose
    person_id: UUID | None = None
    content: str = ""
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A public key whose private half lies in a person's device. Source: W3C, Web Authentication 3."""

    id: bytes
    person_id: UUID
    public_key: bytes  # COSE
    uses: int  # as the device counts them; 0 if it does not
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who has proved to be somebody, and by what; good only while that is still kept of them."""

    person: Person
    password: str | None = field(default=None, repr=False)  # its hash
    passkey: bytes | None = None  # its id
    subject: str | None = None  # stable id elsewhere
    has_two_factors: bool = False  # elsewhere, and there they replace the passkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom an OpenID provider says somebody to be."""

    subject: str  # `issuer sub`: stable, and never given to anybody else
    email: str  # '' unless the provider has verified it
    is_fresh: bool  # proved just now, and not by a sign-in of this morning
    has_two_factors: bool = False  # as the provider claims


class AuditAction(StrEnum):
    """What somebody did."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    PASSKEY_DEMANDED = "passkey-demanded"  # what was proved before it is right
    ACCOUNT_BOUND = "account-bound"  # to the company's OpenID provider
    SIGNED_OUT = "signed-out"
    REAUTHENTICATED = "reauthenticated"
    LINK_ASKED = "link-asked"  # for a new password, by whoever knows the e-mail
    PASSWORD_SET = "password-set"  # noqa: S105 - an action
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    SESSION_ENDED = "session-ended"
    VIEWED = "viewed"
    SEARCHED = "searched"  # by somebody who sees leads masked
    REVEALED = "revealed"
    CORRECTED = "corrected"
    RESUBMITTED = "resubmitted"
    RELEASED = "released"
    DISCARDED = "discarded"
    UNDISCARDED = "undiscarded"  # a discarded lead was restored
    RESUMED = "resumed"
    ADOPTED = "adopted"
    SETTLED = "settled"
    NOTED = "noted"  # what was written is kept with the lead only
    ASSIGNED = "assigned"
    REVOCATION_ASKED = "revocation-asked"  # written down before Realpad is called
    REVOKED = "revoked"
    REVOCATION_FAILED = "revocation-failed"
    EXPORTED = "exported"
    ERASED = "erased"
    WEBHOOK_REPLAYED = "webhook-replayed"
    AUDIT_EXPORTED = "audit-exported"
    SPEND_IMPORTED = "spend-imported"
    DRAFT_SHARED = "draft-shared"
    PUBLISHED = "published"
    SCHEDULED = "publication-scheduled"
    SCHEDULE_CANCELLED = "publication-cancelled"
    SCHEDULE_PUBLISHED = "published-as-scheduled"
    SCHEDULE_FAILED = "publication-failed"  # nothing was published when it should have been
    TESTED = "tested"
    RESTORED = "restored"  # told by hand that the database is a copy
    RESTORE_DISMISSED = "restore-dismissed"
    RESEALED = "resealed"
    PRIVACY_REQUESTED = "privacy-requested"
    PRIVACY_CLOSED = "privacy-closed"  # a person did what was left of a request
    PERSON_ADDED = "person-added"
    PERSON_CHANGED = "person-changed"
    PERSON_DISABLED = "person-disabled"
    PERSON_ENABLED = "person-enabled"
    PERSON_RESET = "person-reset"
    UNKNOWN = "unknown"  # written by a newer version, which may run beside this one

    @classmethod
    def _missing_(cls, _value: object) -> "AuditAction":
        return cls.UNKNOWN


PERSONAL_ACTIONS: Final = frozenset(
    {AuditAction.SIGNED_IN, AuditAction.SIGNED_OUT, AuditAction.REAUTHENTICATED, AuditAction.SESSION_ENDED}
    | {AuditAction.PASSKEY_DEMANDED, AuditAction.ACCOUNT_BOUND}
    | {AuditAction.PASSWORD_SET, AuditAction.PASSKEY_ADDED, AuditAction.PASSKEY_REMOVED, AuditAction.SEARCHED}
)
"""What belongs to whoever did it, and to no project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditScope:
    """Which entries of the audit log an admin may read who is limited to projects.

    Those of the admin's projects; and of what belongs to no project, what was done to people whom the admin
    may see, and what these did to their own accounts or searched for. Everything else is for admins of all
    projects.
    """

    projects: frozenset[str]
    people: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts on a lead, as the audit log names them."""

    person_id: UUID | None  # None for a command
    channel: str = ""  # how, if not on the lead's own page

    def note(self, action: AuditAction, subject: str, *details: str) -> "AuditNote":
        """Return what the audit log keeps; details are names and numbers, never values."""
        detail = ", ".join(filter(None, (self.channel, *details)))
        return AuditNote(action=action, by=self.person_id, subject=subject, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """What is to be written into the audit log: ids, names of fields, counts; never what they hold."""

    action: AuditAction
    by: UUID | None  # None for a command
    subject: str = ""
    detail: str = ""
    project: str | None = None  # slug, if what is done belongs to one project


COMMAND: Final = Actor(None, "command")
"""Whoever may run commands on the machine of the service; the log adds the name of the user there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log: ids, names of fields, counts; never what they hold."""

    number: int
    at: datetime
    action: AuditAction
    by: UUID | None  # None for a command, or for somebody who did not get in
    subject: str
    detail: str
    project: str | None = None  # slug, if what was done belongs to one project


LEAD_LIST: Final = "inbox"
"""The subject of an entry for each page of a list of leads that somebody looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries of the audit log to show; what is None does not matter."""

    author: UUID | None = None
    subject: str | None = None
    actions: frozenset[AuditAction] | None = None
    since: datetime | None = None  # aware, itself included
    until: datetime | None = None  # aware, itself not included
    has_lists: bool = True  # whether those of a look at a list of leads are there, too


REVOCATIONS: Final = (
    AuditAction.REVOCATION_ASKED,
    AuditAction.REVOKED,
    AuditAction.REVOCATION_FAILED,
)
"""What the audit log has about consents that are taken back."""


NAMED_BY_EMAIL: Final = "a customer named by e-mail"
"""What stands in an entry of a revocation instead of a customer's number."""


def is_about_customer(entry: AuditEntry) -> bool:
    """Return whether an entry of `REVOCATIONS` is about one customer of Realpad.

    Else it says of the lead itself that a consent is withdrawn, whoever the lead made a customer.
    """
    return any(text.startswith("customer ") or text == NAMED_BY_EMAIL for text in entry.detail.split(", "))


def withdrawal_of(consent_id: int, entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """Return the last entry that a consent of a lead is withdrawn, whatever Realpad says, or None."""
    own = (
        each
        for each in entries
        if str(consent_id) in each.detail.split(", ")
        and each.action is not AuditAction.REVOCATION_FAILED
        and not is_about_customer(each)
    )
    return max(own, key=lambda each: each.number, default=None)


def revocation_of(
    consent_id: int, entries: Iterable[AuditEntry], *, customer_id: int | None
) -> AuditEntry | None:
    """Return the entry of the revocation of a lead's consent in Realpad; None if it is not revoked.

    `entries` are those of `REVOCATIONS`, for the lead. If nobody knows what Realpad did, it is the entry that
    it was asked. What was revoked for another customer than the lead's says nothing about the lead; what was
    withdrawn for the lead stays so, whatever Realpad answers.
    """
    entries, last = list(entries), dict[AuditAction, AuditEntry]()
    for each in sorted(entries, key=lambda each: each.number):
        details = each.detail.split(", ")
        customers = [int(text.removeprefix("customer ")) for text in details if text.startswith("customer ")]
        if str(consent_id) in details and (not customers or customer_id in (None, *customers)):
            last[each.action] = each
    if AuditAction.REVOKED in last:
        return last[AuditAction.REVOKED]
    asked, failed = last.get(AuditAction.REVOCATION_ASKED), last.get(AuditAction.REVOCATION_FAILED)
    if asked and (failed is None or failed.number < asked.number):
        return asked
    return withdrawal_of(consent_id, entries)
