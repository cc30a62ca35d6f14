"""What the lead log and the spool promise, and how a restored copy of the log is noticed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from realpad_form.domain.delivery import Answer, Event, Status
from realpad_form.domain.lane import Lane, LaneKey
from realpad_form.domain.lead import (
    Answers,
    Lead,
    LeadRecord,
    LeadVersion,
    NoteKind,
    Receipt,
    Route,
    Submission,
)
from realpad_form.domain.people import AuditNote
from realpad_form.domain.privacy import PrivacyRequest, RequestKind
from realpad_form.domain.reconcile import ListMatch
from realpad_form.domain.restored import Hint, KnownCall, Restored, Sign, Unsent


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """A submission with what is made of it, to be stored as a lead of this id.

    The id is promised to the visitor: it is the same whichever machine stores the lead, in the log or in
    a spool first.
    """

    lead_id: UUID
    submission: Submission
    credential: str
    payload: Mapping[str, str]  # create-lead body without login and password
    account: str = ""  # of the credentials when it was accepted; "" if they were not configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One lead in the hands of one relay until its lease runs out."""

    token: UUID
    lead_id: UUID
    lane: LaneKey
    payload: Mapping[str, str]  # create-lead body without login and password


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads to list; an attribute that is None does not matter."""

    status: Status | None = None
    project: str | None = None
    credential: str | None = None
    account: str | None = None  # "": not known
    since: datetime | None = None  # created at or after, aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The leads of one project that are queued, unknown, rejected, quarantined, or left behind in sending."""

    project: str
    status: Status
    count: int
    oldest_at: datetime  # when the oldest was submitted


class LeadReader(Protocol):
    """Reads leads.

    Of this and all ports below: every method is one transaction, whose time is the database's, never the
    worker's. Any method may raise StorageUnavailableError; those that take a lead id raise LeadNotFoundError
    for an unknown one. Those that store what is sealed raise DataKeyError, and store nothing, in a process
    whose data keys are not those of the stored leads.
    """

    def get(self, lead_id: UUID) -> LeadRecord:
        """Return everything about one lead."""

    def leads(self, which: LeadFilter) -> Iterator[Lead]:
        """Yield the leads that match, oldest first, without holding them all in memory."""

    def records(self, which: LeadFilter) -> Iterator[LeadRecord]:
        """Yield everything about the leads that match, oldest first."""

    def count(self, which: LeadFilter) -> int:
        """Return how many leads match."""


class LaneLog(Protocol):
    """Keeps lanes, and the times that calls wait for."""

    def open_lanes(self, keys: Iterable[LaneKey]) -> None:
        """Make sure that each lane exists; a new one starts open.

        Leads that were accepted before their credentials were configured take the account of the lane.
        """

    def lanes(self) -> list[Lane]:
        """Return every lane, also those whose secret has changed since."""

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""

    def count_misdated(self, *, pace_s: float) -> int:
        """Return how many lanes and leads wait for a time that no schedule sets: a clock was ahead.

        `pace_s` is the time between two calls of a lane.
        """

    def repair_times(self, *, pace_s: float) -> int:
        """Set right what `count_misdated` counts; return how many lanes and leads it was.

        Queued leads become due now, in their order; lanes as in `Lane.repaired`; a lease that is longer than
        that of any call runs out when the longest would. No lead is queued by it.
        """


class IntakeLog(LeadReader, Protocol):
    """Takes leads from visitors."""

    def append(self, new: NewLead) -> Receipt:
        """Store a lead with its consents and its spent token; on disk before this returns.

        It is sent to this account of these credentials only; "" stands for the first one that they get.

        A submission whose key, token or lead id was accepted before stores nothing and gets the
        receipt of the first one, marked as repeat. Suspicions make the lead quarantined.
        """

    def find_repeat(
        self, submission_key: UUID | None, *, project: str | None, token: str | None
    ) -> Receipt | None:
        """Return the receipt of a submission that was accepted before, or None.

        A key counts in its project, a token in all of them.
        """

    def keep_words(self, words: Iterable[str]) -> None:
        """Keep the words of consents, to be found by their hash."""

    def find_words(self, words_hash: str) -> str | None:
        """Return the words of a consent that were kept or shown with a lead before, or None."""

    def require_data_keys(self) -> None:
        """See that the data keys were right when last compared with the log, which may be away now.

        Raises: DataKeyError; StorageUnavailableError, if they could not be compared yet.
        """


