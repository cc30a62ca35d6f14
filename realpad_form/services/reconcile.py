"""The use case that asks Realpad's own list about leads whose call came to an unknown end.

The list is read as a call of its lane, one at a time, no more often than it is due.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final, NamedTuple

from realpad_form.domain.alert import Alert, AlertCode, AlertDetail, Kind
from realpad_form.domain.delivery import Answer, Outcome, Status
from realpad_form.domain.lane import LaneKey, describe, describe_briefly
from realpad_form.domain.lead import Attempt, Lead, LeadRecord, Route
from realpad_form.domain.listing import CLOCKS_APART, SHOWN_FOR, Call, LeadList
from realpad_form.domain.reconcile import Comparison, ListMatch, Presence, compare, describe_duration
from realpad_form.ports import AlertLog, Credential, CrmGateway, ReconcileLog

LEASE_S: Final = 45.0
"""How long nothing else is sent at most while a list is read."""

RETRY_S: Final = 0.5
"""How long a person's turn waits at most before it is tried again."""


EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
ALMOST_GONE: Final = timedelta(hours=1)
"""Leads so close to the end of the list may be on it or not."""

DAY_S: Final = 86_400.0

TRIES: Final = 20
"""How often a check on demand waits for its lane's pace before it gives up."""

logger = logging.getLogger(__name__)


class AccountLanes(NamedTuple):
    """The lanes whose leads stand in one list."""

    own: tuple[LaneKey, ...]  # of one credential name, with the passwords of before
    others: tuple[LaneKey, ...]  # of other names
    strange: tuple[LaneKey, ...]  # of the name, and of another account or one that is not known


