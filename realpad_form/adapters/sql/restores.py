"""Noticing that this lead log is a restored copy, by what it says itself and by the file beside it."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, func, select

from realpad_form.adapters.sidecar_files import CallFile, Recorded
from realpad_form.adapters.sql import audit, lanes, restored_leads
from realpad_form.adapters.sql.database import Database, DatabasePlace
from realpad_form.adapters.sql.schedules import fail_all_schedules
from realpad_form.adapters.sql.schema import attempt, lane, lead
from realpad_form.adapters.sql.schema_people import session, ticket
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.lane import Lane, LaneKey
from realpad_form.domain.listing import SHOWN_FOR
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.publishing import ScheduleFailure
from realpad_form.domain.restored import Hint, KnownCall, Restored, Sign, Unsent

LEAP: Final = 1_000
"""How far the numbers of calls leap ahead when a restored copy is noticed.

Another machine may know of more calls than the one that notices; what was put in doubt covers them.
"""

IDLE: Final = timedelta(hours=1)
ALMOST_GONE: Final = timedelta(hours=1)
"""How long before it leaves Realpad's list an entry is not counted on any more."""

KEEP_EVERY_S: Final = 60.0
"""How often it is recorded that this log is in use, even if no call was made."""

_HAS_LEADS: Final = select(lead.c.id).limit(1)
_NEWEST: Final = select(func.max(lead.c.created_at).label("at"))
_LAST_CALL: Final = select(func.max(attempt.c.ended_at).label("at")).where(
    attempt.c.fingerprint.in_(select(lane.c.fingerprint))
)

logger = logging.getLogger(__name__)

Proof = Callable[[Transaction, Row[Any], Recorded], Sign | None]


