"""Notifiers: mail and a webhook."""

import smtplib
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from realpad_form.adapters.http_client import NAMED
from realpad_form.domain.alert import Alert
from realpad_form.domain.errors import NotificationError
from realpad_form.domain.loopback import is_loopback

TIMEOUT_S: Final = 15.0
TEAMS: Final = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
"""Where webhooks of Microsoft Teams are, its own and those of its workflows."""


class MailNotifier:
    """Mails alerts through `smtp://` or `smtps://user:password@host:port?from=address`.

    A log-in needs an encrypted connection, except on this machine. `inbox` is where people go on from there.
    """

    def __init__(self, url: str, recipients: Sequence[str], *, inbox: str | None = None) -> None:
        self._url = urlsplit(url)
        self._recipients, self._inbox = recipients, inbox
        given = parse_qs(self._url.query).get("from", [unquote(self._url.username or "")])[0]
        self._sender = given if "@" in given else f"realpad-form@{self._url.hostname}"

    def send(self, alerts: Sequence[Alert]) -> None:
        """Mail alerts, all in one message. Raises: NotificationError."""
        try:
            message = self._message(alerts)
            host, port = str(self._url.hostname), self._url.port
            server: smtplib.SMTP
            if self._url.scheme == "smtps":
                context = ssl.create_default_context()
                server = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
            else:
                server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)
            with server:
                self._secure(server)
                server.send_message(message)
        # Ports, hosts and addresses that cannot be are ValueErrors, each where it is used first.
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise NotificationError(f"mail to {self._url.hostname}: {type(error).__name__}") from error

    def _message(self, alerts: Sequence[Alert]) -> EmailMessage:
        first, message = alerts[0], EmailMessage()
        more = f", and {len(alerts) - 1} more" if len(alerts) > 1 else ""
        subject = " ".join(first.subject.split())  # a line of a head cannot hold the line breaks of a path
        over = "over: " if first.is_over else ""
        message["Subject"] = f"[realpad-form] {over}{first.kind} ({subject}){more}"
        message["From"], message["To"] = self._sender, ", ".join(self._recipients)
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = make_msgid(domain=self._domain())
        message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office answers it: RFC 3834
        # Left to itself, short text goes as 8bit, which a server need not take: RFC 6152.
        message.set_content(_text(alerts, self._inbox), cte="quoted-printable")
        return message

    def _domain(self) -> str:
        """Return the name that ids of messages end in: where the inbox is, else the sender's.

        Python would take this machine's, which nobody outside needs to know.
        """
        host = urlsplit(self._inbox or "").hostname or self._sender.rpartition("@")[2]
        return f"[{host}]" if ":" in host else host

    def _secure(self, server: smtplib.SMTP) -> None:
        """Encrypt if the server can, and log in if there is a user."""
        server.ehlo()
        if self._url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        elif self._url.scheme == "smtp" and self._url.username and not is_loopback(self._url.hostname):
            raise NotificationError(f"{self._url.hostname} offers no encryption; no password is sent to it")
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


class WebhookNotifier:
    """Posts alerts as JSON whose `text` Slack and its like show; as a card to Teams, which takes no other."""

    def __init__(self, url: str, *, inbox: str | None = None) -> None:
        self._url, self._inbox = url, inbox
        self._is_teams = str(urlsplit(url).hostname).endswith(TEAMS)

    def send(self, alerts: Sequence[Alert]) -> None:
        """Post alerts, all in one call. Raises: NotificationError."""
        shape = _card if self._is_teams else _plain
        try:
            answer = requests.post(
                self._url,
                json=shape(alerts, self._inbox),
                headers=NAMED,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as error:
            raise NotificationError(f"webhook: {type(error).__name__}") from error
        if not answer.ok or answer.is_redirect:
            raise NotificationError(f"the webhook answered {answer.status_code}")


def _text(alerts: Sequence[Alert], inbox: str | None) -> str:
    lines = [f"• {alert}" for alert in alerts]
    return "\n\n".join([*lines, inbox] if inbox else lines)


def _plain(alerts: Sequence[Alert], inbox: str | None) -> dict[str, object]:
    return {"text": _text(alerts, inbox), "alerts": [_as_json(alert) for alert in alerts]}


def _card(alerts: Sequence[Alert], inbox: str | None) -> dict[str, object]:
    """Return alerts as a message of Teams. Source: adaptivecards.io, schema 1.4."""
    content: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": str(alert), "wrap": True} for alert in alerts],
    }
    if inbox:
        content["actions"] = [{"type": "Action.OpenUrl", "title": "Inbox", "url": inbox}]
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }


def _as_json(alert: Alert) -> dict[str, object]:
    return {
        "kind": alert.kind.name.lower(),
        "subject": alert.subject,
        "text": alert.text,
        "since": alert.since.isoformat() if alert.since else None,
        "over": alert.is_over,
    }
