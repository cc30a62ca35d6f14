"""Mail over SMTP."""

import smtplib
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from realpad_form.domain.errors import MailRefusedError, NotificationError
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.mail import Mail

TIMEOUT_S: Final = 15.0
PERMANENT: Final = 500
"""From here on, an answer says that the same mail will never be taken. Source: RFC 5321, 4.2.1."""


class Mailer:
    """Sends mail through `smtp://` or `smtps://user:password@host:port?from=address`.

    A log-in needs an encrypted connection, except on this machine. `public_url` is where the world reaches
    this service.
    """

    def __init__(self, url: str, *, public_url: str | None = None) -> None:
        self._url, self._public_url = urlsplit(url), public_url
        given = parse_qs(self._url.query).get("from", [unquote(self._url.username or "")])[0]
        self._sender = given if "@" in given else f"realpad-form@{self._url.hostname}"

    def send(self, mail: Mail) -> None:
        """Send a mail.

        Raises: MailRefusedError, if none of its addresses will ever take it; NotificationError.
        """
        where = f"mail to {self._url.hostname}"
        try:
            message = self._message(mail)
            with self._connected() as server:
                self._secure(server)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(where, (code for code, _text in error.recipients.values())) from error
        except smtplib.SMTPDataError as error:
            raise _refused(where, [error.smtp_code]) from error
        # Ports, hosts and addresses that cannot be are ValueErrors, each where it is used first.
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise NotificationError(f"{where}: {type(error).__name__}") from error

    def _connected(self) -> smtplib.SMTP:
        host, port = str(self._url.hostname), self._url.port
        if self._url.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
        return smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)

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

    def _message(self, mail: Mail) -> EmailMessage:
        message, domain = EmailMessage(), self._domain()
        message["Subject"] = " ".join(mail.subject.split())  # a line of a head cannot hold line breaks
        message["From"], message["To"] = self._sender, ", ".join(mail.to)
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{mail.id}@{domain}>" if mail.id else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office answers it: RFC 3834
        # Left to itself, short text goes as 8bit, which a server need not take: RFC 6152.
        message.set_content(mail.text, cte="quoted-printable")
        return message

    def _domain(self) -> str:
        """Return the name that ids of messages end in: where this service is, else the sender's.

        Python would take this machine's, which nobody outside needs to know.
        """
        host = urlsplit(self._public_url or "").hostname or self._sender.rpartition("@")[2]
        return f"[{host}]" if ":" in host else host


def _refused(where: str, codes: Iterable[int]) -> NotificationError:
    """Return the error of a mail that was not taken, by the answers to it."""
    code = min(codes, default=0)
    kind = MailRefusedError if code >= PERMANENT else NotificationError
    return kind(f"{where}: it answered {code}")
