"""The use case that hands due leads to Realpad: claim, send, close, one call at a time per thread."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, repeat
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.lane import LaneKey, describe_briefly
from realpad_form.ports import Claim, Credential, CrmGateway, RelayLog
from realpad_form.services.metrics import Metrics
from realpad_form.services.outage import OutageLog
from realpad_form.services.reconcile import Reading, Reconcile
from realpad_form.services.restores import RestoreWatch

MARGIN_S: Final = 30.0
"""How much longer than a call its lease lasts; half of it may pass before the call begins."""

IDLE_S: Final = 0.5
"""How long a thread that found nothing to send waits before it looks again."""

TEND_EVERY_S: Final = 5.0
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0, 5.0)
"""Waits while the storage is down; the last one repeats."""

STOOD_STILL: Final = Answer(
    outcome=Outcome.UNAVAILABLE, text="the relay stood still after the claim; nothing was sent"
)

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPolicy:
    """How fast and how many at once."""

    timeout_s: float  # of one call, at most
    concurrency: int  # calls in flight in this process
    pace_s: float  # between two calls of one credential pair
    width: int = 1  # calls in flight per credential pair, on all machines together

    @property
    def lease_s(self) -> float:
        """How long a claim lasts: always longer than the call made under it."""
        return self.timeout_s + MARGIN_S


class Taken(NamedTuple):
    """A claimed lead and the time by which its call has to begin, on the monotonic clock."""

    claim: Claim
    begin_by: float


@dataclass(frozen=True)
class Relay:
    """Sends due leads; any number of relays may share a lead log.

    A call is made only under a claim that is on disk. Whatever breaks after that, the lead is
    not sent again: its lease runs out and it becomes `unknown`.
    """

    log: RelayLog
    crm: CrmGateway
    credentials: Mapping[LaneKey, Credential]
    policy: RelayPolicy
    reconcile: Reconcile | None = None
    restores: RestoreWatch | None = None
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)
    _outage: OutageLog = field(default_factory=OutageLog, init=False, repr=False)
    _listing_waits: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def run(self, stop: threading.Event) -> None:
        """Send leads until told to stop; finishes the calls in flight before it returns."""
        threads = [
            threading.Thread(target=self._work, args=[stop], name=f"relay-{number}")
            for number in range(self.policy.concurrency)
        ]
        self._retry_until_stopped(self._begin, stop)
        if stop.is_set():
            return
        for thread in threads:
            thread.start()
        while not stop.is_set():
            self._retry_until_stopped(self._tend, stop)
            stop.wait(TEND_EVERY_S)
        for thread in threads:
            thread.join()

    def drain(self) -> int:
        """Send one lead after the other until none is due; return how many calls were made.

        Raises: StorageUnavailableError.
        """
        self._begin()
        self._tend()
        calls = 0
        while True:
            if not self._send_next():
                time.sleep(self.policy.pace_s)  # what is due may only have to wait for its lane's pace
                if not self._send_next():
                    return calls
            calls += 1

    def run_once(self) -> bool:
        """Send one lead; return whether there was one. Raises: StorageUnavailableError."""
        self._begin()
        return self._send_next()

    def _send_next(self) -> bool:
        taken = self._take()
        if taken:
            stopped = threading.Event()
            stopped.set()
            self._deliver(taken, stopped)
        return taken is not None

    def _work(self, stop: threading.Event) -> None:
        """Send leads, one at a time, until told to stop."""
        is_busy = False
        while not stop.is_set():
            taken = self._retry_until_stopped(self._take, stop)
            if taken:
                self._deliver(taken, stop)
            else:
                stop.wait(min(IDLE_S, self.policy.pace_s) if is_busy else IDLE_S)
            is_busy = taken is not None

    def _begin(self) -> None:
        """Make sure that the lanes exist, and see whether this log is a restored copy."""
        self.log.open_lanes(self.credentials)
        if self.restores:
            self.restores.begin()

    def _tend(self) -> None:
        """Make sure that the lanes exist, give up leads whose relay has gone, ask about the unknown."""
        self.log.open_lanes(self.credentials)
        if misdated := self.log.repair_times(pace_s=self.policy.pace_s):
            logger.warning("the clock was ahead; lanes and leads that waited for it: %d", misdated)
        if self.restores:
            self.restores.tend()
        if lost := self.log.sweep():
            logger.warning("leads now unknown, as their relay did not come back in time: %d", lost)
        self._read()

    def _read(self) -> None:
        """Ask about the unknown; if their lane is busy, again as soon as a call has ended."""
        needs_list_check = self.restores is not None and self.restores.check()
        try:
            is_waiting = self.reconcile is not None and self.reconcile.run_once() is Reading.WAITING
        except SealBrokenError as error:  # what it may be can be told of no lead while one is unreadable
            logger.error("unknown leads wait: %s", error)
            is_waiting = False
        if is_waiting or needs_list_check:
            self._listing_waits.set()
        else:
            self._listing_waits.clear()

    def _take(self) -> Taken | None:
        """Claim a lead, if one is due; a list that waits to be read goes first, lest it wait for ever."""
        if self._listing_waits.is_set():
            self._read()
        begin_by = time.monotonic() + MARGIN_S / 2
        policy = self.policy
        claim = self.log.claim(
            tuple(self.credentials), lease_s=policy.lease_s, pace_s=policy.pace_s, width=policy.width
        )
        if claim is None:
            return None
        crash_point(CrashPoint.CLAIMED)
        return Taken(claim, begin_by)

    def _deliver(self, taken: Taken, stop: threading.Event) -> None:
        """Make the call of a claimed lead and write down how it ended."""
        lead_id = taken.claim.lead_id
        try:
            answer = self._call(taken)
            crash_point(CrashPoint.ANSWERED)
            is_closed = self._retry_until_stopped(lambda: self.log.close(taken.claim, answer), stop)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other leads go on
            # Only the kind of error: its words, and a traceback's, may quote the lead or the login.
            logger.error("lead %s will become unknown: %s in its delivery", lead_id, type(error).__name__)
            return
        if answer.outcome is not Outcome.ACCEPTED:
            lane, how = taken.claim.lane.credential, describe_briefly(answer)
            what = "may have arrived" if answer.outcome is Outcome.UNKNOWN else "was not delivered"
            logger.warning("lead %s %s (%s, %s): %s", lead_id, what, lane, answer.outcome, how)
        if not is_closed:
            logger.warning("lead %s was not closed: its claim was lost, or the log is down", lead_id)

    def _call(self, taken: Taken) -> Answer:
        """Send a claimed lead, unless so much time has passed that its lease may run out meanwhile."""
        if time.monotonic() > taken.begin_by:
            return STOOD_STILL
        began_s = time.monotonic()
        answer = self.crm.create_lead(self.credentials[taken.claim.lane], taken.claim.payload)
        self.metrics.called(taken.claim.lane.credential, answer.outcome, time.monotonic() - began_s)
        return answer

    def _retry_until_stopped(self, step: Callable[[], T], stop: threading.Event) -> T | None:
        """Return what a step on the log returns, again and again while it fails; None once told to stop."""
        for wait_s in chain(BACK_OFF_S, repeat(BACK_OFF_S[-1])):
            try:
                result = step()
            except Exception as error:  # noqa: BLE001 - nothing has been sent or is lost by trying again
                self._outage.failed(error)
                if stop.is_set():
                    return None
                stop.wait(wait_s)
            else:
                self._outage.recovered()
                return result
        return None


def lane_key(credential: Credential, url: str) -> LaneKey:
    """Return the lane of a credential pair at an API; another password or address is another lane."""
    return LaneKey(
        credential=credential.name,
        fingerprint=_hashed(credential.name, credential.login, credential.password, url),
        host=_host(url),
        account=account_of(credential, url),
    )


def account_of(credential: Credential, url: str) -> str:
    """Return what the account of a credential pair at an API is known by, whatever its password or name."""
    return _hashed(credential.login, _host(url))


def _host(url: str) -> str:
    """Return scheme and host of an address, without a login in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


@lru_cache(maxsize=256)
def _hashed(*parts: str) -> str:
    """Return a hash that is slow on purpose, so that nobody can guess the password from the database.

    It takes about 40 ms, so a process keeps the hashes of its credentials.
    """
    secret = "\0".join(parts).encode()
    return hashlib.scrypt(secret, salt=b"realpad-form lane", n=2**14, r=8, p=1, dklen=8).hex()
