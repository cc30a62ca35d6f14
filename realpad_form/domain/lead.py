"""What a visitor sent and what we keep of it: Submission, Consent, Context, Lead."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID, uuid4, uuid5

from realpad_form.domain.delivery import (
    POSSIBLY_DELIVERED,
    SERVER_ERROR,
    Event,
    Outcome,
    Status,
    allows,
    next_status,
)
from realpad_form.domain.errors import IllegalTransitionError
from realpad_form.domain.reason import UNREADABLE, Code, Reason
from realpad_form.domain.reconcile import ListMatch, Presence

LEAD_IDS: Final = UUID("06cc576e-0f53-5a7d-83b9-aaf5edfefb14")
"""The namespace of lead ids (RFC 9562, version 5); never changed, or repeats would get other ids."""
STALE: Final = timedelta(hours=1)
"""How much longer than it has to a lead may be missing from the list: more, and a clock was set meanwhile."""

Answers = Mapping[str, Any]
"""Validated answers by field or attribute name, JSON-able, absent when not given.

`rooms` and multi-selects are lists of option values, `price_max` and integers are int,
booleans are True, decimals are strings with a period, dates `YYYY-MM-DD`, `phone` is E.164.
"""


NOT_LISTED_FOR: Final = 3
"""How many times longer a lead has to be missing from a list that nothing shows to be complete.