class SqlRestores:
    """The port Restores, on SQLite or PostgreSQL; `keys` are the lanes of the configured credentials."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        call_file: CallFile,
        *,
        keys: Callable[[], Iterable[LaneKey]],
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._database, self._vault, self._call_file = database, vault, call_file
        self._keys, self._clock = keys, clock
        self._found = DatabasePlace()

    def observe(self) -> None:
        """Look at SQLite's files as they were left, before anybody opens them."""
        if self._database.is_sqlite:
            self._found = self._database.place()

    def notice(self) -> Restored | None:
        """Look for proof that this log is a restored copy; return what was done if this found the first."""
        self._introduced()
        return self._restore(self._proof) if self.proof() else None

    def proof(self) -> Sign | None:
        """Return what proves that this log is a restored copy, and do nothing about it."""
        with self._read() as tx:
            state = restored_leads.find_state(tx)
        if state is None:
            return None
        # Before the database: of both, it is the one that can only say less.
        recorded = self._recorded(state)
        with self._read() as tx:
            return self._proof(tx, restored_leads.find_state(tx) or state, recorded)

    def hint(self) -> Hint | None:
        """Return what hints at a restored copy, and do nothing about it."""
        recorded = self._recorded(self._introduced())
        with self._read() as tx:
            idle = _idle(tx, recorded)
        return self._hint(recorded, self._database.place(), idle)

    def suspect(self) -> Hint | None:
        """Let lanes with waiting leads send nothing before a look at their list, if something hints at it."""
        state = self._introduced()
        recorded, place = self._recorded(state), self._database.place()
        with self._read() as tx:
            idle = _idle(tx, recorded)
            hint = self._hint(recorded, place, idle)
            is_waiting = bool(hint and restored_leads.waiting(tx))
        if is_waiting and idle > SHOWN_FOR - ALMOST_GONE:
            self.doubt(Sign.AGE)
        elif is_waiting:
            self._check_list_first()
        self._sign()
        return hint if is_waiting else None

    def keep(self) -> None:
        """Keep beside the database how many calls it knows of."""
        state = self._introduced()
        recorded, place = self._recorded(state), self._database.place()
        if recorded.place and place.name and recorded.place != place.name:
            self.suspect()  # another server has taken over
            return
        with self._read() as tx:
            known = _calls(lanes.every(tx))
        is_higher = any(number > recorded.calls.get(name, 0) for name, number in known.items())
        if is_higher or recorded.journal != place.journal or time.time() - recorded.at > KEEP_EVERY_S:
            self._sign()

    def is_behind(self, key: LaneKey, *, number: int, log_id: UUID) -> bool:
        """Return whether the next call of a lane, whose lock is held, was made before by what this copies."""
        recorded = self._call_file.read(log_id)
        return recorded is not None and recorded.calls.get(_name(key), 0) >= number

    def note(self, key: LaneKey, *, number: int, log_id: UUID) -> None:
        """Record the number of a call, before it leaves."""
        self._call_file.raise_to(log_id, {_name(key): number}, {_name(key): key.account})

    def to_check(self, keys: Sequence[LaneKey]) -> list[LaneKey]:
        """Return the lanes whose list is to be looked at before anything is sent."""
        with self._read() as tx:
            waiting = {_name(each.key) for each in lanes.every(tx) if each.looks_left}
        return [key for key in keys if _name(key) in waiting]

    def looked(self, key: LaneKey, *, is_over: bool) -> None:
        """Note a look at a lane's list."""
        with self._write() as tx:
            mine, _ = lanes.lock(tx, key)
            if mine is not None:
                left = 0 if is_over else max(0, mine.looks_left - 1)
                lanes.save(tx, [replace(mine, looks_left=left)])

    def unsent(self, keys: Iterable[LaneKey]) -> list[Unsent]:
        """Return the leads of lanes that the log does not know to have been sent."""
        with self._read() as tx:
            return restored_leads.unsent(tx, {key.credential for key in keys})

    def calls(self, keys: Iterable[LaneKey], *, since: datetime) -> list[KnownCall]:
        """Return the calls through lanes since a time that Realpad may list."""
        with self._read() as tx:
            return restored_leads.calls(tx, {key.fingerprint for key in keys}, since=since)

    def doubt(self, sign: Sign) -> Restored:
        """Put everything in doubt, for a reason that this cannot know of."""
        restored = self._restore(lambda *_about: sign)
        assert restored is not None  # noqa: S101 - there is always the reason
        return restored

    def by_hand(self, *, again: bool = False) -> Restored:
        """Put everything in doubt as a person says, unless it was and nothing speaks for another restore."""
        if restored := self.notice():
            return restored
        before = self.state()
        if before and not again and not self.hint():
            return before
        return self.doubt(Sign.PERSON)

    def state(self) -> Restored | None:
        """Return that this is a restored copy, while leads of it are in doubt and nobody has dismissed it."""
        with self._read() as tx:
            found = restored_leads.find_state(tx)
            if found is None or found.restored_at is None or found.dismissed_at is not None:
                return None
            in_doubt = restored_leads.count_in_doubt(tx, found.restored_at)
        return Restored(at=found.restored_at, sign=Sign(found.sign), in_doubt=in_doubt) if in_doubt else None

    def dismiss(self) -> None:
        """Note that a person knows that this is a restored copy; what is in doubt stays so."""
        with self._write() as tx:
            restored_leads.lock_state(tx)
            restored_leads.save_state(tx, dismissed_at=tx.now)

    def was_restored(self) -> bool:
        """Return whether this log was ever found to be a restored copy."""
        with self._read() as tx:
            found = restored_leads.find_state(tx)
        return found is not None and found.restored_at is not None

    def unapplied(self) -> datetime | None:
        """Return when this was noticed, if what was erased since the copy was not erased again here."""
        state = self._introduced()
        restored_at: datetime | None = state.restored_at
        is_applied = restored_at is None or self._recorded(state).applied == restored_at.isoformat()
        return None if is_applied else restored_at

    def applied(self, restored_at: datetime) -> None:
        """Note that it was."""
        self._call_file.raise_to(self._introduced().log_id, {}, applied=restored_at.isoformat())

    def hand_over(self, target: Database) -> None:
        """Record that this log is in use in another database from now on, which has all that this one has.

        So that one is not taken for a copy that may be older. Nobody may change this one any more.
        Raises: StorageUnavailableError.
        """
        place = target.place()
        self._call_file.raise_to(self._introduced().log_id, {}, place=place.name, journal=place.journal)

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""
        with self._read() as tx:
            return tx.now

    def _introduced(self) -> Row[Any]:
        """Return the state of this log, naming it if nobody has; one without leads is no copy of any."""
        with self._read() as tx:
            state = restored_leads.find_state(tx)
        if state is None:
            with self._write() as tx:
                state = restored_leads.lock_state(tx)
                is_empty = tx.row(_HAS_LEADS) is None
            if is_empty:
                self._sign()
        return state

    def _recorded(self, state: Row[Any]) -> Recorded:
        return self._call_file.read(state.log_id) or Recorded()

    def _proof(self, tx: Transaction, state: Row[Any], recorded: Recorded) -> Sign | None:
        """Return what proves that this log is a restored copy."""
        if state.copied_at is not None:
            return Sign.BACKUP
        known = _calls(lanes.every(tx))
        if any(number > known.get(name, 0) for name, number in recorded.calls.items()):
            return Sign.CALLS
        found = self._found
        # Where the whole folder was restored, numbers of files may have come round by chance.
        is_replaced = not recorded.is_touched and found.name != recorded.place != ""
        is_left = found.journal == recorded.journal != ""
        return Sign.JOURNAL if is_replaced and is_left else None

    def _hint(self, recorded: Recorded, place: DatabasePlace, idle: timedelta) -> Hint | None:
        """Return what hints at a copy, though nothing proves it."""
        hints = {
            Hint.NO_RECORD: not recorded.at,
            Hint.TOUCHED: recorded.is_touched,
            Hint.MOVED: bool(recorded.place and place.name and recorded.place != place.name),
            Hint.REBOOTED: not recorded.is_of_this_boot,
            Hint.WRITTEN: self._found.is_newer_than_journal,
            Hint.IDLE: idle > IDLE,
        }
        return next((hint for hint, is_so in hints.items() if is_so), None)

    def _restore(self, proof: Proof) -> Restored | None:
        """Put everything in doubt if it is still proved, in one transaction that lets nothing be claimed."""
        with self._write() as tx:
            state = restored_leads.lock_state(tx)
            recorded = self._recorded(state)
            sign = proof(tx, state, recorded)
            if sign is None:
                return None  # somebody else was faster
            every = lanes.lock_all(tx)
            # Whether no call was made since this copy was: the file beside it is our own and says as many.
            is_ours = bool(recorded.at) and not recorded.is_touched and recorded.is_of_this_boot
            known = {name: number for name, number in _calls(every).items() if number}
            is_same = known == {name: number for name, number in recorded.calls.items() if number}
            is_current = sign is Sign.BACKUP and is_ours and is_same
            in_doubt = 0 if is_current else restored_leads.put_in_doubt(tx, every, self._keys())
            _leap(tx, every, recorded, looks=restored_leads.LOOKS if is_current else 0)
            tx.connection.execute(delete(session))
            tx.connection.execute(delete(ticket))
            fail_all_schedules(tx.connection, ScheduleFailure.RESTORED, tx.now)
            about = {"restored_at": tx.now, "sign": sign, "copied_at": None, "dismissed_at": None}
            restored_leads.save_state(tx, **about, **({"suspected_at": tx.now} if is_current else {}))
            audit.write(tx.connection, tx.now, [_note(sign, in_doubt)])
            crash_point(CrashPoint.IN_RESTORE)
        self._found = DatabasePlace()
        self._sign()
        _report(sign, in_doubt=in_doubt, is_current=is_current)
        return Restored(at=tx.now, sign=sign, in_doubt=in_doubt)

    def _check_list_first(self) -> None:
        """Let every lane with leads that wait look at its list first, and those that are yet to be opened."""
        with self._write() as tx:
            restored_leads.lock_state(tx)
            every, waiting = lanes.lock_all(tx), restored_leads.waiting(tx)
            careful = [each for each in every if each.key.credential in waiting]
            lanes.save(tx, [replace(each, looks_left=restored_leads.LOOKS) for each in careful])
            restored_leads.save_state(tx, suspected_at=tx.now)

    def _sign(self) -> None:
        """Record what this log knows, and that it is the one that is in use."""
        place = self._database.place()
        with self._read() as tx:
            state, every = restored_leads.find_state(tx), lanes.every(tx)
        if state is not None:
            accounts = {_name(each.key): each.key.account for each in every if each.key.account}
            self._call_file.raise_to(
                state.log_id, _calls(every), accounts, place=place.name, journal=place.journal
            )

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._database.write() as connection:
            yield Transaction(connection, self._database, self._vault, self._clock)

    @contextmanager
    def _read(self) -> Iterator[Transaction]:
        with self._database.read() as connection:
            yield Transaction(connection, self._database, self._vault, self._clock)


