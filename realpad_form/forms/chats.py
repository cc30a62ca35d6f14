"""Messages to chats about leads, as Slack and Microsoft Teams take them."""

import json
from datetime import datetime
from typing import Any, Final

from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import SLACK
from realpad_form.domain.webhook import WebhookMessage
from realpad_form.forms.mails import NotificationText, notification_text
from realpad_form.forms.messages import _, translations

_CONTROLS_OF_SLACK: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""Source: Slack docs, "Formatting message text", "Escaping text"."""


def chat_message(
    project: Project, message: WebhookMessage, *, created_at: datetime, unit: str | None, inbox: str | None
) -> bytes | None:
    """Return what is posted to a chat of the sales team about a lead, with nothing about the visitor.

    None if the project file asks for none any more. The arguments are those of `mails.notification_text`.
    """
    is_slack = message.endpoint.name == SLACK
    if project.notify is None or not (project.notify.slack if is_slack else project.notify.teams):
        return None
    told = notification_text(project, message, created_at=created_at, unit=unit, inbox=inbox)
    return json.dumps(_text(told) if is_slack else _card(told), separators=(",", ":")).encode()


def _text(told: NotificationText) -> dict[str, Any]:
    """Return a notification as Slack takes it; what would be a mention or a link is shown as written."""
    lines = [_one_line(told.title).translate(_CONTROLS_OF_SLACK), told.received]
    if told.link:
        say = translations(told.language).gettext
        link = f"<{told.link.translate(_CONTROLS_OF_SLACK)}>"
        lines.append(say(_("Details: %(link)s")) % {"link": link})
    return {"text": "\n".join(lines), "unfurl_links": False, "unfurl_media": False}


def _card(told: NotificationText) -> dict[str, Any]:
    """Return a notification as workflows of Teams take it. Source: adaptivecards.io, schema 1.4."""
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            _plain(_one_line(told.title), weight="Bolder", size="Medium"),
            _plain(told.received, isSubtle=True),
        ],
    }
    if told.link:
        title = translations(told.language).gettext(_("Show details"))
        content["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": told.link}]
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }


def _plain(text: str, **looks: object) -> dict[str, Any]:
    """Return a line of a card, without the Markdown that a TextBlock would take its text for."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **looks}]}


def _one_line(text: str) -> str:
    return " ".join(text.split())
