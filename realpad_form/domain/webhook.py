"""Webhooks: which events of a lead other systems hear of, and what a call's end means for the next ones.

Source: Standard Webhooks 1.0, github.com/standard-webhooks/standard-webhooks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, NamedTuple, Self
from uuid import UUID, uuid5

from realpad_form.domain.delivery import Status
from realpad_form.domain.project_rules import CONFIRM, FOR_SALES, NOTIFY, SLACK, TEAMS, digest

MESSAGE_IDS: Final = UUID("8a3c5c0e-2b1f-5b7e-9f0d-6f5d1c0b7a44")
"""The namespace of message ids (RFC 9562, version 5); never changed, or a repeat would get another id."""

STEPS: Final = (
    *(timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)),
    *(timedelta(hours=1), timedelta(hours=3), timedelta(hours=6)),
)
"""Waits after each failure in a row, as for leads; the last one repeats."""

JITTER: Final = 0.2
RETRY_FOR: Final = timedelta(days=3)
"""How long a message is tried again before it waits for a person."""

GONE: Final = 410
THROTTLED: Final = 429


class WebhookEvent(StrEnum):
    """What other systems hear of; the value is the one in project files."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    DISCARDED = "discarded"

    @property
    def type(self) -> str:
        """Its name in a message."""
        return f"lead.{self}"


_OF_STATUS: Final[Mapping[Status, WebhookEvent]] = {
    Status.DELIVERED: WebhookEvent.DELIVERED,
    Status.REJECTED: WebhookEvent.REJECTED,
    Status.DISCARDED: WebhookEvent.DISCARDED,
}


def event_of(before: Status | None, after: Status) -> WebhookEvent | None:
    """Return what is told when a lead goes from one status to another; None stands for a new lead."""
    if before is None:
        return WebhookEvent.ACCEPTED
    return None if before is after else _OF_STATUS.get(after)


def first_events(status: Status) -> tuple[WebhookEvent, ...]:
    """Return what is told of a new lead, by the status that it begins with.

    One that another system sent, and that a person has to correct, is told like one that Realpad refused.
    """
    later = _OF_STATUS.get(status)
    return (WebhookEvent.ACCEPTED, later) if later else (WebhookEvent.ACCEPTED,)


def event_for(listener: str, before: Status | None, after: Status) -> WebhookEvent | None:
    """Return what a listener is told, by its name, when a lead goes from one status to another.

    The sales team hears nothing of what looks like spam. Once a person has released it, it is new to them.
    """
    if listener in FOR_SALES and (before, after) == (Status.QUARANTINED, Status.QUEUED):
        return WebhookEvent.ACCEPTED
    return event_of(before, after)


