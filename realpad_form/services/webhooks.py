"""The use cases around webhooks: messages made, signed and sent; endpoints that cannot be called; replay.

Source: Standard Webhooks 1.0, github.com/standard-webhooks/standard-webhooks.
"""

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from realpad_form.domain.alert import AlertCode, AlertDetail
from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.people import Actor, AuditAction
from realpad_form.domain.project_rules import CONFIRM
from realpad_form.domain.webhook import (
    RETRY_FOR,
    EndpointKey,
    EndpointLane,
    EndpointStanding,
    WebhookEndpoint,
    WebhookMessage,
    WebhookReply,
    WebhookStatus,
    fingerprint_of,
)
from realpad_form.ports import LeadReader, WebhookClaim, WebhookGateway, WebhookLog
from realpad_form.services.metrics import Metrics
from realpad_form.services.notices import Notices
from realpad_form.services.outage import OutageLog
from realpad_form.services.webhook_endpoints import Endpoints

TIMEOUT_S: Final = 15.0
"""How long one call may take in all. Source: Standard Webhooks 1.0 recommends 15 to 30 s."""

MARGIN_S: Final = 45.0
"""How much longer than a call its claim lasts; half of it may pass before the call begins."""

AT_ONCE: Final = 16
"""Calls in flight in this process."""

WIDTH: Final = 8
"""Calls in flight per endpoint, on all machines together."""

IDLE_S: Final = 0.5
PAUSE_S: Final = 0.1
"""Between two looks while calls are in flight: what comes in between is taken at once, for less work."""

TEND_EVERY_S: Final = 60.0

WAITING_TOO_LONG: Final = timedelta(hours=24)
FAILED_LATELY: Final = timedelta(days=7)
"""How long people are told of messages that were given up; the desk shows them for good."""

UNREADABLE: Final = WebhookReply(status=None, is_made=False)
"""What stands for a call that was not made, since the lead cannot be opened: it is tried again later."""

logger = logging.getLogger(__name__)


