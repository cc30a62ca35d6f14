"""Mail through servers that are slow, odd, or take some addresses only."""

import logging
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

import pytest

from realpad_form.adapters import mail, notifiers
from realpad_form.adapters.mail import Mailer
from realpad_form.adapters.notifiers import WebhookNotifier
from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.errors import MailRefusedError, NotificationError
from realpad_form.domain.mail import Mail
from realpad_form.forms import AlertWriter

ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}


@contextmanager
def smtp_server(**answers):
    """Answer the commands of one mail as told, else `250 fine`; yields the port and what was said."""
    scripted = ANSWERS | {word.upper().encode(): text for word, text in answers.items()}
    said = []

    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 mail.example\r\n")
            is_text = False
            for line in lines:
                said.append(line.rstrip(b"\r\n"))
                is_text = is_text and said[-1] != b"."
                if is_text:
                    continue
                answer = scripted.get(said[-1].upper(), scripted.get(said[-1][:4].upper(), b"250 fine"))
                is_text = answer.startswith(b"354")
                connection.sendall(answer + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], said
        thread.join(10)


@contextmanager
def trickling_server():
    """Greet with one byte after the other, and never come to an end; yields the port."""
    is_over = threading.Event()

    def serve():
        connection, _ = listener.accept()
        with connection:
            try:
                while not is_over.wait(0.05):
                    connection.sendall(b"2")
            except OSError:
                pass  # cut off, as it should be

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        is_over.set()
        thread.join(10)


def mail_to(*addresses):
    return Mail(subject="Poptávka", text="Děkujeme.", to=addresses, id="5f1c")


def send(port, *addresses):
    Mailer(f"smtp://127.0.0.1:{port}?from=forms@example.com").send(mail_to(*addresses))


def test_a_server_that_trickles_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT_S", 0.5)
    began_s = monotonic()

    with trickling_server() as port, pytest.raises(NotificationError):
        send(port, "a@example.com")

    assert monotonic() - began_s < 3


def test_an_alert_to_a_server_that_trickles_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(notifiers, "TIMEOUT_S", 0.5)
    began_s = monotonic()
    alert = Alert(
        kind=Kind.LANE, subject="riverside", text="stopped", since=datetime(2026, 11, 23, tzinfo=UTC)
    )

    with trickling_server() as port, pytest.raises(NotificationError):
        WebhookNotifier(f"http://127.0.0.1:{port}/hook", words=AlertWriter()).send([alert])

    assert monotonic() - began_s < 3


@pytest.mark.parametrize("quit_answer", [b"250 fine", b"421 too busy", b"500 what?"])
def test_a_mail_that_was_taken_is_taken_however_the_server_says_goodbye(quit_answer):
    with smtp_server(quit=quit_answer) as (port, said):
        send(port, "a@example.com")

    assert said.count(b".") == 1


def test_an_address_that_is_put_off_says_nothing_of_other_mails():
    with smtp_server(rcpt=b"450 greylisted") as (port, _), pytest.raises(match="450"):
        send(port, "a@example.com")


def test_an_address_in_other_letters_goes_by_its_name_in_the_domain_system():
    with smtp_server() as (port, said):
        send(port, "jana@bücher.example", "petr@faß.example")

    told = [line.lower() for line in said]
    assert b"rcpt to:<jana@xn--bcher-kva.example>" in told
    assert b"rcpt to:<petr@xn--fa-hia.example>" in told


def test_a_mailbox_that_the_server_cannot_name_is_refused_for_good():
    with smtp_server() as (port, _), pytest.raises(MailRefusedError):
        send(port, "žaneta@example.com")


def test_a_log_in_that_the_server_does_not_offer_is_no_end_of_a_mail():
    with smtp_server() as (port, _), pytest.raises(NotificationError) as caught:
        Mailer(f"smtp://user:secret@127.0.0.1:{port}").send(mail_to("a@example.com"))

    assert type(caught.value) is NotificationError


def test_a_sender_in_other_letters_goes_by_its_name_in_the_domain_system():
    with smtp_server() as (port, said):
        Mailer(f"smtp://127.0.0.1:{port}?from=forms@bücher.example").send(mail_to("a@example.com"))

    assert b"mail from:<forms@xn--bcher-kva.example>" in [line.lower() for line in said]


def test_it_is_logged_if_some_addresses_get_nothing(caplog):
    caplog.set_level(logging.WARNING)
    refusal = {"rcpt to:<b@example.com>": b"550 nobody"}

    with smtp_server(**refusal) as (port, said):
        send(port, "a@example.com", "b@example.com")

    assert said.count(b".") == 1
    assert "1 of 2 addresses" in caplog.text
    assert "550" in caplog.text