class RelayLog(LaneLog, Protocol):
    """Hands leads to relays, each to one of them, and takes back what came of them."""

    def claim(self, keys: Sequence[LaneKey], *, lease_s: float, pace_s: float, width: int) -> Claim | None:
        """Mark the oldest due lead of an open lane `sending`, or return None if there is none.

        A lead that was accepted for another account of the same credentials is never among them. The attempt
        is opened, and the lane's next call set `pace_s` later, in the same transaction. No lane has more than
        `width` leads in flight, on all machines together.
        """

    def close(self, claim: Claim, answer: Answer) -> bool:
        """End the attempt and settle lead and lane; False, and nothing written, if the claim was lost."""

    def sweep(self) -> int:
        """Mark leads whose lease ran out `unknown`; return how many."""


class ReconcileLog(LaneLog, Protocol):
    """Compares leads with the lists that Realpad keeps of them."""

    def to_read(
        self, keys: Sequence[LaneKey], *, every_s: float, status: Status, aged_s: float = 0
    ) -> list[LaneKey]:
        """Return the open lanes with leads of a status and age whose list was not asked for in `every_s`.

        Not those whose list was refused; a person may still ask for it.
        """

    def begin_listing(self, key: LaneKey, *, every_s: float, lease_s: float, on_demand: bool = False) -> bool:
        """Take the turn to ask for a lane's list of leads; False if it may not be asked for now.

        That is no more often than every `every_s` by all machines together, while no call of the lane is in
        flight and it is open; `on_demand` of a person, while it is neither stopped nor banned. Nothing is
        sent through the lane until the reading ends, or `lease_s` have passed.
        """

    def end_listing(self, key: LaneKey, *, pace_s: float, instead: Answer | None = None) -> None:
        """Let a lane go on after its list was read, or after what was answered instead; `pace_s` later."""

    def called(self, key: LaneKey, *, status: Status, since: datetime) -> list[LeadRecord]:
        """Return the leads of a status whose last call went through a lane and ended since a time."""

    def also_called(self, key: LaneKey, *, since: datetime) -> list[LeadRecord]:
        """Return the leads with any other call of the lane's credentials that may have arrived.

        It is open or ended since a time; `called` tells the last calls of unknown and delivered leads.
        """

    def reconcile(self, seen: Lead, result: ListMatch, *, asked_at: datetime, apart_s: float) -> Lead | None:
        """Settle an unknown lead by what Realpad's list says; None, and nothing written, if it has changed.

        `asked_at` is the log's time when the list was asked for; two absences `apart_s` apart prove that the
        lead is not there, and queue it again.
        """


