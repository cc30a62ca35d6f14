"""The use cases of a restored database: it is noticed, compared with Realpad's list, brought up to date."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

from realpad_form.domain.delivery import Answer, Outcome, Status
from realpad_form.domain.errors import (
    IllegalTransitionError,
    LeadNotFoundError,
    PersonNotFoundError,
    SealBrokenError,
    StorageUnavailableError,
)
from realpad_form.domain.lane import LaneKey, describe_briefly
from realpad_form.domain.lead import Route
from realpad_form.domain.listing import SHOWN_FOR, LeadList, ListEntry
from realpad_form.domain.people import REVOCATIONS, AuditAction, AuditNote, Role, withdrawal_of
from realpad_form.domain.privacy import PrivacyRequest, ReceiptState, RequestKind
from realpad_form.domain.restored import Sign, sent_since
from realpad_form.ports import AuditLog, OperatorLog, PrivacyLog, Restores, Roster, Sessions, Tombstones
from realpad_form.services.people import MAX_PASSKEYS
from realpad_form.services.privacy import requests_in
from realpad_form.services.reconcile import Readings

OUTAGES: Final = (Outcome.UNAVAILABLE, Outcome.UNKNOWN)
"""How a look at a list ends that may go better next time."""

BY_RANK: Final = (Role.MARKETER, Role.OPERATOR, Role.ADMIN)
CLOCKS_APART: Final = timedelta(minutes=5)
"""How far this machine's clock and the database's may be apart."""

RESTORED: Final = "restored"
"""What the audit log says of what was done again after a restore."""

MAY_BE_COPY: Final = (
    "this database may be a restored copy, as %s: Realpad's lists are looked at before anything is sent"
)

logger = logging.getLogger(__name__)


class RedoOutcome(Enum):
    """What came of doing something to a lead again."""

    ERASED = auto()
    SUSPECTED = auto()
    NOTHING = auto()
    LATER = auto()


@dataclass(frozen=True, slots=True)
class AfterRestore:
    """Does again what was done since a restored copy was made.

    Erased leads are erased, people lose what they lost, leads that people sent elsewhere wait for a person.
    It knows of that by a file of this machine; every machine that has one does it.
    """

    restores: Restores
    tombstones: Tombstones
    log: OperatorLog
    roster: Roster
    sessions: Sessions
    audit: AuditLog
    clear_journal: Callable[[], None]
    requests: PrivacyLog
    request_file: Tombstones

    def run_once(self) -> None:
        """Do it, if this log was restored since it was last done here. Raises: StorageUnavailableError."""
        restored_at = self.restores.unapplied()
        if restored_at is None:
            return
        lines = list(self.tombstones.lines())
        results = [self._erase(UUID(line["lead"])) for line in lines if "lead" in line]
        results += self._redo_requests()
        for line in lines:
            route = Route(credential=line.get("credential", ""), account=line.get("account", ""))
            results += [self._suspect(UUID(moved), route) for moved in line.get("moved", ())]
        for person_id, line in {UUID(line["person"]): line for line in lines if "person" in line}.items():
            self._take_away(person_id, line)
        # Those that took passkeys, too, come first: each makes all that were before it known.
        for keeps_passkeys in (False, True):
            resets = [line for line in lines if "reset" in line]
            latest = {
                UUID(line["reset"]): datetime.fromtimestamp(line["at"], UTC)
                for line in resets
                if keeps_passkeys or not line.get("keeps_passkeys", False)
            }
            for person_id, at in latest.items():
                self._reset(person_id, at, keeps_passkeys=keeps_passkeys)
        if RedoOutcome.ERASED in results:
            self._clear_journal()
        if RedoOutcome.LATER not in results:
            self.restores.applied(restored_at)

    def redo_for_spooled(self) -> Callable[[UUID], None]:
        """Return a function that does this for one lead taken from a spool, given its id.

        A spool may have been restored along with the database and be read only after this ran. If this log
        was never restored, the function does nothing. Both raise StorageUnavailableError.
        """
        if not self.restores.was_restored():
            return lambda _lead_id: None
        lines = list(self.tombstones.lines())

        def redo(lead_id: UUID) -> None:
            for line in lines:
                if str(lead_id) in line.get("moved", ()):
                    route = Route(credential=line.get("credential", ""), account=line.get("account", ""))
                    self._suspect(lead_id, route)
            if any(line.get("lead") == str(lead_id) for line in lines):
                self._erase(lead_id)
                self._clear_journal()

        return redo

    def _redo_requests(self) -> list[RedoOutcome]:
        """Keep again what people asked for about their data since the copy was made, and do it again here."""
        known = {each.id: each for each in self.requests.all()}
        try:
            lines = list(self.request_file.lines())
        except OSError as error:
            logger.error("what people asked for since the backup cannot be read: %s", error)
            return [RedoOutcome.LATER]
        results = list[RedoOutcome]()
        for request, leads, consents in requests_in(lines):
            before, notes = known.get(request.id), self._withdrawn(request, leads, consents)
            if before is None:
                asked = AuditNote(
                    action=AuditAction.PRIVACY_REQUESTED,
                    by=request.by,
                    subject=str(request.id),
                    detail=f"{request.kind}, {RESTORED}",
                )
                self.requests.add(request, notes=[asked, *notes])
            elif request.changed_at > before.changed_at:
                self.requests.change(request, notes=notes)
            elif notes:
                self.audit.record_all(notes)
            if request.kind is RequestKind.ERASE:
                results += map(self._erase, leads)
        return results

    def _withdrawn(
        self, request: PrivacyRequest, leads: Sequence[UUID], consents: Sequence[int]
    ) -> list[AuditNote]:
        """Return the entries about consents that were taken back and that this log lacks.

        They say that a consent is revoked if all was done in Realpad; else that it shall be, so that the
        request can be repeated.
        """
        if request.kind is not RequestKind.WITHDRAW:
            return []
        is_done = request.state is ReceiptState.DONE
        notes = []
        for lead_id in leads:
            entries = self.audit.entries(subject=str(lead_id), actions=REVOCATIONS, limit=None)
            notes += [
                AuditNote(
                    action=AuditAction.REVOKED if is_done else AuditAction.REVOCATION_ASKED,
                    by=None,
                    subject=str(lead_id),
                    detail=f"{consent}, {RESTORED}",
                )
                for consent in consents
                if withdrawal_of(consent, entries) is None
            ]
        return notes

    def _erase(self, lead_id: UUID) -> RedoOutcome:
        """Erase a lead again, if it came back and is not being sent just now."""
        try:
            self.log.erase(lead_id)
        except IllegalTransitionError as error:
            return RedoOutcome.LATER if error.status == Status.SENDING else RedoOutcome.NOTHING
        except LeadNotFoundError:
            return RedoOutcome.NOTHING
        except SealBrokenError as error:
            logger.error("lead %s was erased and came back by a restore; erase it again: %s", lead_id, error)
            return RedoOutcome.NOTHING
        logger.info("lead %s is erased again after a restore", lead_id)
        return RedoOutcome.ERASED

    def _suspect(self, lead_id: UUID, route: Route) -> RedoOutcome:
        """Let a lead that people sent elsewhere wait for a person, if it is not being sent just now."""
        try:
            is_news = self.log.suspect_other_account(lead_id, route)
        except IllegalTransitionError:
            return RedoOutcome.LATER
        except LeadNotFoundError:
            return RedoOutcome.NOTHING
        if is_news:
            logger.warning("lead %s may have been sent to another account before the restore", lead_id)
        return RedoOutcome.SUSPECTED if is_news else RedoOutcome.NOTHING

    def _clear_journal(self) -> None:
        try:
            self.clear_journal()
        except StorageUnavailableError as error:
            logger.warning("what was erased again may still stand in the journal: %s", error)

    def _take_away(self, person_id: UUID, line: dict[str, Any]) -> None:
        """Let a person have no more rights than were left at last."""
        with self.roster.transaction():
            try:
                person = self.roster.get(person_id)
            except PersonNotFoundError:
                return
            # Only those rights are left that both the person and the line have.
            projects = None if line["projects"] is None else frozenset(line["projects"])
            if person.projects is not None:
                projects = person.projects if projects is None else person.projects & projects
            left = replace(
                person,
                role=min(person.role, Role(line["role"]), key=BY_RANK.index),
                projects=projects,
                is_masked=person.is_masked or line["masked"],
                may_publish=person.may_publish and line.get("may_publish", True),
                disabled_at=person.disabled_at or (self.sessions.now() if line["disabled"] else None),
            )
            if left != person:
                self.roster.change(left)
                is_shut_out = left.disabled_at != person.disabled_at
                what = AuditAction.PERSON_DISABLED if is_shut_out else AuditAction.PERSON_CHANGED
                self.audit.record(what, by=None, subject=str(person_id), detail=RESTORED)

    def _reset(self, person_id: UUID, at: datetime, *, keeps_passkeys: bool) -> None:
        """Forget again what a person proves who they are with, if the log does not know of it."""
        with self.roster.transaction():
            try:
                person = self.roster.get(person_id)
            except PersonNotFoundError:
                return
            entries = self.audit.entries(subject=str(person_id))
            resets = [each for each in entries if each.action is AuditAction.PERSON_RESET]
            known = [each.detail.replace(",", " ").split() for each in resets if each.at >= at - CLOCKS_APART]
            if any(keeps_passkeys or MAX_PASSKEYS not in words for words in known):
                return
            self.roster.reset(person.id, keeps_passkeys=keeps_passkeys)
            self.sessions.end_all(person.id)
            self.audit.record(AuditAction.PERSON_RESET, by=None, subject=str(person_id), detail=RESTORED)


@dataclass(frozen=True, slots=True)
class RestoreWatch:
    """Keeps a relay from sending what a restored copy does not know to have been sent.

    What proves a copy is acted on at once; where something merely hints at one, the list of each lane is
    compared with the log before anything is sent through it. `late_s` is how long after its end a call may
    still arrive.
    """

    restores: Restores
    readings: Readings
    after: AfterRestore
    take_in: Callable[[], int]  # what waits in the spool
    late_s: float

    def begin(self) -> None:
        """Look before anything is sent. Raises: StorageUnavailableError."""
        self.restores.notice()
        if self.restores.hint():
            try:  # what waits in the spool may have been restored, too, and have been sent before
                self.take_in()
            except StorageUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 - nothing in a spool may keep all the others back
                logger.error(
                    "what waits in the spool is not looked up in Realpad's list: %s", type(error).__name__
                )
        if hint := self.restores.suspect():
            logger.warning(MAY_BE_COPY, hint)
        self.after.run_once()

    def tend(self) -> None:
        """Look again, and keep what the next look needs. Raises: StorageUnavailableError."""
        self.restores.notice()
        self.restores.keep()
        self.after.run_once()

    def check(self) -> bool:
        """Look at the lists that are to be looked at; return whether one waits for its turn.

        Raises: StorageUnavailableError.
        """
        is_waiting = False
        for key in self.restores.to_check(tuple(self.readings.credentials)):
            if any(lane.is_list_refused for lane in self.readings.log.lanes() if lane.key == key):
                logger.warning("the list of %s may not be seen, so that it sends unchecked", key.credential)
                self.restores.looked(key, is_over=True)
            elif self.readings.begin(key, every_s=0):
                self._check_list(key)
            else:
                is_waiting = True
        return is_waiting

    def _check_list(self, key: LaneKey) -> None:
        """Compare a lane's list with the log, and let it send if the list shows nothing new."""
        listed = self.readings.crm.list_leads(self.readings.credentials[key])
        if isinstance(listed, Answer):
            # The lane sends all the same: at once if the list is refused, else after some tries.
            may_go_better = listed.outcome in OUTAGES
            self._end(key, listed if may_go_better else None)
            self.restores.looked(key, is_over=not may_go_better)
            is_over = key not in self.restores.to_check([key])
            how = "it sends unchecked" if is_over else "it is tried again"
            why = describe_briefly(listed)
            logger.warning("the list of %s cannot be looked at, %s: %s", key.credential, how, why)
            return
        found = self._sent_since(key, listed)
        if found:
            logger.error(
                "Realpad's list for %s holds leads that this log does not know to be sent: %s",
                key.credential,
                ", ".join(f"customer {each.customer_id} at {each.at:%Y-%m-%d %H:%M:%S}" for each in found),
            )
            self.restores.doubt(Sign.LIST)
            self.after.run_once()
        self._end(key)
        self.restores.looked(key, is_over=True)

    def _sent_since(self, key: LaneKey, listing: LeadList) -> tuple[ListEntry, ...]:
        account, now = self.readings.account(key), self.restores.now()
        mine = (*account.own, *account.others)
        # Where the clocks do not agree, an entry may be a call's though it lies that much beside it.
        apart = abs((listing.dated_at or now) - now)
        calls = [
            replace(call, started_at=call.started_at - apart, ended_at=(call.ended_at or now) + apart)
            for call in self.restores.calls(mine, since=now - SHOWN_FOR)
        ]
        late = timedelta(seconds=self.late_s)
        return sent_since(self.restores.unsent(mine), calls, listing.entries, late=late)

    def _end(self, key: LaneKey, instead: Answer | None = None) -> None:
        self.readings.log.end_listing(key, pace_s=self.readings.pace_s, instead=instead)
