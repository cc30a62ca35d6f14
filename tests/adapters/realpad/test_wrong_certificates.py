"""Webhook, mail server and OpenID provider: whoever cannot prove who they are learns nothing."""

import ssl
from datetime import timedelta

import pytest

from realpad_form.adapters.mail import Mailer
from realpad_form.adapters.notifiers import MailNotifier, WebhookNotifier
from realpad_form.adapters.oidc import OpenIdProvider
from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.errors import NotificationError, ProofRefusedError
from realpad_form.forms import AlertWriter

ALERTS = [Alert(kind=Kind.BACKLOG, subject="canary-subject", text="canary-text")]

WRONG = pytest.mark.parametrize(
    "context",
    [
        lambda ours, _: ours.context(ended_ago=timedelta(hours=1)),
        lambda ours, _: ours.context(host="127.0.0.9"),
        lambda _, stranger: stranger.context(),
    ],
    ids=["expired", "wrong host", "unknown authority"],
)


def mail_to_boss(mailer):
    words = AlertWriter()
    MailNotifier(mailer, "boss@example.com", words=words, language_of=lambda _address: "en").send(ALERTS)


@pytest.fixture(autouse=True)
def trusted(authority, monkeypatch):
    """Let the whole process trust an authority of ours, besides no other."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))


def mail_server(heard, context=None):
    """Return how a mail server behaves: over TLS from the start, or asked for by STARTTLS."""

    def behave(line):
        sock = line.sock
        sock.sendall(b"220 mail.example\r\n")
        while said := sock.recv(65_536):
            heard.append(said)
            if said.upper().startswith(b"STARTTLS"):
                sock.sendall(b"220 go on\r\n")
                sock = context.wrap_socket(sock, server_side=True)
            elif said.upper().startswith(b"EHLO"):
                sock.sendall(
                    b"250-mail.example\r\n250 STARTTLS\r\n" if sock is line.sock else b"250 fine\r\n"
                )
            elif said.upper().startswith(b"DATA"):
                sock.sendall(b"354 go on\r\n")
            elif said.upper().startswith(b"QUIT"):
                sock.sendall(b"221 bye\r\n")
            elif not said.startswith(b"Subject") or said.endswith(b"\r\n.\r\n"):
                sock.sendall(b"250 fine\r\n")
        sock.close()

    return behave


def test_webhook_that_is_trusted_is_told(crm, authority):
    server = crm(lambda line: line.read().answer(200), authority.context())

    WebhookNotifier(server.url, words=AlertWriter()).send(ALERTS)

    assert b"canary-text" in server.received[0]


@WRONG
def test_webhook_with_a_wrong_certificate_is_told_nothing(crm, authority, stranger, context):
    server = crm(lambda line: line.read().answer(200), context(authority, stranger))

    with pytest.raises(NotificationError, match="SSLError"):
        WebhookNotifier(server.url, words=AlertWriter()).send(ALERTS)

    assert server.received == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_server_that_is_trusted_gets_the_mail(crm, authority, scheme):
    heard, context = [], authority.context()
    is_at_once = scheme == "smtps"
    server = crm(mail_server(heard, None if is_at_once else context), context if is_at_once else None)

    mail_to_boss(Mailer(f"{scheme}://127.0.0.1:{server.port}"))

    assert any(b"canary-subject" in said for said in heard)


@WRONG
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_server_with_a_wrong_certificate_gets_no_word(crm, authority, stranger, context, scheme):
    heard, wrong = [], context(authority, stranger)
    is_at_once = scheme == "smtps"
    server = crm(mail_server(heard, None if is_at_once else wrong), wrong if is_at_once else None)

    with pytest.raises(NotificationError, match=ssl.SSLCertVerificationError.__name__):
        mail_to_boss(Mailer(f"{scheme}://canary:canary@127.0.0.1:{server.port}"))

    assert b"canary" not in b"".join(heard)
    assert not any(said.upper().startswith((b"AUTH", b"MAIL")) for said in heard)


@WRONG
def test_openid_provider_with_a_wrong_certificate_is_asked_nothing(crm, authority, stranger, context):
    server = crm(lambda line: line.read().answer(200, b"{}"), context(authority, stranger))
    issuer = server.url.rstrip("/")
    provider = OpenIdProvider(issuer, "client", "canary-secret", "https://forms.example/back")

    with pytest.raises(ProofRefusedError, match="cannot be asked: SSLError"):
        provider.ask(is_again=False)

    assert server.received == []