class WebhookStatus(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"  # waits for a person, who may send it again


class EndpointKey(NamedTuple):
    """One entry of `webhooks` in one project file, or one way by which people hear of its leads."""

    project: str
    name: str

    @property
    def is_mail(self) -> bool:
        """Whether it is no other system but people, who get mails."""
        return self.name in (NOTIFY, CONFIRM)

    @property
    def is_chat(self) -> bool:
        """Whether it is no other system but people, who read it in a chat."""
        return self.name in (SLACK, TEAMS)

    @property
    def protocol(self) -> str:
        """What an answer's number belongs to."""
        return "SMTP" if self.is_mail else "HTTP"

    @property
    def label(self) -> str:
        """What a line about it begins with."""
        return f"{'mail' if self.is_mail else 'chat' if self.is_chat else 'webhook'} {self}"

    def __str__(self) -> str:
        return f"{self.project}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where the messages of an entry go, and how they are made."""

    key: EndpointKey
    url: str  # what its lane is known by, and what people are shown
    payload: Literal["ids", "full"]
    secrets: tuple[bytes, ...] = field(repr=False)  # each signs
    address: str = field(default="", repr=False)  # of a chat, a secret: where messages go


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReply:
    """How one call of an endpoint ended."""

    status: int | None  # of HTTP, for mails of SMTP; None if no answer came
    retry_after_s: float | None = None  # what a 429 asked for
    is_made: bool = (
        True  # False, if nothing was called: the lead could not be read, or there is nobody to call
    )
    is_final: bool = False  # whether this one message can never be taken, whatever becomes of others
    is_deferred: bool = False  # whether this one message is not taken now, whatever becomes of others

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more messages."""
        return self.status == GONE


def _wait(reply: WebhookReply, failures: int, jitter: float) -> timedelta:
    """Return how long to wait after so many failures in a row, or for as long as was asked for."""
    step = STEPS[min(failures, len(STEPS)) - 1] * (1 + JITTER * jitter)
    if reply.status == THROTTLED and reply.retry_after_s is not None:
        return max(step, min(timedelta(seconds=reply.retry_after_s), RETRY_FOR))
    return step


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """One event of one lead for one endpoint. It holds nothing personal: the body is made when it is sent."""

    id: UUID
    lead_id: UUID
    endpoint: EndpointKey
    url: str  # where it was last sent, or was to be sent when it was queued
    event: WebhookEvent
    at: datetime  # of the event
    lead_status: Status  # after the event
    customer_id: int | None
    revision: int  # of the lead's answers at the event
    place: int  # among the messages of this lead for this endpoint, from 0
    status: WebhookStatus = WebhookStatus.QUEUED
    due_at: datetime
    attempts: int = 0
    failures: int = 0  # in a row, since it was queued or sent again by a person
    first_failed_at: datetime | None = None
    last_status: int | None = None  # HTTP status of the last call; None if no answer came
    ended_at: datetime | None = None

    @property
    def webhook_id(self) -> str:
        """The `webhook-id`, the same on every try and on a copy of the database."""
        return f"msg_{self.id.hex}"

    def after(self, reply: WebhookReply, *, now: datetime, jitter: float) -> Self:
        """Return this message after one more call; `jitter` is from -1 to 1."""
        called = replace(self, attempts=self.attempts + reply.is_made, last_status=reply.status)
        if reply.is_taken:
            return replace(called, status=WebhookStatus.DELIVERED, ended_at=now)
        first_failed_at = self.first_failed_at or now
        if reply.is_gone or reply.is_final or now - first_failed_at >= RETRY_FOR:
            return replace(called, status=WebhookStatus.FAILED, ended_at=now, first_failed_at=first_failed_at)
        failures = self.failures + 1
        return replace(
            called,
            failures=failures,
            first_failed_at=first_failed_at,
            due_at=now + _wait(reply, failures, jitter),
        )

    def next_try_at(self, lane: "EndpointLane | None") -> datetime | None:
        """Return the earliest time at which this message is sent next by itself, None if it is not.

        A message that is due waits while the lane of its endpoint is paused.
        """
        if self.status is not WebhookStatus.QUEUED or (lane and lane.is_gone):
            return None
        paused_until = lane.paused_until if lane else None
        return max(self.due_at, paused_until) if paused_until else self.due_at

    def replayed(self, *, now: datetime) -> Self:
        """Return this message queued anew, as a person wants it."""
        return replace(
            self,
            status=WebhookStatus.QUEUED,
            due_at=now,
            failures=0,
            first_failed_at=None,
            ended_at=None,
        )


def mailbox_of(address: str) -> str:
    """Return an e-mail address as its mailbox is known: in lower case, without a `+` and what follows.

    Else anybody could have a mailbox filled by writing `jana+1@…`, `jana+2@…`, which all arrive there.
    """
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def confirmation_id(project: str, address: int, day: date) -> UUID:
    """Return the id of the mail that confirms enquiries of a mailbox, given blinded, on a day.

    A second one on that day would have the same id, and is not added.
    """
    return uuid5(MESSAGE_IDS, f"{project}/confirm/{address}/{day}")


def message_id(lead_id: UUID, endpoint: EndpointKey, event: WebhookEvent, number: int) -> UUID:
    """Return the id of the `number`th message (from 0) of an event of a lead for an endpoint.

    A restored copy of the database that tells the same event again gives it the same id.
    """
    return uuid5(MESSAGE_IDS, f"{lead_id.hex}/{endpoint}/{event}/{number}")


def fingerprint_of(url: str) -> str:
    """Return what a URL is known by, which may hold a secret."""
    return digest(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLane:
    """Whether an endpoint can be called now, shared by all machines; another URL starts afresh."""

    key: EndpointKey
    fingerprint: str  # of the URL
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    is_gone: bool = False
    last_status: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether a call may be made."""
        is_paused = self.paused_until is not None and self.paused_until > now
        return not self.is_gone and not (is_paused and not self.is_misdated(now))

    def is_misdated(self, now: datetime) -> bool:
        """Whether it is paused for longer than ever: the clock was ahead."""
        longest = RETRY_FOR * (1 + JITTER)
        return self.paused_until is not None and self.paused_until > now + longest

    def width(self, most: int) -> int:
        """Return how many calls may be in flight: one while it fails, to see whether it is back."""
        return 1 if self.failures else most

    def after(self, reply: WebhookReply, *, now: datetime, jitter: float) -> Self:
        """Return this lane after a call; `jitter` is from -1 to 1."""
        if not reply.is_made:
            return self
        if reply.is_taken or reply.is_final or reply.is_deferred:
            return type(self)(key=self.key, fingerprint=self.fingerprint, last_status=reply.status)
        if reply.is_gone:
            return replace(self, is_gone=True, last_status=reply.status)
        failures = self.failures + 1
        return replace(
            self,
            failures=failures,
            failing_since=self.failing_since or now,
            paused_until=now + _wait(reply, failures, jitter),
            last_status=reply.status,
        )

    def is_given_up(self, now: datetime) -> bool:
        """Whether it has failed for so long that what waits for it waits for a person."""
        return self.failing_since is not None and now - self.failing_since >= RETRY_FOR

    def reopened(self) -> Self:
        """Return this lane as new, since a person wants something sent."""
        return type(self)(key=self.key, fingerprint=self.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStanding:
    """What waits for an endpoint, or could not be sent to it."""

    endpoint: EndpointKey
    status: WebhookStatus  # queued or failed
    count: int
    oldest_at: datetime  # of the oldest one: when it happened, of failed ones when they were given up
