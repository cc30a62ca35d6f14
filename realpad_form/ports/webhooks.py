"""What the log of webhooks and the client that sends them promise."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from realpad_form.domain.mail import Mail
from realpad_form.domain.people import AuditNote
from realpad_form.domain.webhook import (
    EndpointKey,
    EndpointLane,
    EndpointStanding,
    WebhookMessage,
    WebhookReply,
    WebhookStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookClaim:
    """One message in the hands of one sender until its lease runs out."""

    token: UUID
    message: WebhookMessage
    url: str  # where it is sent
    at: datetime  # the log's time when it was claimed


class WebhookLog(Protocol):
    """Hands out what other systems are told, and keeps what came of it.

    Messages are added by the lead log, in the transaction of the event. Every method is one transaction or
    several, whose time is the database's; any may raise StorageUnavailableError.
    """

    def claim(
        self,
        endpoints: Mapping[EndpointKey, str],
        *,
        lease_s: float,
        width: int,
        limit: int,
        reserved: int = 0,
    ) -> list[WebhookClaim]:
        """Take up to `limit` messages that are due for endpoints, given with their URLs, in this order.

        Those of endpoints that fail come last, and leave `reserved` of the limit to the others.
        No endpoint has more than `width` calls in flight, on all machines together, and one while it fails.
        A message waits for the earlier ones of its lead for the same endpoint. What is not closed within
        `lease_s` is due again. A copy that `db backup` made gives out nothing.
        """

    def close(self, claim: WebhookClaim, reply: WebhookReply) -> WebhookStatus | None:
        """Write down how a call ended; return where the message stands.

        None, and nothing written, if the claim was lost. After a 410 nothing of the endpoint is left queued.
        """

    def give_up(self, endpoint: EndpointKey, *, before: datetime) -> None:
        """Let what waits for an endpoint, and happened before a time, wait for a person."""

    def repair_times(self, endpoints: Collection[EndpointKey]) -> None:
        """Make due at once what was queued while the clock was ahead."""

    def replay(
        self, ids: Sequence[UUID], *, notes: Callable[[WebhookMessage], AuditNote]
    ) -> list[WebhookMessage]:
        """Queue messages anew under their ids, with a note in the audit log for each, in one transaction.

        Their endpoints are called again at once, also those that were gone. Raises: WebhookNotFoundError.
        """

    def get(self, message_id: UUID) -> WebhookMessage:
        """Return one message. Raises: WebhookNotFoundError."""

    def messages(self, *, status: WebhookStatus | None = None) -> Iterator[WebhookMessage]:
        """Yield messages, oldest first, without holding them all in memory."""

    def of_lead(self, lead_id: UUID) -> list[WebhookMessage]:
        """Return what was or will be told of a lead, oldest first."""

    def standing(self, *, failed_since: datetime | None = None) -> list[EndpointStanding]:
        """Return what is queued for each endpoint, and what was given up since a time, or ever."""

    def lanes(self) -> Collection[EndpointLane]:
        """Return the endpoints that were called so far."""

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""


class MailGateway(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """Send a mail.

        Raises: MailRefusedError, if it will never be taken; MailDeferredError, if it may be later, and others
            now; NotificationError, if no mail gets through.
        """


class WebhookGateway(Protocol):
    """Calls receivers."""

    def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> WebhookReply:
        """Post a body; every way it can end is a reply. Nothing of the answer is kept but its status.

        A receiver that may not be called is not: see `domain.receiver`.
        """