class OperatorLog(LeadReader, LaneLog, Protocol):
    """Does to leads and lanes what a person decides.

    `notes` go into the audit log in the same transaction.
    """

    def lead(self, lead_id: UUID) -> Lead:
        """Return where a lead stands, also of one whose answers cannot be opened.

        Raises: LeadNotFoundError.
        """

    def resubmit(
        self,
        seen: LeadVersion,
        *,
        answers: Answers,
        payload: Mapping[str, str],
        route: Route | None = None,
        notes: Sequence[AuditNote] = (),
    ) -> Lead:
        """Store an operator's revision and queue the lead; at once, or in its old place if queued.

        It is sent by `route` from now on, if one is given.

        Raises: IllegalTransitionError, if the lead is sending, quarantined, discarded or erased,
        or if it is no longer the version `seen`, so that two operators make one call.
        """

    def move(
        self,
        lead_id: UUID,
        event: Event,
        *,
        seen: LeadVersion | None = None,
        customer_id: int | None = None,
        notes: Sequence[AuditNote] = (),
    ) -> Lead:
        """Release or discard a lead, or settle an unknown one that a person found in Realpad.

        Raises: IllegalTransitionError, also if it is no longer the version `seen`.
        """

    def restore(
        self, lead_id: UUID, *, seen: LeadVersion | None = None, notes: Sequence[AuditNote] = ()
    ) -> Lead:
        """Take a discarded lead back to where it stood before, as in `Lead.restored`.

        Raises: IllegalTransitionError, also if it is no longer the version `seen`.
        """

    def erase(
        self, lead_id: UUID, *, seen: LeadVersion | None = None, notes: Sequence[AuditNote] = ()
    ) -> Lead:
        """Empty everything about a lead that may hold personal data; the evidence of consent stays.

        Raises: IllegalTransitionError, while it is being sent, or if it is no longer the version `seen`.
        """

    def suspect_other_account(self, lead_id: UUID, route: Route) -> bool:
        """Let a lead of a restored copy wait for a person: it may have gone by `route` after the copy.

        Returns: whether that is news about this lead.
        Raises: LeadNotFoundError; IllegalTransitionError, while it is being sent.
        """

    def adopt(self, leads: Sequence[Lead], route: Route, *, note: AuditNote | None = None) -> int:
        """Let queued leads be sent elsewhere than they were accepted for, their bodies as they are.

        `note` goes into the audit log with each transaction, with the number of its leads.
        Leads that are no longer as they were seen are left alone; return how many were not.
        """

    def resume(self, key: LaneKey, *, notes: Sequence[AuditNote] = ()) -> Lane:
        """Open a lane again, one lead first. Raises: CredentialNotFoundError."""

    def try_lane(self, key: LaneKey, *, notes: Sequence[AuditNote] = ()) -> bool:
        """Let a paused lane be used at once, one lead first; return whether it was, by `Lane.tried`.

        Raises: CredentialNotFoundError.
        """

    def waiting(self) -> Mapping[Route, int]:
        """Return how many leads are queued, by where they are sent."""

    def waiting_for(self, route: Route) -> list[Standing]:
        """Return how many leads of each project are queued to be sent there, and since when."""

    def sealed_with(self, key_id: str) -> list[UUID]:
        """Return the leads that came in under a data key and are not erased, oldest first."""


class ReportLog(LaneLog, Protocol):
    """Tells whether people are needed, and whether the log can do its work."""

    def standing(self) -> list[Standing]:
        """Return how many leads of each project stand where a person may be needed, and since when."""

    def probe(self) -> None:
        """Prove that a lead could be stored now, by storing as much and removing it again."""

    def check_data_keys(self) -> Sequence[str]:
        """Open the oldest and the newest lead of each data key; return which single leads are damaged.

        Raises: DataKeyError, if a key of stored leads is not set.
        """


class LeadLog(IntakeLog, RelayLog, ReconcileLog, OperatorLog, ReportLog, Protocol):
    """Keeps leads, consents, attempts and lanes for good: all that the ports above promise."""


class Spool(Protocol):
    """Keeps submissions on this machine's disk while the lead log cannot take them."""

    def keep(self, new: NewLead) -> Receipt:
        """Keep a submission, unless it is kept already; on disk before this returns.

        Raises: StorageUnavailableError.
        """

    def find(self, key: UUID | None, *, project: str | None, token: str | None) -> Receipt | None:
        """Return the receipt of a submission that is kept, or None; see `IntakeLog.find_repeat`."""

    def waiting(self) -> int:
        """Return how many submissions are kept."""

    def probe(self) -> None:
        """Prove that a submission could be kept now, leaving nothing behind.

        Raises: StorageUnavailableError.
        """

    def taking(self) -> AbstractContextManager[Iterator[NewLead]]:
        """Give out what is kept, oldest first; each is forgotten when the next one is asked for."""