def _note(sign: Sign, in_doubt: int) -> AuditNote:
    """Return what the audit log keeps of a restore, whether a command or the service itself found it."""
    found_by = "command" if sign is Sign.PERSON else f"found by {sign}"
    leads = "lead" if in_doubt == 1 else "leads"
    return AuditNote(action=AuditAction.RESTORED, by=None, detail=f"{found_by}, {in_doubt} {leads} in doubt")


def _name(key: LaneKey) -> str:
    return f"{key.credential}/{key.fingerprint}"


def _calls(every: Iterable[Lane]) -> dict[str, int]:
    return {_name(each.key): each.calls for each in every}


def _leap(tx: Transaction, every: Sequence[Lane], recorded: Recorded, *, looks: int) -> None:
    """Let the lanes' numbers leap beyond any recorded somewhere, also those of lanes that are not there.

    Lanes that were used since the copy was made are as if they had been used just now.
    """
    waiting = restored_leads.waiting(tx)
    known = {_name(each.key) for each in every}
    for each in every:
        number = recorded.calls.get(_name(each.key), 0)
        used_at = max(each.next_send_at, tx.now) if number > each.calls else each.next_send_at
        calls, looks_left = max(each.calls, number) + LEAP, looks if each.key.credential in waiting else 0
        lanes.save(tx, [replace(each, calls=calls, looks_left=looks_left, next_send_at=used_at)])
    for name in sorted(recorded.calls.keys() - known):
        credential, _, fingerprint = name.partition("/")
        account = recorded.accounts.get(name, "")
        key = LaneKey(credential=credential, fingerprint=fingerprint, host="", account=account)
        gone = Lane(key=key, next_send_at=tx.now, calls=recorded.calls[name] + LEAP)
        tx.add_new(lane, lanes.to_row(tx, gone))


def _idle(tx: Transaction, recorded: Recorded) -> timedelta:
    """Return for how long this log was not used, as far as it or the file beside it knows."""
    times = [row.at for row in (tx.row(_NEWEST), tx.row(_LAST_CALL)) if row and row.at]
    idle = tx.now - max(times) if times else timedelta(0)
    return min(idle, timedelta(seconds=time.time() - recorded.at)) if recorded.at else idle


def _report(sign: Sign, *, in_doubt: int, is_current: bool) -> None:
    if is_current:
        todo = "nothing was sent since, so its leads will be sent once Realpad's list was checked"
    else:
        todo = f"its {in_doubt} queued or unknown leads will be sent only if Realpad's list lacks them"
    told = "this database is a restored copy (%s): %s; everybody has been signed out"
    logger.error(told, sign.describe(), todo)
