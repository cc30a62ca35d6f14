"""The use case of mails and chat messages about leads: who gets which, and what an answer means."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import MailDeferredError, MailRefusedError, NotificationError
from realpad_form.domain.lead import LeadRecord, Revision
from realpad_form.domain.mail import Mail
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import CONFIRM
from realpad_form.domain.questions import UnitField
from realpad_form.domain.webhook import WebhookMessage, WebhookReply
from realpad_form.ports import MailGateway, WebhookGateway

CONFIRM_WITHIN: Final = timedelta(days=1)
"""A visitor who hears later than that would wonder what was confirmed."""

TAKEN: Final = WebhookReply(status=250)
REFUSED: Final = WebhookReply(status=550, is_final=True)
DEFERRED: Final = WebhookReply(status=450, is_deferred=True)
"""As mail servers number their answers. Source: RFC 5321, 4.2.3."""

UNANSWERED: Final = WebhookReply(status=None)
NOBODY: Final = WebhookReply(status=None, is_made=False, is_final=True)
"""There is nobody to write to, any more."""

_PLAIN: Final = re.compile(r"(?:[\w ,/()+-]|\.(?=[\d ])){1,40}")
"""What can be a unit or a campaign, and no link, mention or mark-up in any mail or chat."""

Told = TypeVar("Told", covariant=True)

logger = logging.getLogger(__name__)


class NotificationWriter(Protocol[Told]):
    """Writes what the sales team is told."""

    def __call__(
        self,
        project: Project,
        message: WebhookMessage,
        *,
        created_at: datetime,
        unit: str | None,
        inbox: str | None,
    ) -> Told | None:
        """Return it, or None if there is nothing to be told."""


class ConfirmationWriter(Protocol):
    """Writes the mail to the visitor."""

    def __call__(self, project: Project, message: WebhookMessage, *, to: str, language: str) -> Mail | None:
        """Return the mail, or None if there is none to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Sends the mails and chat messages that the outbox holds."""

    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    mailer: MailGateway | None  # None where there is no mail server, and no mail is due
    gateway: WebhookGateway
    notification: NotificationWriter[Mail]
    chat_message: NotificationWriter[bytes]
    confirmation: ConfirmationWriter
    inbox: str | None = None  # its address, for links to leads

    def send(
        self, message: WebhookMessage, record: LeadRecord, *, address: str, now: datetime
    ) -> WebhookReply:
        """Send the notice of a message; every way it can end is a reply.

        Args:
            message: what is told.
            record: the lead.
            address: of a chat, where its messages go.
            now: the log's time.
        """
        if message.endpoint.is_chat:
            body = self._told(self.chat_message, message, record)
            return self.gateway.send(address, headers={}, body=body) if body else NOBODY
        if message.endpoint.name == CONFIRM:
            mail = self._confirmation(message, record, now=now)
        else:
            mail = self._told(self.notification, message, record)
        return self._mailed(mail, message) if mail else NOBODY

    def _mailed(self, mail: Mail, message: WebhookMessage) -> WebhookReply:
        if self.mailer is None:
            return UNANSWERED
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

    def _told(
        self, write: NotificationWriter[Told], message: WebhookMessage, record: LeadRecord
    ) -> Told | None:
        """Return what the sales team is told of a lead."""
        project = self.projects().get(message.endpoint.project)
        if project is None:
            return None
        unit = plain_unit(project, _revision(message, record).payload.get("internalid"))
        return write(project, message, created_at=record.lead.created_at, unit=unit, inbox=self.inbox)

    def _confirmation(self, message: WebhookMessage, record: LeadRecord, *, now: datetime) -> Mail | None:
        project = self.projects().get(message.endpoint.project)
        address = _revision(message, record).answers.get("email")
        is_erased, is_late = record.lead.status is Status.ERASED, now - message.at > CONFIRM_WITHIN
        if project is None or is_erased or is_late or not address:
            return None
        return self.confirmation(project, message, to=str(address), language=record.context.language)


def _revision(message: WebhookMessage, record: LeadRecord) -> Revision:
    """Return the answers of a lead as they were at an event."""
    return next((each for each in record.revisions if each.number == message.revision), record.current)


def plain_unit(project: Project, unit: str | None) -> str | None:
    """Return a unit if the sales team can be told of it, else None.

    Where a project file lists no units, anybody can make up one: a link that would be trusted in a chat of
    colleagues, or a word that calls all of them. What is typed into a box may be personal, too.
    """
    question = project.questions.get("unit")
    if isinstance(question, UnitField) and question.known is not None:
        return unit if question.knows(unit or "") else None
    is_typed = isinstance(question, UnitField) and question.is_asked
    return unit if unit and not is_typed and is_plain(unit) else None


def is_plain(name: str) -> bool:
    """Return whether a name that anybody can make up can be told to people who trust our mails."""
    return _PLAIN.fullmatch(name) is not None
