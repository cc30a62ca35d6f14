"""Sends webhooks: no redirect, no proxy, no address of our own network, one deadline for all of a call.

The address is judged when the connection is made, on the very address connected to, so that a name which
resolves to another one a moment later is of no use to anybody.
"""

import logging
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from requests import Request, RequestException
from urllib3.exceptions import HTTPError

from realpad_form.adapters.http_client import NAMED
from realpad_form.adapters.realpad.answers import retry_after_s
from realpad_form.adapters.realpad.transport import Reply, WatchedAdapter
from realpad_form.adapters.realpad.watch import Watch
from realpad_form.domain.receiver import AllowedHosts, is_public
from realpad_form.domain.webhook import WebhookReply

LIMIT_BYTES: Final = 16 * 1024
"""As much of an answer is read and dropped: a receiver may take one that is cut off for an error."""

_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "Content-Type": "application/json",
    **NAMED,
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpWebhookGateway:
    """The port WebhookGateway.

    `timeout_s` bounds a whole call. `ca` replaces the trusted certificates, for tests.
    """

    timeout_s: float
    allowed: AllowedHosts
    ca: Path | None = None

    def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> WebhookReply:
        """Post a body; every way it can end is a reply."""
        if why := self.allowed.refusal(url):
            logger.error("a webhook was not sent: %s", why)
            return WebhookReply(status=None)
        is_allowed, verify = self.allowed.holds(url), str(self.ca) if self.ca else True
        watch = Watch(self.timeout_s, permits=lambda address: is_allowed or is_public(address))
        with watch, closing(WatchedAdapter(watch)) as adapter:
            try:
                request = Request("POST", url, data=body, headers={**_HEADERS, **headers}).prepare()
                # Through the adapter alone: a session would take proxies and logins from the environment.
                answer = adapter.send(request, stream=True, timeout=self.timeout_s, verify=verify)
                with closing(answer), suppress(HTTPError, OSError):  # cut off; the status stands
                    answer.raw.read(LIMIT_BYTES, decode_content=False)
            except (RequestException, HTTPError, OSError, ValueError) as error:
                # Only the kind of error: its words hold the address, which may be a secret.
                logger.info("a webhook got no answer: %s", type(error).__name__)
                return WebhookReply(status=None)
        reply = Reply(answer.status_code, answer.headers, b"", is_whole=True)
        return WebhookReply(status=reply.status, retry_after_s=retry_after_s(reply))
