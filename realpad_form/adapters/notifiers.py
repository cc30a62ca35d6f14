"""Notifiers: mail and a webhook."""

from collections.abc import Callable, Sequence
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
from realpad_form.ports import AlertWords

TIMEOUT_S: Final = 15.0
"""How long a call may take in all; the time-out of `requests` starts anew with every byte that arrives."""

TEAMS: Final = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
"""Where webhooks of Microsoft Teams are, its own and those of its workflows."""


MOST_LINKS: Final = 6
"""As many as Microsoft Teams shows of a card."""


class MailNotifier:
    """Mails alerts to one address, in the language that `language_of` knows its reader to have."""

    def __init__(
        self, mailer: Mailer, address: str, *, words: AlertWords, language_of: Callable[[str], str]
    ) -> None:
        self._mailer, self._address, self._words, self._language_of = mailer, address, words, language_of

    def send(self, alerts: Sequence[Alert]) -> None:
        """Mail alerts, all in one message. Raises: NotificationError."""
        language = self._language_of(self._address)
        self._mailer.send(self._words.mail(alerts, to=self._address, language=language))


class WebhookNotifier:
    """Posts alerts as JSON whose `text` Slack and its like show; as a card to Teams, which takes no other.

    What programs read of the JSON is the same in every language.
    """

    def __init__(self, url: str, *, words: AlertWords, language: str = "en") -> None:
        self._url, self._words, self._language = url, words, language
        self._is_teams = str(urlsplit(url).hostname).endswith(TEAMS)

    def send(self, alerts: Sequence[Alert]) -> None:
        """Post alerts, all in one call. Raises: NotificationError."""
        body = self._card(alerts) if self._is_teams else self._plain(alerts)
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

    def _plain(self, alerts: Sequence[Alert]) -> dict[str, object]:
        """Return alerts as JSON; the English `text` is a contract, and has one link only."""
        text = self._words.lines(alerts, self._language, has_links=self._language != "en")
        return {"text": text, "alerts": [self._as_json(alert) for alert in alerts]}

    def _card(self, alerts: Sequence[Alert]) -> dict[str, object]:
        """Return alerts as a message of Teams. Source: adaptivecards.io, schema 1.4."""
        texts = [self._words.sentence(alert, self._language) for alert in alerts]
        content: dict[str, object] = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [{"type": "TextBlock", "text": text, "wrap": True} for text in texts],
        }
        links = self._words.links(alerts, self._language)[:MOST_LINKS]
        if links:
            content["actions"] = [
                {"type": "Action.OpenUrl", "title": title, "url": url} for title, url in links
            ]
        return {
            "type": "message",
            "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
        }

    def _as_json(self, alert: Alert) -> dict[str, object]:
        return {
            "kind": alert.kind.name.lower(),
            "subject": alert.subject,
            "text": alert.text,
            "since": alert.since.isoformat() if alert.since else None,
            "over": alert.is_over,
            "link": self._words.link(alert),
        }
