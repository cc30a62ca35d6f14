"""Mail over SMTP."""

import logging
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from realpad_form.adapters.realpad.watch import Watch
from realpad_form.domain.errors import MailDeferredError, MailRefusedError, NotificationError
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.mail import Mail

TIMEOUT_S: Final = 30.0
"""How long one mail may take in all: many servers greet late on purpose, yet a mail of the outbox has to be
over before its claim is.
"""

CLOSING: Final = 421
"""A server that answers this to anything has closed the connection. Source: RFC 5321, 4.2.3."""

PERMANENT: Final = 500
"""From here on, an answer says that the same mail will never be taken. Source: RFC 5321, 4.2.1."""

logger = logging.getLogger(__name__)


class Mailer:
    """Sends mail through `smtp://` or `smtps://user:password@host:port?from=address`.

    A log-in needs an encrypted connection, except on this machine. `public_url` is where the world reaches
    this service.
    """

    def __init__(self, url: str, *, public_url: str | None = None) -> None:
        self._url, self._public_url = urlsplit(url), public_url
        given = parse_qs(self._url.query).get("from", [unquote(self._url.username or "")])[0]
        self._sender = _deliverable(given) if "@" in given else f"realpad-form@{self._url.hostname}"

    def send(self, mail: Mail) -> None:
        """Send a mail; once the server has taken it, it is sent, whatever the server says then.

        Raises: MailRefusedError, if none of its addresses will ever take it; MailDeferredError, if they do
            not now, which says nothing about other mails; NotificationError, if there is no getting through.
        """
        where = f"mail to {self._url.hostname}"
        recipients, kind = [*map(_deliverable, mail.to)], NotificationError
        try:
            with Watch(TIMEOUT_S) as watch, closing(self._connected(watch)) as server:
                self._secure(server)
                if not ("".join(recipients).isascii() or server.has_extn("smtputf8")):
                    raise MailRefusedError(f"{where}: it can name no such address")
                refused = server.send_message(self._message(mail, recipients))
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            code = min(code for code, _text in error.recipients.values())
            kind = NotificationError if code == CLOSING else MailDeferredError
            raise (MailRefusedError if code >= PERMANENT else kind)(f"{where}: it answered {code}") from error
        except smtplib.SMTPDataError as error:
            kind = MailRefusedError if error.smtp_code >= PERMANENT else NotificationError
            raise kind(f"{where}: it answered {error.smtp_code}") from error
        # Ports, hosts and addresses that cannot be are ValueErrors, each where it is used first.
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise NotificationError(f"{where}: {type(error).__name__}") from error
        if refused:
            codes = ", ".join(str(code) for code, _text in refused.values())
            told = (where, len(refused), len(mail.to), codes)
            logger.warning("%s: %d of %d addresses get nothing, since it answered %s", *told)

    def _connected(self, watch: Watch) -> smtplib.SMTP:
        host, port = str(self._url.hostname), self._url.port
        if self._url.scheme == "smtps":
            return _SecureLine(host, port or 465, watch, name=self._domain())
        return _Line(host, port or 587, watch, name=self._domain())

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

    def _message(self, mail: Mail, recipients: Sequence[str]) -> EmailMessage:
        message, domain = EmailMessage(), self._domain()
        message["Subject"] = " ".join(mail.subject.split())  # a line of a head cannot hold line breaks
        message["From"], message["To"] = self._sender, ", ".join(recipients)
        if mail.reply_to:
            message["Reply-To"] = _deliverable(mail.reply_to)
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{mail.id}@{domain}>" if mail.id else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office answers it: RFC 3834
        # Left to itself, short text goes as 8bit, which a server need not take: RFC 6152.
        message.set_content(mail.text, cte="quoted-printable")
        return message

    def _domain(self) -> str:
        """Return the name in greetings and at the end of ids: where this service is, else the sender's.

        Python would take this machine's, which nobody outside needs to know and which may be slow to find.
        """
        host = urlsplit(self._public_url or "").hostname or self._sender.rpartition("@")[2]
        return f"[{host}]" if ":" in host else host


class _Line(smtplib.SMTP):
    """A connection under a watch: smtplib's own time-out starts anew with every byte that arrives."""

    def __init__(self, host: str, port: int, watch: Watch, *, name: str) -> None:
        self._watch = watch
        super().__init__(host, port, local_hostname=name, timeout=watch.timeout_s)

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        return self._watch.connect(host, port, options=[])


class _SecureLine(smtplib.SMTP_SSL, _Line):
    """The same over TLS from the start."""

    def __init__(self, host: str, port: int, watch: Watch, *, name: str) -> None:
        self._watch = watch
        context = ssl.create_default_context()
        smtplib.SMTP_SSL.__init__(
            self, host, port, local_hostname=name, timeout=watch.timeout_s, context=context
        )


def _deliverable(address: str) -> str:
    """Return an address with its domain in ASCII, so that any mail server takes it.

    By IDNA 2008, as browsers do: by the older rules, `faß.de` would be somebody else's `fass.de`. What cannot
    be written so stays as it is.
    """
    if not address.isascii():
        with suppress(EmailNotValidError):
            return validate_email(address, check_deliverability=False).ascii_email or address
    return address