Half an hour with the default interval, in every reading of it: by then a list that comes from a cache, or is
empty by mistake, is right again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One consent the visitor gave or withheld, in the exact words shown.

    Source: GDPR Art. 7(1), the controller must be able to demonstrate consent.
    """

    id: int  # Realpad's consent type
    given: bool
    wording: str
    language: str  # of the wording, ISO 639-1
    shown: str | None = None  # hash of the words on the visitor's page, if it told


def hash_of(words: str) -> str:
    """Return the name that the words of a consent have in the log: SHA-256, in hex."""
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where and how a submission came about."""

    language: str  # the form's, ISO 639-1
    form_version: str  # of the project file the visitor saw
    submitted_at: datetime  # aware, UTC
    address: str = ""  # the visitor's IP address
    page: str = ""
    referrer: str = ""  # the HTTP referrer, never Realpad's `referral`
    parameters: Mapping[str, str] = field(default_factory=dict)  # captured, e.g. utm_source
    source: str = ""  # the other system that sent it; "" for our own form

    def anonymous(self) -> Self:
        """Return what is left without what may tell who it was."""
        return replace(self, address="", page="", referrer="", parameters={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One validated POST; nothing is promised yet."""

    project: str
    answers: Answers
    consents: tuple[Consent, ...]
    context: Context
    key: UUID | None = None  # `submission`, made in the browser; unique per project
    token: str | None = None  # of the signed form, as a rule; serves one accepted lead of all projects
    captcha: str | None = None  # id of the solved challenge; likewise
    suspicions: tuple[str, ...] = ()  # why it looks like spam; any of them quarantines
    mistakes: Mapping[str, str] = field(default_factory=dict)
    """What a person has to correct before it can be sent, by answer; it is rejected until then."""

    @property
    def status(self) -> Status:
        """Where the lead of it stands at first."""
        if self.mistakes:
            return Status.REJECTED
        return Status.QUARANTINED if self.suspicions else Status.QUEUED

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the lead of it needs a person, if it does."""
        mistakes = (
            Reason(code=Code.INVALID, params={"field": key}, detail=text)
            for key, text in self.mistakes.items()
        )
        return (*mistakes, *(Reason(code=suspicion) for suspicion in self.suspicions))

    def lead_id(self) -> UUID:
        """Return the id of the lead that this becomes: the same on every machine that gets it.

        It follows from the project and `key`, or the token without a key; without both it is random.
        """
        if self.key is not None:
            return uuid5(LEAD_IDS, f"{self.project}/submission/{self.key}")
        if self.token is not None:
            return uuid5(LEAD_IDS, f"{self.project}/token/{self.token}")
        return uuid4()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that a lead is on disk."""

    lead_id: UUID
    project: str
    language: str  # of the submission that made the lead
    is_repeat: bool  # the same submission or token was accepted before


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Route:
    """Where leads are sent: the name of their credentials, and the account these were then.

    The name can get another login or another address of Realpad; the account stays what it was.
    """

    credential: str
    account: str = ""  # of a `LaneKey`; "" if the credentials were not configured, or by an older version

    def is_same_account(self, other: "Route") -> bool:
        """Return whether both lead to one account; by the credentials' name, if an account is not known."""
        if self.account and other.account:
            return self.account == other.account
        return self.credential == other.credential


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """How a call of a lead ended."""

    outcome: str | None  # an Outcome; None while it is open
    is_presumed: bool = False  # nobody knows whether it was made: see `Attempt`

    @property
    def may_have_arrived(self) -> bool:
        """Whether nobody knows what became of it."""
        return self.outcome in (None, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A stored submission, and where its delivery stands."""

    id: UUID
    project: str
    credential: str
    status: Status
    created_at: datetime
    due_at: datetime
    revision: int = 1
    failures: int = 0  # calls Realpad answered with 5xx, since the last revision
    first_failed_at: datetime | None = None
    customer_id: int | None = None  # Realpad's; the same for a person it already knew
    reasons: tuple[Reason, ...] = ()  # why quarantined, rejected or unknown
    attempts: int = 0
    absent_at: datetime | None = None  # when Realpad's list first lacked this lead that is unknown
    account: str = ""  # of the `LaneKey` it was accepted for, the only one it is sent to; "" if not known
    discarded_from: Status | None = None  # its status before it was discarded; None by an older version
    assignee: UUID | None = None  # the person who looks after it

    def must_be_kept(self) -> Self:
        """Return this lead if it is not erased. Raises: IllegalTransitionError."""
        if self.status is Status.ERASED:
            raise IllegalTransitionError(self.status, Event.ERASED)
        return self

    def after(self, event: Event, **changes: Any) -> Self:
        """Return this lead after `event`, with `changes` to its other attributes.

        Raises: IllegalTransitionError, if the status does not allow the event.
        """
        return replace(self, status=next_status(self.status, event), **changes)

    def resubmitted(self, now: datetime, *, route: "Route | None" = None) -> Self:
        """Return this lead with one more revision, queued at once, or in its place if it waits already.

        It goes by `route` from now on, if one is given.

        Raises: IllegalTransitionError.
        """
        due_at = min(self.due_at, now) if self.status is Status.QUEUED else now
        fresh = replace(
            self, revision=self.revision + 1, failures=0, first_failed_at=None, reasons=(), absent_at=None,
            credential=route.credential if route else self.credential,
            account=route.account if route else self.account,
        )  # fmt: skip
        return fresh.after(Event.RESUBMITTED, due_at=due_at)

    def adopted(self, route: "Route", *, now: datetime) -> Self:
        """Return this queued lead with its body as it is, to be sent to another account.

        Outages of the other account do not count against it.

        Raises: IllegalTransitionError, if it is not queued.
        """
        if self.status is not Status.QUEUED:
            raise IllegalTransitionError(self.status, "sent with other credentials")
        return replace(
            self, credential=route.credential, account=route.account, due_at=min(self.due_at, now),
            failures=0, first_failed_at=None,
        )  # fmt: skip

    @property
    def route(self) -> "Route":
        """Where it is sent."""
        return Route(credential=self.credential, account=self.account)

    def reconciled(self, result: ListMatch, *, asked_at: datetime, now: datetime, apart: timedelta) -> Self:
        """Return this unknown lead as Realpad's list leaves it.

        It is queued again once two readings `apart` have proved its absence, or once all readings of
        `NOT_LISTED_FOR` times that interval lacked it, if none could prove it. That it may have gone to
        another account stays true whatever the list of this one shows: then no absence counts.

        Raises: IllegalTransitionError.
        """
        lacked_for = asked_at - (self.absent_at or asked_at)
        long_enough = apart if result.presence is Presence.ABSENT else NOT_LISTED_FOR * apart
        match result.presence:
            case Presence.THERE:
                found = result.entries[0].customer_id
                return self.after(Event.DELIVERED, customer_id=found, reasons=(), absent_at=None)
            case Presence.UNCLEAR:
                kept = tuple(each for each in self.reasons if each.code == Code.OTHER_ACCOUNT)
                reasons = kept if result.reason in kept else (*kept, result.reason)
                return replace(self, reasons=reasons, absent_at=None)
            case _ if self.may_be_at_other_account:
                return self
            case _ if not self.absent_at or not timedelta(0) <= lacked_for <= long_enough + STALE:
                # The first reading without it, or one of another time: a clock was set since, and nothing
                # tells how long ago it really was.
                return replace(self, absent_at=asked_at)
            case _ if lacked_for >= long_enough:
                return self.after(Event.RETURNED, due_at=now, reasons=(), absent_at=None)
            case _:
                return self

    @property
    def may_be_at_other_account(self) -> bool:
        """Whether it may have been sent to another account than its own, or nobody can read whether."""
        return any(each.code == Code.OTHER_ACCOUNT or each.code in UNREADABLE for each in self.reasons)

    @property
    def is_to_correct(self) -> bool:
        """Whether answers of it were not valid when it was taken, so that it must not be sent as it is.

        A consent that was demanded and not given is no answer: nobody but the visitor can give it.
        """
        fields = (reason.params["field"] for reason in self.reasons if reason.code == Code.INVALID)
        return any(not key.startswith("consent_") for key in fields)

    @property
    def version(self) -> "LeadVersion":
        """What a person who decides about this lead has to have seen."""
        return LeadVersion.of(self)

    def decided(self, event: Event, *, now: datetime, customer_id: int | None = None) -> Self:
        """Return this lead as an operator decides: released, discarded, or found to be at Realpad.

        Raises: IllegalTransitionError, also for what is not an operator's to decide.
        """
        match event:
            case Event.RELEASED:
                return self.after(event, due_at=now, reasons=())
            case Event.DISCARDED:
                return self.after(event, discarded_from=self.status)
            case Event.SETTLED:
                return self.after(event, customer_id=customer_id, reasons=(), absent_at=None)
            case _:
                raise IllegalTransitionError(self.status, event)

    def unless_sent(self, calls: Sequence[CallEnd], *, before: "Lead") -> Self:
        """Return this lead that a person has queued; unknown, if the last of its calls may have arrived.

        So it is on a restored copy, where they may have done the same before. Realpad's list is asked first.
        It is the list of the account that the lead went to as it was `before`: if that was another one, or
        a third one may have got it, no list can tell which of them did, and a person has to look.
        """
        if not calls or not calls[-1].may_have_arrived:
            return self
        is_elsewhere = before.may_be_at_other_account or not self.route.is_same_account(before.route)
        reasons = (Reason(code=Code.OTHER_ACCOUNT),) if is_elsewhere else self.reasons
        return replace(self, status=Status.UNKNOWN, reasons=reasons)

    def may_have_gone_by(self, route: Route, calls: Sequence[CallEnd]) -> bool:
        """Return whether this lead of a restored copy, which a person let go by `route` since, may be there.

        One that is queued in the copy is not, if no call of it is presumed: nothing was sent since.

        Raises: IllegalTransitionError, while a call of it is under way.
        """
        if self.status is Status.SENDING:
            raise IllegalTransitionError(self.status, "sent with other credentials")
        is_known = self.account == route.account != ""
        is_over = self.status in (Status.DELIVERED, Status.ERASED)
        is_sent_since = self.status is not Status.QUEUED or (bool(calls) and calls[-1].is_presumed)
        return is_sent_since and not is_known and not is_over

    def after_reroute(self, route: Route, calls: Sequence[CallEnd]) -> Self:
        """Return this lead of a restored copy, which a person let go by `route` after the copy was made.

        What was sent there no list of its own account shows, so a person has to look.

        Raises: IllegalTransitionError, while a call of it is under way.
        """
        if not self.may_have_gone_by(route, calls) or self.may_be_at_other_account:
            return self
        status = Status.UNKNOWN if self.status is Status.QUEUED else self.status
        reasons = (*self.reasons, Reason(code=Code.OTHER_ACCOUNT))
        return replace(self, status=status, reasons=reasons, absent_at=None)

    def restored(self, calls: Sequence[CallEnd], *, now: datetime) -> Self:
        """Return this discarded lead as it stood before, but never queue what may have arrived.

        If it was queued, it is delivered if Realpad took any call of it, and unknown if nobody knows what
        became of one, so that Realpad's list is asked first. So it is on a restored copy, where it may have
        been sent since the copy was made.

        Raises: IllegalTransitionError, if it is not discarded.
        """
        if not allows(self.status, Event.RESTORED):
            raise IllegalTransitionError(self.status, Event.RESTORED)
        made = [each for each in calls if not each.is_presumed]
        stood = self.discarded_from or self._stood(made)
        if stood is Status.QUEUED and any(each.outcome == Outcome.ACCEPTED for each in made):
            stood = Status.DELIVERED
        elif stood is Status.QUEUED and any(each.may_have_arrived for each in calls):
            stood = Status.UNKNOWN
        due_at = now if stood is Status.QUEUED else self.due_at
        return replace(self, status=stood, discarded_from=None, absent_at=None, due_at=due_at)

    def _stood(self, calls: Sequence[CallEnd]) -> Status:
        """Return where this lead most likely stood, going by calls that were really made."""
        if calls and calls[-1].may_have_arrived:
            return Status.UNKNOWN
        if calls and calls[-1].outcome == Outcome.ACCEPTED:
            return Status.DELIVERED
        if all(reason.code in UNREADABLE for reason in self.reasons):
            return Status.QUEUED
        return Status.REJECTED if calls else Status.QUARANTINED


@dataclass(frozen=True, slots=True)
class LeadVersion:
    """A lead as it was when a person decided about it."""

    lead_id: UUID
    status: Status
    revision: int
    attempts: int  # of an unknown lead, which another call would make another question; else 0

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """Return a lead as it is now."""
        return cls(lead.id, lead.status, lead.revision, lead.attempts if lead.status is Status.UNKNOWN else 0)

    @classmethod
    def parse(cls, text: str) -> "Self | None":
        """Return the version that was written by `str`, or None if it is none."""
        try:
            lead_id, status, revision, attempts = text.split(".")
            return cls(UUID(hex=lead_id), Status(status), int(revision), int(attempts))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.lead_id.hex}.{self.status}.{self.revision}.{self.attempts}"


NOTE_CHARS: Final = 2_000
"""As long may a note at the desk be."""


class NoteKind(StrEnum):
    """What a note says that something was done."""

    NOTE = "note"
    CALLED = "called"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNote:
    """What a person wrote down about a lead at the desk: for colleagues, never sent to Realpad."""

    kind: NoteKind
    text: str  # may be empty for a call
    by: UUID | None  # None for a command
    at: datetime  # aware, UTC


class Author(StrEnum):
    """Who wrote a revision of a lead's answers."""

    VISITOR = "visitor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The answers of a lead at one time and the create-lead body made of them."""

    number: int  # 1 is what the visitor sent
    author: Author
    created_at: datetime
    answers: Answers
    payload: Mapping[str, str]  # without login and password


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecord:
    """Everything the log holds about one lead."""

    lead: Lead
    context: Context
    consents: tuple[Consent, ...]
    revisions: tuple[Revision, ...]
    attempts: tuple["Attempt", ...]
    notes: tuple["LeadNote", ...] = ()  # in the order they were written

    @property
    def current(self) -> Revision:
        """The revision that was or will be sent."""
        return self.revisions[-1]

    @property
    def may_be_at_realpad(self) -> bool:
        """Whether Realpad has something of it, or nobody knows that it has nothing."""
        is_known = self.lead.customer_id is not None or self.lead.status in (
            *POSSIBLY_DELIVERED,
            Status.SENDING,
        )
        return is_known or any(each.may_have_arrived for each in self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One HTTP try of a delivery; never edited once ended.

    A presumed one is what this log's original may have sent after the restored copy was made: once or not at
    all, and with what a person may have corrected meanwhile.
    """

    started_at: datetime
    ended_at: datetime | None
    revision: int
    outcome: str | None  # an Outcome; None while the call is open
    status: int | None
    answer: str
    is_presumed: bool = False
    fingerprint: str = ""  # of the lane; "" for a presumed one, and in an export of an older version

    @property
    def end(self) -> CallEnd:
        """How it ended."""
        return CallEnd(outcome=self.outcome, is_presumed=self.is_presumed)

    @property
    def may_have_arrived(self) -> bool:
        """Whether Realpad took it, or may have: it may even have stored what it answered with an error."""
        is_fault = (self.status or 0) >= SERVER_ERROR
        return self.outcome in (None, Outcome.ACCEPTED, Outcome.UNKNOWN) or is_fault
