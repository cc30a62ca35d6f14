"""One deadline for everything, over http and https, and what it leaves behind."""

import socket
import threading
import time
from datetime import timedelta

import pytest

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.domain.delivery import Outcome

SLOW = {
    "header": lambda line: line.read().drip(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 999),
    "body": lambda line: line.read().drip(b"HTTP/1.1 200 OK\r\n\r\n" + b"1" * 999, every_s=0.02),
    "chunks": lambda line: line.read().drip(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n1\r\n" * 999, every_s=0.005
    ),
    "silence": lambda line: line.read().hang(),
    "deafness": lambda line: line.hang(),
}


@pytest.fixture
def timed(credential):
    """Sends one lead and returns the answer and how long it took."""

    def timed(gateway):
        began = time.monotonic()
        answer = gateway.create_lead(credential, {"name": "Jan", "note": "x" * 5000})
        return answer, time.monotonic() - began

    return timed


@pytest.mark.parametrize("slow", SLOW)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_deadline_ends_every_kind_of_slowness(crm, timed, authority, slow, scheme):
    server = crm(SLOW[slow], authority.context() if scheme == "https" else None)

    answer, took_s = timed(RealpadGateway(server.url, 0.8, ca=authority.path))

    assert answer.outcome is Outcome.UNKNOWN
    assert answer.customer_id is None
    assert took_s == pytest.approx(0.8, abs=0.15)


def test_late_answer_keeps_its_status_and_a_late_silence_says_so(send):
    body = send(SLOW["body"], timeout_s=0.8)
    silence = send(SLOW["silence"], timeout_s=0.4)

    assert body.status == 200
    assert (silence.status, silence.text) == (None, "no answer within 0.4 s")


def test_slow_tls_handshake_never_left(crm, timed):
    server = crm(lambda line: line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 999))

    answer, took_s = timed(RealpadGateway(server.url.replace("http:", "https:"), 0.6))

    assert (answer.outcome, answer.status) == (Outcome.UNAVAILABLE, None)
    assert answer.text == "no connection within 0.6 s"
    assert took_s == pytest.approx(0.6, abs=0.15)


def test_connection_that_is_never_taken_never_left(timed):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
        first.connect(full.getsockname())

        answer, took_s = timed(RealpadGateway(f"http://127.0.0.1:{full.getsockname()[1]}", 0.6))

    assert (answer.outcome, answer.status) == (Outcome.UNAVAILABLE, None)
    assert took_s == pytest.approx(0.6, abs=0.15)


def test_name_that_is_never_resolved_never_left(timed, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(5) and [])

    answer, took_s = timed(RealpadGateway("http://slow.example", 0.5))
    ended.set()

    assert (answer.outcome, answer.status) == (Outcome.UNAVAILABLE, None)
    assert took_s == pytest.approx(0.5, abs=0.15)


def test_next_address_is_tried(crm, credential, monkeypatch):
    server = crm(lambda line: line.read().answer(200, b"7"))
    resolve = socket.getaddrinfo

    def two(host, port, *rest, **named):
        hosts = ("127.0.0.2", "127.0.0.1") if host == "two.example" else (host,)
        return [hit for one in hosts for hit in resolve(one, port, *rest, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", two)

    gateway = RealpadGateway(f"http://two.example:{server.port}", 2)

    assert gateway.create_lead(credential, {}).customer_id == 7


def test_process_that_was_stopped_for_long_sends_nothing_more(crm, timed, monkeypatch):
    server = crm(lambda line: line.read().answer(200, b"7"))
    resolve = socket.getaddrinfo

    def late(*rest, **named):
        now = time.monotonic()
        monkeypatch.setattr("realpad_form.adapters.realpad.watch.monotonic", lambda: now + 3600)
        return resolve(*rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", late)

    answer, _ = timed(RealpadGateway(server.url, 2))

    assert (answer.outcome, server.received) == (Outcome.UNAVAILABLE, [])


def test_calls_leave_no_threads_behind(crm, credential):
    server = crm(lambda line: line.read().answer(200, b"7"))
    gateway = RealpadGateway(server.url, 30)

    for _ in range(20):
        gateway.create_lead(credential, {"name": "Jan"})

    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
    assert not [t for t in threading.enumerate() if t.name == "realpad-look-up"]


def test_trusted_https_delivers(crm, credential, authority):
    server = crm(lambda line: line.read().answer(200, b"7"), authority.context())

    answer = RealpadGateway(server.url, 5, ca=authority.path).create_lead(credential, {"name": "Jan"})

    assert (answer.outcome, answer.customer_id) == (Outcome.ACCEPTED, 7)
    assert b"name=Jan" in server.received[0]


@pytest.mark.parametrize(
    "context",
    [
        lambda ours, _: ours.context(ended_ago=timedelta(hours=1)),
        lambda ours, _: ours.context(host="127.0.0.9"),
        lambda _, stranger: stranger.context(),
    ],
    ids=["expired", "wrong host", "unknown authority"],
)
def test_wrong_certificate_never_left(crm, credential, authority, stranger, context):
    server = crm(lambda line: line.read().answer(200, b"7"), context(authority, stranger))

    answer = RealpadGateway(server.url, 5, ca=authority.path).create_lead(credential, {"name": "Jan"})

    assert (answer.outcome, answer.status) == (Outcome.UNAVAILABLE, None)
    assert "certificate" in answer.text
    assert server.received == []


def test_only_public_authorities_are_trusted_unless_told_otherwise(crm, credential, authority):
    server = crm(lambda line: line.read().answer(200, b"7"), authority.context())

    answer = RealpadGateway(server.url, 5).create_lead(credential, {"name": "Jan"})

    assert (answer.outcome, server.received) == (Outcome.UNAVAILABLE, [])


def test_plain_server_behind_https_gets_nothing_in_clear(crm, credential):
    seen = []
    server = crm(lambda line: (seen.append(line.sock.recv(65536)), line.answer(200, b"7")))

    gateway = RealpadGateway(server.url.replace("http:", "https:"), 5)
    answer = gateway.create_lead(credential, {"name": "Jan"})

    assert (answer.outcome, answer.status) == (Outcome.UNAVAILABLE, None)
    assert b"canary" not in seen[0]