@dataclass(frozen=True, slots=True)
class Readings:
    """Asks for the lists of the accounts that are configured."""

    log: ReconcileLog
    crm: CrmGateway
    credentials: Mapping[LaneKey, Credential]
    pace_s: float  # to a lane's next call
    lease_s: float = LEASE_S  # longer than a call can take

    def begin(self, key: LaneKey, *, every_s: float) -> bool:
        """Take the turn to read a lane's list. Raises: StorageUnavailableError."""
        return self.log.begin_listing(key, every_s=every_s, lease_s=self.lease_s)

    def begin_on_demand(self, key: LaneKey, *, tries: int) -> bool:
        """Take a person's turn, waiting for the lane's pace and its call in flight for a while."""
        for _ in range(tries):
            if self.log.begin_listing(key, every_s=0, lease_s=self.lease_s, on_demand=True):
                return True
            time.sleep(min(self.pace_s, RETRY_S))
        return False

    def read(self, key: LaneKey) -> LeadList | Answer:
        """Return a lane's list, or what was answered instead, after its turn was taken."""
        listed = self.crm.list_leads(self.credentials[key])
        instead = listed if isinstance(listed, Answer) else None
        if instead:
            how = describe_briefly(instead)
            logger.warning("the leads of %s could not be listed: %s", key.credential, how)
        self.log.end_listing(key, pace_s=self.pace_s, instead=instead)
        return listed

    def account(self, key: LaneKey) -> AccountLanes:
        """Return the lanes whose leads the list of this one shows, also those of passwords before."""
        known = [lane.key for lane in self.log.lanes() if lane.key != key]
        same = [each for each in known if key.account and each.account == key.account]
        named = [each for each in known if each.credential == key.credential]
        return AccountLanes(
            own=(key, *(each for each in same if each in named)),
            others=tuple(each for each in same if each not in named),
            strange=tuple(each for each in named if each not in same),
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one lane came to."""

    key: LaneKey
    problem: str | None = None  # why it could not be asked
    found: int = 0  # unknown leads that are there
    delivered: int = 0  # leads that should be listed
    missing: tuple[Lead, ...] = ()  # delivered, and yet not listed
    strange: int = 0  # leads of another account's list, which cannot be asked any more
    clocks_apart: timedelta | None = None  # Realpad's clock minus ours, where they do not agree


class Reading(Enum):
    """What came of looking for a lane whose list is to be read."""

    NOT_DUE = auto()
    WAITING = auto()  # for the end of a call, or of the lane's pace
    DONE = auto()


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Settles unknown leads: listed → delivered, proved absent → queued, anything else → a person.

    `apart_s` is how long a call may still arrive after its end, how far apart two reads of the list have to
    be to prove an absence, and how often a lane is asked.
    """

    readings: Readings
    apart_s: float
    names: Callable[[], Mapping[str, Collection[str]]] = dict  # of Realpad's projects, by their number
    alerts: AlertLog | None = None
    routes: Callable[[], Mapping[str, Route]] = dict  # where each project's file sends leads today

    def run_once(self) -> Reading:
        """Ask about one lane's unknown leads if it is its turn, else, daily, about its delivered ones.

        Raises: StorageUnavailableError.
        """
        is_waiting = False
        for status, every_s, aged_s in ((Status.UNKNOWN, self.apart_s, 0), (Status.DELIVERED, DAY_S, DAY_S)):
            keys = tuple(self.readings.credentials)
            for key in self._log.to_read(keys, every_s=every_s, status=status, aged_s=aged_s):
                if self.readings.begin(key, every_s=every_s):
                    self._check(key)
                    return Reading.DONE
                is_waiting = True
        return Reading.WAITING if is_waiting else Reading.NOT_DUE

    def verify(self) -> Iterator[Checked]:
        """Ask about every lane with something to compare, as soon as its pace allows; yield what came of it.

        Raises: StorageUnavailableError.
        """
        self._log.open_lanes(self.readings.credentials)
        for key in self.readings.credentials:
            account = self.readings.account(key)
            strange = sum(map(self._called, account.strange))
            if not sum(map(self._called, account.own)):
                if strange:
                    yield Checked(key, strange=strange)
            elif self.readings.begin_on_demand(key, tries=TRIES):
                yield replace(self._check(key), strange=strange)
            else:
                problem = "its lane is stopped, banned or busy: see `credentials list`"
                yield Checked(key, problem=problem, strange=strange)

    def _called(self, key: LaneKey) -> int:
        """Return how many leads a lane has that Realpad's list can tell about."""
        since = self._log.now() - SHOWN_FOR
        statuses = (Status.UNKNOWN, Status.DELIVERED)
        return sum(len(self._log.called(key, status=status, since=since)) for status in statuses)

    def _check(self, key: LaneKey) -> Checked:
        """Read a lane's list and settle what it tells."""
        asked_at = self._log.now()
        listing = self.readings.read(key)
        if isinstance(listing, Answer):
            return Checked(key, problem=describe(listing))
        read_at = self._log.now()
        account = self.readings.account(key)
        unknown = self._unknown_of(account.own)
        shown = asked_at - SHOWN_FOR + ALMOST_GONE
        delivered, undecided = self._delivered_of(account.own, shown=shown, read_at=read_at)
        theirs, also_undecided = self._delivered_of(account.others, shown=shown, read_at=read_at)
        uncertain = (*undecided, *also_undecided, *self._unknown_of(account.others))
        known = (*delivered, *theirs, *uncertain)
        accepted, others = self._others((key, *account.others), unknown, known, shown=shown, read_at=read_at)
        later = [each for each in unknown if _last_start(each) > read_at]
        told = compare(
            [self._call_of(each) for each in unknown if shown < _last_start(each) <= read_at],
            [*map(self._call_of, (*delivered, *theirs)), *accepted],
            listing.entries,
            others=[*others, *map(self._call_of, (*uncertain, *later))],
            clock_offset=_clock_offset(listing, asked_at=asked_at, read_at=read_at),
            names=self.names(),
        )
        told = self._unclear_if_rerouted(told, unknown, key, strange=account.strange)
        found = sum(self._settle(each, told, asked_at=asked_at, read_at=read_at) for each in unknown)
        gone = {call.lead_id for call in told.missing if call not in accepted}
        # Whose call ended after the question may be too late for the list, and in time for `called`.
        missing = tuple(
            each.lead for each in delivered if each.lead.id in gone and _last_end(each) <= asked_at
        )
        self._raise_alarm(missing)
        if told.clocks_apart is not None:
            self._report_clocks(key, told.clocks_apart)
        return Checked(
            key, found=found, delivered=len(delivered), missing=missing, clocks_apart=told.clocks_apart
        )

    def _unknown_of(self, keys: Iterable[LaneKey]) -> list[LeadRecord]:
        return self._called_by(keys, status=Status.UNKNOWN, since=EVER)

    def _delivered_of(
        self, keys: Iterable[LaneKey], *, shown: datetime, read_at: datetime
    ) -> tuple[list[LeadRecord], list[LeadRecord]]:
        """Return the delivered leads that the list must show, and those it may show.

        What a person settled without a number can be told from a namesake's by nothing. A call begun since
        the list was read cannot be there; one written down by a clock that was ahead may be.
        """
        since = shown - self._late - 2 * CLOCKS_APART
        called = self._called_by(keys, status=Status.DELIVERED, since=since)
        listed, undecided = list[LeadRecord](), list[LeadRecord]()
        for each in called:
            # It is in the list from when it arrived, which may be long before its call was called ended.
            began_at, has_number = _last_start(each), each.lead.customer_id is not None
            is_shown = has_number and began_at >= shown and not _is_after(began_at, read_at)
            (listed if is_shown else undecided).append(each)
        return listed, undecided

    def _called_by(self, keys: Iterable[LaneKey], *, status: Status, since: datetime) -> list[LeadRecord]:
        return [each for key in keys for each in self._log.called(key, status=status, since=since)]

    def _others(
        self,
        keys: Collection[LaneKey],
        unknown: Sequence[LeadRecord],
        known: Sequence[LeadRecord],
        *,
        shown: datetime,
        read_at: datetime,
    ) -> tuple[list[Call], list[Call]]:
        """Return every other call that a listed entry may come from, but the last ones of `known`.

        First those that the list must show: accepted, and not of a login that the same name had before.
        """
        if not unknown:
            return [], []
        since = shown - self._late - 2 * CLOCKS_APART
        compared = {record.lead.id for record in (*unknown, *known)}
        called = {
            record.lead.id: record for key in keys for record in self._log.also_called(key, since=since)
        }
        accepted, others = list[Call](), list[Call]()
        for record in called.values():
            is_here = any(record.lead.account in ("", key.account) for key in keys)
            for attempt in record.attempts[: -1 if record.lead.id in compared else None]:
                if attempt.may_have_arrived:
                    call = replace(self._call_of(record, attempt), ended_at=attempt.ended_at or read_at)
                    is_shown = is_here and call.customer_id is not None and call.started_at >= shown
                    (accepted if is_shown else others).append(call)
        return accepted, others

    def _call_of(self, record: LeadRecord, attempt: Attempt | None = None) -> Call:
        return call_of(record, attempt, late=self._late)

    @property
    def _log(self) -> ReconcileLog:
        return self.readings.log

    @property
    def _late(self) -> timedelta:
        """How long after its end a call may still arrive."""
        return timedelta(seconds=self.apart_s)

    def _raise_alarm(self, missing: Iterable[Lead]) -> None:
        for lead in missing:
            logger.error(
                "Realpad took lead %s as customer %s and does not list it", lead.id, lead.customer_id
            )
            if self.alerts:
                customer = AlertDetail.of(
                    AlertCode.CUSTOMER, customer=str(lead.customer_id), project=lead.project
                )
                self.alerts.note(Alert.of(Kind.MISSING, str(lead.id), customer))

    def _report_clocks(self, key: LaneKey, apart: timedelta) -> None:
        """Let a person know that Realpad's clock and the log's do not agree."""
        code = AlertCode.CLOCK_AHEAD if apart > timedelta(0) else AlertCode.CLOCK_BEHIND
        detail = AlertDetail.of(code, difference=describe_duration(abs(apart)))
        logger.error("the list of %s proves nothing: %s", key.credential, detail)
        if self.alerts:
            self.alerts.note(Alert.of(Kind.CLOCK, key.credential, detail))

    def _unclear_if_rerouted(
        self, told: Comparison, unknown: Iterable[LeadRecord], key: LaneKey, *, strange: Collection[LaneKey]
    ) -> Comparison:
        """Return a comparison in which leads that may have gone to another account are unclear.

        This account's list cannot tell about them, so a person has to. Only a presumed call can have gone
        elsewhere: before the copy of the database was restored, somebody may have rerouted the lead, or
        its credentials may have had another login, that of one of the `strange` lanes.
        """
        today, results = self.routes(), dict(told.results)
        used_at = [lane.next_send_at for lane in self._log.lanes() if lane.key in strange]
        for record in unknown:
            result, lead, last = results.get(record.lead.id), record.lead, record.attempts[-1]
            routes = (lead.route, today.get(lead.project, lead.route))
            is_elsewhere = not all(route.is_same_account(key.route) for route in routes)
            if result and last.is_presumed and (is_elsewhere or any(at >= last.started_at for at in used_at)):
                results[lead.id] = result.unclear_about_account()
        return replace(told, results=results)

    def _settle(self, record: LeadRecord, told: Comparison, *, asked_at: datetime, read_at: datetime) -> bool:
        """Store what was found about a lead; return whether it is there."""
        result = told.results.get(record.lead.id)
        started_at = _last_start(record)
        if _is_after(started_at, read_at):
            return False
        if started_at > read_at:  # it did not begin in the future: the log's clock was wrong, then or now
            result = ListMatch(presence=Presence.UNCLEAR, clocks_apart=read_at - started_at)
        if result is None:
            return False
        is_missing = result.presence in (Presence.ABSENT, Presence.NOT_LISTED)
        if is_missing and asked_at < _last_end(record) + self._late:
            return False
        settled = self._log.reconcile(record.lead, result, asked_at=asked_at, apart_s=self.apart_s)
        if settled and settled.status is not record.lead.status:
            logger.info("lead %s was unknown, Realpad's list makes it %s", settled.id, settled.status)
        return settled is not None and settled.status is Status.DELIVERED


def _is_after(started_at: datetime, read_at: datetime) -> bool:
    """Return whether a call began after a list was read; if much later, the log's clock was wrong then."""
    return read_at < started_at <= read_at + CLOCKS_APART


def call_of(record: LeadRecord, attempt: Attempt | None = None, *, late: timedelta = timedelta(0)) -> Call:
    """Return a call of a lead, the last one unless told otherwise.

    `late` is how long after its end a call may still arrive that was not answered with a customer id.
    """
    attempt = attempt or record.attempts[-1]
    payload = record.revisions[attempt.revision - 1].payload
    contacts = (payload.get("email", "").strip().casefold(), payload.get("phone", "").strip())
    answer, customer_id = attempt.answer.strip(), None
    if attempt is record.attempts[-1]:
        customer_id = record.lead.customer_id  # which a person or the list may have named since
    elif attempt.outcome == Outcome.ACCEPTED and answer.isdecimal():
        customer_id = int(answer)
    return Call(
        lead_id=record.lead.id,
        name=f"{payload.get('name', '')} {payload.get('surname', '')}",
        project=payload.get("project", ""),
        campaign=payload.get("campaign", ""),
        started_at=attempt.started_at,
        ended_at=attempt.ended_at or attempt.started_at,
        late=timedelta(0) if attempt.outcome == Outcome.ACCEPTED else late,
        customer_id=customer_id,
        contacts=frozenset(filter(None, contacts)),
        is_accepted=attempt.outcome == Outcome.ACCEPTED,
        is_presumed=attempt.is_presumed,
        body_hash=hash(frozenset(payload.items())),
    )


def _clock_offset(listing: LeadList, *, asked_at: datetime, read_at: datetime) -> timedelta | None:
    """Return how far Realpad's clock is ahead of the log's, by its `Date`; zero within the call's time."""
    there = listing.dated_at
    if there is None:
        return None
    return there - read_at if there > read_at else min(there - asked_at, timedelta(0))


def _last_start(record: LeadRecord) -> datetime:
    """When the last call began; it may have arrived as early, however late its relay was missed."""
    return record.attempts[-1].started_at


def _last_end(record: LeadRecord) -> datetime:
    attempt = record.attempts[-1]
    return attempt.ended_at or attempt.started_at
