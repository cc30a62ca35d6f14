"""Notifiers: mail and a webhook."""

from collections.abc import Sequence
from contextlib import closing
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from realpad_form.adapters.http_client import NAMED
from realpad_form.adapters.mail import Mailer
from realpad_form.adapters.realpad.transport import WatchedAdapter
from realpad_form.adapters.realpad.watch import Watch
from realpad_form.domain.alert import Alert
from realpad_form.domain.errors import NotificationError
from realpad_form.domain.mail import Mail

TIMEOUT_S: Final = 15.0
"""How long a call may take in all; the time-out of `requests` starts anew with every byte that arrives."""

TEAMS: Final = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
"""Where webhooks of Microsoft Teams are, its own and those of its workflows."""


class MailNotifier:
    """Mails alerts; `inbox` is where people go on from there."""

    def __init__(self, mailer: Mailer, recipients: Sequence[str], *, inbox: str | None = None) -> None:
        self._mailer, self._recipients, self._inbox = mailer, recipients, inbox

    def send(self, alerts: Sequence[Alert]) -> None:
        """Mail alerts, all in one message. Raises: NotificationError."""
        first = alerts[0]
        more = f", and {len(alerts) - 1} more" if len(alerts) > 1 else ""
        over = "over: " if first.is_over else ""
        subject = f"[realpad-form] {over}{first.kind} ({first.subject}){more}"
        self._mailer.send(Mail(subject=subject, text=_text(alerts, self._inbox), to=tuple(self._recipients)))


class WebhookNotifier:
    """Posts alerts as JSON whose `text` Slack and its like show; as a card to Teams, which takes no other."""

    def __init__(self, url: str, *, inbox: str | None = None) -> None:
        self._url, self._inbox = url, inbox
        self._is_teams = str(urlsplit(url).hostname).endswith(TEAMS)

    def send(self, alerts: Sequence[Alert]) -> None:
        """Post alerts, all in one call. Raises: NotificationError."""
        shape = _card if self._is_teams else _plain
        body = shape(alerts, self._inbox)
        try:
            with Watch(TIMEOUT_S) as watch, closing(requests.Session()) as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, WatchedAdapter(watch))
                answer = session.post(
                    self._url,
                    json=body,
                    headers=NAMED,
                    timeout=TIMEOUT_S,
                    allow_redirects=False,
                    stream=True,  # nothing but the status is of interest
                )
                answer.close()
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
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