class Restores(Protocol):
    """Notices that the lead log is a restored copy, and keeps its leads from being sent blindly.

    Every method may raise StorageUnavailableError.
    """

    def notice(self) -> Restored | None:
        """Look for proof that this log is a restored copy; return what was done if this found the first.

        Then what is queued or unknown is in doubt: `unknown`, as if a call had lasted until now. Sessions
        and one-time links are over. All in one transaction, in which nothing can be claimed.
        """

    def proof(self) -> Sign | None:
        """Return what proves that this log is a restored copy, and do nothing about it."""

    def hint(self) -> Hint | None:
        """Return what hints at a restored copy, and do nothing about it."""

    def suspect(self) -> Hint | None:
        """Let no lane send that has leads waiting before its list was looked at, if anything hints at a copy.

        Returns what hints at it; None if nothing does, or nothing waits. Asked once, before a relay begins.
        """

    def keep(self) -> None:
        """Keep beside the database how many calls it knows of."""

    def to_check(self, keys: Sequence[LaneKey]) -> list[LaneKey]:
        """Return the lanes whose list is to be looked at before anything is sent."""

    def looked(self, key: LaneKey, *, is_over: bool) -> None:
        """Note a look at a lane's list: it may send again, or, unless `is_over`, after so many more tries."""

    def unsent(self, keys: Iterable[LaneKey]) -> list[Unsent]:
        """Return the leads of lanes that the log does not know to have been sent."""

    def calls(self, keys: Iterable[LaneKey], *, since: datetime) -> list[KnownCall]:
        """Return the calls through lanes since a time that Realpad may list."""

    def doubt(self, sign: Sign) -> Restored:
        """Put everything in doubt as `notice` does, for a reason that it cannot know of."""

    def by_hand(self, *, again: bool = False) -> Restored:
        """Do it because a person says so, unless it was done and nothing speaks for a copy since.

        `again` does it in any case. Returns what is in doubt now.
        """

    def state(self) -> Restored | None:
        """Return that this is a restored copy, while leads of it are in doubt and nobody has dismissed it."""

    def dismiss(self) -> None:
        """Note that a person knows that this is a restored copy; what is in doubt stays so."""

    def was_restored(self) -> bool:
        """Return whether this log was ever found to be a restored copy."""

    def unapplied(self) -> datetime | None:
        """Return when this was noticed, if what was erased since the copy was not erased again here."""

    def applied(self, restored_at: datetime) -> None:
        """Note that it was."""

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""


class Tombstones(Protocol):
    """Remembers outside the database what was erased, who lost rights, what goes elsewhere: ids only."""

    def add(self, **about: Any) -> None:
        """Add a line; on disk before this returns, or told if it cannot be written."""

    def require(self, **about: Any) -> None:
        """Add a line; on disk before this returns. Raises: StorageUnavailableError."""

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was added, oldest first."""


class PrivacyLog(Protocol):
    """Keeps what people asked for about their data. Any method may raise StorageUnavailableError."""

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""

    def add(self, request: PrivacyRequest, *, notes: Sequence[AuditNote]) -> None:
        """Keep a new request, in one transaction with its entries in the audit log; again does nothing."""

    def change(self, request: PrivacyRequest, *, notes: Sequence[AuditNote] = ()) -> None:
        """Keep the receipts of a request and when it was finished, in the place of those before."""

    def all(self) -> list[PrivacyRequest]:
        """Return all requests, newest first."""

    def of(self, kind: RequestKind, subject: str) -> list[PrivacyRequest]:
        """Return the requests of a kind about a person, newest first."""


class LeadNotes(Protocol):
    """Keeps what people write down about leads. Any method may raise StorageUnavailableError.

    Each is one transaction with its entry in the audit log, and raises LeadNotFoundError, or
    IllegalTransitionError for a lead that is erased.
    """

    def add(self, lead_id: UUID, *, kind: NoteKind, text: str, note: AuditNote) -> None:
        """Keep a note about a lead, by whom `note` says. Raises: DataKeyError."""

    def assign(self, lead_id: UUID, person_id: UUID | None, *, note: AuditNote) -> None:
        """Let a person look after a lead, or nobody."""

    def record(self, lead_id: UUID, *, note: AuditNote) -> None:
        """Write an entry about a lead into the audit log while nobody can claim it: every claim knows it."""
