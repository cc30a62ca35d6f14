"""The lead log in SQL: every promise of the port, each in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Row

from realpad_form.adapters.sidecar_files import TombstoneFile
from realpad_form.adapters.sql import (
    audit,
    intake,
    lanes,
    leads,
    reconcile,
    relay,
    restored_leads,
    search,
)
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.group_commit import GroupCommit
from realpad_form.adapters.sql.probing import Probe
from realpad_form.adapters.sql.restores import SqlRestores
from realpad_form.adapters.sql.schema import revision
from realpad_form.adapters.sql.transaction import DataKeyCheck, Transaction, sealed_with
from realpad_form.adapters.vault import Vault
from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.delivery import Answer, Event, Status
from realpad_form.domain.errors import (
    CredentialNotFoundError,
    DataKeyError,
    IllegalTransitionError,
    StorageUnavailableError,
)
from realpad_form.domain.lane import Lane, LaneKey, may_be_banned, settle, spread
from realpad_form.domain.lead import (
    Answers,
    Author,
    Lead,
    LeadRecord,
    LeadVersion,
    Receipt,
    Revision,
    Route,
)
from realpad_form.domain.people import AuditNote
from realpad_form.domain.project import NoticeListener, Webhook
from realpad_form.domain.reconcile import ListMatch
from realpad_form.ports import Claim, LeadFilter, NewLead, Standing

LEADS_AT_ONCE: Final = 500
RECORDS_AT_ONCE: Final = 100

SPOOLED: Final = timedelta(seconds=5)
"""A submission that is stored so long after it was made has come by a spool."""

T = TypeVar("T")


class _BehindError(Exception):
    """More calls were made than this database knows of; nothing of the claim must be committed."""


@dataclass(frozen=True)
class SqlLeadLog:
    """The port LeadLog, on SQLite or PostgreSQL.

    A lead that only ever met outages goes to a person after `retry_for`.
    """

    database: Database
    vault: Vault
    retry_for: timedelta
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests
    jitter: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1)  # or relays come back all at once
    restores: SqlRestores | None = None  # counts the calls beside the database
    tombstones: TombstoneFile | None = None  # remembers beside it what was erased
    # Who hears of the leads of each project, as they are when asked.
    listeners: Callable[[], Mapping[str, Sequence[Webhook | NoticeListener]]] = dict
    _appends: GroupCommit[NewLead, Receipt] = field(init=False, repr=False, compare=False)
    _data_keys: DataKeyCheck = field(init=False, repr=False, compare=False)
    _probe: Probe = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Let threads share commits, and share what they know of keys and disk."""
        appends = GroupCommit(self._append, no_retry=(StorageUnavailableError, DataKeyError))
        object.__setattr__(self, "_appends", appends)
        object.__setattr__(self, "_data_keys", DataKeyCheck(self.vault))
        object.__setattr__(self, "_probe", Probe(self.database))

    def append(self, new: NewLead) -> Receipt:
        """Store a lead with its consents and its spent token; on disk before this returns."""
        try:
            return self._appends.submit(new)
        except intake.RepeatError:
            with self._read() as tx:
                first = intake.find_first(tx, new)
        if first is None:
            raise StorageUnavailableError("the lead log is changing; try again")
        return first

    def _append(self, leads: Sequence[NewLead]) -> list[Receipt]:
        with self._write() as tx:
            self._data_keys.require_all(tx.connection, is_sqlite=self.database.is_sqlite)
            receipts = intake.append(tx, leads)
            if late := [each for each in leads if tx.now - each.submission.context.submitted_at > SPOOLED]:
                restored_leads.put_spooled_in_doubt(tx, late)
            crash_point(CrashPoint.IN_APPEND)
            return receipts

    def find_repeat(
        self, submission_key: UUID | None, *, project: str | None, token: str | None
    ) -> Receipt | None:
        """Return the receipt of a submission accepted before, or None."""
        with self._read() as tx:
            return intake.find_repeat(tx, submission_key, project=project, token=token)

    def keep_words(self, words: Iterable[str]) -> None:
        """Keep the words of consents, to be found by their hash."""
        with self._write() as tx:
            intake.keep_words(tx, words)

    def find_words(self, words_hash: str) -> str | None:
        """Return the words of a consent that were kept, or None."""
        with self._read() as tx:
            return leads.words(tx, words_hash)

    def open_lanes(self, keys: Iterable[LaneKey]) -> None:
        """Make sure that each lane exists; leads without an account take the lane's."""
        keys = list(keys)
        with self._read() as tx:
            missing, unbound = lanes.missing(tx, keys), relay.unbound(tx, keys)
        if missing or unbound:
            with self._write() as tx:
                lanes.add(tx, missing)
                relay.bind(tx, unbound)
                restored_leads.join(tx, missing)

    def claim(self, keys: Sequence[LaneKey], *, lease_s: float, pace_s: float, width: int) -> Claim | None:
        """Mark the oldest due lead of an open lane `sending`, or return None if there is none."""
        with self._read() as tx:
            candidates = relay.candidates(tx, keys, width=width)
        terms = relay.Terms(lease=timedelta(seconds=lease_s), pace=timedelta(seconds=pace_s), width=width)
        for key in candidates:
            try:
                counted = self._claim(key, terms)
            except _BehindError:
                self._notice_restore()
                return None
            if counted:
                return counted.claim
        return None

    def _claim(self, key: LaneKey, terms: relay.Terms) -> relay.Counted | None:
        """Claim a lead, and record its number beside the database. Raises: _BehindError."""
        with self._write() as tx:
            counted = relay.claim(tx, key, terms)
            if counted is None or counted.log_id is None or self.restores is None:
                return counted
            if self.restores.is_behind(key, number=counted.number, log_id=counted.log_id):
                raise _BehindError
        self.restores.note(key, number=counted.number, log_id=counted.log_id)
        return counted

    def _notice_restore(self) -> None:
        """See that leads of a restored copy are in doubt before a person decides about them.

        Whether they were sent since the copy was made, only the list of the account they had then can tell;
        and a lead that was, and is discarded as if it had not been, would leave its entry to a namesake.
        """
        if self.restores:
            self.restores.notice()

    def close(self, claim: Claim, answer: Answer) -> bool:
        """End the attempt and settle lead and lane; False, and nothing written, if the claim was lost."""
        return self._end(claim, answer)

    def sweep(self) -> int:
        """Mark leads whose lease ran out `unknown`; return how many."""
        with self._read() as tx:
            expired = relay.expired(tx)
        return sum(self._end(claim, relay.GONE, is_expired=True) for claim in expired)

    def count_misdated(self, *, pace_s: float) -> int:
        """Return how many lanes and leads wait for a time that no schedule sets."""
        with self._read() as tx:
            return relay.count_misdated(tx, pace=timedelta(seconds=pace_s))

    def repair_times(self, *, pace_s: float) -> int:
        """Set right what `count_misdated` counts; return how many lanes and leads it was."""
        if not self.count_misdated(pace_s=pace_s):
            return 0
        with self._write() as tx:
            repaired = relay.repair_lanes(tx, pace=timedelta(seconds=pace_s))
        while True:
            with self._write() as tx:
                leads = relay.repair_leads(tx)
            repaired += leads
            if leads < relay.REPAIRED_AT_ONCE:
                return repaired

    def to_read(
        self, keys: Sequence[LaneKey], *, every_s: float, status: Status, aged_s: float = 0
    ) -> list[LaneKey]:
        """Return the lanes whose list of leads is to be asked for, as far as it can be."""
        times = {"every": timedelta(seconds=every_s), "aged": timedelta(seconds=aged_s)}
        with self._read() as tx:
            return reconcile.waiting(tx, keys, status=status, **times)

    def begin_listing(self, key: LaneKey, *, every_s: float, lease_s: float, on_demand: bool = False) -> bool:
        """Take the turn to ask for a lane's list of leads; False if it may not be asked for now."""
        turn = reconcile.Turn(timedelta(seconds=every_s), timedelta(seconds=lease_s), on_demand)
        with self._write() as tx:
            return reconcile.take(tx, key, turn)

    def called(self, key: LaneKey, *, status: Status, since: datetime) -> list[LeadRecord]:
        """Return the leads of a status whose last call went through a lane and ended since a time."""
        with self._read() as tx:
            return reconcile.called(tx, key, status=status, since=since)

    def also_called(self, key: LaneKey, *, since: datetime) -> list[LeadRecord]:
        """Return the leads with any other call of the lane's credentials that may have arrived."""
        with self._read() as tx:
            return reconcile.also_called(tx, key, since=since)

    def reconcile(self, seen: Lead, result: ListMatch, *, asked_at: datetime, apart_s: float) -> Lead | None:
        """Settle an unknown lead by what Realpad's list says; None if it has changed meanwhile."""
        with self._write() as tx:
            apart = timedelta(seconds=apart_s)
            settled = reconcile.settle(tx, seen, result, asked_at=asked_at, apart=apart)
            crash_point(CrashPoint.IN_RECONCILE)
            return settled

    def end_listing(self, key: LaneKey, *, pace_s: float, instead: Answer | None = None) -> None:
        """Let a lane go on after its list was read, or after what was answered instead."""
        with self._write() as tx:
            lane, others = lanes.lock(tx, key, with_host=instead is not None and may_be_banned(instead))
            if lane is not None:
                read = replace(lane, next_send_at=tx.now + timedelta(seconds=pace_s))
                after = read.unlisted(instead, now=tx.now, jitter=self.jitter()) if instead else read
                lanes.save(tx, spread(after, others, now=tx.now))

    def get(self, lead_id: UUID) -> LeadRecord:
        """Return everything about one lead."""
        with self._read() as tx:
            return leads.records(tx, [leads.lead_row(tx, lead_id)])[0]

    def lead(self, lead_id: UUID) -> Lead:
        """Return where a lead stands, also of one whose answers cannot be opened."""
        with self._read() as tx:
            return leads.to_lead(tx, leads.lead_row(tx, lead_id))

    def leads(self, which: LeadFilter) -> Iterator[Lead]:
        """Yield the leads that match, oldest first, without holding them all in memory."""
        return self._pages(which, lambda tx, page: [leads.to_lead(tx, row) for row in page], LEADS_AT_ONCE)

    def records(self, which: LeadFilter) -> Iterator[LeadRecord]:
        """Yield everything about the leads that match, oldest first."""
        return self._pages(which, leads.records, RECORDS_AT_ONCE)

    def count(self, which: LeadFilter) -> int:
        """Return how many leads match."""
        with self._read() as tx:
            return leads.count(tx, which)

    def standing(self) -> list[Standing]:
        """Return how many leads of each project stand where a person may be needed, and since when."""
        with self._read() as tx:
            return leads.standing(tx)

    def waiting(self) -> dict[Route, int]:
        """Return how many leads are queued, by where they are sent."""
        with self._read() as tx:
            return leads.waiting(tx)

    def waiting_for(self, route: Route) -> list[Standing]:
        """Return how many leads of each project are queued to be sent there, and since when."""
        with self._read() as tx:
            return leads.waiting_for(tx, route)

    def adopt(self, leads: Sequence[Lead], route: Route, *, note: AuditNote | None = None) -> int:
        """Let queued leads be sent elsewhere, those that are as they were seen; return how many were."""
        self._notice_restore()
        adopted = 0
        for first in range(0, len(leads), LEADS_AT_ONCE):
            with self._write() as tx:
                moved = relay.adopt(tx, leads[first : first + LEADS_AT_ONCE], route)
                if note and moved:
                    audit.write(tx.connection, tx.now, [replace(note, detail=f"{len(moved)} leads")])
                self._remember_moved(moved, route)
                adopted += len(moved)
        return adopted

    def resubmit(
        self,
        seen: LeadVersion,
        *,
        answers: Answers,
        payload: Mapping[str, str],
        route: Route | None = None,
        notes: Sequence[AuditNote] = (),
    ) -> Lead:
        """Store an operator's revision and queue the lead; at once, or in its old place if queued."""
        self._notice_restore()
        with self._write() as tx:
            current = _as_seen(leads.lock(tx, seen.lead_id), seen, Event.RESUBMITTED)
            queued = current.resubmitted(tx.now, route=route)
            if current.status is Status.REJECTED:
                queued = queued.unless_sent(leads.call_ends(tx, current.id), before=current)
            corrected = Revision(
                number=queued.revision, author=Author.OPERATOR, created_at=tx.now,
                answers=answers, payload=payload,
            )  # fmt: skip
            tx.add(revision, leads.from_revision(tx, corrected, current.id))
            leads.save_lead(tx, queued, before=current.status)
            audit.write(tx.connection, tx.now, notes, project=queued.project)
            if queued.route != current.route:
                self._remember_moved([queued.id], queued.route)
            crash_point(CrashPoint.IN_RESUBMIT)
            return queued

    def move(
        self,
        lead_id: UUID,
        event: Event,
        *,
        seen: LeadVersion | None = None,
        customer_id: int | None = None,
        notes: Sequence[AuditNote] = (),
    ) -> Lead:
        """Release, discard or settle a lead. Raises: IllegalTransitionError."""
        self._notice_restore()
        with self._write() as tx:
            current = _as_seen(leads.lock(tx, lead_id), seen, event)
            moved = current.decided(event, now=tx.now, customer_id=customer_id)
            if event is Event.RELEASED:
                moved = moved.unless_sent(leads.call_ends(tx, lead_id), before=current)
            leads.save_lead(tx, moved, before=current.status)
            audit.write(tx.connection, tx.now, notes, project=moved.project)
            return moved

    def restore(
        self, lead_id: UUID, *, seen: LeadVersion | None = None, notes: Sequence[AuditNote] = ()
    ) -> Lead:
        """Take a discarded lead back to where it stood before. Raises: IllegalTransitionError."""
        self._notice_restore()
        with self._write() as tx:
            current = _as_seen(leads.lock(tx, lead_id), seen, Event.RESTORED)
            restored = current.restored(leads.call_ends(tx, lead_id), now=tx.now)
            leads.save_lead(tx, restored, before=current.status)
            audit.write(tx.connection, tx.now, notes, project=restored.project)
            return restored

    def erase(
        self, lead_id: UUID, *, seen: LeadVersion | None = None, notes: Sequence[AuditNote] = ()
    ) -> Lead:
        """Empty everything about a lead that may hold personal data. Raises: IllegalTransitionError."""
        self._notice_restore()
        with self._write() as tx:
            _as_seen(leads.lock(tx, lead_id), seen, Event.ERASED)
            erased = leads.erase(tx, lead_id)
            search.forget(tx, lead_id)
            audit.write(tx.connection, tx.now, notes, project=erased.project)
            if self.tombstones:
                self.tombstones.add(lead=str(lead_id))
            return erased

    def suspect_other_account(self, lead_id: UUID, route: Route) -> bool:
        """Let a lead of a restored copy wait for a person: it may have gone by `route` after the copy."""
        with self._write() as tx:
            current, calls = leads.lock(tx, lead_id), leads.call_ends(tx, lead_id)
            if current.may_have_gone_by(route, calls):
                restored_leads.presume_call(tx, lead_id, route)
            suspected = current.after_reroute(route, calls)
            if suspected is current:
                return False
            leads.save_lead(tx, suspected, before=current.status)
            return True

    def _remember_moved(self, lead_ids: Sequence[UUID], route: Route) -> None:
        """Write beside the database that leads go elsewhere: a copy from before would not know."""
        if self.tombstones and lead_ids:
            self.tombstones.add(moved=[str(each) for each in lead_ids], **asdict(route))

    def lanes(self) -> list[Lane]:
        """Return every lane, also those whose secret has changed since."""
        with self._read() as tx:
            return lanes.every(tx)

    def resume(self, key: LaneKey, *, notes: Sequence[AuditNote] = ()) -> Lane:
        """Open a lane again, one lead first. Raises: CredentialNotFoundError."""
        with self._write() as tx:
            lane, _ = lanes.lock(tx, key)
            if lane is None:
                raise CredentialNotFoundError(key.credential)
            resumed = lane.resumed(now=tx.now)
            lanes.save(tx, [resumed])
            audit.write(tx.connection, tx.now, notes)
            return resumed

    def try_lane(self, key: LaneKey, *, notes: Sequence[AuditNote] = ()) -> bool:
        """Let a paused lane be used at once, one lead first. Raises: CredentialNotFoundError."""
        with self._write() as tx:
            lane, _ = lanes.lock(tx, key)
            if lane is None:
                raise CredentialNotFoundError(key.credential)
            if not lane.may_be_tried(tx.now):
                return False
            lanes.save(tx, [lane.tried(now=tx.now)])
            audit.write(tx.connection, tx.now, notes)
            return True

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""
        with self._read() as tx:
            return tx.now

    def probe(self) -> None:
        """Prove that a lead could be stored now, leaving nothing behind."""
        self._probe.run()

    def check_data_keys(self) -> Sequence[str]:
        """Compare the data keys with the stored leads; return which single leads are damaged."""
        return self._data_keys.check(self.database)

    def require_data_keys(self) -> None:
        """See that the data keys were right when last compared with the log, which may be away now."""
        self._data_keys.require_passed(self.database)

    def sealed_with(self, key_id: str) -> list[UUID]:
        """Return the leads that came in under a data key, oldest first."""
        with self._read() as tx:
            return [row.id for row in tx.rows(sealed_with(key_id))]

    def _end(self, claim: Claim, answer: Answer, *, is_expired: bool = False) -> bool:
        """Settle what a claim holds; False, and nothing written, if it holds nothing (any more)."""
        with self._write() as tx:
            lane, others = lanes.lock(tx, claim.lane, with_host=may_be_banned(answer))
            lead = relay.held(tx, claim, is_expired=is_expired)
            if lead is None or lane is None:
                return False
            relay.end_attempt(tx, lead, answer)
            settled = settle(lead, answer, now=tx.now, jitter=self.jitter(), retry_for=self.retry_for)
            leads.save_lead(tx, settled, before=lead.status)
            after = lane.after(answer, now=tx.now, jitter=self.jitter())
            lanes.save(tx, spread(after, others, now=tx.now))
            crash_point(CrashPoint.IN_SWEEP if is_expired else CrashPoint.IN_CLOSE)
            return True

    def _pages(
        self, which: LeadFilter, make: Callable[[Transaction, Sequence[Row[Any]]], list[T]], size: int
    ) -> Iterator[T]:
        """Yield what is made of the matching rows, a page per transaction."""
        page: list[Row[Any]] = []
        while True:
            with self._read() as tx:
                page = leads.page(tx, which, after=page[-1] if page else None, size=size)
                made = make(tx, page)
            yield from made
            if len(page) < size:
                return

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        listeners = self.listeners()  # before the transaction: files may have to be read
        try:
            with self.database.write() as connection:
                yield Transaction(
                    connection, self.database, self.vault, self.clock, self._data_keys, listeners
                )
        except StorageUnavailableError:
            self._probe.doubt()
            raise

    @contextmanager
    def _read(self) -> Iterator[Transaction]:
        with self.database.read() as connection:
            yield Transaction(connection, self.database, self.vault, self.clock)


def _as_seen(current: Lead, seen: LeadVersion | None, event: Event) -> Lead:
    """Return a lead that is still the version a person saw. Raises: IllegalTransitionError."""
    if seen is not None and current.version != seen:
        raise IllegalTransitionError(current.status, event)
    return current