def signature(secret: bytes, *, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return what shows that a body is ours, as `v1,…`."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def headers_of(
    message: WebhookMessage, *, secrets: Iterable[bytes], at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers of a message, signed with each secret."""
    timestamp = int(at.timestamp())
    signatures = (
        signature(secret, webhook_id=message.webhook_id, timestamp=timestamp, body=body) for secret in secrets
    )
    return {
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def body_of(
    message: WebhookMessage,
    record: LeadRecord,
    *,
    payload: str,
    inbox: str | None = None,
    revoked: Collection[int] = (),
) -> bytes:
    """Return the body of a message: the event as it was, with the answers of that time if `payload` is full.

    Consents that are `revoked` by now are not given: nobody shall use what was taken back meanwhile.

    Of a lead that was erased meanwhile there is nothing but its id and what became of it.
    """
    is_erased = record.lead.status is Status.ERASED
    revision = next((each for each in record.revisions if each.number == message.revision), record.current)
    call = revision.payload
    data: dict[str, Any] = {
        "id": str(message.lead_id),
        "project": message.endpoint.project,
        "status": str(message.lead_status),
        "customer_id": message.customer_id,
        "unit": call.get("internalid"),
        "unit_id": call.get("unitid"),
        "campaign": call.get("campaign"),
        "language": record.context.language,
        "created_at": _iso(record.lead.created_at),
        "link": f"{inbox}leads/{message.lead_id}" if inbox else None,
        "erased": is_erased,
    }
    if payload == "full" and not is_erased:
        data["answers"] = dict(revision.answers)
        data["consents"] = [
            {
                "id": each.id,
                "given": each.given and each.id not in revoked,
                "wording": each.wording,
                "language": each.language,
            }
            for each in record.consents
        ]
    whole = {"type": message.event.type, "timestamp": _iso(message.at), "data": data}
    return json.dumps(whole, separators=(",", ":")).encode()  # ASCII: a lone surrogate breaks nothing


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointReport:
    """An endpoint with what waits for it."""

    key: EndpointKey
    queued: EndpointStanding | None
    failed: EndpointStanding | None
    lane: EndpointLane | None
    problem: AlertDetail | None = None  # why it cannot be called, by settings and file

    @property
    def needs_person(self) -> bool:
        """Whether something was given up, or would never be sent as things are."""
        return self.failed is not None or bool(self.queued and self.problem)

    def waits_too_long(self, now: datetime) -> bool:
        """Return whether something has waited for a day, or bears a time to come."""
        queued = self.queued
        return queued is not None and not timedelta() <= now - queued.oldest_at <= WAITING_TOO_LONG


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What people see of webhooks, and may do."""

    log: WebhookLog
    endpoints: Endpoints

    def reports(self, *, failed_since: datetime | None = None) -> list[EndpointReport]:
        """Return every endpoint of a project file, and every other one with messages, by name.

        Raises: StorageUnavailableError.
        """
        found = self.log.standing(failed_since=failed_since)
        standings = {(each.endpoint, each.status): each for each in found}
        problems: dict[EndpointKey, AlertDetail] = {}
        for problem in self.endpoints.problems():
            problems.setdefault(problem.key, problem.detail)
        known = {*self.endpoints.callable(), *problems}
        lanes = self.lanes()
        gone = AlertDetail(AlertCode.UNNAMED)
        return [
            EndpointReport(
                key=key,
                queued=standings.get((key, WebhookStatus.QUEUED)),
                # A visitor's mailbox that takes no mail is nobody's to repair.
                failed=None if key.name == CONFIRM else standings.get((key, WebhookStatus.FAILED)),
                lane=lanes.get(key),
                problem=problems.get(key, None if key in known else gone),
            )
            for key in sorted(known | {key for key, _status in standings})
        ]

    def lanes(self) -> dict[EndpointKey, EndpointLane]:
        """Return how calls of endpoints go, at their addresses of today. Raises: StorageUnavailableError."""
        endpoints = self.endpoints.callable()
        return {
            lane.key: lane
            for lane in self.log.lanes()
            if lane.key not in endpoints or lane.fingerprint == fingerprint_of(endpoints[lane.key].url)
        }

    def delays(self) -> Iterator[tuple[EndpointKey, str]]:
        """Yield endpoints that are called later or no more, and why. Raises: StorageUnavailableError."""
        now = self.log.now()
        for report in self.reports():
            lane = report.lane
            if lane is None or report.problem:
                continue
            if lane.is_gone:
                until = "its address changes or somebody sends a message again"
                yield report.key, f"answered 410, so nothing is sent until {until}"
            elif lane.failures and lane.paused_until and report.queued:
                next_try = _minute(lane.paused_until) if lane.paused_until > now else "now"
                yield report.key, f"{report.queued.count} waiting, {_last_answer(lane)}; next try: {next_try}"

    def troubles(self) -> Iterator[tuple[EndpointKey, Sequence[AlertDetail]]]:
        """Yield endpoints that a person has to look after, and why. Raises: StorageUnavailableError."""
        now = self.log.now()
        for report in self.reports(failed_since=now - FAILED_LATELY):
            failed, queued, found = report.failed, report.queued, list[AlertDetail]()
            if failed:
                since_at = failed.oldest_at
                found.append(AlertDetail.of(AlertCode.GIVEN_UP, count=failed.count, since_at=since_at))
            if queued and report.waits_too_long(now):
                oldest_at = queued.oldest_at
                found.append(AlertDetail.of(AlertCode.WAITING, count=queued.count, oldest_at=oldest_at))
            if found and report.lane:
                found.append(_last_answer(report.lane))
            if found and report.problem:
                found.append(report.problem)
            if found:
                yield report.key, found

    def replay(self, ids: Sequence[UUID], *, by: Actor) -> list[WebhookMessage]:
        """Send messages again under their ids, delivered ones too.

        Raises: WebhookNotFoundError, StorageUnavailableError.
        """
        return self.log.replay(
            ids,
            notes=lambda message: by.note(
                AuditAction.WEBHOOK_REPLAYED, str(message.lead_id), message.webhook_id, message.endpoint.name
            ),
        )


def _last_answer(lane: EndpointLane) -> AlertDetail:
    protocol, status = lane.key.protocol, lane.last_status
    if not status:
        return AlertDetail(AlertCode.UNANSWERED)
    return AlertDetail.of(AlertCode.LAST_ANSWER, protocol=protocol, status=status)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _outage() -> OutageLog:
    return OutageLog("webhooks wait for the database", "webhooks are sent again")


@dataclass(slots=True)
class _Turns:
    """Whose turn it is: the calls in flight in this process, and when each endpoint was called last."""

    is_mail: bool  # whether these are mails
    in_flight: dict[Future[None], EndpointKey] = field(default_factory=dict)
    _called: dict[EndpointKey, int] = field(default_factory=dict)
    _calls: int = 0

    def ordered(self, endpoints: Mapping[EndpointKey, WebhookEndpoint]) -> dict[EndpointKey, WebhookEndpoint]:
        """Return the endpoints of this kind, those first that were called the longest ago."""
        self.in_flight = {call: key for call, key in self.in_flight.items() if not call.done()}
        mine = [key for key in endpoints if key.is_mail is self.is_mail]
        self._called = {key: self._called.get(key, 0) for key in mine}
        return {key: endpoints[key] for key in sorted(mine, key=lambda key: self._called[key])}

    def given(self, claims: Iterable[WebhookClaim]) -> None:
        """Take note of the calls that are made next."""
        for claim in claims:
            self._calls += 1
            self._called[claim.message.endpoint] = self._calls


@dataclass(frozen=True)
class WebhookSender:
    """Sends what is due to each endpoint; any number of senders may share a log.

    It has threads of its own, so that neither a lead nor another endpoint waits for a slow receiver. What a
    process that died had claimed is sent again, under the same id.
    """

    log: WebhookLog
    leads: LeadReader
    gateway: WebhookGateway
    endpoints: Endpoints
    inbox: str | None = None  # the address of the inbox, for links to leads
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)
    notices: Notices | None = None  # what people are sent, by mail or in a chat
    revoked: Callable[[LeadRecord], Collection[int]] | None = None  # consents of a lead
    _outage: OutageLog = field(default_factory=_outage, init=False, repr=False, compare=False)

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; finishes the calls in flight before it returns.

        Mails have threads of their own: however slow their server is, it takes none from other systems.
        """
        mails = threading.Thread(target=self._run, args=[stop, _Turns(is_mail=True)])
        has_mail = self.endpoints.has_mail
        if has_mail:
            mails.start()
        self._run(stop, _Turns(is_mail=False))
        if has_mail:
            mails.join()

    def _run(self, stop: threading.Event, turns: "_Turns") -> None:
        """Send what is of one kind until told to stop."""
        next_tend_s = 0.0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
            while not stop.is_set():
                claims: list[WebhookClaim] = []
                with self._outage.tolerated():
                    endpoints = self.endpoints.callable()
                    if not turns.is_mail and time.monotonic() >= next_tend_s:
                        next_tend_s = time.monotonic() + TEND_EVERY_S
                        self.tend()
                    claims = self._claim_in_turn(endpoints, turns)
                begin_by = time.monotonic() + MARGIN_S / 2
                for claim in claims:
                    call = pool.submit(self._deliver, claim, endpoints, begin_by)
                    turns.in_flight[call] = claim.message.endpoint
                stop.wait(PAUSE_S if turns.in_flight else IDLE_S)

    def _claim_in_turn(
        self, endpoints: Mapping[EndpointKey, WebhookEndpoint], turns: "_Turns"
    ) -> list[WebhookClaim]:
        """Take one message of each endpoint that has no call in flight here, and then more of each.

        Half of the threads are kept for the first ones: a receiver that takes its time with every message
        would have all of them otherwise, as what waits for it is the oldest.
        """
        ordered = turns.ordered(endpoints)
        free, busy = AT_ONCE - len(turns.in_flight), set(turns.in_flight.values())
        if len(ordered) <= AT_ONCE // WIDTH:  # too few to have all threads
            return self._claim(ordered, limit=free, reserved=AT_ONCE // 2)
        idle = {key: endpoint for key, endpoint in ordered.items() if key not in busy}
        claims = self._claim(idle, limit=free, reserved=AT_ONCE // 2, width=1)
        turns.given(claims)
        more = self._claim(ordered, limit=free - len(claims) - AT_ONCE // 2)
        turns.given(more)
        return claims + more

    def tend(self) -> None:
        """Set times right that a clock has set which was ahead, and give up what nobody names any more.

        That is what has waited for 3 days for an endpoint that was taken out of its project file.

        Raises: StorageUnavailableError.
        """
        self.log.repair_times(list(self.endpoints.callable()))
        named, now = self.endpoints.named(), self.log.now()
        for each in self.log.standing():
            is_named = each.endpoint in named or not self.endpoints.projects()  # no files: nothing is known
            if each.status is WebhookStatus.QUEUED and not is_named and now - each.oldest_at >= RETRY_FOR:
                self.log.give_up(each.endpoint, before=now - RETRY_FOR)
                logger.warning(
                    "webhook %s is in no project file; what waited for it is given up", each.endpoint
                )

    def drain(self) -> int:
        """Send what is due, one message after the other; return how many calls were made.

        Raises: StorageUnavailableError.
        """
        calls, endpoints = 0, self.endpoints.callable()
        while claims := self._claim(endpoints, limit=1):
            for claim in claims:
                self._deliver(claim, endpoints, time.monotonic() + MARGIN_S / 2)
                calls += 1
        return calls

    def _claim(
        self,
        endpoints: Mapping[EndpointKey, WebhookEndpoint],
        *,
        limit: int,
        reserved: int = 0,
        width: int = WIDTH,
    ) -> list[WebhookClaim]:
        if not endpoints or limit <= 0:
            return []
        urls = {key: endpoint.url for key, endpoint in endpoints.items()}
        return self.log.claim(urls, lease_s=TIMEOUT_S + MARGIN_S, width=width, limit=limit, reserved=reserved)

    def _deliver(
        self, claim: WebhookClaim, endpoints: Mapping[EndpointKey, WebhookEndpoint], begin_by: float
    ) -> None:
        """Make the call of a claimed message and write down how it ended.

        Whatever breaks, the claim runs out and the message is due again.
        """
        message = claim.message
        try:
            reply = self._call(claim, endpoints[message.endpoint], begin_by)
            if reply is None:
                return
            crash_point(CrashPoint.WEBHOOK_ANSWERED)
            status = self.log.close(claim, reply)
        except Exception as error:  # noqa: BLE001 - the others go on; its words may quote the lead
            logger.error("webhook %s will be sent again: %s", message.webhook_id, type(error).__name__)
            return
        outcome = "delivered" if reply.is_taken else "failed" if status is WebhookStatus.FAILED else "retried"
        self.metrics.webhook_called(message.endpoint.name, outcome)
        if not reply.is_taken:
            answer = f"{message.endpoint.protocol} {reply.status}" if reply.status else "no answer"
            told = (message.webhook_id, message.lead_id, message.endpoint, answer, outcome)
            logger.warning("webhook %s of lead %s was not taken (%s, %s): %s", *told)

    def _call(self, claim: WebhookClaim, endpoint: WebhookEndpoint, begin_by: float) -> WebhookReply | None:
        """Send a claimed message; None, if so much time has passed that its claim may run out meanwhile."""
        if time.monotonic() > begin_by:
            return None
        message = claim.message
        try:
            record = self.leads.get(message.lead_id)
        except SealBrokenError as error:
            logger.error("webhook %s waits: %s", message.webhook_id, error)
            return UNREADABLE
        if self.notices and (endpoint.key.is_mail or endpoint.key.is_chat):
            return self.notices.send(message, record, address=endpoint.address, now=claim.at)
        revoked = self.revoked(record) if endpoint.payload == "full" and self.revoked else ()
        body = body_of(message, record, payload=endpoint.payload, inbox=self.inbox, revoked=revoked)
        headers = headers_of(message, secrets=endpoint.secrets, at=claim.at, body=body)
        return self.gateway.send(claim.url, headers=headers, body=body)
