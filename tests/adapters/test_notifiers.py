"""Mail and webhook, on real sockets."""

import json
import re
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from realpad_form.adapters.mail import Mailer
from realpad_form.adapters.notifiers import MailNotifier, WebhookNotifier
from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.errors import MailDeferredError, MailRefusedError, NotificationError
from realpad_form.domain.mail import Mail
from realpad_form.forms import AlertWriter

PUBLIC = "https://forms.example"
INBOX = f"{PUBLIC}/inbox/"
SINCE = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALERTS = [
    Alert(kind=Kind.LANE, subject="riverside", text="stopped after HTTP 401", since=SINCE),
    Alert(kind=Kind.BACKLOG, subject="jantar", text="3", since=SINCE, is_over=True),
]
ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye", b"AUTH": b"235 welcome"}
MAIL = Mail(
    subject="Nová\npoptávka",
    text="Otevřete schránku.",
    to=("a@example.com",),
    reply_to="b@example.com",
    id="5f1c",
)


def mail_to(address, mailer, *, public_url=None, language="en"):
    """Return what mails alerts to somebody who reads a language."""
    return MailNotifier(mailer, address, words=AlertWriter(public_url), language_of=lambda _address: language)


def post_to(url, *, public_url=None, language="en"):
    return WebhookNotifier(url, words=AlertWriter(public_url), language=language)


@contextmanager
def smtp_server(*, greeting=b"220 mail.example", offers=b"250 mail.example", answers=ANSWERS):
    """Take one mail in ASCII lines of at most 998 characters; yields the port and what was said.

    It offers neither 8BITMIME nor SMTPUTF8, and what needs them it refuses.
    """
    said, wrong = [], []

    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(greeting + b"\r\n")
            is_text = False
            for line in lines:
                said.append(line.rstrip(b"\r\n"))
                is_text = is_text and said[-1] != b"."
                if not said[-1].isascii() or len(said[-1]) > 998:
                    wrong.append(said[-1])
                if is_text:
                    continue
                if wrong:
                    connection.sendall(b"554 not in seven bits\r\n")
                    continue
                answer = offers if said[-1][:4] == b"ehlo" else answers.get(said[-1][:4].upper(), b"250 fine")
                is_text = answer.startswith(b"354")
                connection.sendall(answer + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], said
        thread.join(10)


@contextmanager
def webhook(status=200, headers=()):
    received = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", received
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def lowered(said):
    """Return what a mail server was told in lower case: Python 3.13 writes commands unlike 3.11."""
    return [line.lower() for line in said]


def test_all_alerts_come_in_one_mail():
    with smtp_server() as (port, said):
        mail_to("a@example.com", Mailer(f"smtp://127.0.0.1:{port}?from=forms@example.com")).send(ALERTS)

    text = b"\n".join(said).decode()
    assert b"mail from:<forms@example.com>" in lowered(said)
    assert [line for line in lowered(said) if line.startswith(b"rcpt")] == [b"rcpt to:<a@example.com>"]
    assert "Subject: [realpad-form] leads are held back (riverside), and 1 more" in text


def mail_in(said):
    """Return the message that a mail server was given."""
    start = next(n for n, line in enumerate(said) if line.lower() == b"data")
    end = said.index(b".", start)
    lines = [line[1:] if line.startswith(b"..") else line for line in said[start + 1 : end]]
    return message_from_bytes(b"\r\n".join(lines), policy=policy.default)


EVERY_KIND = [
    Alert(kind=kind, subject="Řeka", text="žluťoučký kůň", since=SINCE, is_over=is_over)
    for kind in Kind
    for is_over in (False, True)
]


@pytest.mark.parametrize("alerts", [*([alert] for alert in EVERY_KIND), EVERY_KIND, EVERY_KIND * 20])
def test_every_mail_goes_in_seven_bits_with_all_that_a_mail_needs(alerts):
    with smtp_server() as (port, said):
        url = f"smtp://127.0.0.1:{port}?from=forms@sender.example"
        mail_to("a@example.com", Mailer(url, public_url="https://forms.example")).send(alerts)

    mail = mail_in(said)
    assert all(line.isascii() and len(line) <= 998 for line in said)
    assert mail["Content-Transfer-Encoding"] == "quoted-printable"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert re.fullmatch(r"<[^@<>\s]+@forms\.example>", mail["Message-ID"])
    assert [len(mail.get_all(name)) for name in ("From", "To", "Subject", "Date", "Message-ID")] == [1] * 5
    assert "(Řeka)" in mail["Subject"]
    told = mail.get_content()
    assert all(str(alert) in told.replace("\r\n", "\n") for alert in alerts)
    assert not mail.defects


