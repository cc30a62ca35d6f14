"""The use case of mails about leads: who gets which, and what an answer of the mail server means."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import MailDeferredError, MailRefusedError, NotificationError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.mail import Mail
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import NOTIFY
from realpad_form.domain.webhook import WebhookMessage, WebhookReply
from realpad_form.ports import MailGateway

CONFIRM_WITHIN: Final = timedelta(days=1)
"""A visitor who hears later than that would wonder what was confirmed."""

TAKEN: Final = WebhookReply(status=250)
REFUSED: Final = WebhookReply(status=550, is_final=True)
DEFERRED: Final = WebhookReply(status=450, is_deferred=True)
"""As mail servers number their answers. Source: RFC 5321, 4.2.3."""

UNANSWERED: Final = WebhookReply(status=None)
NOBODY: Final = WebhookReply(status=None, is_made=False, is_final=True)
"""There is nobody to write to, any more."""

logger = logging.getLogger(__name__)


class NotificationWriter(Protocol):
    """Writes the mail to the sales team."""

    def __call__(
        self,
        project: Project,
        message: WebhookMessage,
        *,
        created_at: datetime,
        unit: str | None,
        inbox: str | None,
    ) -> Mail | None:
        """Return the mail, or None if there is none to be sent."""


class ConfirmationWriter(Protocol):
    """Writes the mail to the visitor."""

    def __call__(self, project: Project, message: WebhookMessage, *, to: str, language: str) -> Mail | None:
        """Return the mail, or None if there is none to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Sends the mails that the outbox holds."""

    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    mailer: MailGateway
    notification: NotificationWriter
    confirmation: ConfirmationWriter
    inbox: str | None = None  # its address, for links to leads

    def send(self, message: WebhookMessage, record: LeadRecord, *, now: datetime) -> WebhookReply:
        """Send the mail of a message; every way it can end is a reply."""
        mail = self._mail(message, record, now=now)
        if mail is None:
            return NOBODY
        try:
            self.mailer.send(mail)
        except MailRefusedError as error:
            logger.warning("mail %s about lead %s was refused: %s", mail.id, message.lead_id, error)
            return REFUSED
        except MailDeferredError as error:
            logger.warning("mail %s about lead %s is put off: %s", mail.id, message.lead_id, error)
            return DEFERRED
        except NotificationError as error:
            logger.warning("mail %s about lead %s waits: %s", mail.id, message.lead_id, error)
            return UNANSWERED
        return TAKEN

    def _mail(self, message: WebhookMessage, record: LeadRecord, *, now: datetime) -> Mail | None:
        project = self.projects().get(message.endpoint.project)
        if project is None:
            return None
        told = (each for each in record.revisions if each.number == message.revision)
        revision = next(told, record.current)
        if message.endpoint.name == NOTIFY:
            created_at, unit = record.lead.created_at, revision.payload.get("internalid")
            return self.notification(project, message, created_at=created_at, unit=unit, inbox=self.inbox)
        address = revision.answers.get("email")
        if record.lead.status is Status.ERASED or not address or now - message.at > CONFIRM_WITHIN:
            return None
        return self.confirmation(project, message, to=str(address), language=record.context.language)