@pytest.mark.parametrize(
    ("public_url", "domain"),
    [
        (None, "sender.example"),
        ("https://forms.example:8443", "forms.example"),
        ("http://[::1]:8000", "[::1]"),
    ],
)
def test_mails_never_tell_the_name_of_the_machine(public_url, domain):
    with smtp_server() as (port, said):
        url = f"smtp://127.0.0.1:{port}?from=forms@sender.example"
        mail_to("a@example.com", Mailer(url, public_url=public_url)).send(ALERTS)

    assert mail_in(said)["Message-ID"].endswith(f"@{domain}>")
    assert said[0].decode() == f"ehlo {domain}"


def test_two_mails_have_two_ids():
    ids = set()
    for _ in range(2):
        with smtp_server() as (port, said):
            mail_to("a@example.com", Mailer(f"smtp://127.0.0.1:{port}")).send(ALERTS)
        ids.add(mail_in(said)["Message-ID"])

    assert len(ids) == 2


def test_a_user_logs_in_on_this_machine():
    with smtp_server(offers=b"250-mail.example\r\n250 AUTH PLAIN") as (port, said):
        mail_to("b@example.com", Mailer(f"smtp://a%40example.com:secret@127.0.0.1:{port}")).send(ALERTS)

    assert any(line.startswith(b"AUTH PLAIN") for line in said)
    assert b"mail from:<a@example.com>" in lowered(said)


def test_no_password_leaves_this_machine_unencrypted(monkeypatch):
    with smtp_server(offers=b"250-mail.example\r\n250 AUTH PLAIN") as (port, said):
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *more, **options: real("127.0.0.1", *more, **options)
        )

        with pytest.raises(NotificationError, match="no encryption"):
            mail_to("b@example.com", Mailer(f"smtp://user:secret@mail.example:{port}")).send(ALERTS)

    assert not any(line.upper().startswith(b"AUTH") for line in said)


def test_a_mail_server_that_refuses_is_an_error_without_its_words():
    with (
        smtp_server(greeting=b"554 go away, secret") as (port, _),
        pytest.raises(NotificationError) as caught,
    ):
        mail_to("b@example.com", Mailer(f"smtp://127.0.0.1:{port}")).send(ALERTS)

    assert "secret" not in str(caught.value)


def test_a_webhook_gets_a_text_and_the_alerts_one_by_one():
    with webhook() as (url, received):
        post_to(url).send(ALERTS)

    [body] = received
    assert body["text"].startswith("• leads are held back (riverside) since 2026-11-23 12:00 UTC: stopped")
    assert "• over: leads have been waiting (jantar)" in body["text"]
    assert body["alerts"][1] == {
        "kind": "backlog",
        "subject": "jantar",
        "text": "3",
        "since": "2026-11-23T12:00:00+00:00",
        "over": True,
        "link": None,
    }


@pytest.mark.parametrize("language", ["en", "cs", "sk"])
@pytest.mark.parametrize("public_url", [None, PUBLIC])
def test_what_programs_read_of_a_webhook_is_the_same_in_every_language(language, public_url):
    with webhook() as (url, received):
        post_to(url, public_url=public_url, language=language).send(ALERTS)

    link = f"{INBOX}lanes/riverside" if public_url else None
    assert json.dumps(received[0]["alerts"]) == json.dumps(
        [
            {
                "kind": "lane",
                "subject": "riverside",
                "text": "stopped after HTTP 401",
                "since": "2026-11-23T12:00:00+00:00",
                "over": False,
                "link": link,
            },
            {
                "kind": "backlog",
                "subject": "jantar",
                "text": "3",
                "since": "2026-11-23T12:00:00+00:00",
                "over": True,
                "link": None,
            },
        ]
    )


def test_the_text_of_a_webhook_is_as_it_always_was_in_english():
    with webhook() as (url, received):
        post_to(url, public_url=PUBLIC).send(ALERTS)

    assert received[0]["text"] == f"• {ALERTS[0]}\n\n• {ALERTS[1]}\n\n{INBOX}"


def test_the_text_of_a_webhook_is_in_the_language_of_the_settings_with_links():
    with webhook() as (url, received):
        post_to(url, public_url=PUBLIC, language="cs").send(ALERTS)

    text = received[0]["text"]
    assert text.startswith("• poptávky se zadržují (riverside) od 23. 11. 2026 13:00: ")
    assert f"\n  {INBOX}lanes/riverside\n\n" in text
    assert text.endswith(f"• vyřešeno: poptávky čekají na odeslání (jantar)\n\n{INBOX}")


def test_teams_gets_a_card_with_a_way_to_the_inbox(monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **options: real("127.0.0.1", *more, **options)
    )

    with webhook() as (url, received):
        url = url.replace("127.0.0.1", "example.webhook.office.com")
        post_to(url, public_url=PUBLIC).send(ALERTS)

    [attachment] = received[0]["attachments"]
    assert (received[0]["type"], attachment["contentType"]) == (
        "message",
        "application/vnd.microsoft.card.adaptive",
    )
    assert [block["text"] for block in attachment["content"]["body"]] == list(map(str, ALERTS))
    assert [(action["title"], action["url"]) for action in attachment["content"]["actions"]] == [
        ("Inbox", INBOX),
        ("leads are held back (riverside)", f"{INBOX}lanes/riverside"),
    ]


def test_mail_and_text_end_with_a_way_to_the_inbox():
    with smtp_server() as (port, said), webhook() as (url, received):
        mail_to("a@example.com", Mailer(f"smtp://127.0.0.1:{port}"), public_url=PUBLIC).send(ALERTS)
        post_to(url, public_url=PUBLIC).send(ALERTS)

    assert INBOX.encode() in said
    assert received[0]["text"].endswith(f"\n\n{INBOX}")


@pytest.mark.parametrize(("status", "headers"), [(500, ()), (404, ()), (302, [("Location", "/elsewhere")])])
def test_a_webhook_that_does_not_take_it_is_an_error(status, headers):
    with webhook(status, headers) as (url, received), pytest.raises(NotificationError, match=str(status)):
        post_to(url).send(ALERTS)

    assert len(received) == 1


def test_a_webhook_that_is_not_there_is_an_error():
    with pytest.raises(NotificationError):
        post_to("http://127.0.0.1:9/hook").send(ALERTS)


@pytest.mark.parametrize(
    ("url", "recipient"),
    [
        ("smtp://127.0.0.1:99999", "a@example.com"),
        ("smtp://127.0.0.1:port", "a@example.com"),
        ("smtp://x..y:25", "a@example.com"),
        ("smtp://127.0.0.1:9", "a@example.com\nBcc: b@example.com"),
        ("smtp://127.0.0.1:9?from=a@example.com%0AB", "a@example.com"),
    ],
)
def test_settings_that_cannot_be_used_are_told_as_ours_and_without_their_values(url, recipient):
    with pytest.raises(NotificationError, match=r"^mail to \S+: \w+$"):
        mail_to(recipient, Mailer(url)).send(ALERTS)


@pytest.mark.parametrize("url", ["http://x..y/hook", "http://127.0.0.1:99999/hook"])
def test_a_webhook_whose_address_cannot_be_is_told_as_ours(url):
    with pytest.raises(NotificationError, match=r"^webhook: \w+$"):
        post_to(url).send(ALERTS)


def test_a_line_feed_in_a_files_name_keeps_no_mail_back():
    alert = Alert(kind=Kind.PROJECT, subject="projects/a\nb.yaml", text="line 1 is wrong")

    with smtp_server() as (port, said):
        mail_to("a@example.com", Mailer(f"smtp://127.0.0.1:{port}")).send([alert])

    assert b"Subject: [realpad-form] a project file is broken (projects/a b.yaml)" in said


def test_every_try_of_a_mail_has_the_same_id_and_its_subject_one_line():
    ids = set()
    for _ in range(2):
        with smtp_server() as (port, said):
            Mailer(f"smtp://127.0.0.1:{port}", public_url="https://forms.example").send(MAIL)
        ids.add(mail_in(said)["Message-ID"])

    assert ids == {"<5f1c@forms.example>"}
    assert mail_in(said)["Subject"] == "Nová poptávka"
    assert mail_in(said)["Reply-To"] == "b@example.com"


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        (b"RCPT", b"550 no such mailbox", MailRefusedError),
        (b"RCPT", b"450 greylisted", MailDeferredError),
        (b"RCPT", b"421 too busy", NotificationError),
        (b"DATA", b"554 this is spam", MailRefusedError),
        (b"DATA", b"451 try again", NotificationError),
        (b"MAIL", b"550 who are you", NotificationError),
    ],
)
def test_only_a_permanent_answer_about_a_mail_is_the_end_of_it(command, answer, kind):
    with (
        smtp_server(answers={**ANSWERS, command: answer}) as (port, _said),
        pytest.raises(NotificationError) as caught,
    ):
        Mailer(f"smtp://127.0.0.1:{port}").send(MAIL)

    assert type(caught.value) is kind
    assert "example" not in str(caught.value)
